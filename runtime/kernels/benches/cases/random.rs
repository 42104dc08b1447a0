//! Random numbers into memory that the second cache holds.

use super::Case;
use elbo_kernels::{Across, Extent, Grid, Kernels, PANEL, Table, for_each_tile};

const LENGTH: usize = 1 << 14;
const TABLE: Table = Table { key: [1, 2], step: 3, sample: 4 };

pub fn normals(kernels: Kernels) -> Case {
    let mut values = vec![0.0; LENGTH];
    let run = move || kernels.normals(TABLE, 1, std::hint::black_box(&mut values));
    Case { numbers: LENGTH, operations: 0, bytes: 4 * LENGTH, run: Box::new(run) }
}

pub fn uniforms(kernels: Kernels) -> Case {
    let mut values = vec![0.0; LENGTH];
    let run = move || kernels.uniforms(TABLE, 1, std::hint::black_box(&mut values));
    Case { numbers: LENGTH, operations: 0, bytes: 4 * LENGTH, run: Box::new(run) }
}

pub fn bits(kernels: Kernels) -> Case {
    let mut values = vec![0; LENGTH];
    let run = move || kernels.bits(TABLE, 1, std::hint::black_box(&mut values));
    Case { numbers: LENGTH, operations: 0, bytes: 4 * LENGTH, run: Box::new(run) }
}

/// A row of sixteen positions for 64 rows of a panel.
pub fn normals_across(kernels: Kernels) -> Case {
    const ROWS: usize = 64;
    const POSITIONS: usize = 16;
    let mut numbers = vec![0.0; POSITIONS * ROWS * PANEL];
    let count = numbers.len();
    let wanted: Vec<(u64, [Option<u16>; 4])> = (0..POSITIONS as u64 / 4)
        .map(|block| (block, std::array::from_fn(|position| Some(4 * block as u16 + position as u16))))
        .collect();
    let grid =
        Grid { positions: POSITIONS, capacity: ROWS, rows: ROWS, columns: PANEL, block: [POSITIONS, ROWS, PANEL] };
    let run = move || {
        for_each_tile(&grid, [(&mut numbers, Extent::Positions(1))], [], |_, [mut tile], []| {
            let across =
                Across { table: TABLE, first: 0, channel_blocks: 4, row_blocks: 64, channels: PANEL, wanted: &wanted };
            kernels.normals_across(&across, &mut tile.strip(0, POSITIONS, 0), POSITIONS);
        });
    };
    Case { numbers: count, operations: 0, bytes: 4 * count, run: Box::new(run) }
}
