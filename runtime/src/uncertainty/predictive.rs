//! What T draws say about each input, and how each input scores.

use super::scores::{best_class, brier_of, negative_log_likelihood_of};
use super::{UncertaintyError, entropy};
use rayon::prelude::*;

/// Inputs that are scored by one task at least.
const INPUTS_OF_A_TASK: usize = 64;

/// The predictive distribution of N inputs over C classes, from T draws.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictive {
    /// T.
    pub samples: usize,
    /// C.
    pub classes: usize,
    /// p̄, N × C.
    pub mean: Vec<f64>,
    /// The diagonal of each input's aleatoric covariance, N × C.
    pub aleatoric: Vec<f64>,
    /// The diagonal of each input's epistemic covariance, N × C, in the 1/T form; `None` for T = 1.
    pub epistemic: Option<Vec<f64>>,
    /// (1/T) Σ H(p̂_t) of each input, in nats; N numbers.
    pub expected_entropy: Vec<f64>,
    /// ln p̄(y) of each input, where labels were known when draws were gathered. p̄ itself underflows to 0 where a class
    /// scores some 745 nats below the best.
    pub likelihoods: Option<LabelLikelihoods>,
}

/// The log-likelihood of labels.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LabelLikelihoods {
    /// The class of each input.
    pub labels: Vec<u32>,
    /// ln (1/T)·Σ_t p̂_t(y), in nats.
    pub logs: Vec<f64>,
}

/// How one input scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InputScores {
    /// The most probable class; the lowest of several that are equally probable.
    pub predicted: usize,
    /// Its probability.
    pub confidence: f64,
    /// Whether it is the label.
    pub correct: bool,
    /// −ln p̄(y), in nats.
    pub negative_log_likelihood: f64,
    /// Σ_c (p̄_c − [c = y])².
    pub brier: f64,
    /// Trace of the aleatoric covariance.
    pub aleatoric: f64,
    /// Trace of the epistemic covariance in the 1/T form; `None` for T = 1.
    pub epistemic: Option<f64>,
    /// H(p̄), in nats.
    pub entropy: f64,
    /// (1/T) Σ H(p̂_t), in nats.
    pub expected_entropy: f64,
}

impl InputScores {
    /// H(p̄) − (1/T) Σ H(p̂_t) ≥ 0, in nats; `None` for T = 1.
    pub fn mutual_information(&self) -> Option<f64> {
        self.epistemic.map(|_| (self.entropy - self.expected_entropy).max(0.0))
    }
}

impl Predictive {
    /// Of no inputs, to be appended to.
    pub fn empty(samples: usize, classes: usize) -> Self {
        let epistemic = (samples > 1).then(Vec::new);
        Self {
            samples,
            classes,
            mean: Vec::new(),
            aleatoric: Vec::new(),
            epistemic,
            expected_entropy: Vec::new(),
            likelihoods: None,
        }
    }

    /// Adds the inputs of `other`, which must have as many draws and classes.
    ///
    /// # Errors
    /// [`UncertaintyError::Size`] if it has not.
    pub fn append(&mut self, other: Self) -> Result<(), UncertaintyError> {
        if (self.samples, self.classes) != (other.samples, other.classes) {
            let rows = other.inputs();
            let expected = rows * self.classes;
            return Err(UncertaintyError::Size { found: other.mean.len(), expected, rows, classes: self.classes });
        }
        // Those of some inputs alone would belong to the wrong ones.
        let known = self.inputs() == 0 || self.likelihoods.is_some();
        self.likelihoods = other.likelihoods.filter(|_| known).map(|more| {
            let mut all = self.likelihoods.take().unwrap_or_default();
            all.labels.extend(more.labels);
            all.logs.extend(more.logs);
            all
        });
        self.mean.extend(other.mean);
        self.aleatoric.extend(other.aleatoric);
        if let (Some(all), Some(more)) = (&mut self.epistemic, other.epistemic) {
            all.extend(more);
        }
        self.expected_entropy.extend(other.expected_entropy);
        Ok(())
    }

