//! Loops over blocks.

use super::{MIRI, Numbers};
use crate::{Extent, Grid, PANEL, for_each_tile};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

fn on_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be had").install(work)
}

const THREADS: [usize; 4] = [1, 2, 3, 8];

/// A grid, which no one need find sensible.
fn grid(stream: &mut Numbers) -> Grid {
    let rows = stream.below(9);
    let columns = stream.below(3 * PANEL);
    Grid {
        positions: stream.below(6),
        capacity: rows + stream.below(3),
        rows,
        columns,
        block: [1 + stream.below(7), 1 + stream.below(10), 1 + stream.below(columns + 3)],
    }
}

/// How often each number of a buffer with `depth` positions for each of the grid's ought to be visited.
fn wanted(grid: &Grid, depth: usize, length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| {
            let row = at / grid.columns.max(1) % grid.capacity.max(1);
            let position = at / (grid.columns * grid.capacity).max(1);
            u8::from(grid.columns > 0 && position < grid.positions * depth && row < grid.rows)
        })
        .collect()
}

#[test]
fn every_number_is_visited_once() {
    let mut stream = Numbers(91);
    for _ in 0..if MIRI { 12 } else { 600 } {
        let grid = grid(&mut stream);
        let depth = stream.below(4);
        let size = |depth: usize| grid.positions * depth * grid.capacity * grid.columns;
        // More than is needed, or ending with the last row in use.
        let unused = (grid.capacity - grid.rows) * grid.columns;
        let length = |depth: usize, spare: usize| match (size(depth), spare) {
            (0, _) => 5,
            (size, 0) => size - unused,
            (size, spare) => size + spare,
        };
        let mut bytes = vec![0u8; length(1, stream.below(3))];
        let mut floats = vec![0.0f32; length(depth, stream.below(3))];
        let mut sums = vec![0.0f32; grid.sums() * grid.columns + 1];
        let calls = AtomicUsize::new(0);
        on_threads(1 + stream.below(4), || {
            for_each_tile(
                &grid,
                [(&mut floats, Extent::Positions(depth)), (&mut sums, Extent::Sums), (&mut [], Extent::Positions(2))],
                [(&mut bytes, Extent::Positions(1))],
                |region, [mut many, mut sum, absent], [mut one]| {
                    calls.fetch_add(1, Ordering::Relaxed);
                    assert!(absent.is_absent() && many.is_absent() == (depth == 0));
                    for position in 0..region.positions.len() {
                        for row in 0..region.rows.len() {
                            let numbers = one.row_mut(position, row);
                            assert_eq!(numbers.len(), region.columns.len());
                            numbers.iter_mut().for_each(|number| *number += 1);
                            for deep in 0..depth {
                                let numbers = many.row_mut(position * depth + deep, row);
                                numbers.iter_mut().for_each(|number| *number += 1.0);
                            }
                        }
                    }
                    sum.row_mut(0, 0).iter_mut().for_each(|number| *number += 1.0);
                },
            );
        });
        let blocks = [grid.positions, grid.rows, grid.columns];
        let blocks: usize = (0..3).map(|axis| blocks[axis].div_ceil(grid.block[axis])).product();
        assert_eq!(calls.into_inner(), blocks, "{grid:?}");
        assert_eq!(bytes, wanted(&grid, 1, bytes.len()), "{grid:?}");
        let floats: Vec<u8> = floats.into_iter().map(|number| number as u8).collect();
        assert_eq!(floats, wanted(&grid, depth, floats.len()), "{grid:?}, {depth} deep");
        let last = sums.pop();
        assert!(last == Some(0.0) && sums.iter().all(|&sum| sum == 1.0), "{grid:?}");
    }
}

#[test]
fn regions_name_what_their_tiles_hold() {
    let grid = Grid { positions: 3, capacity: 5, rows: 4, columns: 40, block: [2, 3, 16] };
    let mut numbers: Vec<f32> = (0..3 * 5 * 40).map(|number| number as f32).collect();
    let regions = Mutex::new(Vec::new());
    for_each_tile(&grid, [(&mut numbers, Extent::Positions(1))], [], |region, [mut tile], []| {
        for (position, from_position) in region.positions.clone().enumerate() {
            for (row, from_row) in region.rows.clone().enumerate() {
                let expected =
                    region.columns.clone().map(|column| ((from_position * 5 + from_row) * 40 + column) as f32);
                assert!(tile.row_mut(position, row).iter().copied().eq(expected));
            }
        }
        regions.lock().expect("no other call has panicked").push(region.clone());
    });
    assert_eq!(regions.into_inner().expect("no call has panicked").len(), 2 * 2 * 3);
}

