//! The way forward by tiles that take fewer products.

use super::forward::{Finish, Task};
use super::tiles::{Tiles, block, map_weights};
use super::workspace;
use crate::native::tiling::Tiling;
use elbo_kernels::{Drawn, Extent, Grid, PANEL, Region, Tile, View, for_each_tile};

impl Task<'_> {
    /// Products and all that follows. `mapped` is memory for both paths' weights.
    pub(super) fn by_tiles(
        &self,
        tiling: Tiling,
        mut mapped: [&mut [f32]; 2],
        finish: &Finish<'_>,
        [values, squares, factors]: [&mut [f32]; 3],
        choices: &mut [u8],
    ) {
        let Self { pass, panels, weighted, operands, .. } = self;
        let (terms, paths) = (panels.rows(), operands.paths);
        for (mapped, weights) in mapped.iter_mut().zip(operands.weights).take(paths) {
            map_weights(pass.kernels(), tiling, weights, mapped, terms, false);
        }
        let mapped = mapped.map(|mapped| &*mapped);
        let input = pass.network.sites[self.number].input;
        let received = pass.network.values[input];
        let (line, place_rows) = (received.size[1], pass.plan.rows(input));
        let tiles =
            Tiles { pass, tiling, inputs: operands.input, width: received.width(), terms, weights: mapped, paths };
        let (slots, value) = (weighted.geometry.slots, self.number + 1);
        let depth = slots.depth();
        let band = slots.windows_of_rows(tiling.filter.outputs()).max(1);
        let (rows, capacity) = (pass.rows(value), pass.plan.rows(value));
        let columns = pass.network.values[value].width();
        let [row_block, column_block] = block(rows, columns, tiling.bands());
        let grid = Grid { positions: slots.windows(), capacity, rows, columns, block: [band, row_block, column_block] };
        let whole = Extent::Positions(1);
        let floats = [(values, whole), (squares, whole), (factors, whole)];
        let work = |region: &Region,
                    [mut values, mut squares, mut factors]: [Tile<'_, f32>; 3],
                    [mut choices]: [Tile<'_, u8>; 1]| {
            let (row, rows) = (region.rows.start, region.rows.len());
            let panels = region.columns.start / PANEL..region.columns.end / PANEL;
            workspace::with(|workspace| {
                for tile in tiling.band(region.positions.start / band) {
                    let from = tiling.inputs(tile).map(|place| {
                        let [y, x] = place?;
                        Some(((y * line + x) * place_rows + row) * tiles.width)
                    });
                    let slots_of_outputs = || tiling.outputs(tile).map(|place| slots.slot(place?)).enumerate();
                    // The outputs of a window stand together, whatever their order in the tile.
                    let order = |output: usize| order(tiling.filter.outputs(), slots.window_rows(), output);
                    let wanted = slots_of_outputs().map(|(output, slot)| slot.map(|_| order(output)));
                    tiles.sums(workspace, from, wanted, (panels.clone(), rows), |sums| {
                        for (output, slot) in slots_of_outputs() {
                            let Some(slot) = slot.filter(|slot| slot.is_multiple_of(depth)) else { continue };
                            let (window, first) = (slot / depth, order(output));
                            for panel in sums.panels.clone() {
                                let product = |path: usize| View {
                                    numbers: sums.at(path, first, panel),
                                    slot: sums.output(),
                                    row: PANEL,
                                };
                                let at = window - region.positions.start;
                                let column = panel * PANEL;
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
                }
            });
        };
        for_each_tile(&grid, floats, [(choices, whole)], work);
    }
}

/// The place of an output of a tile where those of each window, squares of `window` outputs, stand together.
fn order(outputs: usize, window: usize, output: usize) -> usize {
    let [y, x] = [output / outputs, output % outputs];
    (y / window * (outputs / window) + x / window) * window * window + y % window * window + x % window
}
