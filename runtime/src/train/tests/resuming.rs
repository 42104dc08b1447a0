//! A training that is stopped and resumed comes to the bits of one that is not, wherever it is stopped.

use crate::backend::{Backend, BackendChoice, DeviceChoice, Parameters, open};
use crate::data::{Dataset, Raw, prepare};
use crate::train::tests::simulated::{COUNTS, Simulated};
use crate::train::{
    Checkpoints, Event, MetricsLog, Moment, Next, Observer, TrainError, TrainingState, TrainingSummary, train,
    train_from,
};
use elbo_compiler::compile;
use elbo_compiler::ir::Run;
use elbo_compiler::sources::MemorySources;
use std::error::Error;
use std::io;
use std::path::Path;

/// Statistics of batches, masks and weights of one value.
const POINTS: &str = "input image[1, 8, 8]; default point; conv1: conv2d(4, kernel=3, pad=1); norm1: batchnorm(); relu
    dropout(p=0.3, unit=channel) conv2: conv2d(4, kernel=3); relu; flatten; head: linear(10); output categorical";

/// Every estimator, and divergences that have a closed form beside two that are drawn.
const GAUSSIANS: &str = "input image[1, 8, 8]; default bayes; conv1: conv2d(5, kernel=3, pad=1); softplus
    bayes(prior=laplace(scale=0.1), estimator=flipout) conv2: conv2d(4, kernel=3); softplus; flatten
    bayes(prior=scale_mixture(pi=0.5, std1=1, std2=0.1), estimator=reparameterization) fc1: linear(12); tanh
    bayes(prior=student_t(df=3, scale=0.1), estimator=flipout) head: linear(10); output categorical";

/// Gaussian weights alone, more of them than one task adds up.
const CLOSED: &str = "input image[1, 8, 8]; default bayes; conv1: conv2d(20, kernel=3, pad=1); softplus; maxpool(2)
    conv2: conv2d(40, kernel=3); softplus; flatten; fc1: linear(40); softplus; head: linear(10); output categorical";

/// Branches of which one is random.
const BRANCHES: &str = "input image[1, 8, 8]; default point; stem: conv2d(4, kernel=3, stride=2, pad=1); relu
    concat { branch { bayes left: conv2d(4, kernel=3, pad=1) }; branch { norm1: batchnorm() }; branch { } }
    relu; upsample(2, mode=bilinear); dropout(p=0.2, on=input) up1: conv_transpose2d(3, kernel=2, stride=2); flatten
    head: linear(10); output categorical";

/// Real targets.
const CURVE: &str = "input vector[1]; default bayes; fc1: linear(20); tanh; head: linear(2)
    output gaussian(noise=heteroscedastic)";

/// Real targets whose scale is learned beside the layers.
const HEAVY_TAILS: &str = "input vector[1]; default bayes; fc1: linear(20); tanh; head: linear(1)
    output student_t(df=3)";

const DIGITS: &str = "source = digits(); split = fraction(train=0.8, validation=0.2); transform = [normalize()]
    augment = [crop(8, pad=1)]";
const WAVE: &str = "source = synthetic(kind=sine, n=300); split = fraction(train=0.8, validation=0.2)
    transform = [normalize()]; targets = normalize()";

