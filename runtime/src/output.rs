//! Files that a user names to have something written to them: where a name leads, and what is never replaced.
//!
//! `-` is standard output. What is no regular file, such as a device, a pipe or `/dev/stdout`, is written through. A
//! regular file is replaced whole, and a link keeps leading to it. Specs, project files, manifests and what a store
//! holds are never replaced. A terminal gets texts without what it would obey.

use crate::foreign_text;
use crate::store::{lies_in_a_run, replace_atomically};
use elbo_compiler::is_spec;
use std::borrow::Cow;
use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// The name of standard output.
const STANDARD_OUTPUT: &str = "-";

/// Links that follow one another, at most; as many as Linux follows.
const MOST_LINKS: usize = 40;

/// Longer files are taken for no spec.
const LONGEST_SPEC: u64 = 1 << 20;

/// Files with these endings are what people write for elbo: specs, project files and manifests.
const WRITTEN_BY_PEOPLE: [&str; 2] = ["elbo", "toml"];

/// A file that a user named, looked at before there is anything to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    named: PathBuf,
    place: Place,
}

/// Where a name leads.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// The standard output of this program.
    StandardOutput,
    /// Something that is no regular file.
    Stream,
    /// A regular file, which need not exist yet; links have been followed.
    File(PathBuf),
}

/// Why something is not written. `Display` names the place and the problem, [`OutputError::help`] the fix.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// A file that people write.
    #[error("`{}` is a spec, a project file or a manifest, so it is not replaced", path.display())]
    WrittenByPeople {
        /// The file.
        path: PathBuf,
    },
    /// A place in a store.
    #[error("`{}` lies in a store or a run's result, which stay as they were published", path.display())]
    InStore {
        /// The file.
        path: PathBuf,
    },
    /// A file that is read by the same command.
    #[error("`{}` holds data that are read, so it is not replaced", path.display())]
    Input {
        /// The file.
        path: PathBuf,
    },
    /// A folder.
    #[error("`{}` is a folder, and a file is written", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// A file that may not be written.
    #[error("`{}` is read-only, so it is not replaced", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The system does not let it be written.
    #[error("`{}` could not be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl OutputError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::WrittenByPeople { .. } | Self::InStore { .. } | Self::Input { .. } | Self::Folder { .. } => {
                "name another file".to_owned()
            }
            Self::ReadOnly { .. } => "name another file, or make this one writable".to_owned(),
            Self::Write { .. } => {
                "name a place that exists and that you may write to, or free some space there".to_owned()
            }
        }
    }
}

impl Output {
    /// Where `path` leads.
    ///
    /// # Errors
    /// [`OutputError`] if nothing may be written there. Whether it can be written shows when it is.
    pub fn at(path: &Path) -> Result<Self, OutputError> {
        let place = place(path)?;
        if let Place::File(file) = &place {
            check(path, file)?;
        }
        Ok(Self { named: path.to_owned(), place })
    }

    /// The same, unless it is one of the files `read`, or a file in one of the folders among them; some may not be there.
    ///
    /// # Errors
    /// [`OutputError::Input`].
    pub fn beside(self, read: &[PathBuf]) -> Result<Self, OutputError> {
        // What is not there yet replaces nothing.
        let is_read = |file: &Path| {
            file.exists() && read.iter().any(|read| read.canonicalize().is_ok_and(|read| file.starts_with(read)))
        };
        match self.file() {
            Some(file) if is_read(file) => Err(OutputError::Input { path: self.named }),
            Some(_) | None => Ok(self),
        }
    }

    /// Whether it is the standard output of this program.
    pub fn is_standard_output(&self) -> bool {
        self.place == Place::StandardOutput
    }

    /// The regular file that is written, where it is one; it need not exist yet.
    pub fn file(&self) -> Option<&Path> {
        match &self.place {
            Place::File(file) => Some(file),
            Place::StandardOutput | Place::Stream => None,
        }
    }

    /// Writes `bytes`: a regular file whole or not at all. A reader of standard output that has gone away has read
    /// what it wanted.
    ///
    /// # Errors
    /// [`OutputError::Write`].
    pub fn write(&self, bytes: &[u8]) -> Result<(), OutputError> {
        let written = match &self.place {
            Place::StandardOutput => {
                let mut stream = io::stdout().lock();
                match stream.write_all(&bytes_for(bytes, &stream)).and_then(|()| stream.flush()) {
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                    other => other,
                }
            }
            Place::Stream => OpenOptions::new().append(true).open(&self.named).and_then(|mut stream| {
                let shown = bytes_for(bytes, &stream);
                stream.write_all(&shown)?;
                stream.flush()
            }),
            Place::File(file) => replace_atomically(file, bytes),
        };
        written.map_err(|source| OutputError::Write { path: self.named.clone(), source })
    }
}

