//! What a stage with weights does.

use super::layer::Weighted;
use crate::Work;
use crate::functions;
use crate::native::network::Network;
use crate::native::stage::Load;
use elbo_compiler::ir::Estimator;

/// Products, what is drawn for them, and what follows them; in training their gradients, too.
pub(super) fn work(weighted: &Weighted, network: &Network, number: usize, load: &Load) -> Work {
    let estimator = weighted.estimator(load.trains);
    let paths = match estimator {
        Some(Estimator::LocalReparameterization | Estimator::Flipout) => 2.0,
        Some(Estimator::Reparameterization) | None => 1.0,
    };
    let weights = network.tensors[weighted.weight].packing.elements() as f64;
    let biases = weighted.bias.map_or(0.0, |bias| network.tensors[bias].packing.elements() as f64);
    let (input, output) = (network.sites[number].input, network.values[number + 1]);
    let places = (weighted.before_pool[0] * weighted.before_pool[1]) as f64;
    // Numbers before a pool, and places where each weight is multiplied once.
    let results = load.rows * places * output.channels as f64;
    let multiplied = if weighted.geometry.is_spread() { weighted.geometry.positions() as f64 } else { places };
    let rows = load.rows * multiplied;
    let mut work = Work {
        multiply_accumulates: paths * rows * weights,
        numbers: paths * results,
        loops: paths,
        ..Work::default()
    };
    if functions::is_transcendental(weighted.function) {
        work.functions += results;
    }
    match estimator {
        Some(Estimator::LocalReparameterization) => {
            work.normals = results;
            // The root of each variance.
            work.functions += results;
        }
        Some(Estimator::Reparameterization | Estimator::Flipout) => {
            work.normals = weights + biases;
            // σ of each weight, and the weights as drawn.
            work.functions += weights + biases;
            work.numbers += 2.0 * (weights + biases);
        }
        None => {}
    }
    if estimator == Some(Estimator::Flipout) {
        work.uniforms = load.rows * (network.values[input].channels + output.channels) as f64;
    }
    if load.trains {
        // Along the results, then along the weights.
        work.multiply_accumulates += paths * rows * weights;
        work.numbers += paths * (results + weights);
        work.loops += 2.0 * paths;
    }
    if load.along_input {
        // With inputs and outputs of the weights exchanged.
        work.multiply_accumulates += paths * rows * weights;
        work.numbers += load.numbers(network, input) + paths * weights;
        work.loops += 2.0 * paths;
    }
    work
}
