//! Test sets drawn from populations whose true figures are known, to count how often intervals hold them. Shared by a test
//! and by `examples/coverage.rs`.

use elbo_compiler::ir::{Metric, ProbabilityLink};
use elbo_runtime::random::{Key, Purpose};
use elbo_runtime::uncertainty::scores::{DetectionScore, detection};
use elbo_runtime::uncertainty::{
    DrawGroups, Evaluation, GaussianMixture, InputScores, Predictive, RegressionEvaluation, Replicates, ValueDraws,
    ValueReplicates,
};
use rayon::prelude::*;

const CLASSES: usize = 5;
const FEATURES: usize = 4;
const BINS: usize = 15;

/// A population and test sets of it.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// Inputs that stand for unlimited ones.
    pub population: usize,
    /// Inputs of a test set.
    pub inputs: usize,
    /// Draws of the network.
    pub samples: usize,
    /// What the class scores of labels are multiplied by to give those of the network: 1 for a network that is as sure as it
    /// should be but for its draws, more for one that is too sure.
    pub sharpness: f64,
}

/// How often the interval of a figure held the truth.
#[derive(Debug, Clone, PartialEq)]
pub struct Coverage {
    /// The figure.
    pub figure: &'static str,
    /// Its true value.
    pub truth: f64,
    /// The share of sets whose interval holds it.
    pub share: f64,
    /// Mean width of the intervals.
    pub width: f64,
}

/// Inputs with what the network and the truth say of them.
struct Sample {
    predictive: Predictive,
    labels: Vec<u32>,
    /// The probability of each class, input by input.
    truth: Vec<f64>,
}

impl Scenario {
    /// `count` inputs, numbered `set`, scattered `spread` times as far as those of the test split.
    fn sample(&self, set: u32, count: usize, spread: f64) -> Sample {
        let key = Key::new(20);
        let mut weights = vec![0.0_f32; CLASSES * FEATURES];
        key.stream(Purpose::Initialization, "weights").fill_normal(0, 0, 0, &mut weights);
        let (mut features, mut chances) = (vec![0.0_f32; count * FEATURES], vec![0.0_f32; count]);
        // Every scatter is a population of its own.
        let place = (10.0 * spread) as u32;
        key.stream(Purpose::GeneratedData, "features").fill_normal(set, place, 0, &mut features);
        key.stream(Purpose::GeneratedData, "labels").fill_uniform(set, place, 0, &mut chances);
        let scores = |weights: &[f32], input: &[f32], factor: f64| -> [f64; CLASSES] {
            std::array::from_fn(|class| {
                let row = &weights[class * FEATURES..][..FEATURES];
                factor * row.iter().zip(input).map(|(w, x)| f64::from(*w) * f64::from(*x) * spread).sum::<f64>()
            })
        };
        let (mut truth, mut labels) = (Vec::with_capacity(count * CLASSES), Vec::with_capacity(count));
        for (input, chance) in features.chunks_exact(FEATURES).zip(&chances) {
            let exponentials = scores(&weights, input, 1.0).map(f64::exp);
            let sum: f64 = exponentials.iter().sum();
            let mut left = f64::from(*chance) * sum;
            let label = exponentials.iter().position(|part| {
                left -= part;
                left < 0.0
            });
            labels.push(label.unwrap_or(CLASSES - 1) as u32);
            truth.extend(exponentials.map(|part| part / sum));
        }
        let draws = key.stream(Purpose::PredictionNoise, "draws");
        let groups = DrawGroups::together(count, CLASSES, self.samples);
        let mut groups = groups.labelled(&labels).expect("labels are classes");
        let mut noise = vec![0.0_f32; CLASSES * FEATURES];
        for draw in 0..self.samples {
            draws.fill_normal(0, draw as u32, 0, &mut noise);
            let drawn: Vec<f32> = weights.iter().zip(&noise).map(|(mean, noise)| mean + 0.4 * noise).collect();
            let all = features.chunks_exact(FEATURES).flat_map(|input| scores(&drawn, input, self.sharpness));
            let all: Vec<f32> = all.map(|score| score as f32).collect();
            groups.add_scores(ProbabilityLink::Softmax, &all).expect("the right size");
        }
        Sample { predictive: groups.finish().expect("draws were added").0, labels, truth }
    }