/// A text for programs as `stream` gets it: unchanged, but for a terminal, which would obey what stands in names.
pub fn for_stream<'t>(text: &'t str, stream: &impl IsTerminal) -> Cow<'t, str> {
    if stream.is_terminal() { foreign_text::terminal_text(text) } else { Cow::Borrowed(text) }
}

/// The same of bytes, which are UTF-8 where they are a text.
fn bytes_for<'b>(bytes: &'b [u8], stream: &impl IsTerminal) -> Cow<'b, [u8]> {
    match std::str::from_utf8(bytes).map(|text| for_stream(text, stream)) {
        Ok(Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
        Ok(Cow::Borrowed(_)) | Err(_) => Cow::Borrowed(bytes),
    }
}

/// Writes `bytes` to the file that a user named; see [`Output`].
///
/// # Errors
/// [`OutputError`]; a regular file is then as it was.
pub fn write_output(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    Output::at(path)?.write(bytes)
}

fn place(path: &Path) -> Result<Place, OutputError> {
    if path == Path::new(STANDARD_OUTPUT) || is_standard_output(path) {
        return Ok(Place::StandardOutput);
    }
    let unreadable = |source| OutputError::Write { path: path.to_owned(), source };
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Err(OutputError::Folder { path: path.to_owned() }),
        // A name there stands for an open stream, whatever that leads to.
        Ok(metadata) if !metadata.is_file() || names_a_stream(path) => Ok(Place::Stream),
        Ok(_) => Ok(Place::File(path.canonicalize().map_err(unreadable)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(Place::File(in_real_folder(end_of_links(path).map_err(unreadable)?)))
        }
        Err(error) => Err(unreadable(error)),
    }
}

/// Whether a file at `file`, which the user called `path`, may be replaced or made.
fn check(path: &Path, file: &Path) -> Result<(), OutputError> {
    if lies_in_a_run(file) {
        return Err(OutputError::InStore { path: path.to_owned() });
    }
    let Ok(metadata) = fs::metadata(file) else { return Ok(()) };
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    if ending.is_some_and(|ending| WRITTEN_BY_PEOPLE.contains(&ending.as_str())) || holds_spec(file, metadata.len()) {
        return Err(OutputError::WrittenByPeople { path: path.to_owned() });
    }
    if metadata.permissions().readonly() {
        return Err(OutputError::ReadOnly { path: path.to_owned() });
    }
    Ok(())
}

/// Whether a file holds a spec, under whatever name. The longest spec is some 100 kB; a table or page is none.
fn holds_spec(file: &Path, size: u64) -> bool {
    size <= LONGEST_SPEC && fs::read_to_string(file).is_ok_and(|text| is_spec(&text))
}

/// The file that a link to nothing would lead to; the path itself where it is no link.
fn end_of_links(path: &Path) -> io::Result<PathBuf> {
    let mut end = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&end) {
            Ok(target) => end = end.parent().unwrap_or(Path::new("")).join(target),
            // It is no link, or not there.
            Err(_) => return Ok(end),
        }
    }
    Err(io::Error::other("too many links follow one another"))
}

/// A file that is not there, in its folder as that is spelled without links and detours, so that two names of one file
/// are the same. Without a folder it stays as it is: writing it says so.
fn in_real_folder(file: PathBuf) -> PathBuf {
    let folder = file.parent().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    match (folder.and_then(|folder| folder.canonicalize().ok()), file.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        (Some(_) | None, _) => file,
    }
}

fn names_a_stream(path: &Path) -> bool {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    // Devices say so themselves; a file of memory such as `/dev/shm/x` is a file.
    let streams = ["/proc", "/dev/fd", "/dev/stdout", "/dev/stderr"];
    cfg!(unix) && streams.iter().any(|name| absolute.starts_with(name))
}

/// Whether it is the very file or stream that this program's standard output goes to.
#[cfg(unix)]
fn is_standard_output(path: &Path) -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;
    let stream = io::stdout().as_fd().try_clone_to_owned().map(fs::File::from).and_then(|file| file.metadata());
    let (Ok(named), Ok(stream)) = (fs::metadata(path), stream) else { return false };
    (named.dev(), named.ino()) == (stream.dev(), stream.ino())
}

