//! The server by itself, on standard streams; `elbo lsp` is the same with the program's own files around it.

use elbo_lsp::{Ending, Host, serve_streams};
use std::io::{BufReader, stdin, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

struct Disk;

impl Host for Disk {
    fn read(&self, path: &Path) -> Result<String, String> {
        std::fs::read_to_string(path).map_err(|error| error.to_string())
    }

    fn real(&self, path: &Path) -> Result<PathBuf, String> {
        path.canonicalize().map_err(|error| error.to_string())
    }

    fn root(&self, path: &Path) -> PathBuf {
        let folder = path.parent().unwrap_or(Path::new("/"));
        folder.ancestors().find(|above| above.join("elbo.toml").is_file()).unwrap_or(folder).to_path_buf()
    }

    fn specs(&self, folder: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "elbo")).collect()
    }
}

fn main() -> ExitCode {
    match serve_streams(BufReader::new(stdin()), stdout(), Arc::new(Disk)) {
        Ok(Ending::Orderly) => ExitCode::SUCCESS,
        Ok(Ending::Abrupt) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}
