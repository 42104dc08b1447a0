//! Products of matrices as sums over segments (Georganas et al. 2020, "Harnessing deep learning via a single building
//! block", batch-reduce): the one loop that nearly all time is spent in.

use crate::vector::{PANEL, Vector};

/// A stretch of the sum: `length` numbers of each row of A with as many rows of B.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Where the stretch of A's first row begins.
    pub a: usize,
    /// Where the stretch of B's first panel begins.
    pub b: usize,
    /// How many terms.
    pub length: usize,
}

/// C(r, p, j) = Σ over segments and k < length of A\[a + r·a_row + k·a_step\] · B\[b + p·b_panel + k·b_step + j\], for
/// rows r, panels p and the [`PANEL`] columns j of a panel.
#[derive(Debug, Clone, Copy)]
pub struct Product<'p> {
    /// Holds A.
    pub a: &'p [f32],
    /// Between two rows of A.
    pub a_row: usize,
    /// Between two terms of a row of A.
    pub a_step: usize,
    /// Holds B.
    pub b: &'p [f32],
    /// Between two terms of B, at least [`PANEL`].
    pub b_step: usize,
    /// Between two panels of B.
    pub b_panel: usize,
    /// The stretches of the sum, in their order.
    pub segments: &'p [Segment],
    /// Rows of C.
    pub rows: usize,
    /// Panels of C.
    pub panels: usize,
}

impl Product<'_> {
    /// Panics unless everything that is read and written lies within its slice.
    pub(crate) fn check(&self, c: &[f32], c_panel: usize) {
        if self.rows == 0 || self.panels == 0 {
            return;
        }
        // Saturating: an index that overflows must fail here and not come round to a small one.
        let last_row = (self.rows - 1).saturating_mul(self.a_row);
        let last_panel = (self.panels - 1).saturating_mul(self.b_panel).saturating_add(PANEL);
        for segment in self.segments.iter().filter(|segment| segment.length > 0) {
            let terms = segment.length - 1;
            let last_a = segment.a.saturating_add(last_row).saturating_add(terms.saturating_mul(self.a_step));
            assert!(last_a < self.a.len(), "A is too short for a product");
            let end_b = segment.b.saturating_add(last_panel).saturating_add(terms.saturating_mul(self.b_step));
            assert!(end_b <= self.b.len(), "B is too short for a product");
        }
        let height = self.rows.saturating_mul(PANEL);
        assert!(self.panels == 1 || c_panel >= height, "panels of C overlap");
        let end_c = (self.panels - 1).saturating_mul(c_panel).saturating_add(height);
        assert!(end_c <= c.len(), "C is too short for a product");
    }
}

/// Adds the product to C (`fresh`: replaces it), `[panel][row][PANEL]` with `c_panel` between panels.
///
/// # Safety
/// [`Product::check`] has passed, and the processor has the vector's features.
#[inline(always)]
pub(crate) unsafe fn multiply<V: Vector>(product: &Product<'_>, c: &mut [f32], c_panel: usize, fresh: bool) {
    let mut panel = 0;
    while panel < product.panels {
        let width = (product.panels - panel).min(V::TILE_PANELS);
        let most = V::TILE_ROWS[width - 1];
        let mut row = 0;
        while row < product.rows {
            let left = product.rows - row;
            // The last two tiles share what is left: a tile of one or two rows would wait for its own sums.
            let height = if left > most && left < 2 * most { left.div_ceil(2) } else { left.min(most) };
            let at = Place { row, panel, c_panel, fresh };
            // SAFETY: the caller's promise.
            unsafe { tile_of::<V>(product, c.as_mut_ptr(), at, height, width) };
            row += height;
        }
        panel += width;
    }
}

#[derive(Clone, Copy)]
struct Place {
    row: usize,
    panel: usize,
    c_panel: usize,
    fresh: bool,
}

/// Chooses the tile of this size. Vectors a tile has: those of `width` panels.
#[inline(always)]
unsafe fn tile_of<V: Vector>(product: &Product<'_>, c: *mut f32, at: Place, height: usize, width: usize) {
    macro_rules! heights {
        ($vectors:literal: $($rows:literal)*) => {
            match height {
                // SAFETY: as the caller's.
                $($rows => unsafe { tile::<V, $rows, $vectors>(product, c, at) },)*
                _ => unreachable!("no tile is that high"),
            }
        };
    }
    // A match on constants: each table keeps only its own tiles.
    match (PANEL / V::LANES, width) {
        (1, 1) => heights!(1: 1 2 3 4 5 6 7 8 9 10 11 12),
        (1, 2) => heights!(2: 1 2 3 4 5 6 7 8 9 10 11 12),
        (1, 3) => heights!(3: 1 2 3 4 5 6 7 8),
        (1, 4) => heights!(4: 1 2 3 4 5 6),
        (2, 1) => heights!(2: 1 2 3 4 5 6),
        (4, 1) => heights!(4: 1 2 3 4 5 6),
        _ => unreachable!("no tile is that wide"),
    }
}

/// `ROWS` rows and `VECTORS` vectors of C in registers.
#[inline(always)]
unsafe fn tile<V: Vector, const ROWS: usize, const VECTORS: usize>(product: &Product<'_>, c: *mut f32, at: Place) {
    let in_panel = PANEL / V::LANES;
    // SAFETY: the caller's promise covers every address below.
    unsafe {
        let c = c.add(at.panel * at.c_panel + at.row * PANEL);
        let place = |row: usize, vector: usize| {
            c.add((vector / in_panel) * at.c_panel + row * PANEL + (vector % in_panel) * V::LANES)
        };
        let mut sums = [[V::zero(); VECTORS]; ROWS];
        if !at.fresh {
            for (row, sums) in sums.iter_mut().enumerate() {
                for (vector, sum) in sums.iter_mut().enumerate() {
                    *sum = V::load(place(row, vector));
                }
            }
        }
        // Wrapping: where a segment is empty, it may begin anywhere.
        let first_a = product.a.as_ptr().wrapping_add(at.row.wrapping_mul(product.a_row));
        let first_b = product.b.as_ptr().wrapping_add(at.panel.wrapping_mul(product.b_panel));
        for segment in product.segments {
            let mut a = first_a.wrapping_add(segment.a);
            let mut b = first_b.wrapping_add(segment.b);
            for _ in 0..segment.length {
                let mut columns = [V::zero(); VECTORS];
                for (vector, column) in columns.iter_mut().enumerate() {
                    *column = V::load(b.add((vector / in_panel) * product.b_panel + (vector % in_panel) * V::LANES));
                }
                for (row, sums) in sums.iter_mut().enumerate() {
                    let factor = V::splat(*a.add(row * product.a_row));
                    for (sum, column) in sums.iter_mut().zip(&columns) {
                        *sum = factor.multiply_add(*column, *sum);
                    }
                }
                a = a.wrapping_add(product.a_step);
                b = b.wrapping_add(product.b_step);
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            for (vector, sum) in sums.iter().enumerate() {
                sum.store(place(row, vector));
            }
        }
    }
}
