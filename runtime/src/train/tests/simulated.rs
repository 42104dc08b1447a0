//! Networks trained on tables of simulated targets: the intervals of the family that made the targets hold as many of them
//! as they say.

use crate::backend::{BackendChoice, DeviceChoice, Parameters, open};
use crate::data::{Dataset, Raw, check_targets, prepare};
use crate::inference::TrainedNetwork;
use crate::random::{Key, Purpose};
use crate::train::{Silent, TrainingData, assess, train};
use crate::uncertainty::RegressionEvaluation;
use elbo_compiler::compile;
use elbo_compiler::ir::Run;
use elbo_compiler::sources::MemorySources;
use std::fmt::Write as _;

/// Random numbers of one example.
pub(super) struct Draws {
    uniform: Vec<f32>,
    normal: Vec<f32>,
}

impl Draws {
    fn new(example: u64) -> Self {
        let (mut uniform, mut normal) = (vec![0.0; 64], vec![0.0; 64]);
        let key = Key::new(11);
        key.stream(Purpose::Augmentation, "simulated uniform").fill_uniform(0, 0, 64 * example, &mut uniform);
        key.stream(Purpose::Augmentation, "simulated normal").fill_normal(0, 0, 64 * example, &mut normal);
        Self { uniform, normal }
    }

    /// Uniform between 0 and 1.
    pub(super) fn uniform(&mut self) -> f64 {
        f64::from(self.uniform.pop().expect("few are needed"))
    }

    /// Of the standard normal distribution.
    pub(super) fn normal(&mut self) -> f64 {
        f64::from(self.normal.pop().expect("few are needed"))
    }
}

/// Which targets are simulated, and how they are trained on.
pub(super) struct Simulated<'s> {
    /// The model after its input of one number, which is uniform between −1 and 1.
    pub(super) model: &'s str,
    /// Keys of the training beside its batches.
    pub(super) training: &'s str,
    /// The target of an input.
    pub(super) target: fn(f64, &mut Draws) -> f64,
}

impl Simulated<'_> {
    /// The run and its data, so many examples to train on, of which a fifth is for validation, and as many to test.
    pub(super) fn prepare(&self, examples: u64) -> (Run, Dataset) {
        let folder = tempfile::tempdir().expect("there is room");
        for (name, first) in [("train.csv", 0), ("test.csv", examples)] {
            let mut table = "x,y\n".to_owned();
            for example in first..first + examples {
                let mut draws = Draws::new(example);
                let x = 2.0 * draws.uniform() - 1.0;
                writeln!(table, "{x},{}", (self.target)(x, &mut draws)).expect("memory takes everything");
            }
            std::fs::write(folder.path().join(name), table).expect("the folder is writable");
        }
        let text = format!(
            "model net {{ input vector[1]; {} }}\n\
             dataset data {{ source = csv(\"train.csv\", target=\"y\", features=\"x\", test_file=\"test.csv\")
             split = fraction(train=0.8, validation=0.2) }}\n\
             train regime {{ batch = 100; {} }}\nreport figures {{ samples = 20 }}\n\
             run trial {{ model = net; data = data; train = regime; report = figures }}\n",
            self.model, self.training
        );
        let compilation = compile("trial.elbo", &MemorySources::single("trial.elbo", &text), None, &[]);
        assert!(!compilation.has_errors(), "{text}\n{:?}", compilation.diagnostics);
        let run = compilation.runs.into_iter().next().expect("there is a run").run;
        let raw = Raw::open(&run.data, folder.path(), &[]).expect("the files are there");
        check_targets(&run, &raw).expect("they fit");
        let data = prepare(&run.data, run.training.seed, &raw).expect("can be divided");
        (run, data)
    }

    /// Trains and scores it; also gives what was learned.
    pub(super) fn scored(&self, examples: u64, choice: BackendChoice) -> (RegressionEvaluation, Parameters) {
        let (run, data) = self.prepare(examples);
        let mut backend = open(choice, DeviceChoice::Cpu, &run, &Parameters::new()).expect("a network");
        train(&run, backend.as_mut(), &data, &mut Silent).expect("it trains");
        let others = |_: usize| -> Box<dyn TrainingData> { unreachable!("the report lists none") };
        let assessment = assess(&run, &TrainedNetwork::new(&run, backend.as_ref()), &data, &others, &mut Silent)
            .expect("it can be scored");
        let scores = assessment.scored.regression().expect("its targets are real numbers").clone();
        (scores, backend.parameters().expect("it has some"))
    }
}

