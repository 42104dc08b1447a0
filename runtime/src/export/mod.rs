//! A finished run's result in the forms of other programs: event files of TensorBoard, safetensors for PyTorch, and the
//! report's figures as SVG or PNG.
//!
//! An export reads a result whose files are all as they were published and writes beside it, never into it. It takes
//! every number, times included, from the result, so that the same run gives the same bytes whenever it is exported.

mod error;
mod figures;
mod form;
mod output;
mod safetensors;
mod source;
#[cfg(feature = "tensorboard")]
mod tensorboard;
#[cfg(not(feature = "tensorboard"))]
#[path = "tensorboard_absent.rs"]
mod tensorboard;
#[cfg(all(test, feature = "tensorboard"))]
mod tests;

pub use error::ExportError;
pub use form::{Form, Tensors};

use source::Source;
use std::path::{Path, PathBuf};

/// What an export has written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The file or folder.
    pub path: PathBuf,
    /// Files in it.
    pub files: usize,
    /// Whether it went to standard output.
    pub printed: bool,
}

/// Writes the result of the run in `run` (the directory that `elbo run` names, or the one above it) in another form to
/// `output`, where a file may be standard output, `-`, or anything that is written through; without one, into the
/// working directory under the run's name. What is there is replaced only if `overwrite` says so, and only if an
/// export wrote it, by what it holds.
///
/// # Errors
/// [`ExportError`] names the place, the problem and the fix. What was at `output` is then as it was.
pub fn export(run: &Path, form: Form, output: Option<&Path>, overwrite: bool) -> Result<Exported, ExportError> {
    let source = Source::open(run)?;
    let path = output.map_or_else(|| form.default_output(source.name()), Path::to_owned);
    let files = match form {
        Form::Safetensors(tensors) => {
            let output = output::file(&path, source.run_directory(), overwrite)?;
            output.write(&safetensors::file(&source, tensors)?)?;
            return Ok(Exported { path, files: 1, printed: output.is_standard_output() });
        }
        Form::Tensorboard => vec![tensorboard::event_file(&source)?],
        Form::Svg => figures::svg(&source.input),
        Form::Png => figures::png(&source.input)?,
    };
    output::check_folder(&path, form, source.run_directory(), overwrite)?;
    let files = output::write_folder(&path, &files)?;
    Ok(Exported { path, files, printed: false })
}
