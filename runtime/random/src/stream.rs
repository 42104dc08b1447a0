//! Filling slices with the numbers of a stream.

use super::address::Stream;
use elbo_kernels::{Kernels, Table};
use rayon::prelude::*;

/// Numbers in one task of a parallel fill, some 50 µs of work.
const TASK: usize = 1 << 14;

impl Stream {
    /// The table of (step, sample).
    pub fn table(&self, step: u32, sample: u32) -> Table {
        Table { key: self.key, step, sample }
    }

    /// Fills `values` with standard normal numbers number `first`, `first + 1`, … of the table
    /// (step, sample). Any two overlapping ranges agree where they overlap.
    ///
    /// Numbers 4b … 4b + 3 are the two Box–Muller pairs of block b (words 0, 1 and words 2, 3). The
    /// bits are the same on every machine and for any number of threads.
    pub fn fill_normal(&self, step: u32, sample: u32, first: u64, values: &mut [f32]) {
        self.fill((step, sample), first, values, Kernels::normals);
    }

    /// The same for numbers uniform in [0, 1), multiples of 2⁻²⁴: a word's upper 24 bits.
    pub fn fill_uniform(&self, step: u32, sample: u32, first: u64, values: &mut [f32]) {
        self.fill((step, sample), first, values, Kernels::uniforms);
    }

    /// The same for whole numbers uniform over all 32-bit values: the generator's words.
    pub fn fill_bits(&self, step: u32, sample: u32, first: u64, values: &mut [u32]) {
        self.fill((step, sample), first, values, Kernels::bits);
    }

    fn fill<T: Send>(
        &self,
        (step, sample): (u32, u32),
        first: u64,
        values: &mut [T],
        fill: fn(Kernels, Table, u64, &mut [T]),
    ) {
        // Every table gives the same bits, so the fastest will do.
        let (kernels, table) = (Kernels::widest(), self.table(step, sample));
        if values.len() <= TASK {
            fill(kernels, table, first, values);
        } else {
            values.par_chunks_mut(TASK).enumerate().for_each(|(task, values)| {
                fill(kernels, table, first.wrapping_add((task * TASK) as u64), values);
            });
        }
    }
}