/// Model, data and training of each case; six steps an epoch.
const CASES: &[[&str; 3]] = &[
    [
        POINTS,
        DIGITS,
        "objective = map(l2=1e-3); optimizer = sgd(lr=0.05, momentum=0.9, nesterov=true); epochs = 4; batch = 200
        learning_rate = plateau(monitor=validation.nll, factor=0.5, patience=0); select = best(validation.nll)",
    ],
    [
        POINTS,
        DIGITS,
        "objective = maximum_likelihood(); optimizer = adamw(lr=1e-2); epochs = 4; batch = 200; max_steps = 14
        learning_rate = cosine(); clip = norm(0.5); samples = 2",
    ],
    [
        GAUSSIANS,
        DIGITS,
        "objective = elbo(kl=blundell, anneal=linear(epochs=2)); optimizer = adam(lr=1e-2); epochs = 3; batch = 200
        samples = 2; validation_samples = 2; learning_rate = step(every=1, factor=0.5)",
    ],
    [
        GAUSSIANS,
        DIGITS,
        "objective = elbo(kl=exact); optimizer = sgd(lr=1e-3); epochs = 2; batch = 200; clip = norm(1.0)",
    ],
    [CLOSED, DIGITS, "objective = elbo(kl=exact, temperature=0.1); optimizer = adam(lr=1e-2); epochs = 2; batch = 200"],
    // It gets worse, so that training ends early and the best epoch is not the last.
    [
        CLOSED,
        DIGITS,
        "objective = elbo(kl=exact); optimizer = sgd(lr=3, momentum=0.5); epochs = 9; batch = 200; clip = norm(0.5)
        early_stopping(monitor=validation.nll, patience=1); select = best(validation.nll)",
    ],
    [BRANCHES, DIGITS, "objective = elbo(kl=exact); optimizer = adam(lr=1e-2); epochs = 2; batch = 200; samples = 2"],
    [
        CURVE,
        WAVE,
        "objective = elbo(kl=exact); optimizer = adam(lr=1e-2); epochs = 3; batch = 40; samples = 2
        validation_samples = 2; select = best(validation.nll)",
    ],
    [
        HEAVY_TAILS,
        WAVE,
        "objective = elbo(kl=exact); optimizer = adam(lr=1e-2); epochs = 2; batch = 40; samples = 2
        validation_samples = 2; select = best(validation.nll)",
    ],
    [
        GAUSSIANS,
        DIGITS,
        "objective = elbo(kl=exact); optimizer = rmsprop(lr=1e-3, momentum=0.5, centered=true); epochs = 3; batch = 200
        clip = norm(5)",
    ],
];

/// The run and the data of a case.
fn case([model, data, training]: [&str; 3]) -> (Run, Dataset) {
    let text = format!(
        "model net {{ {model} }}\ndataset data {{ {data} }}\ntrain regime {{ {training} }}\n\
        run trial {{ model = net; data = data; train = regime }}\n"
    );
    let compilation = compile("trial.elbo", &MemorySources::single("trial.elbo", &text), None, &[]);
    assert!(!compilation.has_errors(), "{text}\n{:?}", compilation.diagnostics);
    let run = compilation.runs.into_iter().next().expect("there is a run").run;
    let raw = Raw::open(&run.data, Path::new(""), &[]).expect("it is part of the program");
    let data = prepare(&run.data, run.training.seed, &raw).expect("can be divided");
    (run, data)
}

/// When a training is stopped.
#[derive(Debug, Clone, Copy)]
enum Stop {
    /// After every so many steps.
    Every(u64),
    /// In every validation, before it is through.
    Validation,
}

/// Stops a training and keeps its state.
struct Stopping<'l> {
    log: &'l mut MetricsLog<Vec<u8>>,
    stop: Stop,
    /// Steps taken when it began or was resumed.
    from: u64,
    /// Steps taken since then.
    taken: u64,
    state: Option<TrainingState>,
}

impl Observer for Stopping<'_> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Started { resumed_at, .. } => assert_eq!(*resumed_at, self.from),
            Event::Step(_) => self.taken += 1,
            _ => {}
        }
        self.log.event(event)
    }
}

impl Checkpoints for Stopping<'_> {
    fn next(&mut self, moment: &Moment) -> Next {
        assert_eq!(moment.steps, self.from + self.taken);
        match self.stop {
            Stop::Every(steps) if moment.steps.is_multiple_of(steps) => Next::SaveAndStop,
            _ => Next::GoOn,
        }
    }

    /// Once: a validation that is resumed goes on.
    fn is_stopping(&self) -> bool {
        matches!(self.stop, Stop::Validation) && self.taken > 0
    }

    fn save(&mut self, state: &TrainingState) -> Result<(), Box<dyn Error + Send + Sync>> {
        // As on disk.
        let progress = serde_json::from_str(&serde_json::to_string(&state.progress)?)?;
        assert_eq!(progress, state.progress);
        self.state = Some(TrainingState { progress, ..state.clone() });
        Ok(())
    }
}

