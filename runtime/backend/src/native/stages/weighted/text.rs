//! A stage with weights in the text of a plan.

use super::buffers::{Buffers, splits};
use super::layer::Weighted;
use crate::functions;
use crate::native::network::Network;
use crate::native::plan::Plan;
use crate::native::tiling::Tiling;
use elbo_compiler::ir::Estimator;
use elbo_kernels::Function;
use std::fmt::Write;

fn tiles(tiling: Tiling) -> String {
    let (outputs, products) = (tiling.filter.outputs(), tiling.filter.products().pow(2));
    format!("{} tiles of {outputs} x {outputs} with {products} products", tiling.count())
}

/// What runs.
pub(super) fn description(weighted: &Weighted, network: &Network, plan: &Plan, number: usize) -> String {
    let products = match weighted.estimator(plan.trains()) {
        None => "product",
        Some(Estimator::LocalReparameterization) => "products of means and variances, noise",
        Some(Estimator::Reparameterization) => "drawn weights, product",
        Some(Estimator::Flipout) => "products of means and drawn deviations, signs",
    };
    let mut text = products.to_owned();
    if weighted.bias.is_some() {
        text.push_str(", bias");
    }
    if weighted.geometry.slots.depth() > 1 {
        let _ = write!(text, ", maximum of {}", weighted.geometry.slots.depth());
    }
    if weighted.function != Function::Identity {
        let _ = write!(text, ", {}", functions::name(weighted.function));
    }
    if plan.squares[number + 1].is_some() {
        text.push_str(", squares");
    }
    if weighted.reads_images {
        text.push_str("; reads kernel rows of images");
    }
    let [tiling, turned] = plan.buffers::<Buffers>(number).tilings;
    if let Some(tiling) = tiling {
        let _ = write!(text, "; by {}", tiles(tiling));
    }
    if let (true, Some(turned)) = (plan.trains(), turned.filter(|_| turned != tiling)) {
        let _ = write!(text, "; input gradient by {}", tiles(turned));
    }
    let parts = splits(network, weighted, tiling);
    if plan.trains() && parts > 1 {
        let _ = write!(text, "; weight gradient in {parts} parts");
    }
    text
}
