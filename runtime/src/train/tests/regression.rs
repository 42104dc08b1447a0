//! Real targets: what is scored in which units.

use super::{assess, evaluate, run, validate};
use crate::backend::{
    Backend, BackendError, Batch, Closeness, DrawContext, NamedTensor, OptimizerState, Parameters, StepContext,
    StepOutcome,
};
use crate::data::{Dataset, Raw, prepare};
use crate::train::{Assessment, Silent, TrainError, train};
use elbo_compiler::ir::{
    Gaussian, LOG_VARIANCE, NoiseModel, Output, Run, Shape, Source, SyntheticKind, SyntheticSource, Target,
};
use std::path::Path;

/// Predicts means that go up and down with the draw, all of a known variance.
struct Fixed {
    noise: NoiseModel,
    log_variance: f32,
    stochastic: bool,
}

impl Backend for Fixed {
    fn name(&self) -> &'static str {
        "fixed"
    }

    fn train_step(&mut self, batch: &Batch, _: &StepContext) -> Result<StepOutcome, BackendError> {
        let squares = batch.targets.values().iter().map(|&y| y.powi(2)).sum();
        Ok(StepOutcome {
            loss: 1.0,
            negative_log_likelihood: 1.0,
            kl: 0.0,
            penalty: 0.0,
            closeness: Closeness::SquaredError { sum: squares, targets: batch.targets.values().len() },
        })
    }

    fn predict(&self, batch: &Batch, draw: &DrawContext) -> Result<Vec<f32>, BackendError> {
        let mean = if draw.sample.is_multiple_of(2) { 0.5 } else { -0.5 };
        let mean = if self.stochastic { mean } else { 0.0 };
        Ok(match self.noise {
            NoiseModel::Learned => vec![mean; batch.len()],
            NoiseModel::Heteroscedastic => [mean, self.log_variance].repeat(batch.len()),
        })
    }

    fn kl(&self) -> Result<f64, BackendError> {
        Ok(0.0)
    }

    fn parameters(&self) -> Result<Parameters, BackendError> {
        let tensor = NamedTensor { shape: vec![1], values: vec![self.log_variance] };
        Ok(Parameters::from([(LOG_VARIANCE.to_owned(), tensor)]))
    }

    fn set_parameters(&mut self, _: &Parameters) -> Result<(), BackendError> {
        Ok(())
    }

    fn optimizer_state(&self) -> Result<OptimizerState, BackendError> {
        unreachable!("nothing is kept")
    }

    fn set_optimizer_state(&mut self, _: &OptimizerState) -> Result<(), BackendError> {
        unreachable!("nothing is kept")
    }

    fn is_stochastic(&self) -> bool {
        self.stochastic
    }
}

/// A run on a curve, and its data.
fn curve(noise: NoiseModel, normalize: bool) -> (Run, Dataset) {
    let mut run = run();
    run.network.output = Output::Gaussian(Gaussian { noise });
    run.network.input = Shape::Vector { features: 1 };
    run.network.layers[0].output = Shape::Vector { features: noise.outputs(1).expect("small") };
    run.data.shape = Shape::Vector { features: 1 };
    let synthetic = SyntheticSource { kind: SyntheticKind::Cubic, examples: 100, noise: 3.0, seed: 1 };
    run.data.source = Source::Synthetic(synthetic);
    run.data.target = Target::Values { names: vec!["y".into()], normalize };
    run.report.samples = 4;
    let raw = Raw::open(&run.data, Path::new(""), &[]).expect("it is made");
    let dataset = prepare(&run.data, run.training.seed, &raw).expect("it can be prepared");
    (run, dataset)
}

fn assessed(run: &Run, backend: &dyn Backend, data: &Dataset) -> Assessment {
    assess(run, backend, data, &|_| unreachable!("there are no others"), &mut Silent).expect("it is scored")
}