/// What a training came to, in a form that is equal only if every bit is.
#[derive(Debug, PartialEq)]
struct Trained {
    summary: String,
    metrics: Vec<String>,
    parameters: Vec<(String, Vec<u32>)>,
}

impl Trained {
    fn new(summary: &TrainingSummary, log: MetricsLog<Vec<u8>>, backend: &dyn Backend) -> Self {
        let text = String::from_utf8(log.finish().expect("memory takes everything")).expect("JSON is UTF-8");
        let untimed = |line: &str| line.split(",\"images_per_second\"").next().unwrap_or_default().to_owned();
        let parameters = backend.parameters().expect("it has some").into_iter();
        Self {
            summary: serde_json::to_string(summary).expect("its numbers are finite"),
            metrics: text.lines().map(untimed).collect(),
            parameters: parameters
                .map(|(name, tensor)| (name, tensor.values.iter().map(|value| value.to_bits()).collect()))
                .collect(),
        }
    }
}

fn undisturbed(run: &Run, data: &Dataset, choice: BackendChoice) -> (Trained, TrainingSummary) {
    let mut backend = open(choice, DeviceChoice::Cpu, run, &Parameters::new()).expect("a network");
    let mut log = MetricsLog::new(Vec::new());
    let summary = train(run, backend.as_mut(), data, &mut log).expect("it trains");
    (Trained::new(&summary, log, backend.as_ref()), summary)
}

/// Also counts how often it was stopped.
fn stopped(run: &Run, data: &Dataset, choice: BackendChoice, stop: Stop) -> (Trained, usize) {
    let mut log = MetricsLog::new(Vec::new());
    let mut state: Option<TrainingState> = None;
    for count in 0.. {
        // Nothing is left of the one before.
        let mut backend = open(choice, DeviceChoice::Cpu, run, &Parameters::new()).expect("a network");
        let from = state.as_ref().map_or(0, |state| state.progress.steps);
        let mut stopping = Stopping { log: &mut log, stop, from, taken: 0, state: None };
        match train_from(run, backend.as_mut(), data, state.take(), &mut stopping) {
            Ok(summary) => return (Trained::new(&summary, log, backend.as_ref()), count),
            Err(TrainError::Stopped { steps, .. }) => {
                state = stopping.state;
                assert_eq!(state.as_ref().map(|state| state.progress.steps), Some(steps));
            }
            Err(error) => panic!("{error}"),
        }
    }
    unreachable!("it has an end")
}

/// Stops every case in these ways, each at least so often.
fn check(choice: BackendChoice, stops: &[(Stop, usize)]) {
    let counts = Simulated { training: "objective = elbo(kl=exact); optimizer = adam(lr=0.02); epochs = 2", ..COUNTS };
    for (number, (run, data)) in CASES.iter().copied().map(case).chain([counts.prepare(750)]).enumerate() {
        let (expected, summary) = undisturbed(&run, &data, choice);
        for &(stop, least) in stops {
            let (found, count) = stopped(&run, &data, choice, stop);
            assert!(count >= least, "case {number} was stopped {count} times only");
            assert_eq!(found.summary, expected.summary, "case {number}, {stop:?}");
            for (found, expected) in found.metrics.iter().zip(&expected.metrics) {
                assert_eq!(found, expected, "case {number}, {stop:?}");
            }
            assert!(found == expected, "case {number}, {stop:?}: the weights differ");
        }
        // What the cases are for.
        match number {
            1 => assert!(summary.cut_short && summary.steps == 14),
            5 => assert!(summary.stopped_early && summary.selected_epoch < summary.epochs, "{summary:?}"),
            _ => {}
        }
    }
}

#[test]
fn a_stopped_training_comes_to_the_same_bits_by_the_native_backend() {
    check(BackendChoice::Native, &[(Stop::Every(1), 10), (Stop::Every(4), 3), (Stop::Validation, 2)]);
}

#[test]
fn a_stopped_training_comes_to_the_same_bits_by_candle() {
    // What goes on after each single step is the training loop's, and tried above by the faster backend.
    check(BackendChoice::Candle, &[(Stop::Every(4), 3), (Stop::Validation, 2)]);
}
