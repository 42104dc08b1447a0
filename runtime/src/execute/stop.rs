//! A request to stop, and whether the program may end before a run answers it.

use std::sync::atomic::{AtomicBool, Ordering};

/// A request to stop, made by another thread.
///
/// A run answers it at its next safe point. Where that takes long, as in the midst of a large file or of many draws,
/// whoever asked may end the program, unless the run [has something to lose](Stop::may_lose).
#[derive(Debug, Default)]
pub struct Stop {
    asked: AtomicBool,
    unsaved: AtomicBool,
}

impl Stop {
    /// Asks to stop.
    pub fn ask(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked for.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Whether ending the program now would lose what the run has done: it trains, or publishes.
    pub fn may_lose(&self) -> bool {
        self.unsaved.load(Ordering::SeqCst)
    }

    /// Notes whether what the run does from here on would be lost.
    pub(super) fn note_unsaved(&self, unsaved: bool) {
        self.unsaved.store(unsaved, Ordering::SeqCst);
    }
}