    /// How often intervals over `sets` test sets hold the truth, for every figure of a classifier.
    pub fn coverages(&self, sets: u32) -> Vec<Coverage> {
        let (truth, adaptive, area) = self.truth();
        let all: Vec<Vec<[f64; 2]>> = (0..sets)
            .into_par_iter()
            .map(|set| {
                let sample = self.sample(set + 1, self.inputs, 1.0);
                let metrics = [Metric::AdaptiveCalibrationError { bins: BINS }];
                let found = Evaluation::new(&sample.predictive, &sample.labels, &metrics, &Replicates::default());
                let found = found.expect("labels fit");
                let own = found.intervals.as_ref().expect("there are inputs");
                let others = self.scored(set + 1, self.inputs, 2.0);
                let inputs = sample.predictive.score(&sample.labels).expect("labels fit");
                let detection = detection(&inputs, &others);
                let by_entropy = detection.iter().find(|found| found.score == DetectionScore::Entropy);
                vec![
                    own.accuracy,
                    own.negative_log_likelihood.expect("mistakes were seen"),
                    own.brier,
                    own.expected_calibration_error,
                    found.calibration[0].test.interval,
                    by_entropy.expect("every network has an entropy").interval_of_area_under_roc,
                    own.aleatoric,
                    own.epistemic_unbiased.expect("there are several draws"),
                    own.mutual_information_corrected.expect("there are several draws"),
                ]
            })
            .collect();
        let truths = [
            ("accuracy", truth.accuracy),
            ("negative log-likelihood", truth.negative_log_likelihood),
            ("Brier score", truth.brier),
            ("expected calibration error", truth.expected_calibration_error),
            ("adaptive calibration error", adaptive),
            ("AUROC by entropy", area),
            ("aleatoric", truth.aleatoric),
            ("epistemic", truth.epistemic_unbiased.expect("there are several draws")),
            ("mutual information", truth.mutual_information_corrected.expect("there are several draws")),
        ];
        counted(&truths, &all)
    }

    fn scored(&self, set: u32, count: usize, spread: f64) -> Vec<InputScores> {
        let sample = self.sample(set, count, spread);
        sample.predictive.score(&sample.labels).expect("labels fit")
    }

    /// The figures of the population: those of its labels, but for accuracy and calibration, which are of the probability
    /// that a label is right, so that chance enters nowhere.
    fn truth(&self) -> (Evaluation, f64, f64) {
        let sample = self.sample(0, self.population, 1.0);
        let found = Evaluation::new(&sample.predictive, &sample.labels, &[], &Replicates::default());
        let mut found = found.expect("labels fit");
        let inputs = sample.predictive.score(&sample.labels).expect("labels fit");
        let mut right: Vec<(f64, f64)> = inputs
            .iter()
            .zip(sample.truth.chunks_exact(CLASSES))
            .map(|(input, truth)| (input.confidence, truth[input.predicted]))
            .collect();
        let count = right.len() as f64;
        found.accuracy = right.iter().map(|(_, right)| right).sum::<f64>() / count;
        let mut gaps = [0.0; BINS];
        for (confidence, right) in &right {
            let bin = ((confidence * BINS as f64).ceil() as usize).clamp(1, BINS) - 1;
            gaps[bin] += (right - confidence) / count;
        }
        found.expected_calibration_error = gaps.iter().map(|gap| gap.abs()).sum();
        right.sort_by(|left, right| left.0.total_cmp(&right.0));
        let gap =
            |bin: &[(f64, f64)]| bin.iter().map(|(confidence, right)| right - confidence).sum::<f64>().abs() / count;
        let adaptive = right.chunks(right.len().div_ceil(BINS)).map(gap).sum();
        let rows = sample.truth.chunks_exact(CLASSES).zip(sample.predictive.mean.chunks_exact(CLASSES));
        let brier = rows.map(|(truth, mean)| {
            let square: f64 = mean.iter().map(|p| p * p).sum();
            1.0 + square - 2.0 * truth.iter().zip(mean).map(|(truth, p)| truth * p).sum::<f64>()
        });
        found.brier = brier.sum::<f64>() / count;
        let rows = sample.truth.chunks_exact(CLASSES).zip(sample.predictive.mean.chunks_exact(CLASSES));
        let likelihood =
            rows.map(|(truth, mean)| truth.iter().zip(mean).map(|(truth, p)| -truth * p.ln()).sum::<f64>());
        found.negative_log_likelihood = likelihood.sum::<f64>() / count;
        let detection = detection(&inputs, &self.scored(0, self.population, 2.0));
        let by_entropy = detection.iter().find(|found| found.score == DetectionScore::Entropy);
        (found, adaptive, by_entropy.expect("every network has an entropy").area_under_roc)
    }

