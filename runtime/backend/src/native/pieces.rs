//! Loops over the numbers of a tensor, in pieces that run in parallel; no sum depends on how many at a time.

use elbo_kernels::{Extent, Grid, for_each_tile};
use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers of a task.
pub(super) const PIECE: usize = 1 << 12;

/// Room for the sums of the pieces of up to `length` numbers.
pub(super) fn sums(length: usize) -> Vec<AtomicU64> {
    (0..length.div_ceil(PIECE)).map(|_| AtomicU64::new(0)).collect()
}

/// A part of a buffer, or nothing where there is none.
pub(super) fn part<'p>(buffer: &'p mut [f32], at: &std::ops::Range<usize>) -> &'p mut [f32] {
    if buffer.is_empty() { buffer } else { &mut buffer[at.clone()] }
}

/// Calls `work` with the same piece of every buffer, in parallel; the sum of what it returns, in the pieces' order.
pub(super) fn pieces<const COUNT: usize>(
    buffers: [&mut [f32]; COUNT],
    sums: &[AtomicU64],
    work: impl Fn(std::ops::Range<usize>, [&mut [f32]; COUNT]) -> f64 + Sync,
) -> f64 {
    let columns = buffers[0].len();
    let grid = Grid { positions: 1, capacity: 1, rows: 1, columns, block: [1, 1, PIECE] };
    let buffers = buffers.map(|buffer| (buffer, Extent::Positions(1)));
    for_each_tile(&grid, buffers, [], |region, mut tiles, []| {
        let parts = tiles.each_mut().map(|tile| if tile.is_absent() { &mut [][..] } else { tile.row_mut(0, 0) });
        let sum = work(region.columns.clone(), parts);
        sums[region.columns.start / PIECE].store(sum.to_bits(), Ordering::Relaxed);
    });
    (0..columns.div_ceil(PIECE)).map(|piece| f64::from_bits(sums[piece].load(Ordering::Relaxed))).sum()
}
