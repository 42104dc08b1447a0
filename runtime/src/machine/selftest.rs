//! Whether a backend and device compute what candle computes on the processor.

use crate::backend::{BackendChoice, BackendError, DeviceChoice, DrawContext, Parameters, StepContext, open};
use crate::data::{DataError, Dataset, Part, Raw, prepare};
use elbo_compiler::compile;
use elbo_compiler::ir::{
    Add, Clip, Estimator, GroupNorm, Layer, LayerNorm, Likelihood, Mark, Operation, Prior, Run, operation_text,
};
use elbo_compiler::priors::{Laplace, ScaleMixture};
use elbo_compiler::sources::MemorySources;
use elbo_compiler::vocabulary::{CONTAINERS, LAYERS};
use std::path::Path;

/// Steps taken on both.
const STEPS: u32 = 5;

/// The largest relative difference between two orders of the same single-precision sums, after a few
/// steps of training, that is put down to rounding.
const TOLERANCE: f64 = 2e-3;

/// How a backend and device compared with candle on the processor.
#[derive(Debug, Clone, PartialEq)]
pub struct SelfTest {
    /// The losses of the steps by candle on the processor.
    pub expected: Vec<f64>,
    /// The losses of the same steps by what was tried.
    pub found: Vec<f64>,
    /// The largest difference of a loss, relative to the loss.
    pub loss_difference: f64,
    /// The largest difference of a class score after training, relative to the largest score.
    pub score_difference: f64,
}

impl SelfTest {
    /// Whether the differences are those of rounding.
    pub fn passed(&self) -> bool {
        self.loss_difference <= TOLERANCE && self.score_difference <= TOLERANCE
    }
}

/// What can stop a self-test.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SelfTestError {
    /// The device or the network.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The embedded digits.
    #[error(transparent)]
    Data(#[from] DataError),
}

/// Trains small networks, which have every kind of layer, on the embedded digits, by candle on the processor
/// and by `backend` on `device`, from the same parameters with the same noise, and compares.
///
/// # Errors
/// [`SelfTestError`] if the backend or the device is not there or cannot compute.
pub fn selftest(backend: BackendChoice, device: DeviceChoice) -> Result<SelfTest, SelfTestError> {
    let mut result = SelfTest { expected: Vec::new(), found: Vec::new(), loss_difference: 0.0, score_difference: 0.0 };
    for run in runs() {
        let raw = Raw::open(&run.data, Path::new(""), &[])?;
        let dataset = prepare(&run.data, run.training.seed, &raw)?;
        let (expected, expected_scores) = trained(&run, (BackendChoice::Candle, DeviceChoice::Cpu), &dataset)?;
        let (found, found_scores) = trained(&run, (backend, device), &dataset)?;
        let relative = |(expected, found): (&f64, &f64)| (expected - found).abs() / expected.abs().max(1e-12);
        let largest = expected_scores.iter().fold(0.0_f32, |largest, score| largest.max(score.abs()));
        let scores = expected_scores.iter().zip(&found_scores);
        let differences = scores.map(|(expected, found)| f64::from((expected - found).abs() / largest));
        result.score_difference = differences.fold(result.score_difference, worse);
        result.loss_difference = expected.iter().zip(&found).map(relative).fold(result.loss_difference, worse);
        result.expected.extend(expected);
        result.found.extend(found);
    }
    Ok(result)
}

/// The runs of the spec, and one for each kind of layer that is in none of them.
fn runs() -> Vec<Run> {
    let mut runs: Vec<Run> = compiled(include_str!("selftest.elbo")).into_iter().map(widened).collect();
    let calls = LAYERS.iter().map(|layer| {
        let arguments = layer.parameters[..layer.required].iter().map(|parameter| format!("{}=2", parameter.name));
        format!("tried: {}({})", layer.name, arguments.collect::<Vec<String>>().join(", "))
    });
    let branches = CONTAINERS
        .iter()
        .map(|word| format!("{} {{ branch {{ tried: conv2d(4, kernel=3, pad=1) }}; branch {{ }} }}", word.name));
    for tried in calls.chain(branches) {
        let Some(run) = around(&tried) else { continue };
        let known =
            |wanted: &Layer| runs.iter().flat_map(|run| &run.network.layers).any(|had| kind(had) == kind(wanted));
        if !run.network.layers.iter().all(known) {
            runs.push(run);
        }
    }
    runs
}

/// A run with these statements in it. What they take and give is found by trying.
fn around(tried: &str) -> Option<Run> {
    let inputs = [("digits_data", "image[1, 8, 8]", "conv2d"), ("sequence_data", "sequence[8, 8]", "conv1d")];
    let places = [["", "flatten"], ["flatten", ""], ["", ""]];
    let all = inputs.into_iter().flat_map(|input| places.map(|place| (input, place)));
    all.into_iter().find_map(|((data, input, stem), [before, after])| {
        let spec = format!(
            "{}model tried {{ input {input}; default bayes; stem: {stem}(4, kernel=3, pad=1); {before}; {tried}; {after}; \
             head: linear(10); output categorical }}\nrun tried_run {{ model = tried; data = {data}; train = regime }}\n",
            include_str!("selftest.elbo")
        );
        let named = |run: &Run| run.network.layers.iter().any(|layer| layer.name == "tried");
        compiled(&spec).into_iter().find(named)
    })
}

/// The runs of a spec; none where it has an error.
fn compiled(spec: &str) -> Vec<Run> {
    let compilation = compile("selftest.elbo", &MemorySources::single("selftest.elbo", spec), None, &[]);
    compilation.runs.into_iter().map(|compiled| compiled.run).collect()
}