    /// The same for a network of one real target, whose noise has `tails`: 0 as normal as the network takes it to be.
    pub fn regression_coverages(&self, sets: u32, tails: f64) -> Vec<Coverage> {
        let figures = |set: u32, count: usize| {
            let draws = self.values(set, count, tails);
            let inputs: Vec<_> = draws.par_iter().map(ValueDraws::score).collect();
            let none = ValueReplicates::new(1);
            RegressionEvaluation::new(&inputs, self.samples, &["y".to_owned()], &none, None).expect("there are inputs")
        };
        let truth = figures(0, self.population / 2);
        let all: Vec<Vec<[f64; 2]>> = (1..=sets)
            .map(|set| {
                let found = figures(set, self.inputs);
                let own = found.intervals.expect("there are inputs");
                vec![
                    own.root_mean_squared_error.expect("one target"),
                    own.continuous_ranked_probability_score.expect("one target"),
                    own.negative_log_likelihood,
                    found.coverage[1].interval.expect("one target"),
                ]
            })
            .collect();
        let truths = [
            ("RMSE", truth.root_mean_squared_error.expect("one target")),
            ("CRPS", truth.continuous_ranked_probability_score.expect("one target")),
            ("negative log-likelihood (real)", truth.negative_log_likelihood),
            ("coverage of 90 % intervals", truth.coverage[1].coverage),
        ];
        counted(&truths, &all)
    }

    fn values(&self, set: u32, count: usize, tails: f64) -> Vec<ValueDraws> {
        let key = Key::new(21);
        let mut numbers = vec![0.0_f32; 3 * count];
        key.stream(Purpose::GeneratedData, "values").fill_normal(set, 0, 0, &mut numbers);
        let mut slopes = vec![0.0_f32; self.samples];
        key.stream(Purpose::PredictionNoise, "slopes").fill_normal(0, 0, 0, &mut slopes);
        let input = |row: &[f32]| {
            let [x, noise, scale] = [row[0], row[1], row[2]].map(f64::from);
            let deviation = 0.3 + 0.2 * x.abs();
            let means = slopes.iter().map(|slope| x.sin() + 0.15 * f64::from(*slope) * x).collect();
            ValueDraws {
                marginals: vec![GaussianMixture { means, log_variances: vec![2.0 * deviation.ln(); self.samples] }],
                values: vec![x.sin() + deviation * noise * (tails * scale).exp()],
            }
        };
        numbers.chunks_exact(3).map(input).collect()
    }
}

fn counted(truths: &[(&'static str, f64)], all: &[Vec<[f64; 2]>]) -> Vec<Coverage> {
    let of = |(at, &(figure, truth)): (usize, &(&'static str, f64))| {
        let intervals = all.iter().map(|intervals| intervals[at]);
        let held = intervals.clone().filter(|[low, high]| (*low..=*high).contains(&truth)).count();
        let width = intervals.map(|[low, high]| high - low).sum::<f64>() / all.len() as f64;
        Coverage { figure, truth, share: held as f64 / all.len() as f64, width }
    };
    truths.iter().enumerate().map(of).collect()
}
