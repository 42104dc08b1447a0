//! What is predicted of examples in files.

use crate::data::FileNote;
use crate::uncertainty::{Predictive, ValuePrediction, entropy, scores::best_class};

/// What a run makes of examples.
#[derive(Debug, Clone, PartialEq)]
pub struct FilePredictions {
    /// T.
    pub samples: usize,
    /// A name for each class; empty where targets are real numbers.
    pub class_names: Vec<String>,
    /// A name for each real target; empty where classes are told apart.
    pub targets: Vec<String>,
    /// Each example in the order of the files.
    pub examples: Vec<PredictedExample>,
    /// How images were changed to fit the network, and which files were skipped.
    pub changes: Vec<FileNote>,
    /// The files that could not be predicted.
    pub failures: Vec<UnpredictedFile>,
}

/// A file that could not be predicted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnpredictedFile {
    /// The file or folder.
    pub file: String,
    /// What is wrong with it.
    pub problem: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// What a run makes of an example.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictedExample {
    /// Where it is.
    pub source: ExampleSource,
    /// What is predicted of it.
    pub prediction: Prediction,
}

/// Where an example is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleSource {
    /// Its file.
    pub file: String,
    /// Its place in a file of several, from 0.
    pub row: Option<usize>,
    /// The line of a table that it begins in, from 1.
    pub line: Option<usize>,
}

/// What is predicted of an example.
#[derive(Debug, Clone, PartialEq)]
pub enum Prediction {
    /// A distribution over classes.
    Class(ClassPrediction),
    /// A distribution of each real target.
    Values(Vec<ValuePrediction>),
}

/// A distribution over classes.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassPrediction {
    /// The most probable class.
    pub predicted: usize,
    /// p̄, a number per class.
    pub probabilities: Vec<f64>,
    /// Trace of the aleatoric covariance.
    pub aleatoric: f64,
    /// Trace of the epistemic covariance in the 1/T form; `None` for T = 1.
    pub epistemic: Option<f64>,
    /// H(p̄), in nats.
    pub entropy: f64,
    /// H(p̄) − (1/T) Σ H(p̂_t) ≥ 0, in nats; `None` for T = 1.
    pub mutual_information: Option<f64>,
}

impl ClassPrediction {
    /// Of example number `place`.
    pub fn of(predictive: &Predictive, place: usize) -> Self {
        let row = place * predictive.classes..(place + 1) * predictive.classes;
        let probabilities = predictive.mean[row.clone()].to_vec();
        let entropy = entropy(&probabilities);
        let epistemic: Option<f64> = predictive.epistemic.as_ref().map(|all| all[row.clone()].iter().sum());
        Self {
            predicted: best_class(&probabilities),
            aleatoric: predictive.aleatoric[row].iter().sum(),
            epistemic,
            entropy,
            mutual_information: epistemic.map(|_| (entropy - predictive.expected_entropy[place]).max(0.0)),
            probabilities,
        }
    }

    /// The probability of the most probable class.
    pub fn confidence(&self) -> f64 {
        self.probabilities[self.predicted]
    }
}

impl ExampleSource {
    /// What people call it: `scans.npy[3]`, `people.csv:4`.
    pub fn called(&self) -> String {
        match (self.row, self.line) {
            (_, Some(line)) => format!("{}:{line}", self.file),
            (Some(row), None) => format!("{}[{row}]", self.file),
            (None, None) => self.file.clone(),
        }
    }
}
