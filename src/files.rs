//! The compiler's sources on disk.

use elbo_compiler::sources::Sources;
use std::path::{Path, PathBuf};

/// Far larger than any spec, and small enough to hold.
const LARGEST_SPEC: u64 = 64 << 20;

/// Files below a project root: the nearest folder upward with an `elbo.toml`, else the file's own.
pub struct FileSources;

impl Sources for FileSources {
    fn resolve(&self, from: Option<&str>, path: &str) -> Result<String, String> {
        let Some(from) = from else {
            // Spelt without detours, so that a circle of `use` finds it again. What is wrong with it,
            // reading it will say.
            return Ok(Path::new(path).canonicalize().map_or_else(|_| path.to_owned(), |real| self.shown(&real, path)));
        };
        let real = folder_of(Path::new(from)).join(path).canonicalize().map_err(|error| reason(&error))?;
        let root = project_root(Path::new(from));
        if !real.starts_with(&root) {
            return Err(format!("it lies outside the project, `{}`", root.display()));
        }
        Ok(self.shown(&real, path))
    }

    fn read(&self, resolved: &str) -> Result<String, String> {
        let path = Path::new(resolved);
        let metadata = path.metadata().map_err(|error| reason(&error))?;
        if metadata.is_dir() {
            return Err("it is a folder".to_owned());
        }
        if metadata.len() > LARGEST_SPEC {
            return Err(format!("it is larger than {} MiB", LARGEST_SPEC >> 20));
        }
        let bytes = std::fs::read(path).map_err(|error| reason(&error))?;
        String::from_utf8(bytes).map_err(|error| {
            format!("it is not UTF-8: byte {} is not part of a character", error.utf8_error().valid_up_to())
        })
    }
}

impl FileSources {
    /// The one spelling of a file: relative to the working directory if it lies below, else in full.
    fn shown(&self, real: &Path, written: &str) -> String {
        let here = std::env::current_dir().and_then(|here| here.canonicalize());
        match here.as_deref().map(|here| real.strip_prefix(here)) {
            Ok(Ok(below)) => below.to_string_lossy().into_owned(),
            Ok(Err(_)) => real.to_string_lossy().into_owned(),
            Err(_) => written.to_owned(),
        }
    }
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

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
