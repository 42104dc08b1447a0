//! Memory that each thread keeps for the tiles it works on.

use elbo_kernels::{Buffer, Segment};
use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

/// A thread's memory.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    /// Sums of both products.
    pub(super) sums: [Scratch; 2],
    /// The stretches of a sum.
    pub(super) segments: Vec<Segment>,
    /// Columns that were brought together.
    pub(super) gathered: Vec<f32>,
    /// Inputs of a tile as they are multiplied, of both paths.
    pub(super) mapped: [Scratch; 2],
    /// The gradient of a tile's outputs as it is multiplied.
    pub(super) mapped_gradient: Scratch,
    /// Products of a tile.
    pub(super) products: Scratch,
    /// Where arrays that are mapped begin.
    pub(super) from: Vec<Option<usize>>,
    /// Where they go.
    pub(super) to: Vec<Option<usize>>,
}

/// Numbers that grow as they are needed.
#[derive(Debug)]
pub(super) struct Scratch(Buffer);

impl Default for Scratch {
    fn default() -> Self {
        Self(Buffer::zeros(0))
    }
}

impl Workspace {
    /// Makes room for so many sums each.
    pub(super) fn reserve(&mut self, length: usize) {
        self.sums.iter_mut().for_each(|sums| _ = sums.room(length));
    }
}

impl Scratch {
    /// So many of them; what they are is left from before.
    pub(super) fn room(&mut self, length: usize) -> &mut [f32] {
        if self.0.len() < length {
            self.0 = Buffer::zeros(length);
        }
        &mut self.0[..length]
    }
}

impl Deref for Scratch {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.0
    }
}

impl DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}

thread_local! {
    static WORKSPACE: RefCell<Workspace> = RefCell::default();
}

/// Lends the thread's memory.
pub(super) fn with<R>(work: impl FnOnce(&mut Workspace) -> R) -> R {
    WORKSPACE.with_borrow_mut(work)
}
