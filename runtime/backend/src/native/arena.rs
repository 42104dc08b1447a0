//! The memory of plans: one for all, since only one runs at a time.

use super::plan::Plan;
use crate::memory::BufferId;
use elbo_kernels::Buffer;
use std::ops::Range;

/// The numbers and bytes of every buffer of the plan it was last fitted to.
#[derive(Debug)]
pub(super) struct Arena {
    numbers: Buffer,
    bytes: Vec<u8>,
    /// Where each buffer of numbers and of bytes lies.
    places: [Vec<Range<usize>>; 2],
}

impl Arena {
    /// No memory yet.
    pub(super) fn new() -> Self {
        Self { numbers: Buffer::zeros(0), bytes: Vec::new(), places: [Vec::new(), Vec::new()] }
    }

    /// Makes room for a plan. What was there means nothing any more.
    pub(super) fn fit(&mut self, plan: &Plan) {
        if self.numbers.len() < plan.numbers.total() {
            // The old memory goes first, so that both are never there together.
            self.numbers = Buffer::zeros(0);
            self.numbers = Buffer::zeros(plan.numbers.total());
        }
        if self.bytes.len() < plan.bytes.total() {
            self.bytes = vec![0; plan.bytes.total()];
        }
        self.places = [plan.numbers.ranges(), plan.bytes.ranges()];
    }

    /// Several buffers at once; those that are absent are empty.
    ///
    /// # Panics
    /// If two share memory, which is a defect of the plan.
    pub(super) fn numbers<const COUNT: usize>(&mut self, buffers: [Option<BufferId>; COUNT]) -> [&mut [f32]; COUNT] {
        self.with_bytes(buffers, None).0
    }

    /// The same, with a buffer of bytes.
    pub(super) fn with_bytes<const COUNT: usize>(
        &mut self,
        buffers: [Option<BufferId>; COUNT],
        bytes: Option<BufferId>,
    ) -> ([&mut [f32]; COUNT], &mut [u8]) {
        let range = bytes.map_or(0..0, |buffer| self.places[1][buffer.0].clone());
        let ranges = buffers.map(|buffer| buffer.map_or(0..0, |buffer| self.places[0][buffer.0].clone()));
        let numbers = self.numbers.get_disjoint_mut(ranges).expect("buffers in use at one moment are apart");
        (numbers, &mut self.bytes[range])
    }
}
