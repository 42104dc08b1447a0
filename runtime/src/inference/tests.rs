//! A second kind of posterior, an equal mixture of trained networks: nothing that validates, scores or predicts knows of it.

use super::{Posterior, family};
use crate::backend::{BackendChoice, BackendError, Batch, DeviceChoice, DrawsContext, Parameters, open};
use crate::data::{Dataset, Raw, prepare};
use crate::train::{Assessment, Predicted, Scored, Silent, assess, predict, train, validate};
use elbo_compiler::compile;
use elbo_compiler::ir::Run;
use elbo_compiler::sources::MemorySources;
use std::path::Path;

/// Draw t is draw ⌊t/M⌋ of member t mod M.
struct EqualMixture(Vec<Box<dyn Posterior>>);

impl EqualMixture {
    fn member(&self, draw: u32) -> (&dyn Posterior, u32) {
        let members = self.0.len() as u32;
        (self.0[(draw % members) as usize].as_ref(), draw / members)
    }
}

impl Posterior for EqualMixture {
    fn draws(&self, wanted: usize) -> usize {
        self.0.len() * self.0[0].draws(wanted)
    }

    fn predict_draws(&self, batch: &Batch, draws: &DrawsContext) -> Result<Vec<f32>, BackendError> {
        let mut outputs = Vec::new();
        for draw in draws.each() {
            let (member, number) = self.member(draw.sample);
            let one = DrawsContext { first_sample: number, samples: 1, ..*draws };
            outputs.extend(member.predict_draws(batch, &one)?);
        }
        Ok(outputs)
    }

    fn learned(&self, name: &str, draws: usize) -> Result<Vec<Vec<f64>>, BackendError> {
        let of_draw = |draw| Ok(self.member(draw as u32).0.learned(name, 1)?.remove(0));
        (0..draws).map(of_draw).collect()
    }

    fn differs_between_examples(&self) -> bool {
        self.0.iter().any(|member| member.differs_between_examples())
    }

    fn kl(&self) -> Result<f64, BackendError> {
        Ok(0.0)
    }
}

const CLASSES: &str = "dataset data { source = digits(); split = fraction(train=0.9, validation=0.1) }
model net { input image[1, 8, 8]; default MARK; flatten; fc1: linear(16); relu; head: linear(10); output categorical }";
const NUMBERS: &str =
    "dataset data { source = synthetic(kind=cubic, n=200); split = fraction(train=0.8, validation=0.2)
  targets = normalize() }
model net { input vector[1]; default MARK; fc1: linear(16); tanh; head: linear(1); output gaussian(noise=learned) }";

fn case(parts: &str, mark: &str, objective: &str) -> (Run, Dataset) {
    let text = format!(
        "{}
train regime {{ objective = {objective}; optimizer = adam(lr=1e-2); epochs = 3; batch = 100; validation_samples = 3 }}
report figures {{ samples = 4 }}
run trial {{ model = net; data = data; train = regime; report = figures }}\n",
        parts.replace("MARK", mark)
    );
    let compilation = compile("trial.elbo", &MemorySources::single("trial.elbo", &text), None, &[]);
    assert!(!compilation.has_errors(), "{text}\n{:?}", compilation.diagnostics);
    let run = compilation.runs.into_iter().next().expect("there is a run").run;
    let raw = Raw::open(&run.data, Path::new(""), &[]).expect("it is part of the program");
    let data = prepare(&run.data, run.training.seed, &raw).expect("can be divided");
    (run, data)
}

/// The run of a seed, with the weights that its training leaves. All train on the same division of the data.
fn member(run: &Run, data: &Dataset, seed: u64) -> (Run, Parameters) {
    let mut run = run.clone();
    run.training.seed = seed;
    let mut network = open(BackendChoice::Native, DeviceChoice::Cpu, &run, &Parameters::new()).expect("opens");
    train(&run, network.as_mut(), data, &mut Silent).expect("trains");
    (run, network.parameters().expect("it has some"))
}

fn opened((run, weights): &(Run, Parameters)) -> Box<dyn Posterior> {
    let network = open(BackendChoice::Native, DeviceChoice::Cpu, run, &Parameters::new()).expect("opens");
    family(run).posterior(run, network, weights).expect("these are its weights")
}

fn assessed(run: &Run, posterior: &dyn Posterior, data: &Dataset) -> Assessment {
    assess(run, posterior, data, &|_| unreachable!("it has no others"), &mut Silent).expect("scores")
}

