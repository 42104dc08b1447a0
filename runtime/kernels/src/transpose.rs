//! Blocks of a panel's size, turned.

use crate::vector::{PANEL, Vector};

/// `to`\[j·to_row + i\] = `from`\[i·from_row + j\] for `rows` × `columns` numbers, each at most [`PANEL`]; the rest of the
/// `to` block (of `columns` rows, [`PANEL`] wide) becomes 0.
///
/// # Safety
/// The slices are long enough, and the processor has the vector's features.
#[inline(always)]
pub(crate) unsafe fn transpose<V: Vector>(
    from: &[f32],
    from_row: usize,
    (rows, columns): (usize, usize),
    to: &mut [f32],
    to_row: usize,
) {
    let mut block = [[0.0f32; PANEL]; PANEL];
    for (row, numbers) in block.iter_mut().enumerate().take(rows) {
        numbers[..columns].copy_from_slice(&from[row * from_row..][..columns]);
    }
    for column in 0..columns {
        let turned = &mut to[column * to_row..][..PANEL];
        for (row, number) in turned.iter_mut().enumerate() {
            *number = block[row][column];
        }
    }
}
