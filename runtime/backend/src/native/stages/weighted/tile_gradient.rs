//! The gradient of weights that tiles are multiplied with: for each product of a tile that of its inputs' columns with
//! the gradient of what they gave, over all tiles and examples; and from there to the taps.

use super::buffers::{MAPPED_PANELS, MAPPED_ROWS};
use super::layer::{Weighted, panels};
use super::tiles::apart;
use super::workspace::{self, Workspace};
use crate::native::geometry::{in_parts, push};
use crate::native::pass::Pass;
use crate::native::tiling::Tiling;
use elbo_kernels::{Extent, Filtering, Grid, Map, PANEL, Product, for_each_tile};
use std::sync::atomic::{AtomicBool, Ordering};

/// Examples whose products are taken together.
const EXAMPLES: usize = 64;

/// The gradient of a stage's weights from its input and the gradient of its products, in so many parts, each a sum over
/// some of the tiles; added to `to` or in its place. Returns whether all is finite.
pub(super) fn tile_gradient(
    pass: &Pass<'_>,
    (number, weighted, tiling): (usize, &Weighted, Tiling),
    [input, gradient]: [&[f32]; 2],
    splits: usize,
    (to, add): (&mut [f32], bool),
) -> bool {
    let panels = panels(pass, weighted);
    let (filter, slots) = (tiling.filter, weighted.geometry.slots);
    let received = pass.network.values[pass.network.sites[number].input];
    let (width, columns) = (received.width(), received.size[1]);
    let value = pass.network.values[number + 1].width();
    let (capacity, examples) = (pass.plan.capacity, pass.examples);
    let (products, taps, rows) = (filter.products().pow(2), filter.taps().pow(2), panels.rows());
    let finite = AtomicBool::new(true);
    let (count, kernels) = (panels.panels(), pass.kernels());
    // No block of panels spans two parts.
    let together = (1..=MAPPED_PANELS).rev().find(|&together| count.is_multiple_of(together)).unwrap_or(1);
    let step = examples.div_ceil(examples.div_ceil(EXAMPLES).max(1)).max(1);
    // Positions of the grid are panels of parts, its rows taps, its columns the weights of one tap.
    let grid = Grid {
        positions: splits * count,
        capacity: taps,
        rows: taps,
        columns: rows * PANEL,
        block: [together, taps, MAPPED_ROWS * PANEL],
    };
    for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
        let split = region.positions.start / count;
        let panel = region.positions.start % count;
        let (first_row, rows) = (region.columns.start / PANEL, region.columns.len() / PANEL);
        let tiles = split * tiling.count() / splits..(split + 1) * tiling.count() / splits;
        workspace::with(|workspace| {
            let Workspace {
                sums: [sums, results],
                segments,
                mapped: [mapped, _],
                mapped_gradient,
                from,
                to: places,
                ..
            } = workspace;
            let panel_sums = rows * PANEL;
            let sums = sums.room(products * together * panel_sums);
            let mut is_fresh = true;
            for tile in tiles.map(|tile| tiling.tile(tile)) {
                for first in (0..examples).step_by(step) {
                    let terms = step.min(examples - first);
                    let array = apart(terms * rows);
                    from.clear();
                    from.extend(tiling.inputs(tile).map(|place| {
                        let [y, x] = place?;
                        Some(((y * columns + x) * capacity + first) * width + first_row)
                    }));
                    places.clear();
                    places.extend((0..products).map(|product| Some(product * array)));
                    let filtering = Filtering {
                        filter,
                        map: Map::Inputs,
                        source: input,
                        from,
                        from_row: width,
                        to: places,
                        to_row: rows,
                        rows: terms,
                        columns: rows,
                    };
                    kernels.filter(&filtering, mapped.room(products * array));
                    let columns_of_product = apart(together * terms * PANEL);
                    let gradients = mapped_gradient.room(products * columns_of_product);
                    for at in 0..together {
                        from.clear();
                        from.extend(tiling.outputs(tile).map(|place| {
                            let slot = slots.slot(place?)?;
                            Some((slot * capacity + first) * value + (panel + at) * PANEL)
                        }));
                        places.clear();
                        let begin = at * terms * PANEL;
                        places.extend((0..products).map(|product| Some(product * columns_of_product + begin)));
                        let filtering = Filtering {
                            filter,
                            map: Map::OutputGradients,
                            source: gradient,
                            from,
                            from_row: value,
                            to: places,
                            to_row: PANEL,
                            rows: terms,
                            columns: PANEL,
                        };
                        kernels.filter(&filtering, gradients);
                    }
                    for (product, sums) in sums.chunks_exact_mut(together * panel_sums).enumerate() {
                        segments.clear();
                        push(segments, product * array, rows, product * columns_of_product, PANEL, terms);
                        in_parts(segments, |segments, is_first| {
                            let product = Product {
                                a: mapped,
                                a_row: 1,
                                a_step: rows,
                                b: gradients,
                                b_step: PANEL,
                                b_panel: terms * PANEL,
                                segments,
                                rows,
                                panels: together,
                            };
                            kernels.multiply(&product, sums, panel_sums, is_fresh && is_first);
                        });
                    }
                    is_fresh = false;
                }
            }
            let array = together * panel_sums;
            from.clear();
            from.extend((0..products).map(|product| Some(product * array)));
            places.clear();
            places.extend((0..taps).map(|tap| Some(tap * array)));
            let filtering = Filtering {
                filter,
                map: Map::TapGradients,
                source: sums,
                from,
                from_row: array,
                to: places,
                to_row: array,
                rows: 1,
                columns: array,
            };
            let results = results.room(taps * array);
            kernels.filter(&filtering, results);
            if !kernels.is_finite(results) {
                finite.store(false, Ordering::Relaxed);
            }
            for (tap, results) in results.chunks_exact(array).enumerate() {
                for (at, results) in results.chunks_exact(panel_sums).enumerate() {
                    let to = to.row_mut(at, tap);
                    if add {
                        kernels.add_to(results, to);
                    } else {
                        to.copy_from_slice(results);
                    }
                }
            }
        });
    });
    finite.into_inner()
}
