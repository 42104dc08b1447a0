//! Products of a stage's input with its weights, then bias, noise, maximum, activation and square.

use super::buffers::Buffers;
use super::drawn;
use super::layer::{COLUMNS, ROWS, Weighted, input_layout, panels};
use super::workspace::{self, Workspace};
use crate::native::arena::Arena;
use crate::native::geometry::{Slots, in_parts, push};
use crate::native::noise::Target;
use crate::native::packing::Panels;
use crate::native::pass::Pass;
use crate::native::tensor::Tensor;
use elbo_compiler::ir::Estimator;
use elbo_kernels::{Draw, Drawn, Extent, Grid, PANEL, Product, Region, Second, Tile, View, for_each_tile};

/// Operands of both products.
pub(super) struct Operands<'o> {
    pub(super) input: [&'o [f32]; 2],
    pub(super) weights: [&'o [f32]; 2],
    pub(super) paths: usize,
}

/// Runs stage `number`: whole, or only its products where all samples share them.
pub(super) fn forward(pass: &Pass<'_>, arena: &mut Arena, number: usize, weighted: &Weighted, moments_only: bool) {
    let (plan, site) = (pass.plan, &pass.network.sites[number]);
    let buffers: &Buffers = plan.buffers(number);
    let estimator = weighted.estimator(plan.trains());
    let has_moments = plan.shares_part[number];
    if !moments_only {
        prepare(pass, arena, number, weighted, estimator);
    }
    let second_input = match estimator {
        Some(Estimator::LocalReparameterization) => plan.squares[site.input],
        _ => buffers.flipped,
    };
    let ids = [
        Some(plan.values[number + 1]),
        plan.squares[number + 1],
        buffers.factors,
        Some(plan.values[site.input]),
        second_input,
        buffers.noise,
        buffers.signs[1],
        buffers.drawn[0],
        buffers.drawn[1],
        buffers.moments[0],
        buffers.moments[1],
        buffers.mapped[0],
        buffers.mapped[1],
    ];
    let (numbers, choices) = arena.with_bytes(ids, buffers.choices);
    let [values, squares, factors, input, second, noise, signs, drawn, drawn_bias, means, variances, mapped @ ..] =
        numbers;
    let tensors = &pass.network.tensors;
    let weight = &tensors[weighted.weight];
    let zeros = [0.0f32; PANEL];
    let bias = weighted.bias.map(|bias| &tensors[bias]);
    let centre = bias.map(|bias| bias.centre());
    let input = [&*input, &*second];
    let (weights, biases, paths) = match estimator {
        None => ([weight.centre(), &[][..]], [centre, None], 1),
        Some(Estimator::Reparameterization) => ([&*drawn, &[][..]], [bias.map(|_| &*drawn_bias), None], 1),
        Some(Estimator::Flipout) => ([weight.centre(), &*drawn], [centre, bias.map(|_| &*drawn_bias)], 2),
        Some(Estimator::LocalReparameterization) => {
            let variance = variances_of(weight).unwrap_or(&[]);
            ([weight.centre(), variance], [centre, bias.and_then(variances_of)], 2)
        }
    };
    let operands = Operands { input, weights, paths };
    let task = Task { pass, weighted, panels: panels(pass, weighted), number, operands };
    if moments_only {
        task.moments([means, variances]);
        return;
    }
    let finish = Finish {
        biases: biases.map(|bias| bias.unwrap_or(&zeros)),
        has_bias: bias.is_some(),
        estimator,
        noise: &*noise,
        signs: &*signs,
    };
    if has_moments {
        task.spread([&*means, &*variances], &finish, [values, squares]);
    } else if let Some(tiling) = buffers.tilings[0] {
        task.by_tiles(tiling, mapped, &finish, [values, squares, factors], choices);
    } else {
        task.whole(&finish, [values, squares, factors], choices);
    }
}

/// σ² of a tensor, where it has any.
fn variances_of(tensor: &Tensor) -> Option<&[f32]> {
    tensor.gaussians().map(|gaussians| &gaussians.variances[..])
}

/// Draws what is random.
fn prepare(pass: &Pass<'_>, arena: &mut Arena, number: usize, weighted: &Weighted, estimator: Option<Estimator>) {
    let site = &pass.network.sites[number];
    let buffers: &Buffers = pass.plan.buffers(number);
    let mut value = pass.network.values[number + 1];
    value.size = weighted.before_pool;
    let layer = &pass.network.tensors[weighted.weight].layer;
    match estimator {
        Some(Estimator::LocalReparameterization) => {
            let [noise] = arena.numbers([buffers.noise]);
            let target = Target {
                numbers: noise,
                capacity: pass.plan.rows(number + 1),
                rows: pass.examples,
                samples: pass.samples,
                value,
                slots: weighted.geometry.slots,
            };
            pass.randomness.activation_noise(layer, target);
        }
        Some(Estimator::Reparameterization) => drawn::draw(pass, arena, number, weighted, true),
        Some(Estimator::Flipout) => {
            drawn::draw(pass, arena, number, weighted, false);
            let ids = [buffers.signs[0], buffers.signs[1], Some(pass.plan.values[site.input]), buffers.flipped];
            let [input_signs, output_signs, input, flipped] = arena.numbers(ids);
            let received = pass.network.values[site.input];
            for (what, value, numbers) in
                [("input", received, &mut *input_signs), ("output", value, &mut *output_signs)]
            {
                let (capacity, rows, samples) = (pass.plan.capacity, pass.examples, pass.samples);
                let target = Target { numbers, capacity, rows, samples, value, slots: Slots::all([1, 1]) };
                pass.randomness.signs(&format!("{layer}.{what}"), target);
            }
            flip(pass, weighted, site.input, [&*input, &*input_signs], flipped);
        }
        None => {}
    }
}

/// The input with its signs.
fn flip(pass: &Pass<'_>, weighted: &Weighted, input: usize, [from, signs]: [&[f32]; 2], to: &mut [f32]) {
    let value = pass.network.values[input];
    let (channels, width) = (value.channels, value.width());
    if weighted.reads_images {
        let size = pass.network.numbers(input);
        let rows = pass.examples;
        for (row, (to, from)) in to.chunks_exact_mut(size).zip(from.chunks_exact(size)).take(rows).enumerate() {
            let signs = &signs[row * width..][..channels];
            for (to, from) in to.chunks_exact_mut(channels).zip(from.chunks_exact(channels)) {
                to.iter_mut().zip(from).zip(signs).for_each(|((to, from), sign)| *to = from * sign);
            }
        }
        return;
    }
    let capacity = pass.plan.rows(input);
    let grid = pass.grid(input, [1, ROWS, width]);
    for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
        for (at, row) in region.rows.clone().enumerate() {
            let from = &from[(region.positions.start * capacity + row) * width..][..width];
            pass.kernels().multiply_each(from, &signs[row * width..][..width], to.row_mut(0, at));
        }
    });
}

