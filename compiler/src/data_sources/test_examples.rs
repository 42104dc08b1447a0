//! Where the test split comes from: files of its own, or a share of the examples.

use super::kind::ReadSource;
use crate::numbers::number;
use serde::{Deserialize, Serialize};

/// Where the test split comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TestExamples<Files> {
    /// Files of its own.
    Files(Files),
    /// ⌊n·share + ½⌋ of the examples, as many of each class as whole numbers allow, in an order that no run's seed decides,
    /// so that every run is scored on the same ones.
    Share(f64),
}

impl<Files> TestExamples<Files> {
    /// The share, where there are no files.
    pub const fn share(&self) -> Option<f64> {
        match self {
            Self::Files(_) => None,
            Self::Share(share) => Some(*share),
        }
    }

    /// The files, where there are any.
    pub const fn files(&self) -> Option<&Files> {
        match self {
            Self::Files(files) => Some(files),
            Self::Share(_) => None,
        }
    }

    /// The files, to be changed.
    pub(super) const fn files_mut(&mut self) -> Option<&mut Files> {
        match self {
            Self::Files(files) => Some(files),
            Self::Share(_) => None,
        }
    }

    /// As the IR's text has it, beside other arguments; nothing for files.
    pub(super) fn in_text(&self) -> String {
        self.share().map_or_else(String::new, |share| format!("test_share={}", number(share)))
    }
}

/// The share that is tested on.
pub(super) fn test_share(arguments: &dyn ReadSource) -> Option<f64> {
    let share = arguments.number("test_share")?;
    if share == 0.0 || share == 1.0 {
        let message = "`test_share` leaves nothing to test on, or nothing to train on".to_owned();
        arguments.refuse("test_share", message, "must be between 0 and 1");
        return None;
    }
    Some(share)
}
