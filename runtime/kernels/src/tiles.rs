//! Parallel loops over parts of a buffer `[positions][rows][columns]`.
//!
//! A part may be any block of positions, rows and columns; its numbers do not lie together, so that slices cannot be
//! split into parts. Here they are handed out by construction: the blocks of a [`Grid`] do not overlap, and each is
//! given to one call only.

use crate::vector::PANEL;
use rayon::prelude::*;
use std::marker::PhantomData;
use std::ops::Range;

/// How a buffer is divided into blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Positions of the buffer.
    pub positions: usize,
    /// Rows that each position has room for.
    pub capacity: usize,
    /// Rows of each position that are in use, no more than `capacity`.
    pub rows: usize,
    /// Numbers of a row.
    pub columns: usize,
    /// Positions, rows and columns of a block, at most; each at least 1.
    pub block: [usize; 3],
}

impl Grid {
    fn blocks(&self) -> [usize; 3] {
        let sizes = [self.positions, self.rows, self.columns];
        std::array::from_fn(|axis| sizes[axis].div_ceil(self.block[axis].max(1)))
    }

    /// How many blocks there are; a buffer of [`Extent::Sums`] has a row for each block of positions and rows.
    pub fn sums(&self) -> usize {
        let [positions, rows, _] = self.blocks();
        positions.saturating_mul(rows)
    }

    fn region(&self, index: usize) -> Region {
        let [positions, rows, columns] = self.blocks();
        // Rows outermost: threads take neighbouring indices, so that in every loop of a pass each has about the same
        // rows, whose numbers are still in its caches.
        let at = [index / columns % positions, index / (positions * columns), index % columns];
        let sizes = [self.positions, self.rows, self.columns];
        let range = |axis: usize| {
            let first = at[axis] * self.block[axis];
            first..sizes[axis].min(first + self.block[axis])
        };
        Region { positions: range(0), rows: range(1), columns: range(2), sum: at[0] * rows + at[1] }
    }
}

/// One block of a grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Its positions.
    pub positions: Range<usize>,
    /// Its rows.
    pub rows: Range<usize>,
    /// Its columns.
    pub columns: Range<usize>,
    sum: usize,
}

/// What a buffer holds for a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// So many positions for each of the grid's, one after the other.
    Positions(usize),
    /// One row of columns for each block of positions and rows.
    Sums,
}

/// A block of a buffer, for one call alone.
#[derive(Debug)]
pub struct Tile<'t, T> {
    first: *mut T,
    positions: usize,
    rows: usize,
    columns: usize,
    position_stride: usize,
    row_stride: usize,
    lifetime: PhantomData<&'t mut [T]>,
}

impl<T> Tile<'_, T> {
    /// A tile of no buffer.
    pub fn absent() -> Self {
        let first = std::ptr::NonNull::dangling().as_ptr();
        Self { first, positions: 0, rows: 0, columns: 0, position_stride: 0, row_stride: 0, lifetime: PhantomData }
    }

    /// Whether the buffer was left out.
    pub fn is_absent(&self) -> bool {
        self.positions == 0
    }

    /// The block's columns of one of its positions and rows, counted from 0.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row_mut(&mut self, position: usize, row: usize) -> &mut [T] {
        assert!(position < self.positions && row < self.rows, "the block has no such row");
        // SAFETY: the block belongs to this tile alone, and the row lies within it.
        unsafe {
            let first = self.first.add(position * self.position_stride + row * self.row_stride);
            std::slice::from_raw_parts_mut(first, self.columns)
        }
    }

    /// All rows of one of the block's positions, counted from 0, where the block has all columns: they lie together.
    ///
    /// # Panics
    /// If there is no such position, or the block has not all columns.
    pub fn rows_mut(&mut self, position: usize) -> &mut [T] {
        assert!(position < self.positions && self.columns == self.row_stride, "the block has no whole rows there");
        // SAFETY: the block belongs to this tile alone; its rows follow one another without a gap.
        unsafe {
            let first = self.first.add(position * self.position_stride);
            std::slice::from_raw_parts_mut(first, self.rows * self.columns)
        }
    }

    /// The [`PANEL`] columns from `column` on of all rows of `slots` positions from `position` on. An absent tile
    /// gives an absent strip.
    ///
    /// # Panics
    /// If they are not within the block.
    pub fn strip(&mut self, position: usize, slots: usize, column: usize) -> Strip<'_, T> {
        if self.is_absent() {
            return Strip { first: self.first, slots: 0, rows: 0, slot: 0, row: 0, lifetime: PhantomData };
        }
        let within = |first: usize, length: usize, size: usize| first <= size && length <= size - first;
        assert!(slots > 0, "a strip without a position");
        assert!(
            within(position, slots, self.positions) && within(column, PANEL, self.columns),
            "the strip leaves its block"
        );
        // SAFETY: within the block, by the line above.
        let first = unsafe { self.first.add(position * self.position_stride + column) };
        Strip { first, slots, rows: self.rows, slot: self.position_stride, row: self.row_stride, lifetime: PhantomData }
    }
}

