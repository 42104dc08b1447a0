//! The gradient of weights: for each tap the product of the input's columns with the gradient of what they gave.

use super::buffers::{Buffers, splits};
use super::drawn;
use super::layer::{Weighted, input_layout, panels};
use super::tile_gradient::tile_gradient;
use super::workspace::{self, Workspace};
use crate::native::arena::Arena;
use crate::native::geometry::{Input, TERMS, in_parts, in_parts_mut, push};
use crate::native::gradients::Gradients;
use crate::native::packing::Panels;
use crate::native::pass::Pass;
use crate::native::tiling::Tiling;
use elbo_compiler::ir::Estimator;
use elbo_kernels::{Extent, Grid, PANEL, Product, Segment, for_each_tile};
use rayon::prelude::*;
use std::ops::Range;

/// Rows of weights of a task at most.
const WEIGHT_ROWS: usize = 128;
/// Panels of a task at most: they share the columns of the input that are read.
const WEIGHT_PANELS: usize = 4;
/// Numbers of a task that adds.
const PIECE: usize = 1 << 13;

/// Adds the gradient of the stage's weights.
pub(super) fn weight_gradient(
    pass: &Pass<'_>,
    arena: &mut Arena,
    number: usize,
    weighted: &Weighted,
    gradients: &mut Gradients,
) {
    let (plan, site) = (pass.plan, &pass.network.sites[number]);
    let buffers: &Buffers = plan.buffers(number);
    let estimator = weighted.estimator(true);
    let second_input = match estimator {
        Some(Estimator::LocalReparameterization) => plan.squares[site.input],
        _ => buffers.flipped,
    };
    let ids = [
        Some(plan.values[site.input]),
        second_input,
        buffers.products[0],
        buffers.products[1],
        buffers.partial[0],
        buffers.partial[1],
        buffers.weight_noise[0],
    ];
    let [first_input, second_input, first, second, first_part, second_part, noise] = arena.numbers(ids);
    let task = Task { pass, weighted, panels: panels(pass, weighted), number };
    let tiling = buffers.tilings[0];
    let (add, splits) = (gradients.add, splits(pass.network, weighted, tiling));
    let paths = if buffers.products[1].is_some() { 2 } else { 1 };
    let mut finite = true;
    let mut drawn_total = None;
    let [along_first, along_second] = &mut gradients.tensors[weighted.weight];
    let inputs = [&*first_input, &*second_input];
    let products = [&*first, &*second];
    let parts = [first_part, second_part];
    for ((path, part), along) in (0..paths).zip(parts).zip([&mut *along_first, &mut *along_second]) {
        // Gradients of drawn weights pass through a buffer of their own.
        let is_drawn = match estimator {
            Some(Estimator::Reparameterization) => true,
            Some(Estimator::Flipout) => path == 1,
            _ => false,
        };
        let operands = [inputs[path], products[path]];
        let by_tiles = |tiling: Tiling, to: (&mut [f32], bool)| {
            tile_gradient(pass, (number, weighted, tiling), operands, splits, to)
        };
        if splits > 1 {
            if let Some(tiling) = tiling {
                by_tiles(tiling, (&mut part[..splits * along.len()], false));
            } else {
                task.in_splits(inputs[path], products[path], part, splits);
            }
            let length = along.len();
            if is_drawn {
                let (total, rest) = part.split_at_mut(length);
                finite &= task.add_up(rest, splits - 1, total, true);
            } else {
                finite &= task.add_up(part, splits, along, add);
            }
        } else {
            let length = along.len();
            let (to, add) = if is_drawn { (&mut part[..length], false) } else { (&mut along[..], add) };
            finite &= match tiling {
                Some(tiling) => by_tiles(tiling, (to, add)),
                None => task.by_taps(inputs[path], products[path], to, add),
            };
        }
        if is_drawn {
            drawn_total = Some(&part[..along.len()]);
        }
    }
    if !add && drawn_total.is_some() {
        along_second.fill(0.0);
    }
    match (drawn_total, estimator) {
        (Some(total), Some(Estimator::Reparameterization)) => {
            if !add {
                along_first.fill(0.0);
            }
            drawn::spread(pass, total, noise, [Some(along_first), Some(along_second)]);
        }
        (Some(total), _) => drawn::spread(pass, total, noise, [None, Some(along_second)]),
        (None, _) => {}
    }
    if !finite {
        gradients.spoil();
    }
}