    /// N.
    pub fn inputs(&self) -> usize {
        self.expected_entropy.len()
    }

    /// ln p̄(y) of an input, from class scores where they were given for that label.
    fn log_likelihood(&self, input: usize, label: u32) -> f64 {
        let known = self.likelihoods.as_ref().filter(|known| known.labels.get(input) == Some(&label));
        known.map_or_else(|| self.mean[input * self.classes + label as usize].ln(), |known| known.logs[input])
    }

    /// Scores each input against its label.
    ///
    /// # Errors
    /// [`UncertaintyError::Labels`] and [`UncertaintyError::LabelOutOfRange`] if the labels do not fit,
    /// [`UncertaintyError::ZeroProbability`] if a label has a probability of 0, which class scores never give.
    pub fn score(&self, labels: &[u32]) -> Result<Vec<InputScores>, UncertaintyError> {
        check_labels(self.inputs(), self.classes, labels)?;
        let scores = labels.par_iter().enumerate().with_min_len(INPUTS_OF_A_TASK).map(|(input, &label)| {
            let row = input * self.classes..(input + 1) * self.classes;
            let mean = &self.mean[row.clone()];
            let label = label as usize;
            let predicted = best_class(mean);
            InputScores {
                predicted,
                confidence: mean[predicted],
                correct: predicted == label,
                negative_log_likelihood: negative_log_likelihood_of(self.log_likelihood(input, label as u32)),
                brier: brier_of(mean, label),
                aleatoric: self.aleatoric[row.clone()].iter().sum(),
                epistemic: self.epistemic.as_ref().map(|all| all[row].iter().sum()),
                entropy: entropy(mean),
                expected_entropy: self.expected_entropy[input],
            }
        });
        let scores: Vec<InputScores> = scores.collect();
        match scores.iter().position(|scores| scores.negative_log_likelihood == f64::INFINITY) {
            Some(input) => Err(UncertaintyError::ZeroProbability { input }),
            None => Ok(scores),
        }
    }
}

/// Whether there is one label an input, each below `classes`.
pub(crate) fn check_labels(inputs: usize, classes: usize, labels: &[u32]) -> Result<(), UncertaintyError> {
    if labels.len() != inputs {
        return Err(UncertaintyError::Labels { labels: labels.len(), inputs });
    }
    match labels.iter().position(|&label| label as usize >= classes) {
        Some(input) => Err(UncertaintyError::LabelOutOfRange { input, label: labels[input], classes }),
        None => Ok(()),
    }
}

/// Sums of the scores of many inputs.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ScoreSums {
    /// How many inputs.
    pub inputs: usize,
    /// How many are right.
    pub correct: usize,
    /// Σ −ln p̄(y).
    pub negative_log_likelihood: f64,
    /// Σ Brier.
    pub brier: f64,
    /// Σ trace of the aleatoric covariance.
    pub aleatoric: f64,
    /// Σ trace of the epistemic covariance; 0 where T = 1.
    pub epistemic: f64,
    /// Σ H(p̄).
    pub entropy: f64,
    /// Σ of the expected entropies.
    pub expected_entropy: f64,
}

impl ScoreSums {
    /// Adds an input.
    pub fn add(&mut self, input: &InputScores) {
        self.inputs += 1;
        self.correct += usize::from(input.correct);
        self.negative_log_likelihood += input.negative_log_likelihood;
        self.brier += input.brier;
        self.aleatoric += input.aleatoric;
        self.epistemic += input.epistemic.unwrap_or(0.0);
        self.entropy += input.entropy;
        self.expected_entropy += input.expected_entropy;
    }

    /// `sum` over the number of inputs.
    pub fn mean(&self, sum: f64) -> f64 {
        sum / self.inputs as f64
    }

    /// The share of inputs that are right.
    pub fn accuracy(&self) -> f64 {
        self.mean(self.correct as f64)
    }
}