/// One panel wide part of a tile, over all its rows, for a kernel to write.
#[derive(Debug)]
pub struct Strip<'t, T> {
    first: *mut T,
    slots: usize,
    rows: usize,
    slot: usize,
    row: usize,
    lifetime: PhantomData<&'t mut [T]>,
}

impl<'t, T> Strip<'t, T> {
    /// A strip over a buffer `[slot][row]` with these distances; absent if the buffer is empty.
    #[cfg(test)]
    pub(crate) fn over(numbers: &'t mut [T], [slots, rows]: [usize; 2], [slot, row]: [usize; 2]) -> Self {
        let [slots, rows] = if numbers.is_empty() { [0, 0] } else { [slots, rows] };
        assert!(numbers.is_empty() || (slots - 1) * slot + (rows - 1) * row + PANEL <= numbers.len());
        Self { first: numbers.as_mut_ptr(), slots, rows, slot, row, lifetime: PhantomData }
    }

    pub(crate) fn is_absent(&self) -> bool {
        self.rows == 0
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn slots(&self) -> usize {
        self.slots
    }

    /// The address of a row; the caller stays within the rows and the slots the strip was made for.
    pub(crate) unsafe fn at(&self, slot: usize, row: usize) -> *mut T {
        // SAFETY: the caller's promise.
        unsafe { self.first.add(slot * self.slot + row * self.row) }
    }
}

/// A buffer whose blocks are handed out.
struct Shared<T> {
    first: *mut T,
    extent: Extent,
    absent: bool,
}

// SAFETY: only `for_each_tile` uses it, which gives every block to one call alone.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Shared<T> {
    fn new(numbers: &mut [T], extent: Extent, grid: &Grid) -> Self {
        let absent = numbers.is_empty();
        let needed = match extent {
            // The last position may end with its last row in use.
            // Saturating: a size that overflows must fail here and not come round to a small one.
            Extent::Positions(depth) => match grid.positions.saturating_mul(depth).checked_sub(1) {
                Some(others) => {
                    others.saturating_mul(grid.capacity).saturating_add(grid.rows).saturating_mul(grid.columns)
                }
                None => 0,
            },
            Extent::Sums => grid.sums().saturating_mul(grid.columns),
        };
        assert!(absent || numbers.len() >= needed, "a buffer of {} numbers where {needed} are needed", numbers.len());
        Self { first: numbers.as_mut_ptr(), extent, absent }
    }

    /// # Safety
    /// Once for each region of the grid the buffer was made for.
    unsafe fn tile(&self, grid: &Grid, region: &Region) -> Tile<'_, T> {
        let columns = region.columns.len();
        let row_stride = grid.columns;
        let position_stride = grid.capacity * grid.columns;
        let (offset, positions, rows) = match self.extent {
            Extent::Positions(depth) => {
                let rows = region.rows.start * row_stride;
                let first = region.positions.start * depth * position_stride + rows + region.columns.start;
                (first, region.positions.len() * depth, region.rows.len())
            }
            Extent::Sums => (region.sum * row_stride + region.columns.start, 1, 1),
        };
        let absent = self.absent || positions == 0;
        let positions = if absent { 0 } else { positions };
        let offset = if absent { 0 } else { offset };
        // SAFETY: the constructor has checked that the whole grid fits.
        let first = unsafe { self.first.add(offset) };
        Tile { first, positions, rows, columns, position_stride, row_stride, lifetime: PhantomData }
    }
}

/// Calls `work` once for each block of `grid`, in parallel, with that block of each buffer. Empty buffers are left out:
/// their tiles are absent. Which blocks there are does not depend on the number of threads.
///
/// # Panics
/// If a buffer that is not empty is too short for the grid, or rows exceed the capacity.
pub fn for_each_tile<const FLOATS: usize, const BYTES: usize>(
    grid: &Grid,
    floats: [(&mut [f32], Extent); FLOATS],
    bytes: [(&mut [u8], Extent); BYTES],
    work: impl Fn(&Region, [Tile<'_, f32>; FLOATS], [Tile<'_, u8>; BYTES]) + Sync,
) {
    assert!(grid.rows <= grid.capacity && grid.block.iter().all(|&size| size > 0), "a grid that cannot be");
    let floats = floats.map(|(numbers, extent)| Shared::new(numbers, extent, grid));
    let bytes = bytes.map(|(numbers, extent)| Shared::new(numbers, extent, grid));
    let count: usize = grid.blocks().iter().product();
    (0..count).into_par_iter().for_each(|index| {
        let region = grid.region(index);
        // SAFETY: each index comes once, and regions of different indices do not overlap.
        unsafe {
            let floats = std::array::from_fn(|buffer| floats[buffer].tile(grid, &region));
            let bytes = std::array::from_fn(|buffer| bytes[buffer].tile(grid, &region));
            work(&region, floats, bytes);
        }
    });
}
