//! Every layer kind, mark and estimator: gradients of the objective along parameters and input against
//! central differences in `f64`, in both forms of the kernels.

use crate::StepContext;
use crate::candle::CandleBackend;
use crate::candle::kernels::Kernels;
use crate::candle::training::{gradients, objective};
use crate::tests::cases;
use crate::tests::networks::batch_of;
use candle_core::{DType, Device, Tensor, Var};
use elbo_compiler::ir::Run;

const CONTEXT: StepContext = StepContext { step: 3, learning_rate: 0.0, kl_weight: 0.013, samples: 2 };
const EXAMPLES: usize = 4;

/// Compares some elements of every gradient; returns how many.
fn check(run: &Run) -> usize {
    let mut compared = 0;
    for kernels in [Kernels::Fused, Kernels::Portable] {
        let backend = CandleBackend::with(run, Device::Cpu, DType::F64, kernels).unwrap();
        let batch = batch_of(run, EXAMPLES);
        let input = Var::from_tensor(&backend.upload(&batch).unwrap()).unwrap();
        // Without the way back, which is most of the time.
        let loss = || objective(&backend, &input, &batch.targets, &CONTEXT, &mut |_| Ok(())).unwrap().0.loss;
        let store = gradients(&backend, &input, &batch.targets, &CONTEXT).unwrap().store;
        let mut variables = vec![("the input".to_owned(), input.clone())];
        for parameter in backend.network.parameters() {
            if !parameter.name.contains("running") {
                variables.push((parameter.name.clone(), parameter.variable.clone()));
            }
        }
        for (name, variable) in variables {
            let gradient = store.get(&variable).unwrap_or_else(|| panic!("{name} has no gradient"));
            let gradient: Vec<f64> = gradient.flatten_all().unwrap().to_vec1().unwrap();
            let largest = gradient.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
            let values: Vec<f64> = variable.flatten_all().unwrap().to_vec1().unwrap();
            let set = |at: usize, value: f64| {
                let mut changed = values.clone();
                changed[at] = value;
                variable.set(&Tensor::from_vec(changed, variable.shape(), &Device::Cpu).unwrap()).unwrap();
            };
            for at in (0..values.len()).step_by((values.len() / 7).max(1)) {
                let step = 1e-5;
                set(at, values[at] + step);
                let above = loss();
                set(at, values[at] - step);
                let difference = (above - loss()) / (2.0 * step);
                set(at, values[at]);
                let error = (difference - gradient[at]).abs();
                assert!(
                    error <= 1e-6 * largest + 1e-9,
                    "{name}[{at}] with {kernels:?}: {} against {difference}, largest {largest}",
                    gradient[at]
                );
                compared += 1;
            }
        }
    }
    compared
}

/// A test for each of these cases.
macro_rules! tests {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            cases::$name(&mut |run| assert!(check(run) > 10));
        })*

        #[test]
        fn every_case_is_among_them() {
            let tested = [$(stringify!($name)),*];
            // Tiles are the native backend's; what they compute is a convolution.
            for (name, _) in cases::ALL.iter().filter(|(name, _)| *name != "tiles") {
                assert!(tested.contains(name), "the gradients of `{name}` are not compared");
            }
        }
    };
}

tests! {
    convolutions_and_linear_maps
    layers_without_bias
    pools
    sequences
    residuals
    concatenations
    upsampling
    transposed_convolutions
    normalisations_of_each_example
    smoothed_and_weighted_labels
    activations
    batch_norm_of_images_and_vectors
    dropout_of_elements_and_channels
    softplus_link_and_penalty
    late_branches
    real_targets
}
