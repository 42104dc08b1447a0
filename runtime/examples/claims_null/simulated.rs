//! Networks that were never trained: what they would predict of inputs whose true classes are drawn from known
//! probabilities, so that it is known which claims are true.

use elbo_compiler::ir::Metric;
use elbo_runtime::random::{Key, Purpose, Stream};
use elbo_runtime::report::ClaimRun;
use elbo_runtime::uncertainty::{DrawGroups, Evaluation, InputScores, PredictedInput, Replicates};

/// Classes of a simulated network.
const CLASSES: usize = 3;

/// Random numbers of one simulation, one after the other.
pub struct Numbers {
    stream: Stream,
    simulation: u32,
    next: u64,
}

impl Numbers {
    /// Those of a simulation for one purpose.
    pub fn new(purpose: &str, simulation: u32) -> Self {
        Self { stream: Key::new(1).stream(Purpose::GeneratedData, purpose), simulation, next: 0 }
    }

    /// So many from the standard normal distribution.
    pub fn normals(&mut self, count: usize) -> Vec<f64> {
        let mut values = vec![0.0_f32; count];
        self.stream.fill_normal(self.simulation, 0, self.next, &mut values);
        self.advance(count);
        values.into_iter().map(f64::from).collect()
    }

    /// So many uniform in [0, 1).
    pub fn uniforms(&mut self, count: usize) -> Vec<f64> {
        let mut values = vec![0.0_f32; count];
        self.stream.fill_uniform(self.simulation, 1, self.next, &mut values);
        self.advance(count);
        values.into_iter().map(f64::from).collect()
    }

    fn advance(&mut self, count: usize) {
        // Whole blocks of four, so that no number serves twice.
        self.next += count.next_multiple_of(4) as u64;
    }
}

/// Test inputs.
pub struct Inputs {
    /// The scores of the classes that the truth is made of, N × C.
    scores: Vec<f64>,
    /// Two features of each, N × 2.
    features: Vec<f64>,
    /// Their classes.
    labels: Vec<u32>,
}

impl Inputs {
    /// So many, drawn anew.
    pub fn new(count: usize, numbers: &mut Numbers) -> Self {
        let scores: Vec<f64> = numbers.normals(count * CLASSES).into_iter().map(|score| 1.5 * score).collect();
        let features = numbers.normals(count * 2);
        let chances = numbers.uniforms(count);
        let labels = scores.chunks(CLASSES).zip(chances).map(|(row, chance)| {
            let mut sum = 0.0;
            let place = probabilities(row).iter().position(|probability| {
                sum += probability;
                chance < sum
            });
            place.unwrap_or(CLASSES - 1) as u32
        });
        Self { labels: labels.collect(), scores, features }
    }
}

fn probabilities(scores: &[f64]) -> Vec<f64> {
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = scores.iter().map(|score| (score - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

/// How much trainings of one procedure differ, and its draws.
#[derive(Clone, Copy)]
pub struct Procedure {
    /// Standard deviation over seeds of the weights of the features: what all inputs share.
    pub shared: f64,
    /// Standard deviation over seeds of each score of each input.
    pub own: f64,
    /// Standard deviation over draws of the weights of the features.
    pub drawn: f64,
    /// Draws; 1 of a network in which nothing is random.
    pub samples: usize,
}

/// A trained network's class scores.
pub struct Network {
    scores: Vec<f64>,
}

impl Network {
    /// A training of `procedure` with a seed of its own.
    pub fn trained(inputs: &Inputs, procedure: Procedure, numbers: &mut Numbers) -> Self {
        let weights = numbers.normals(2 * CLASSES);
        let own = numbers.normals(inputs.scores.len());
        let scores = (0..inputs.scores.len()).map(|place| {
            let (input, class) = (place / CLASSES, place % CLASSES);
            let shared: f64 =
                (0..2).map(|feature| inputs.features[2 * input + feature] * weights[2 * class + feature]).sum();
            inputs.scores[place] + procedure.shared * shared + procedure.own * own[place]
        });
        Self { scores: scores.collect() }
    }

    /// What is reported of it.
    pub fn scored(&self, inputs: &Inputs, procedure: Procedure, seed: u64, numbers: &mut Numbers) -> Scored {
        let count = inputs.labels.len();
        let mut groups = DrawGroups::new(count, CLASSES, procedure.samples);
        for _ in 0..procedure.samples {
            let weights = numbers.normals(2 * CLASSES);
            let drawn: Vec<f64> = (0..count)
                .flat_map(|input| {
                    let row: Vec<f64> = (0..CLASSES)
                        .map(|class| {
                            let shift: f64 = (0..2)
                                .map(|feature| inputs.features[2 * input + feature] * weights[2 * class + feature])
                                .sum();
                            self.scores[input * CLASSES + class] + procedure.drawn * shift
                        })
                        .collect();
                    probabilities(&row)
                })
                .collect();
            groups.add(&drawn).expect("as many probabilities as were announced");
        }
        let (predictive, left_out) = groups.finish().expect("draws were added");
        let mut replicates = Replicates::default();
        replicates.add(&left_out, &inputs.labels).expect("labels fit");
        let evaluation = Evaluation::new(&predictive, &inputs.labels, &[], &replicates).expect("labels fit");
        let scores = predictive.score(&inputs.labels).expect("labels fit");
        let inputs = scores.into_iter().zip(&inputs.labels).map(|(scores, &label)| PredictedInput { label, scores });
        Scored {
            inputs: inputs.collect(),
            evaluation,
            training: seed.to_string(),
            seed,
            stochastic: procedure.samples > 1,
        }
    }
}

/// A finished run.
#[derive(Clone)]
pub struct Scored {
    inputs: Vec<PredictedInput>,
    evaluation: Evaluation,
    training: String,
    seed: u64,
    stochastic: bool,
}

impl Scored {
    /// A network in which nothing is random, by the confidence of each input and whether it is right.
    pub fn right_and_wrong(outcomes: &[(f64, bool)], name: &str) -> Self {
        let score = |&(confidence, correct): &(f64, bool)| {
            let true_class = if correct { confidence } else { 1.0 - confidence };
            let scores = InputScores {
                predicted: usize::from(!correct),
                confidence,
                correct,
                negative_log_likelihood: -true_class.ln(),
                brier: 2.0 * (1.0 - true_class).powi(2),
                aleatoric: 2.0 * confidence * (1.0 - confidence),
                epistemic: None,
                entropy: 0.5,
                expected_entropy: 0.5,
            };
            PredictedInput { label: 0, scores }
        };
        // Of the scores only that there are any matters where there are no draws.
        let mut groups = DrawGroups::new(1, 2, 1);
        groups.add(&[0.5, 0.5]).expect("two classes");
        let (predictive, _) = groups.finish().expect("a draw was added");
        let metrics = [Metric::ExpectedCalibrationError { bins: 15 }];
        let evaluation = Evaluation::new(&predictive, &[0], &metrics, &Replicates::default()).expect("a label");
        let inputs = outcomes.iter().map(score).collect();
        Self { inputs, evaluation, training: name.to_owned(), seed: 0, stochastic: false }
    }

    /// The same with another training's name, as if another seed had led to the same network.
    pub fn under_seed(&self, name: &str, seed: u64) -> Self {
        Self { training: format!("{name}/{seed}"), seed, ..self.clone() }
    }

    /// As claims take it.
    pub fn run(&self) -> ClaimRun<'_> {
        ClaimRun {
            seed: self.seed,
            stochastic: self.stochastic,
            training: &self.training,
            test_set: "simulated",
            evaluation: Some(&self.evaluation),
            inputs: &self.inputs,
        }
    }
}
