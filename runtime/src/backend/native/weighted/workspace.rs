//! Memory that each thread keeps for the tiles it works on.

use elbo_kernels::{Buffer, Segment};
use std::cell::RefCell;

/// A thread's memory.
pub(super) struct Workspace {
    /// Sums of both products.
    pub(super) sums: [Buffer; 2],
    /// The stretches of a sum.
    pub(super) segments: Vec<Segment>,
    /// Columns that were brought together.
    pub(super) gathered: Vec<f32>,
}

impl Workspace {
    /// Makes room for so many sums each.
    pub(super) fn reserve(&mut self, length: usize) {
        for sums in &mut self.sums {
            if sums.len() < length {
                *sums = Buffer::zeros(length);
            }
        }
    }
}

thread_local! {
    static WORKSPACE: RefCell<Option<Workspace>> = const { RefCell::new(None) };
}

/// Lends the thread's memory.
pub(super) fn with<R>(work: impl FnOnce(&mut Workspace) -> R) -> R {
    WORKSPACE.with_borrow_mut(|workspace| {
        let empty =
            || Workspace { sums: [Buffer::zeros(0), Buffer::zeros(0)], segments: Vec::new(), gathered: Vec::new() };
        work(workspace.get_or_insert_with(empty))
    })
}
