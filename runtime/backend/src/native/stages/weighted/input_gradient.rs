//! The gradient of a stage's input: products with the weights, inputs and outputs exchanged, from every slot that sees
//! a place.

use super::buffers::Buffers;
use super::layer::{COLUMNS, ROWS, Weighted, panels};
use super::tiles::{Tiles, block, map_weights};
use super::workspace::{self, Workspace};
use crate::native::arena::Arena;
use crate::native::geometry::{in_parts, push};
use crate::native::packing::Panels;
use crate::native::pass::Pass;
use elbo_compiler::ir::Estimator;
use elbo_kernels::{Extent, Merge, PANEL, Product, Strip, View, for_each_tile};
use rayon::prelude::*;

/// Places of a task: they share the weights that are read.
const PLACES: usize = 4;

/// Writes the gradient of the stage's input, or adds it.
pub(super) fn input_gradient(pass: &Pass<'_>, arena: &mut Arena, number: usize, weighted: &Weighted, add: bool) {
    let (plan, site) = (pass.plan, &pass.network.sites[number]);
    let buffers: &Buffers = plan.buffers(number);
    let estimator = weighted.estimator(true);
    turn(pass, arena, number, weighted, estimator);
    let ids = [
        plan.gradients[site.input],
        Some(plan.values[site.input]),
        buffers.products[0],
        buffers.products[1],
        buffers.turned[0],
        buffers.turned[1],
        buffers.signs[0],
        buffers.mapped_turned[0],
        buffers.mapped_turned[1],
    ];
    let [to, input, first, second, first_turned, second_turned, signs, first_mapped, second_mapped] =
        arena.numbers(ids);
    let (input, signs) = (&*input, &*signs);
    let gradients = [&*first, &*second];
    let turned = [&*first_turned, &*second_turned];
    let paths = if buffers.products[1].is_some() { 2 } else { 1 };
    let panels = panels(pass, weighted);
    let join = Join { estimator, paths, input, signs, capacity: plan.capacity, add };
    if let Some(tiling) = buffers.tilings[1] {
        let mut mapped = [first_mapped, second_mapped];
        for (mapped, turned) in mapped.iter_mut().zip(turned).take(paths) {
            map_weights(pass.kernels(), tiling, turned, mapped, panels.outputs(), true);
        }
        let mapped = mapped.map(|mapped| &*mapped);
        let width = pass.network.values[number + 1].width();
        let terms = panels.outputs();
        let tiles = Tiles { pass, tiling, inputs: gradients, width, terms, weights: mapped, paths };
        return by_tiles(&tiles, (site.input, weighted), &join, to);
    }
    let (from, to_value) = (pass.network.values[number + 1], pass.network.values[site.input]);
    let (from_width, width, capacity) = (from.width(), to_value.width(), plan.capacity);
    let input_panels = panels.inputs().div_ceil(PANEL);
    let grid = pass.grid(site.input, [PLACES, pass.row_block(site.input, ROWS), COLUMNS]);
    for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
        let (row, rows) = (region.rows.start, region.rows.len());
        let most = pass.kernels().panels_at_once();
        let mut column = region.columns.start;
        while column < region.columns.end {
            let panel = column / PANEL;
            let (division, panel) = (panel / input_panels, panel % input_panels);
            let together = most.min(input_panels - panel).min((region.columns.end - column) / PANEL);
            let first_weight = (division * input_panels + panel) * panels.taps() * panels.outputs() * PANEL;
            let first_gradient = row * from_width + division * panels.outputs();
            workspace::with(|workspace| {
                workspace.reserve(together * rows * PANEL);
                let Workspace { sums, segments, .. } = workspace;
                for (at, position) in region.positions.clone().enumerate() {
                    segments.clear();
                    weighted.geometry.seen_by(position, |tap, slot| {
                        let a = slot * capacity * from_width + first_gradient;
                        let b = first_weight + tap * panels.outputs() * PANEL;
                        push(segments, a, 1, b, PANEL, panels.outputs());
                    });
                    for path in 0..paths {
                        in_parts(segments, |segments, is_first| {
                            let product = Product {
                                a: gradients[path],
                                a_row: from_width,
                                a_step: 1,
                                b: turned[path],
                                b_step: PANEL,
                                b_panel: panels.taps() * panels.outputs() * PANEL,
                                segments,
                                rows,
                                panels: together,
                            };
                            pass.kernels().multiply(&product, &mut sums[path], rows * PANEL, is_first);
                        });
                    }
                    for panel in 0..together {
                        let column = column + panel * PANEL;
                        let view = |path: usize| &sums[path][panel * rows * PANEL..];
                        let mut strip = to.strip(at, 1, column - region.columns.start);
                        join.merge(pass, [view(0), view(1)], (position, row, column, width), &mut strip);
                    }
                }
            });
            column += together * PANEL;
        }
    });
}