#[cfg(not(unix))]
fn is_standard_output(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a folder")
    }

    fn read(path: &Path) -> String {
        fs::read_to_string(path).expect("it is there")
    }

    #[test]
    fn a_regular_file_is_replaced_whole_and_a_new_one_made() {
        let folder = folder();
        let path = folder.path().join("table.csv");
        write_output(&path, b"first, and longer").expect("is made");
        write_output(&path, b"second").expect("is replaced");
        assert_eq!(read(&path), "second");
        assert!(matches!(write_output(folder.path(), b""), Err(OutputError::Folder { .. })));
        let missing = folder.path().join("no/such.csv");
        let error = write_output(&missing, b"").expect_err("has no folder");
        assert!(matches!(error, OutputError::Write { .. }) && error.help().contains("exists"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).expect("reads").count(), 1);
    }

    #[test]
    fn what_people_write_and_what_a_store_holds_is_never_replaced() {
        let folder = folder();
        for name in ["spec.elbo", "elbo.toml", "MANIFEST.TOML"] {
            let path = folder.path().join(name);
            fs::write(&path, "mine").expect("is written");
            assert!(matches!(Output::at(&path), Err(OutputError::WrittenByPeople { .. })), "{name}");
            assert_eq!(read(&path), "mine");
        }
        let unnamed = folder.path().join("spec.txt");
        fs::write(&unnamed, "train t { epochs = 3 }\n").expect("is written");
        assert!(matches!(Output::at(&unnamed), Err(OutputError::WrittenByPeople { .. })));
        write_output(&unnamed.with_extension("csv"), b"train,t\n1,2\n").expect("is made");
        write_output(&unnamed.with_extension("csv"), b"a,b\n").expect("a table is no spec");
        let key = "3f".repeat(32);
        let result = folder.path().join("runs/3f").join(&key).join("evaluations/0123456789abcdef");
        fs::create_dir_all(&result).expect("is made");
        let batch = folder.path().join("runs/batches/0123456789abcdef");
        fs::create_dir_all(&batch).expect("is made");
        let of_the_store = [folder.path().join("runs/3f/x.csv"), folder.path().join("runs/batches/x.csv")];
        for place in [result.join("report.html"), result.join("new.html"), batch.join("items.jsonl")]
            .into_iter()
            .chain(of_the_store)
        {
            assert!(matches!(Output::at(&place), Err(OutputError::InStore { .. })), "{}", place.display());
        }
        // A result that was copied out of its store.
        let copied = folder.path().join("copied");
        fs::create_dir(&copied).expect("is made");
        fs::write(copied.join("evaluation.toml"), "").expect("is written");
        assert!(matches!(Output::at(&copied.join("report.html")), Err(OutputError::InStore { .. })));
        // Beside the runs there is room for people's own files.
        write_output(&folder.path().join("runs/comparison.csv"), b"fine").expect("is written");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_what_it_leads_to_is_replaced() {
        let folder = folder();
        let (target, link) = (folder.path().join("target.csv"), folder.path().join("link.csv"));
        std::os::unix::fs::symlink("target.csv", &link).expect("is made");
        // It leads to nothing at first.
        for text in ["first", "second"] {
            write_output(&link, text.as_bytes()).expect("is written");
            assert_eq!(read(&target), text);
            assert!(link.is_symlink());
        }
        let spec = folder.path().join("spec.elbo");
        fs::write(&spec, "mine").expect("is written");
        let disguised = folder.path().join("disguised.csv");
        std::os::unix::fs::symlink(&spec, &disguised).expect("is made");
        assert!(matches!(write_output(&disguised, b"other"), Err(OutputError::WrittenByPeople { .. })));
        // A new file is one place by whatever name: of the folder, of a link to it, of a link to nothing.
        std::os::unix::fs::symlink(folder.path(), folder.path().join("same")).expect("is made");
        std::os::unix::fs::symlink("same/new.csv", folder.path().join("link-to-new")).expect("is made");
        let file = |name: &str| Output::at(&folder.path().join(name)).expect("may be made").file().map(Path::to_owned);
        for name in ["./new.csv", "same/new.csv", "same/same/new.csv", "link-to-new"] {
            assert!(file(name).is_some() && file(name) == file("new.csv"), "{name}");
        }
        let circle = folder.path().join("circle");
        std::os::unix::fs::symlink("circle", &circle).expect("is made");
        assert!(matches!(write_output(&circle, b""), Err(OutputError::Write { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn permissions_stay_and_protect() {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder();
        let path = folder.path().join("private.csv");
        fs::write(&path, "old").expect("is written");
        fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("is set");
        write_output(&path, b"new").expect("is written");
        assert_eq!(path.metadata().expect("is there").permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, PermissionsExt::from_mode(0o400)).expect("is set");
        assert!(matches!(write_output(&path, b"newer"), Err(OutputError::ReadOnly { .. })));
        assert_eq!(read(&path), "new");
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_written_through() {
        use std::os::unix::fs::FileTypeExt;
        let folder = folder();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("there is `mkfifo`");
        assert!(made.success());
        let named = pipe.clone();
        let reader = std::thread::spawn(move || fs::read_to_string(named).expect("reads"));
        write_output(&pipe, b"through").expect("is written");
        assert_eq!(reader.join().expect("ends"), "through");
        assert!(pipe.metadata().expect("is there").file_type().is_fifo());
    }
}