/// What a layer is called in texts.
fn kind(layer: &Layer) -> String {
    let text = operation_text(&layer.operation, layer.input);
    text.split('(').next().unwrap_or_default().to_owned()
}

/// The run with every other prior and estimator, normalisations of each example, a residual sum, clipped gradients and
/// weighted, smoothed labels.
fn widened(mut run: Run) -> Run {
    for layer in &mut run.network.layers {
        if let Some(Mark::Bayes { prior, estimator, .. }) = &mut layer.mark {
            match layer.name.as_str() {
                "conv1" => *prior = Prior::Laplace(Laplace { mean: 0.0, scale: 0.1 }),
                "conv2" => {
                    *prior = Prior::ScaleMixture(ScaleMixture { pi: 0.5, std1: 0.5, std2: 0.05 });
                    *estimator = Estimator::Flipout;
                }
                _ => {}
            }
        }
    }
    let layers = &mut run.network.layers;
    if let Some(at) = layers.iter().position(|layer| layer.name == "norm1") {
        let shape = layers[at].output;
        let added = [
            ("norm2", Operation::GroupNorm(GroupNorm { groups: 3, epsilon: 1e-5 })),
            ("norm3", Operation::LayerNorm(LayerNorm { epsilon: 1e-5 })),
            ("add#1", Operation::Add(Add { other: "norm1".to_owned() })),
        ];
        let added = added.map(|(name, operation)| Layer {
            name: name.to_owned(),
            operation,
            mark: None,
            start: None,
            from: None,
            input: shape,
            output: shape,
        });
        layers.splice(at + 1..=at, added);
    }
    run.training.clip = Some(Clip::Norm { maximum: 1.0 });
    let class_weights = (0..run.network.outputs()).map(|class| 1.0 + class as f64 / 10.0).collect();
    run.training.likelihood = Likelihood { label_smoothing: 0.1, class_weights: Some(class_weights) };
    run
}

/// The larger of two differences, where one that is no number is the largest of all.
fn worse(left: f64, right: f64) -> f64 {
    if left.is_nan() || right.is_nan() { f64::NAN } else { left.max(right) }
}

/// The losses of a few steps, and the scores of one draw after them.
fn trained(
    run: &Run,
    (backend, device): (BackendChoice, DeviceChoice),
    dataset: &Dataset,
) -> Result<(Vec<f64>, Vec<f32>), BackendError> {
    let mut backend = open(backend, device, run, &Parameters::new())?;
    let mut losses = Vec::new();
    for step in 0..STEPS {
        let positions: Vec<u32> = (step * 64..(step + 1) * 64).collect();
        let batch = dataset.training_batch(1, &positions);
        let context = StepContext {
            step: u64::from(step),
            learning_rate: 1e-3,
            kl_weight: 0.1 / dataset.training.len() as f64,
            samples: 1,
        };
        losses.push(backend.train_step(&batch, &context)?.loss);
    }
    let positions: Vec<u32> = (0..32).collect();
    let draw = DrawContext { sample: 0, first_example: 0, pass: 0 };
    let scores = backend.predict(&dataset.batch(Part::Test, &positions), &draw)?;
    Ok((losses, scores))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::AdapterChoice;
    use elbo_compiler::vocabulary::ACTIVATIONS;

    #[test]
    fn every_kind_of_arithmetic_is_in_it() {
        let runs = runs();
        let layers = || runs.iter().flat_map(|run| &run.network.layers);
        for &variant in Operation::KINDS {
            assert!(layers().any(|layer| layer.operation.variant() == variant), "{variant} is in no network");
        }
        for activation in ACTIVATIONS {
            assert!(layers().any(|layer| kind(layer) == activation.name), "{} is in no network", activation.name);
        }
        let run = &runs[0];
        let names: Vec<&str> = run.network.layers.iter().map(|layer| layer.name.as_str()).collect();
        for name in ["conv1", "norm1", "norm2", "norm3", "add#1", "conv2"] {
            assert!(names.contains(&name), "{name} is not in {names:?}");
        }
        let flipped = run
            .network
            .layers
            .iter()
            .any(|layer| matches!(&layer.mark, Some(Mark::Bayes { estimator: Estimator::Flipout, .. })));
        assert!(flipped);
    }

    #[test]
    fn the_processor_agrees_with_itself_to_the_bit() {
        let result = selftest(BackendChoice::Candle, DeviceChoice::Cpu).expect("the processor is always there");
        assert!(result.passed());
        assert_eq!(result.expected, result.found);
        assert_eq!(result.expected.len(), runs().len() * STEPS as usize);
        assert!(result.expected.iter().all(|loss| loss.is_finite()));
    }

    #[test]
    fn native_computes_what_candle_computes() {
        if BackendChoice::Native.check(DeviceChoice::Cpu).is_err() {
            return; // This binary has its interface only.
        }
        let result = selftest(BackendChoice::Native, DeviceChoice::Cpu).expect("it computes every layer");
        assert!(result.passed(), "{result:?}");
    }

    #[test]
    fn a_graphics_driver_computes_what_candle_computes() {
        let device = DeviceChoice::Gpu(AdapterChoice::Software);
        if let Err(error) = BackendChoice::Gpu.check(device) {
            eprintln!("skipped: {error}");
            return;
        }
        let result = selftest(BackendChoice::Gpu, device).expect("it computes every layer");
        assert!(result.passed(), "{result:?}");
    }

    #[test]
    fn a_difference_that_is_no_number_fails() {
        let result = SelfTest { expected: vec![], found: vec![], loss_difference: f64::NAN, score_difference: 0.0 };
        assert!(!result.passed());
    }
}
