//! Scores under draws of the weights, and the final ELBO.

use super::assess;
use crate::backend::{Backend, BackendChoice, BackendError, DeviceChoice, DrawsContext, Parameters, open};
use crate::data::{Dataset, Part, Raw, prepare};
use crate::inference::{Posterior, TrainedNetwork};
use crate::train::{
    Assessment, Scored, Silent, TrainingData, elbo_examples, run_of_weight_draws, train, under_weight_draws,
};
use crate::uncertainty::{ComparedMetric, UnderWeightDraws};
use elbo_compiler::compile;
use elbo_compiler::ir::{Estimator, Run};
use elbo_compiler::sources::MemorySources;
use std::path::Path;

const CONVOLUTIONS: &str = "input image[1, 8, 8]
    default bayes(prior=normal(mean=0, std=0.3), posterior=gaussian(mean=lecun_normal(), rho=-3))
    conv1: conv2d(8, kernel=3); relu; conv2: conv2d(8, kernel=3); relu; global_avgpool; flatten; head: linear(10)
    output categorical";
const VECTORS: &str = "input image[1, 8, 8]
    default bayes(prior=normal(mean=0, std=0.3), posterior=gaussian(mean=lecun_normal(), rho=-3))
    flatten; fc1: linear(16); relu; head: linear(10); output categorical";

fn case(model: &str, report: &str) -> (Run, Dataset) {
    let text = format!(
        "model net {{ {model} }}\ndataset data {{ source = digits(); split = fraction(train=0.8, validation=0.2) }}
train regime {{ objective = elbo(kl=exact, temperature=0.1); optimizer = adam(lr=1e-2); epochs = 6; batch = 100 }}
report figures {{ {report} }}
run trial {{ model = net; data = data; train = regime; report = figures }}\n"
    );
    let compilation = compile("trial.elbo", &MemorySources::single("trial.elbo", &text), None, &[]);
    assert!(!compilation.has_errors(), "{text}\n{:?}", compilation.diagnostics);
    let run = compilation.runs.into_iter().next().expect("there is a run").run;
    let raw = Raw::open(&run.data, Path::new(""), &[]).expect("it is part of the program");
    let data = prepare(&run.data, run.training.seed, &raw).expect("can be divided");
    (run, data)
}

fn opened(run: &Run, parameters: Option<&Parameters>) -> Result<Box<dyn Backend>, BackendError> {
    let mut backend = open(BackendChoice::Native, DeviceChoice::Cpu, run, &Parameters::new())?;
    if let Some(parameters) = parameters {
        backend.set_parameters(parameters)?;
    }
    Ok(backend)
}

fn posterior(run: &Run, parameters: &Parameters) -> Result<Box<dyn Posterior>, BackendError> {
    Ok(Box::new(TrainedNetwork::new(run, opened(run, Some(parameters))?)))
}

fn assessed(run: &Run, backend: &dyn Backend, data: &Dataset) -> Assessment {
    assess(run, backend, data, &|_| unreachable!("it has no others"), &mut Silent).expect("scores")
}

/// The parameters of a trained network, and both ways of scoring it.
fn trained(run: &Run, data: &Dataset) -> (Parameters, Assessment, Option<UnderWeightDraws>) {
    let mut backend = opened(run, None).expect("opens");
    train(run, backend.as_mut(), data, &mut Silent).expect("trains");
    let assessment = assessed(run, backend.as_ref(), data);
    let parameters = backend.parameters().expect("it has some");
    let open = |other: &Run| posterior(other, &parameters);
    let under = under_weight_draws(run, &open, data, &assessment, &mut Silent).expect("scores");
    (parameters, assessment, under)
}

#[test]
fn convolutions_are_scored_under_draws_of_their_weights_too() {
    let (run, data) = case(CONVOLUTIONS, "samples = 20");
    let (parameters, assessment, under) = trained(&run, &data);
    let under = under.expect("its convolutions add noise at each position");
    let names: Vec<&str> = under.metrics.iter().map(|metric| metric.metric.as_str()).collect();
    assert_eq!(
        names,
        [
            "accuracy",
            "negative_log_likelihood",
            "brier",
            "expected_calibration_error",
            "aleatoric",
            "epistemic_unbiased",
            "mutual_information_corrected"
        ]
    );
    let test = assessment.scored.test().expect("of classes");
    assert_eq!(under.metrics[0].reported, test.accuracy);
    // A report that asks for draws of the weights has those figures itself, and says them once.
    let mut by_weights = run.clone();
    by_weights.report.estimator = Some(Estimator::Reparameterization);
    let backend = opened(&by_weights, Some(&parameters)).expect("opens");
    let asked = assessed(&by_weights, backend.as_ref(), &data);
    let test = asked.scored.test().expect("of classes");
    assert_eq!(under.metrics[1].under_weight_draws, test.negative_log_likelihood);
    assert_eq!(Some(under.metrics[5].under_weight_draws), test.epistemic_unbiased);
    let open = |other: &Run| posterior(other, &parameters);
    let again =
        under_weight_draws(&by_weights, &open, &data, &asked, &mut Silent).expect("scores").expect("a surrogate");
    assert!(again.metrics.is_empty());
    assert_eq!(again.elbo, under.elbo);
    assert!(under.metrics.iter().any(|metric| metric.differs), "{under:?}");
}