/// Every interval's share of targets is what it says, to four standard errors and what the fit is off; the transform is even.
pub(super) fn check_coverage(scores: &RegressionEvaluation) {
    for level in &scores.coverage {
        let error = (level.level * (1.0 - level.level) / scores.examples as f64).sqrt();
        let off = (level.coverage - level.level).abs();
        assert!(off < 4.0 * error + 0.01, "{}: {} ± {error}", level.level, level.coverage);
    }
    let transform = scores.probability_integral_transform.as_ref().expect("there is one target");
    assert!(transform.p_value > 1e-3, "{transform:?}");
}

#[test]
fn intervals_of_normal_targets_hold_as_many_as_they_say() {
    let simulated = Simulated {
        model: "default point; fc1: linear(16); tanh; head: linear(1); output gaussian",
        training: "objective = maximum_likelihood(); optimizer = adam(lr=0.02); learning_rate = cosine(); epochs = 60",
        target: |x, draws| (3.0 * x).sin() + 0.4 * draws.normal(),
    };
    let (scores, parameters) = simulated.scored(1500, BackendChoice::Native);
    check_coverage(&scores);
    let deviation = (0.5 * f64::from(parameters["output.log_variance"].values[0])).exp();
    assert!((deviation - 0.4).abs() < 0.04, "{deviation}");
}

#[test]
fn intervals_of_student_t_targets_hold_as_many_as_they_say() {
    let simulated = Simulated {
        model: "default point; fc1: linear(16); tanh; head: linear(1); output student_t(df=3)",
        training: "objective = maximum_likelihood(); optimizer = adam(lr=0.02); learning_rate = cosine(); epochs = 60",
        target: |x, draws| {
            let squares: f64 = (0..3).map(|_| draws.normal().powi(2)).sum();
            (3.0 * x).sin() + 0.2 * draws.normal() / (squares / 3.0).sqrt()
        },
    };
    for choice in [BackendChoice::Native, BackendChoice::Candle] {
        let (scores, parameters) = simulated.scored(1500, choice);
        check_coverage(&scores);
        let scale = (0.5 * f64::from(parameters["output.log_squared_scale"].values[0])).exp();
        assert!((scale - 0.2).abs() < 0.02, "{scale}");
        let aleatoric = scores.aleatoric.expect("there is one target");
        assert!((aleatoric / (3.0 * scale * scale) - 1.0).abs() < 1e-4, "{aleatoric}");
    }
}

/// Counts of the rate e^(1 + sin 3x).
pub(super) const COUNTS: Simulated<'_> = Simulated {
    model: "default bayes(prior=normal(std=1)); fc1: linear(16); tanh; head: linear(1); output poisson",
    training: "objective = elbo(kl=exact); optimizer = adam(lr=0.02); learning_rate = cosine(); epochs = 60",
    target: |x, draws| {
        // Knuth's method: numbers whose product stays above e^−rate.
        let (mut count, mut product) = (0.0, draws.uniform());
        let least = (-(1.0 + (3.0 * x).sin()).exp()).exp();
        while product > least {
            count += 1.0;
            product *= draws.uniform();
        }
        count
    },
};

#[test]
fn intervals_of_counts_hold_as_many_as_they_say() {
    for choice in [BackendChoice::Native, BackendChoice::Candle] {
        let (scores, _) = COUNTS.scored(1500, choice);
        check_coverage(&scores);
        // The mean rate, and rates that the draws of the weights agree on.
        let (aleatoric, epistemic) = (scores.aleatoric.expect("one target"), scores.epistemic_unbiased.expect("draws"));
        assert!(
            (aleatoric - 3.475).abs() < 0.3 && epistemic > 0.0 && epistemic < 0.1 * aleatoric,
            "{aleatoric} {epistemic}"
        );
        assert!(scores.extremes.most_surprising.iter().all(|input| input.target[0].fract() == 0.0));
    }
}

#[test]
fn a_target_that_is_no_count_is_named_with_its_file_and_line() {
    let fractions = Simulated { target: |x, _| if x > 0.5 { 2.5 } else { 2.0 }, ..COUNTS };
    let error = std::panic::catch_unwind(|| fractions.prepare(20)).expect_err("it is refused");
    let message = error.downcast_ref::<String>().expect("a message");
    assert!(message.contains("train.csv") && message.contains(", line ") && message.contains("2.5"), "{message}");
}