struct Task<'t> {
    pass: &'t Pass<'t>,
    weighted: &'t Weighted,
    panels: &'t Panels,
    number: usize,
}

impl Task<'_> {
    /// The stretches of a tap's sum over some slots: examples are terms.
    fn segments(&self, segments: &mut Vec<Segment>, (layout, width): (Input, usize), slots: Range<usize>, tap: usize) {
        let value = self.pass.network.values[self.number + 1].width();
        let (capacity, rows) = (self.pass.plan.capacity, self.pass.examples);
        for slot in slots {
            if let Some(offset) = self.weighted.geometry.under_tap(slot, layout, tap) {
                push(segments, offset, width, slot * capacity * value, value, rows);
            }
        }
    }

    /// A product with columns of the gradient that [`gather`] has brought together, `terms` of them.
    fn product<'p>(
        &self,
        (input, width): (&'p [f32], usize),
        gathered: (&'p [f32], usize),
        segments: &'p [Segment],
        (rows, panels): (usize, usize),
    ) -> Product<'p> {
        let (gathered, terms) = gathered;
        Product {
            a: input,
            a_row: 1,
            a_step: width,
            b: gathered,
            b_step: PANEL,
            b_panel: terms * PANEL,
            segments,
            rows,
            panels,
        }
    }

    /// Where weights are many: a task for each tap, some panels and some rows. Returns whether all is finite.
    fn by_taps(&self, input: &[f32], gradient: &[f32], to: &mut [f32], add: bool) -> bool {
        let Self { pass, panels, .. } = self;
        let layout = input_layout(pass, self.weighted, pass.network.sites[self.number].input);
        let rows = panels.rows();
        let row_block = rows.div_ceil(rows.div_ceil(WEIGHT_ROWS).max(1)).max(1);
        let finite = std::sync::atomic::AtomicBool::new(true);
        let slots = self.weighted.geometry.slots.count();
        // Positions of the grid are panels, its rows taps, its columns the weights of one tap in one panel.
        let grid = Grid {
            positions: panels.divisions * panels.panels(),
            capacity: panels.taps(),
            rows: panels.taps(),
            columns: rows * PANEL,
            block: [panels_together(panels), 1, row_block * PANEL],
        };
        for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
            workspace::with(|Workspace { sums, segments, gathered, .. }| {
                let (panel, together) = (region.positions.start, region.positions.len());
                let (first_row, rows) = (region.columns.start / PANEL, region.columns.len() / PANEL);
                let division = panel / panels.panels();
                let first_column = division * panels.outputs() + panel % panels.panels() * PANEL;
                let first_input = division * panels.inputs() + first_row;
                segments.clear();
                self.segments(segments, layout, 0..slots, region.rows.start);
                for segment in &mut *segments {
                    segment.a += first_input;
                    segment.b += first_column;
                }
                let value = pass.network.values[self.number + 1].width();
                let length = together * rows * PANEL;
                let sums = sums[0].room(length);
                in_parts_mut(segments, |segments, is_first| {
                    let terms = segments.iter().map(|segment| segment.length).sum();
                    gather(gathered, (gradient, value), segments, terms, together);
                    let product = self.product((input, layout.1), (gathered, terms), segments, (rows, together));
                    pass.kernels().multiply(&product, sums, rows * PANEL, is_first);
                });
                self.mask(sums, panel, rows, first_row);
                if !pass.kernels().is_finite(sums) {
                    finite.store(false, std::sync::atomic::Ordering::Relaxed);
                }
                for (at, sums) in sums.chunks_exact(rows * PANEL).enumerate() {
                    let to = to.row_mut(at, 0);
                    if add {
                        pass.kernels().add_to(sums, to);
                    } else {
                        to.copy_from_slice(sums);
                    }
                }
            });
        });
        finite.into_inner()
    }

    /// Weights between groups that do not exist have no gradient.
    fn mask(&self, sums: &mut [f32], panel: usize, rows: usize, first_row: usize) {
        if !self.panels.has_gaps() {
            return;
        }
        for (at, sums) in sums.chunks_exact_mut(rows * PANEL).enumerate() {
            let panel = (panel + at) % self.panels.panels();
            for (row, numbers) in sums.chunks_exact_mut(PANEL).enumerate() {
                let columns = self.panels.columns(panel, first_row + row);
                numbers[..columns.start].fill(0.0);
                numbers[columns.end..].fill(0.0);
            }
        }
    }

    /// Where places are many and weights few: each part of the places gives all weights.
    fn in_splits(&self, input: &[f32], gradient: &[f32], parts: &mut [f32], splits: usize) {
        let Self { pass, panels, .. } = self;
        let layout = input_layout(pass, self.weighted, pass.network.sites[self.number].input);
        let slots = self.weighted.geometry.slots.count();
        let length = panels.length();
        let (taps, rows) = (panels.taps(), panels.rows());
        let most = pass.kernels().panels_at_once();
        // So many places that their examples fill one part of a sum.
        let together_slots = (TERMS / pass.examples.max(1)).max(1);
        let rows_of_slot = pass.examples;
        let value = pass.network.values[self.number + 1].width();
        parts[..splits * length].par_chunks_exact_mut(length).enumerate().for_each(|(split, part)| {
            let first = split * slots / splits;
            let last = (split + 1) * slots / splits;
            workspace::with(|Workspace { segments, gathered, .. }| {
                part.fill(0.0);
                for slot in (first..last).step_by(together_slots) {
                    let slots = slot..last.min(slot + together_slots);
                    let terms = slots.len() * rows_of_slot;
                    for division in 0..panels.divisions {
                        // The columns of all these slots, once for all taps.
                        let place = |slot| slot * pass.plan.capacity * value + division * panels.outputs();
                        segments.clear();
                        let whole = slots.clone().map(|slot| Segment { a: 0, b: place(slot), length: rows_of_slot });
                        segments.extend(whole);
                        gather(gathered, (gradient, value), segments, terms, panels.panels());
                        for tap in 0..taps {
                            segments.clear();
                            for (at, slot) in slots.clone().enumerate() {
                                if let Some(offset) = self.weighted.geometry.under_tap(slot, layout.0, tap) {
                                    let input = offset + division * panels.inputs();
                                    push(segments, input, layout.1, at * rows_of_slot * PANEL, PANEL, rows_of_slot);
                                }
                            }
                            let mut panel = 0;
                            while panel < panels.panels() && !segments.is_empty() {
                                let together = most.min(panels.panels() - panel);
                                let to = ((division * panels.panels() + panel) * taps + tap) * rows * PANEL;
                                in_parts(segments, |segments, _| {
                                    let gathered = (&gathered[panel * terms * PANEL..], terms);
                                    let product = self.product((input, layout.1), gathered, segments, (rows, together));
                                    pass.kernels().multiply(&product, &mut part[to..], panels.panel(), false);
                                });
                                panel += together;
                            }
                        }
                    }
                }
                for division_panel in 0..panels.divisions * panels.panels() {
                    for tap in 0..taps {
                        let at = (division_panel * taps + tap) * rows * PANEL;
                        self.mask(&mut part[at..][..rows * PANEL], division_panel, rows, 0);
                    }
                }
            });
        });
    }

    /// The sum of parts, in their order, added to `to` or in its place. Returns whether all is finite.
    fn add_up(&self, parts: &[f32], count: usize, to: &mut [f32], add: bool) -> bool {
        let kernels = self.pass.kernels();
        let length = to.len();
        let finite = |(piece, to): (usize, &mut [f32])| {
            if !add {
                to.fill(0.0);
            }
            for part in 0..count {
                kernels.add_to(&parts[part * length + piece * PIECE..][..to.len()], to);
            }
            kernels.is_finite(to)
        };
        to.par_chunks_mut(PIECE).enumerate().map(finite).reduce(|| true, |one, other| one && other)
    }
}

/// Brings the columns of `panels` panels under the segments together, `[panel][term][PANEL]`, and points the segments
/// there: rows a power of two apart would otherwise push each other out of the nearest cache.
fn gather(
    gathered: &mut Vec<f32>,
    (gradient, width): (&[f32], usize),
    segments: &mut [Segment],
    terms: usize,
    panels: usize,
) {
    gathered.resize(panels * terms * PANEL, 0.0);
    let mut first = 0;
    for segment in segments {
        for term in 0..segment.length {
            let row = &gradient[segment.b + term * width..];
            for panel in 0..panels {
                let to = (panel * terms + first + term) * PANEL;
                gathered[to..to + PANEL].copy_from_slice(&row[panel * PANEL..][..PANEL]);
            }
        }
        segment.b = first * PANEL;
        first += segment.length;
    }
}

/// Panels of a block: no block spans two divisions.
fn panels_together(panels: &Panels) -> usize {
    if panels.divisions == 1 { WEIGHT_PANELS } else { 1 }
}