#[test]
fn scores_are_in_the_targets_own_units() {
    for noise in [NoiseModel::Learned, NoiseModel::Heteroscedastic] {
        let (run, data) = curve(noise, true);
        let backend = Fixed { noise, log_variance: -2.0, stochastic: true };
        let assessment = assessed(&run, &backend, &data);
        let scores = assessment.scored.regression().expect("targets are real");
        let scale = data.target_scale.as_ref().expect("targets are normalised");
        let (mean, variance) = (scale.means[0], scale.deviations[0].powi(2));
        let close = |found: f64, expected: f64| {
            assert!((found - expected).abs() < 1e-9 * expected.abs().max(1.0), "{found} against {expected}");
        };
        close(scores.aleatoric.expect("one target"), (-2.0_f64).exp() * variance);
        close(scores.epistemic.expect("there are draws"), 0.25 * variance);
        close(scores.epistemic_unbiased.expect("there are draws"), 0.25 * variance * 4.0 / 3.0);
        let (_, values) = data.test.stored().values().expect("targets are real");
        let squares = values.iter().map(|&y| (y - mean).powi(2)).sum::<f64>() / values.len() as f64;
        close(scores.root_mean_squared_error.expect("one target"), squares.sqrt());
        assert_eq!((scores.examples, scores.samples, scores.curve.len()), (241, 4, 241));
        assert_eq!((scores.curve[0].input, scores.curve[240].input), (-6.0, 6.0));
        assert_eq!(assessment.scored.to_csv(&[]).lines().count(), 242);
    }
}

#[test]
fn validation_is_in_the_units_of_training() {
    let (run, data) = curve(NoiseModel::Learned, true);
    let backend = Fixed { noise: NoiseModel::Learned, log_variance: 0.0, stochastic: false };
    let validated = validate(&run, &backend, &data, 1, &|| false).expect("it is scored").expect("nobody stops it");
    let found = validated.expect("there is a validation split");
    let scale = data.target_scale.as_ref().expect("targets are normalised");
    let (_, values) = data.validation.stored().values().expect("targets are real");
    let squares = data.validation.indices().iter().map(|&index| scale.inward(0, values[index as usize]).powi(2));
    let mean = squares.sum::<f64>() / data.validation.len() as f64;
    assert!((found.root_mean_squared_error.expect("targets are real") - mean.sqrt()).abs() < 1e-9);
    let expected = 0.5 * ((2.0 * std::f64::consts::PI).ln() + mean);
    assert!((found.negative_log_likelihood - expected).abs() < 1e-9);
    assert_eq!(found.accuracy, None);
}

#[test]
fn a_training_reports_distances_in_place_of_accuracy() {
    let (run, data) = curve(NoiseModel::Learned, false);
    let mut backend = Fixed { noise: NoiseModel::Learned, log_variance: 0.0, stochastic: false };
    let summary = train(&run, &mut backend, &data, &mut Silent).expect("it trains");
    assert_eq!(summary.train.accuracy, None);
    assert!(summary.train.root_mean_squared_error.is_some_and(|error| error > 1.0));
    assert!(summary.validation.is_some_and(|means| means.root_mean_squared_error.is_some()));
    assert!(matches!(evaluate(&run, &backend, &data, &mut Silent), Err(TrainError::NoClasses)));
}

#[test]
fn a_single_draw_has_no_epistemic_part() {
    let (run, data) = curve(NoiseModel::Heteroscedastic, false);
    let backend = Fixed { noise: NoiseModel::Heteroscedastic, log_variance: 1.0, stochastic: false };
    let assessment = assessed(&run, &backend, &data);
    let scores = assessment.scored.regression().expect("targets are real");
    assert_eq!((scores.samples, scores.epistemic, scores.epistemic_unbiased), (1, None, None));
    assert!(scores.curve.iter().all(|point| point.epistemic_deviation.is_none()));
    assert_eq!(scores.monte_carlo_standard_errors.negative_log_likelihood, None);
}

#[test]
fn predictions_out_of_range_are_errors() {
    let (mut run, data) = curve(NoiseModel::Heteroscedastic, false);
    for log_variance in [f32::NAN, 2000.0, -2000.0] {
        let backend = Fixed { noise: NoiseModel::Heteroscedastic, log_variance, stochastic: false };
        let error = assess(&run, &backend, &data, &|_| unreachable!("none"), &mut Silent).expect_err("is refused");
        assert!(error.to_string().contains("variance of target 0 for input 0 is out of range"), "{error}");
    }
    run.report.samples = usize::MAX;
    let mut backend = Fixed { noise: NoiseModel::Heteroscedastic, log_variance: 0.0, stochastic: true };
    let error = train(&run, &mut backend, &data, &mut Silent).expect_err("is refused before training");
    assert!(matches!(error, TrainError::TooMany { what: "`samples`", .. }), "{error}");
}
