//! Linear maps and convolutions: products, noise, activation and pool in one pass; and the way back.

mod back;
mod drawn;
mod forward;
mod forward_tiles;
mod input_gradient;
mod tile_gradient;
mod tiles;
mod weight_gradient;
mod workspace;

pub(super) use back::backward;
pub(super) use forward::forward;

use super::geometry::{Input, Layout};
use super::network::Weighted;
use super::packing::{Packing, Panels};
use super::pass::Pass;

/// Rows of a task at most.
const ROWS: usize = 64;
/// Columns of a task at most.
const COLUMNS: usize = 64;

/// The panels of a layer's weights.
fn panels<'p>(pass: &Pass<'p>, weighted: &Weighted) -> &'p Panels {
    match &pass.network.tensors[weighted.weight].packing {
        Packing::Weights(panels) => panels,
        _ => unreachable!("weights are packed as panels"),
    }
}

/// How a stage's input lies, and how far apart its rows are.
fn input_layout(pass: &Pass<'_>, weighted: &Weighted, input: usize) -> (Input, usize) {
    let value = pass.network.values[input];
    if weighted.reads_images {
        let line = weighted.geometry.padded_input()[1] * value.channels;
        (Input::Images { channels: value.channels, line }, pass.network.numbers(input))
    } else {
        let layout = Layout { capacity: pass.plan.rows(input), width: value.width() };
        (Input::Places(layout), value.width())
    }
}
