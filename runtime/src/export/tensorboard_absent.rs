//! In the place of `tensorboard/` in a program that was built without the feature of that name.

use super::figures::NamedFile;
use super::source::Source;
use super::{ExportError, Form};

/// Whether this is an event file that was written here: that cannot be told without the feature.
pub(super) fn is_event_file(_name: &str, _beginning: &[u8]) -> bool {
    false
}

/// The form that this program cannot write.
pub(super) fn event_file(_: &Source) -> Result<NamedFile, ExportError> {
    Err(ExportError::NotBuilt { form: Form::Tensorboard, feature: "tensorboard" })
}