/// How the sums of both paths become the gradient of the input.
struct Join<'j> {
    estimator: Option<Estimator>,
    paths: usize,
    input: &'j [f32],
    signs: &'j [f32],
    capacity: usize,
    add: bool,
}

impl Join<'_> {
    /// From the sums of one panel, `[row][PANEL]`.
    fn merge(
        &self,
        pass: &Pass<'_>,
        sums: [&[f32]; 2],
        (position, row, column, width): (usize, usize, usize, usize),
        to: &mut Strip<'_, f32>,
    ) {
        let view = |path: usize| View { numbers: sums[path], slot: 0, row: PANEL };
        let second = (self.paths == 2).then(|| {
            if self.estimator == Some(Estimator::Flipout) {
                (view(1), View { numbers: &self.signs[row * width + column..], slot: 0, row: width }, 1.0)
            } else {
                let offset = (position * self.capacity + row) * width + column;
                (view(1), View { numbers: &self.input[offset..], slot: 0, row: width }, 2.0)
            }
        });
        pass.kernels().merge(&Merge { first: view(0), second, add: self.add }, to);
    }
}

/// The gradient of a value by tiles of it.
fn by_tiles(tiles: &Tiles<'_>, (value, weighted): (usize, &Weighted), join: &Join<'_>, to: &mut [f32]) {
    let Tiles { pass, tiling, .. } = *tiles;
    let shape = pass.network.values[value];
    let (width, line, slots) = (shape.width(), shape.size[1], weighted.geometry.slots);
    let band = tiling.filter.outputs() * line;
    let [row_block, column_block] = block(pass.rows(value), width, tiling.bands());
    let grid = pass.grid(value, [band, row_block, column_block]);
    for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
        let (row, rows) = (region.rows.start, region.rows.len());
        let panels = region.columns.start / PANEL..region.columns.end / PANEL;
        workspace::with(|workspace| {
            for tile in tiling.band(region.positions.start / band) {
                let from = tiling.inputs(tile).map(|place| {
                    let slot = slots.slot(place?)?;
                    Some((slot * join.capacity + row) * tiles.width)
                });
                let places = || tiling.outputs(tile).enumerate();
                let wanted = places().map(|(output, place)| place.map(|_| output));
                tiles.sums(workspace, from, wanted, (panels.clone(), rows), |sums| {
                    for (output, [y, x]) in places().filter_map(|(output, place)| Some((output, place?))) {
                        let position = y * line + x;
                        for panel in sums.panels.clone() {
                            let column = panel * PANEL;
                            let (at, local) = (position - region.positions.start, column - region.columns.start);
                            let second = if join.paths == 2 { 1 } else { 0 };
                            let both = [sums.at(0, output, panel), sums.at(second, output, panel)];
                            join.merge(pass, both, (position, row, column, width), &mut to.strip(at, 1, local));
                        }
                    }
                });
            }
        });
    });
}

/// Exchanges inputs and outputs of both paths' weights: `[division][input panel][tap][output][PANEL]`.
fn turn(pass: &Pass<'_>, arena: &mut Arena, number: usize, weighted: &Weighted, estimator: Option<Estimator>) {
    let buffers: &Buffers = pass.plan.buffers(number);
    let [first, second, drawn] = arena.numbers([buffers.turned[0], buffers.turned[1], buffers.drawn[0]]);
    let tensor = &pass.network.tensors[weighted.weight];
    let panels = panels(pass, weighted);
    match estimator {
        Some(Estimator::Reparameterization) => turn_one(pass, panels, drawn, first),
        Some(Estimator::Flipout) => {
            turn_one(pass, panels, tensor.centre(), first);
            turn_one(pass, panels, drawn, second);
        }
        Some(Estimator::LocalReparameterization) => {
            turn_one(pass, panels, tensor.centre(), first);
            if let Some(gaussians) = tensor.gaussians() {
                turn_one(pass, panels, &gaussians.variances, second);
            }
        }
        None => turn_one(pass, panels, tensor.centre(), first),
    }
}

fn turn_one(pass: &Pass<'_>, panels: &Panels, from: &[f32], to: &mut [f32]) {
    let (taps, rows, outputs) = (panels.taps(), panels.rows(), panels.outputs());
    let input_panels = rows.div_ceil(PANEL);
    to.par_chunks_exact_mut(outputs * PANEL).enumerate().for_each(|(index, to)| {
        let (tap, panel) = (index % taps, index / taps);
        let (division, input_panel) = (panel / input_panels, panel % input_panels);
        for panel in 0..panels.panels() {
            let first = ((division * panels.panels() + panel) * taps + tap) * rows + input_panel * PANEL;
            let size = (PANEL.min(rows - input_panel * PANEL), PANEL.min(outputs - panel * PANEL));
            pass.kernels().transpose(&from[first * PANEL..], PANEL, size, &mut to[panel * PANEL * PANEL..], PANEL);
        }
    });
}