/// Members of different seeds, each by itself and all as one mixture.
fn members(parts: &str, mark: &str, objective: &str) -> (Run, Dataset, Vec<Box<dyn Posterior>>, EqualMixture) {
    let (run, data) = case(parts, mark, objective);
    let stored: Vec<_> = [1, 2, 3].map(|seed| member(&run, &data, seed)).into();
    let mixture = EqualMixture(stored.iter().map(opened).collect());
    (run, data, stored.iter().map(opened).collect(), mixture)
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{found} against {expected}");
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

#[test]
fn a_mixture_of_classifiers_is_the_mean_of_their_predictions() {
    for (mark, objective, draws) in [("point", "map(l2=1e-4)", 3), ("bayes", "elbo(temperature=0.1)", 12)] {
        let (run, data, members, mixture) = members(CLASSES, mark, objective);
        let alone: Vec<_> = members.iter().map(|member| assessed(&run, member.as_ref(), &data)).collect();
        let predictions = |assessment: &Assessment| match &assessment.scored {
            Scored::Classes { predictions, .. } => predictions.clone(),
            Scored::Values { .. } => panic!("these are classes"),
        };
        let together = assessed(&run, &mixture, &data);
        let found = predictions(&together);
        let alone: Vec<_> = alone.iter().map(predictions).collect();
        assert_eq!(found.predictive.samples, draws);
        for (at, &probability) in found.predictive.mean.iter().enumerate() {
            close(probability, mean(alone.iter().map(|member| member.predictive.mean[at])));
        }
        let classes = found.predictive.classes;
        let costs = found.labels.iter().enumerate().map(|(input, &label)| {
            -mean(alone.iter().map(|member| member.predictive.mean[input * classes + label as usize])).ln()
        });
        let test = together.scored.test().expect("of classes");
        close(test.negative_log_likelihood, mean(costs));
        // What the members disagree on is epistemic, though a member alone has no such part where nothing is random.
        let between = mean(
            (0..found.labels.len() * classes)
                .map(|at| {
                    let centre = found.predictive.mean[at];
                    mean(alone.iter().map(|member| (member.predictive.mean[at] - centre).powi(2)))
                })
                .collect::<Vec<_>>()
                .into_iter(),
        ) * classes as f64;
        let epistemic = test.epistemic.expect("there are several draws");
        if mark == "point" {
            close(epistemic, between);
        } else {
            assert!(epistemic > between, "{epistemic} {between}");
        }

        let predicted = predict(&run, &mixture, &data, &mut Silent).expect("predicts");
        let Predicted::Classes(predicted) = predicted else { panic!("these are classes") };
        if mark == "point" {
            // Nothing is keyed by examples, so these are the same draws.
            assert_eq!(predicted.mean, found.predictive.mean);
        }
        assert_eq!((predicted.samples, predicted.inputs()), (draws, found.labels.len()));

        let validated = |posterior: &dyn Posterior| {
            let means = validate(&run, posterior, &data, 1, &|| false).expect("it is scored").expect("nobody stops it");
            means.expect("there is a validation split").negative_log_likelihood
        };
        // By Jensen's inequality a mixture costs no more than its members do on average.
        assert!(validated(&mixture) < mean(members.iter().map(|member| validated(member.as_ref()))));
    }
}

#[test]
fn a_mixture_of_regressions_keeps_the_noise_of_each_member() {
    let (run, data, members, mixture) = members(NUMBERS, "point", "maximum_likelihood()");
    let alone: Vec<_> = members.iter().map(|member| assessed(&run, member.as_ref(), &data)).collect();
    let together = assessed(&run, &mixture, &data);
    let scores = |assessment: &Assessment| assessment.scored.regression().expect("targets are real").clone();
    let (found, alone): (_, Vec<_>) = (scores(&together), alone.iter().map(scores).collect());
    let noises: Vec<f64> = alone.iter().map(|member| member.aleatoric.expect("one target")).collect();
    assert!(noises.windows(2).all(|pair| pair[0] != pair[1]), "{noises:?}");
    close(found.aleatoric.expect("one target"), mean(noises.iter().copied()));
    assert!(found.epistemic.expect("members differ") > 0.0);
    let predicted = |posterior: &dyn Posterior| match predict(&run, posterior, &data, &mut Silent).expect("predicts") {
        Predicted::Values(values) => values.into_iter().map(|targets| targets[0]).collect::<Vec<_>>(),
        Predicted::Classes(_) => panic!("these are numbers"),
    };
    let by_members: Vec<_> = members.iter().map(|member| predicted(member.as_ref())).collect();
    for (input, found) in predicted(&mixture).iter().enumerate() {
        let of = |part: fn(&crate::uncertainty::ValuePrediction) -> f64| {
            by_members.iter().map(|member| part(&member[input])).collect::<Vec<_>>()
        };
        let means = of(|one| one.mean);
        let centre = mean(means.iter().copied());
        close(found.mean, centre);
        close(found.aleatoric, mean(of(|one| one.aleatoric).into_iter()));
        let between = mean(means.iter().map(|one| (one - centre).powi(2)));
        close(found.epistemic.expect("members differ"), between);
    }
}
