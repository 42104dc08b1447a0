//! The epochs of a training, kept for its learning curves.

use crate::train::{EpochRecord, Event, Observer};
use std::io;

/// Keeps every epoch.
#[derive(Debug, Default)]
pub(super) struct Epochs(pub Vec<EpochRecord>);

impl Observer for Epochs {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        if let Event::Epoch(record) = event {
            self.0.push(*record);
        }
        Ok(())
    }
}
