//! What stages of one pass have in common: the network, the plan, random numbers, and how many rows are in use.

use super::arena::Arena;
use super::network::Network;
use super::noise::Randomness;
use super::plan::Plan;
use elbo_kernels::{Extent, Grid, Kernels, for_each_tile};
use rayon::prelude::*;

/// What a pass works with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pass<'p> {
    /// The network.
    pub(super) network: &'p Network,
    /// The plan.
    pub(super) plan: &'p Plan,
    /// Its random numbers.
    pub(super) randomness: Randomness,
    /// Examples of the batch.
    pub(super) examples: usize,
    /// Samples that are drawn in this pass.
    pub(super) samples: usize,
}

impl Pass<'_> {
    /// What computes.
    pub(super) fn kernels(&self) -> Kernels {
        self.randomness.kernels
    }

    /// Rows of a value that are in use.
    pub(super) fn rows(&self, value: usize) -> usize {
        if self.plan.is_shared(value) { self.examples } else { self.examples * self.samples }
    }

    /// A grid over a value; `block` is positions, rows and columns of a task at most.
    pub(super) fn grid(&self, value: usize, block: [usize; 3]) -> Grid {
        let shape = self.network.values[value];
        let columns = shape.width();
        let block = block.map(|size| size.max(1));
        Grid { positions: shape.positions(), capacity: self.plan.rows(value), rows: self.rows(value), columns, block }
    }

    /// Rows of a task, so that tasks are even.
    pub(super) fn row_block(&self, value: usize, most: usize) -> usize {
        let rows = self.rows(value).max(1);
        rows.div_ceil(rows.div_ceil(most))
    }

    /// The batch as value 0, and its squares if they are needed.
    pub(super) fn input(&self, arena: &mut Arena, images: &[f32]) {
        let value = self.network.values[0];
        let (positions, channels, width) = (value.positions(), value.channels, value.width());
        let squares = self.plan.squares[0];
        let example = positions * channels;
        let [to, squared] = arena.numbers([Some(self.plan.values[0]), squares]);
        if let Some(geometry) = &self.network.images {
            let size = self.network.numbers(0);
            let ([top, left], [_, columns]) = (geometry.padding(), geometry.padded_input());
            let place = |to: &mut [f32], image: &[f32], squared: bool| {
                to.fill(0.0);
                for (channel, plane) in image.chunks_exact(positions).enumerate() {
                    for (y, line) in plane.chunks_exact(value.size[1]).enumerate() {
                        let first = ((y + top) * columns + left) * channels + channel;
                        for (x, &number) in line.iter().enumerate() {
                            to[first + x * channels] = if squared { number * number } else { number };
                        }
                    }
                }
            };
            let rows = self.examples * size;
            let pairs = to[..rows].par_chunks_exact_mut(size).zip(images.par_chunks_exact(example));
            pairs.for_each(|(to, image)| place(to, image, false));
            if squares.is_some() {
                let pairs = squared[..rows].par_chunks_exact_mut(size).zip(images.par_chunks_exact(example));
                pairs.for_each(|(to, image)| place(to, image, true));
            }
            return;
        }
        let grid = self.grid(0, [positions, 8, width]);
        let whole = Extent::Positions(1);
        for_each_tile(&grid, [(to, whole), (squared, whole)], [], |region, [mut to, mut squared], []| {
            for (at, row) in region.rows.clone().enumerate() {
                let image = &images[row * example..][..example];
                for position in 0..positions {
                    let numbers = to.row_mut(position, at);
                    for (channel, number) in numbers[..channels].iter_mut().enumerate() {
                        *number = image[channel * positions + position];
                    }
                    numbers[channels..].fill(0.0);
                    if !squared.is_absent() {
                        for channel in 0..width {
                            let number = to.row_mut(position, at)[channel];
                            squared.row_mut(position, at)[channel] = number * number;
                        }
                    }
                }
            }
        });
    }

    /// The squares of a value, if they are needed.
    pub(super) fn square(&self, arena: &mut Arena, value: usize) {
        if self.plan.squares[value].is_none() {
            return;
        }
        let [from, to] = arena.numbers([Some(self.plan.values[value]), self.plan.squares[value]]);
        let (from, capacity) = (&*from, self.plan.rows(value));
        let grid = self.grid(value, [1, 64, usize::MAX]);
        for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
            for (at, row) in region.rows.clone().enumerate() {
                let from = &from[(region.positions.start * capacity + row) * grid.columns..][..grid.columns];
                self.kernels().multiply_each(from, from, to.row_mut(0, at));
            }
        });
    }
}
