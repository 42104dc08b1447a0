//! The compiler's sources on disk and on standard input.

use super::{STDIN, rewrite_all};
use elbo_compiler::sources::Sources;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Far larger than any spec, and small enough to hold: parsing takes up to 150 bytes of memory a byte.
const LARGEST_SPEC: u64 = 16 << 20;

/// Files below a project root: the nearest folder upward with an `elbo.toml`, else the file's own.
#[derive(Debug, Default)]
pub struct FileSources {
    /// The working directory, without detours; looked up once.
    here: OnceLock<Option<PathBuf>>,
    /// Standard input can be read once only.
    stdin: OnceLock<Result<String, String>>,
}

impl Sources for FileSources {
    fn resolve(&self, from: Option<&str>, path: &str) -> Result<String, String> {
        if from.is_none() && path == STDIN {
            return Ok(path.to_owned());
        }
        let Some(from) = from else {
            // Spelt without detours, so that a circle of `use` finds it again. What is wrong with it,
            // reading it will say.
            return Ok(Path::new(path).canonicalize().map_or_else(|_| path.to_owned(), |real| self.shown(&real, path)));
        };
        let real = folder_of(Path::new(from)).join(path).canonicalize().map_err(|error| reason(&error))?;
        // Reading a pipe that nobody writes to never ends.
        if !real.is_file() && !real.is_dir() {
            return Err("it is no regular file".to_owned());
        }
        let root = project_root(Path::new(from));
        if !real.starts_with(&root) {
            return Err(format!("it lies outside the project, `{}`", root.display()));
        }
        Ok(self.shown(&real, path))
    }

    fn read(&self, resolved: &str) -> Result<String, String> {
        if resolved == STDIN {
            return self.stdin.get_or_init(read_stdin).clone();
        }
        read_text(Path::new(resolved))
    }
}

/// The text of a file; no more of it than a spec may hold.
///
/// # Errors
/// Why it cannot be read.
pub fn read_text(path: &Path) -> Result<String, String> {
    let metadata = path.metadata().map_err(|error| reason(&error))?;
    if metadata.is_dir() {
        return Err("it is a folder".to_owned());
    }
    if metadata.len() > LARGEST_SPEC {
        return Err(format!("it is larger than {} MiB", LARGEST_SPEC >> 20));
    }
    // What is no regular file, such as a pipe, has no length of its own.
    let file = std::fs::File::open(path).map_err(|error| reason(&error))?;
    text(file)
}

/// The text on standard input.
///
/// # Errors
/// Why it cannot be read.
pub fn read_stdin() -> Result<String, String> {
    text(std::io::stdin().lock())
}

/// What can be read, as text; no more of it than a spec may hold.
fn text(stream: impl Read) -> Result<String, String> {
    let mut bytes = Vec::new();
    stream.take(LARGEST_SPEC + 1).read_to_end(&mut bytes).map_err(|error| reason(&error))?;
    if bytes.len() as u64 > LARGEST_SPEC {
        return Err(format!("it is larger than {} MiB", LARGEST_SPEC >> 20));
    }
    String::from_utf8(bytes).map_err(|error| {
        format!("it is not UTF-8: byte {} is not part of a character", error.utf8_error().valid_up_to())
    })
}

/// Whether a file that was read may be rewritten: it is one of those named, or belongs to the project of one.
pub fn may_replace(path: &str, named: &[String]) -> bool {
    let Ok(real) = Path::new(path).canonicalize() else { return false };
    named.iter().any(|named| {
        let named = Path::new(named);
        named.canonicalize().is_ok_and(|named| named == real) || real.starts_with(project_root(named))
    })
}

/// Rewrites files; every new text is on the disk before the first file is touched.
///
/// # Errors
/// Which file could not be written, and why; those before it have been.
pub fn replace_all(texts: &BTreeMap<String, String>) -> Result<(), String> {
    rewrite_all(texts).map_err(|(path, error)| format!("`{path}` cannot be written: {}", reason(&error)))
}

impl FileSources {
    /// The one spelling of a file: relative to the working directory if it lies below, else in full.
    fn shown(&self, real: &Path, written: &str) -> String {
        let here = self.here.get_or_init(|| std::env::current_dir().and_then(|here| here.canonicalize()).ok());
        match here.as_deref().map(|here| real.strip_prefix(here)) {
            Some(Ok(below)) if below.as_os_str().is_empty() => ".".to_owned(),
            Some(Ok(below)) => below.to_string_lossy().into_owned(),
            Some(Err(_)) => real.to_string_lossy().into_owned(),
            None => written.to_owned(),
        }
    }
}

/// A folder from the root of the file system; the working directory for an empty one.
pub fn absolute(folder: &Path) -> PathBuf {
    let folder = Path::new(".").join(folder);
    folder.canonicalize().or_else(|_| std::path::absolute(&folder)).unwrap_or(folder)
}

/// The folder a file lies in; `.` for a bare name.
fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The folder that the project of this file ends at.
pub fn project_root(file: &Path) -> PathBuf {
    let folder = folder_of(file);
    let absolute = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    let found = absolute.ancestors().find(|ancestor| ancestor.join("elbo.toml").is_file());
    found.unwrap_or(&absolute).to_path_buf()
}

/// What went wrong, in words.
pub fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