#[test]
fn the_final_elbo_is_that_of_its_formula() {
    let (run, data) = case(CONVOLUTIONS, "samples = 4");
    let (parameters, _, under) = trained(&run, &data);
    let elbo = under.expect("a surrogate").elbo;
    let examples = data.examples(Part::Training);
    assert_eq!((elbo.examples, elbo.of, elbo.draws), (examples, examples, 4));
    // Again from the class scores of all examples at once.
    let drawn = run_of_weight_draws(&run).expect("a surrogate");
    let backend = opened(&drawn, Some(&parameters)).expect("opens");
    let batch = TrainingData::batch(&data, Part::Training, 0..examples);
    let context = DrawsContext { first_sample: 0, samples: 4, first_example: 0, pass: 0 };
    let scores = backend.predict_draws(&batch, &context).expect("predicts");
    let means: Vec<f64> = scores
        .chunks_exact(10 * examples)
        .map(|draw| {
            let rows = draw.chunks_exact(10).zip(batch.targets.classes());
            let cost = |(row, &label): (&[f32], &u32)| {
                let sum: f64 = row.iter().map(|&score| f64::from(score).exp()).sum();
                sum.ln() - f64::from(row[label as usize])
            };
            rows.map(cost).sum::<f64>() / examples as f64
        })
        .collect();
    let mean = means.iter().sum::<f64>() / 4.0;
    let error = (means.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / 3.0 / 4.0).sqrt();
    let close = |left: f64, right: f64| assert!((left - right).abs() < 1e-6 * right.abs(), "{left} against {right}");
    close(elbo.negative_log_likelihood, mean);
    close(elbo.standard_error.expect("four draws"), error);
    close(elbo.kl, backend.kl().expect("closed"));
    close(elbo.negative_elbo, mean + elbo.kl / examples as f64);
}

#[test]
fn what_trains_with_draws_of_its_weights_is_scored_once() {
    let (vectors, data) = case(VECTORS, "samples = 4");
    assert!(run_of_weight_draws(&vectors).is_none(), "a linear map of a vector is exact for each input");
    let (_, _, under) = trained(&vectors, &data);
    assert_eq!(under, None);
    let (flipout, _) = case(&CONVOLUTIONS.replace("rho=-3)", "rho=-3), estimator=flipout"), "samples = 4");
    assert!(run_of_weight_draws(&flipout).is_none());
    assert_eq!([elbo_examples(3), elbo_examples(50_000)], [3, 10_000]);
}

/// The null: for linear maps of vectors both ways have the same distribution, so that what differs is error alone.
#[test]
fn equal_distributions_rarely_differ() {
    let (mut run, data) = case(VECTORS, "samples = 30");
    let mut backend = opened(&run, None).expect("opens");
    train(&run, backend.as_mut(), &data, &mut Silent).expect("trains");
    let parameters = backend.parameters().expect("it has some");
    let mut wrong = 0;
    for seed in 0..20 {
        run.training.seed = seed;
        let scored = [None, Some(Estimator::Reparameterization)].map(|estimator| {
            run.report.estimator = estimator;
            let backend = opened(&run, Some(&parameters)).expect("opens");
            assessed(&run, backend.as_ref(), &data).scored
        });
        let [Scored::Classes { test, predictions }, Scored::Classes { test: under, predictions: drawn }] = &scored
        else {
            panic!("classes");
        };
        let metrics =
            ComparedMetric::of_classes((test, &predictions.inputs), (under, &drawn.inputs)).expect("bins fit");
        wrong += usize::from(metrics.iter().any(|metric| metric.differs));
    }
    // Of 20 at 5 % each, more than 3 have a probability of 1.6 %.
    assert!(wrong <= 3, "{wrong} of 20");
}