/// A loop of kernels with a sum for each block: random numbers, their function, and their sum over rows.
fn loop_of_kernels(threads: usize) -> [Vec<u32>; 2] {
    use crate::{Across, Draw, Drawn, Function, Kernels, Retrace, Retraced, Second, Table, View};
    let (positions, rows, columns) = if MIRI { (2, 3, 32) } else { (7, 37, 48) };
    let grid = Grid { positions, capacity: rows + 2, rows, columns, block: [2, 5, PANEL] };
    let size = positions * grid.capacity * columns;
    let [mut noise, mut values, mut gradient] = [0; 3].map(|_| vec![0.0f32; size]);
    let mut sums = vec![0.0f32; grid.sums() * columns];
    let kernels = Kernels::widest();
    let table = Table { key: [3, 4], step: 5, sample: 6 };
    on_threads(threads, || {
        for_each_tile(&grid, [(&mut noise, Extent::Positions(1))], [], |region, [mut tile], []| {
            let first = (region.positions.start * 1000 + region.columns.start * 100 + region.rows.start) as u64;
            let slots = region.positions.len() as u16;
            let wanted: Vec<(u64, [Option<u16>; 4])> =
                (0..slots).map(|slot| (7 * u64::from(slot), [None, Some(slot), None, None])).collect();
            let across = Across { table, first, channel_blocks: 9, row_blocks: 1, channels: 16, wanted: &wanted };
            kernels.normals_across(&across, &mut tile.strip(0, slots.into(), 0), slots.into());
        });
        let floats = [&mut values, &mut gradient].map(|numbers| (&mut numbers[..], Extent::Positions(1)));
        let [a, b] = floats;
        for_each_tile(
            &grid,
            [a, b, (&mut sums, Extent::Sums)],
            [],
            |region, [mut values, mut gradient, mut sums], []| {
                for position in 0..region.positions.len() {
                    let start = (region.positions.start + position) * grid.capacity + region.rows.start;
                    let from =
                        View { numbers: &noise[start * columns + region.columns.start..], slot: 0, row: columns };
                    let draw = Draw {
                        product: from,
                        bias: &[0.25; PANEL],
                        second: Second::None,
                        function: Function::Tanh,
                        slots: 1,
                    };
                    let absent: &mut [f32] = &mut [];
                    let mut drawn = Drawn {
                        values: values.strip(position, 1, 0),
                        squares: crate::Strip::over(absent, [1, 1], [0, 0]),
                        factors: crate::Strip::over(&mut [], [1, 1], [0, 0]),
                        choices: crate::Strip::over(&mut [], [1, 1], [0, 0]),
                    };
                    kernels.draw(&draw, &mut drawn);
                    let retrace = Retrace {
                        gradient: from,
                        values: from,
                        function: Function::Relu,
                        factors: None,
                        choices: None,
                        slots: 1,
                    };
                    let mut retraced = Retraced {
                        first: gradient.strip(position, 1, 0),
                        second: crate::Strip::over(&mut [], [1, 1], [0, 0]),
                        first_sum: sums.strip(0, 1, 0),
                        second_sum: crate::Strip::over(&mut [], [1, 1], [0, 0]),
                    };
                    kernels.retrace(&retrace, &mut retraced);
                }
            },
        );
    });
    let bits = |numbers: Vec<f32>| numbers.into_iter().map(f32::to_bits).collect();
    [bits([values, gradient].concat()), bits(sums)]
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let alone = loop_of_kernels(1);
    assert!(alone.iter().all(|numbers| numbers.iter().filter(|&&number| number != 0).count() > numbers.len() / 4));
    for &threads in if MIRI { &THREADS[1..2] } else { &THREADS[..] } {
        assert!(loop_of_kernels(threads) == alone, "{threads} threads");
    }
}