/// What follows the products.
pub(super) struct Finish<'f> {
    biases: [&'f [f32]; 2],
    has_bias: bool,
    estimator: Option<Estimator>,
    noise: &'f [f32],
    signs: &'f [f32],
}

impl Finish<'_> {
    /// The bias of a panel.
    fn bias(&self, path: usize, column: usize) -> &[f32] {
        if self.has_bias { &self.biases[path][column..] } else { self.biases[path] }
    }
}

/// The products of a stage.
pub(super) struct Task<'t> {
    pub(super) pass: &'t Pass<'t>,
    pub(super) weighted: &'t Weighted,
    pub(super) panels: &'t Panels,
    pub(super) number: usize,
    pub(super) operands: Operands<'t>,
}

impl Task<'_> {
    /// Windows of a task: several places share the weights that are read, if there are places enough.
    fn window_block(&self) -> usize {
        match self.weighted.geometry.slots.depth() {
            1 => 4,
            2 | 3 => 2,
            _ => 1,
        }
    }

    /// The products of `slots` with panels `first` … of columns, both paths, into the workspace: `[slot][panel][row]`.
    fn products(
        &self,
        workspace: &mut Workspace,
        slots: std::ops::Range<usize>,
        (column, together): (usize, usize),
        (row, rows): (usize, usize),
    ) {
        let Self { weighted, panels, operands, pass, .. } = self;
        let site = &pass.network.sites[self.number];
        let (layout, width) = input_layout(pass, weighted, site.input);
        let panel = column / PANEL;
        let (division, panel) = (panel / panels.panels(), panel % panels.panels());
        let first_weight = (division * panels.panels() + panel) * panels.panel();
        let first_input = row * width + division * panels.inputs();
        let (taps, length) = (panels.rows(), together * rows * PANEL);
        workspace.reserve(slots.len() * length);
        let Workspace { sums, segments, .. } = workspace;
        for (at, slot) in slots.enumerate() {
            segments.clear();
            weighted.geometry.taps(slot, layout, |tap, offset| {
                let weights = first_weight + tap * taps * PANEL;
                push(segments, offset + first_input, 1, weights, PANEL, taps);
            });
            for (path, sums) in sums.iter_mut().enumerate().take(operands.paths) {
                let to = &mut sums[at * length..][..length];
                in_parts(segments, |segments, is_first| {
                    let product = Product {
                        a: operands.input[path],
                        a_row: width,
                        a_step: 1,
                        b: operands.weights[path],
                        b_step: PANEL,
                        b_panel: panels.panel(),
                        segments,
                        rows,
                        panels: together,
                    };
                    pass.kernels().multiply(&product, to, rows * PANEL, is_first);
                });
            }
        }
    }

    /// Calls `work(column, panels together)` for the columns of a region; panels of one product lie in one division.
    fn panels_of(&self, region: &Region, mut work: impl FnMut(usize, usize)) {
        let most = self.pass.kernels().panels_at_once();
        let mut column = region.columns.start;
        while column < region.columns.end {
            let here = column / PANEL % self.panels.panels();
            let together = most.min(self.panels.panels() - here).min((region.columns.end - column) / PANEL);
            work(column, together);
            column += together * PANEL;
        }
    }

    fn grid(&self, rows: usize, capacity: usize, row_block: usize) -> Grid {
        let value = self.pass.network.values[self.number + 1];
        let block = [self.window_block(), row_block.max(1), COLUMNS];
        Grid { positions: self.weighted.geometry.slots.windows(), capacity, rows, columns: value.width(), block }
    }

    /// Products and all that follows, tile by tile.
    fn whole(&self, finish: &Finish<'_>, [values, squares, factors]: [&mut [f32]; 3], choices: &mut [u8]) {
        let pass = self.pass;
        let value = self.number + 1;
        let grid = self.grid(pass.rows(value), pass.plan.rows(value), pass.row_block(value, ROWS));
        let depth = self.weighted.geometry.slots.depth();
        let whole = Extent::Positions(1);
        let floats = [(values, whole), (squares, whole), (factors, whole)];
        for_each_tile(
            &grid,
            floats,
            [(choices, whole)],
            |region, [mut values, mut squares, mut factors], [mut choices]| {
                let (row, rows) = (region.rows.start, region.rows.len());
                let slots = region.positions.start * depth..region.positions.end * depth;
                self.panels_of(region, |column, together| {
                    workspace::with(|workspace| {
                        self.products(workspace, slots.clone(), (column, together), (row, rows));
                        let sums = &workspace.sums;
                        for (at, window) in region.positions.clone().enumerate() {
                            for panel in 0..together {
                                let product = |path: usize| View {
                                    numbers: &sums[path][(at * depth * together + panel) * rows * PANEL..],
                                    slot: together * rows * PANEL,
                                    row: PANEL,
                                };
                                let column = column + panel * PANEL;
                                let local = column - region.columns.start;
                                let mut drawn = Drawn {
                                    values: values.strip(at, 1, local),
                                    squares: squares.strip(at, 1, local),
                                    factors: factors.strip(at, 1, local),
                                    choices: choices.strip(at, 1, local),
                                };
                                let products = [product(0), product(if finish.second() { 1 } else { 0 })];
                                self.finish(finish, products, (window, row, column), &mut drawn);
                            }
                        }
                    });
                });
            },
        );
    }

    /// What follows the products of a panel, over the rows of one window.
    pub(super) fn finish(
        &self,
        finish: &Finish<'_>,
        [first, second]: [View<'_>; 2],
        (window, row, column): (usize, usize, usize),
        drawn: &mut Drawn<'_>,
    ) {
        let geometry = &self.weighted.geometry;
        let width = self.pass.network.values[self.number + 1].width();
        let capacity = self.pass.plan.rows(self.number + 1);
        let second = match finish.estimator {
            Some(Estimator::LocalReparameterization) => Second::Variance {
                product: second,
                bias: finish.bias(1, column),
                noise: View {
                    numbers: &finish.noise[(window * geometry.slots.depth() * capacity + row) * width + column..],
                    slot: capacity * width,
                    row: width,
                },
            },
            Some(Estimator::Flipout) => Second::Signed {
                product: second,
                bias: finish.bias(1, column),
                signs: View { numbers: &finish.signs[row * width + column..], slot: 0, row: width },
            },
            _ => Second::None,
        };
        let draw = Draw {
            product: first,
            bias: finish.bias(0, column),
            second,
            function: self.weighted.function,
            slots: geometry.slots.depth(),
        };
        self.pass.kernels().draw(&draw, drawn);
    }

    /// Only the products, kept for all samples: `[slot][rows][width]`.
    fn moments(&self, [means, variances]: [&mut [f32]; 2]) {
        let pass = self.pass;
        let (rows, capacity) = (pass.examples, pass.plan.capacity);
        let grid = self.grid(rows, capacity, rows.div_ceil(rows.div_ceil(ROWS).max(1)));
        let depth = self.weighted.geometry.slots.depth();
        let extent = Extent::Positions(depth);
        for_each_tile(&grid, [(means, extent), (variances, extent)], [], |region, mut tiles, []| {
            let (row, rows) = (region.rows.start, region.rows.len());
            let slots = region.positions.start * depth..region.positions.end * depth;
            self.panels_of(region, |column, together| {
                workspace::with(|workspace| {
                    self.products(workspace, slots.clone(), (column, together), (row, rows));
                    let local = column - region.columns.start;
                    for (tile, sums) in tiles.iter_mut().zip(&workspace.sums) {
                        copy(tile, sums, (slots.len(), together, rows), local);
                    }
                });
            });
        });
    }

    /// What follows the products, for every sample, from products they share.
    fn spread(&self, moments: [&[f32]; 2], finish: &Finish<'_>, [values, squares]: [&mut [f32]; 2]) {
        let pass = self.pass;
        let value = self.number + 1;
        let width = pass.network.values[value].width();
        let (capacity, shared) = (pass.plan.rows(value), pass.plan.capacity);
        let depth = self.weighted.geometry.slots.depth();
        for sample in 0..pass.samples {
            let first = sample * pass.examples;
            let grid = self.grid(pass.examples, capacity, ROWS);
            let whole = Extent::Positions(1);
            let squares = squares.get_mut(first * width..).unwrap_or(&mut []);
            let floats = [(&mut values[first * width..], whole), (squares, whole)];
            for_each_tile(&grid, floats, [], |region, [mut values, mut squares], []| {
                for (at, window) in region.positions.clone().enumerate() {
                    for column in region.columns.clone().step_by(PANEL) {
                        let local = column - region.columns.start;
                        let row = region.rows.start;
                        let product = |path: usize| View {
                            numbers: &moments[path][(window * depth * shared + row) * width + column..],
                            slot: shared * width,
                            row: width,
                        };
                        let (mut no_factors, mut no_choices) = (Tile::absent(), Tile::absent());
                        let mut drawn = Drawn {
                            values: values.strip(at, 1, local),
                            squares: squares.strip(at, 1, local),
                            factors: no_factors.strip(0, 0, 0),
                            choices: no_choices.strip(0, 0, 0),
                        };
                        self.finish(finish, [product(0), product(1)], (window, first + row, column), &mut drawn);
                    }
                }
            });
        }
    }
}

impl Finish<'_> {
    /// Whether there is a second product.
    pub(super) fn second(&self) -> bool {
        matches!(self.estimator, Some(Estimator::LocalReparameterization | Estimator::Flipout))
    }
}

/// Sums `[slot][panel][row][PANEL]` to their places in a tile.
fn copy(tile: &mut Tile<'_, f32>, sums: &[f32], (slots, together, rows): (usize, usize, usize), column: usize) {
    for slot in 0..slots {
        for panel in 0..together {
            let from = &sums[(slot * together + panel) * rows * PANEL..][..rows * PANEL];
            for (row, from) in from.chunks_exact(PANEL).enumerate() {
                tile.row_mut(slot, row)[column + panel * PANEL..][..PANEL].copy_from_slice(from);
            }
        }
    }
}
