//! What a finished run makes of examples in files.

use super::{Computing, FinishedRun};
use crate::data::{Examples, Labels, Numbers, Stored, read_examples, read_picture};
use crate::execute::ExecuteError;
use crate::report::page::class_names;
use crate::train::{Observer, TestExamples, predict};
use crate::uncertainty::{Predictive, entropy, scores::best_class};
use elbo_compiler::ir::{Output, Shape};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is to be predicted.
#[derive(Debug, Clone, Copy)]
pub struct PredictionRequest<'r> {
    /// The run.
    pub finished: &'r FinishedRun,
    /// What computes.
    pub computing: Computing,
    /// The files.
    pub files: &'r [PathBuf],
    /// Draws; `None` for as many as the run's report has.
    pub samples: Option<usize>,
}

/// What a run makes of examples.
#[derive(Debug, Clone, PartialEq)]
pub struct FilePredictions {
    /// T.
    pub samples: usize,
    /// A name for each class.
    pub class_names: Vec<String>,
    /// Each example in the order of the files.
    pub examples: Vec<PredictedExample>,
    /// How images were changed to fit the network, each with its file: sentences.
    pub changes: Vec<String>,
}

/// What a run makes of an example.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictedExample {
    /// Its file; of an array of several with its place, such as `scans.npy[3]`.
    pub name: String,
    /// The most probable class.
    pub predicted: usize,
    /// p̄, a number a class.
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

/// Predicts what files hold: PNG and JPEG images, each brought to the size and colours of the run's images, which
/// `changes` tells of, and arrays of numpy, whose numbers are taken as they are, bytes divided by 255. All go through the
/// transforms of the run. The n-th example meets the noise of the n-th test input.
///
/// # Errors
/// [`ExecuteError`] names the first file that holds something else, or what keeps the network from computing.
pub fn predict_files(
    request: &PredictionRequest<'_>,
    observer: &mut dyn Observer,
) -> Result<FilePredictions, ExecuteError> {
    let finished = request.finished;
    if !matches!(finished.run.network.output, Output::Categorical { .. }) {
        return Err(ExecuteError::NoClasses { run: finished.report.run.name.clone() });
    }
    let mut read = Read::default();
    for file in request.files {
        read.add(finished, file)?;
    }
    let labels = Labels::Classes(vec![0; read.names.len()]);
    let numbers = Numbers { shape: finished.stored_shape(), values: read.values, labels };
    let mut run = finished.run.clone();
    if let Some(samples) = request.samples {
        run.report.samples = samples;
    }
    let network = finished.network(request.computing)?;
    let examples = Examples::new(Arc::new(Stored::Numbers(numbers)), finished.pipeline()?);
    let examples = TestExamples { examples, target_scale: None };
    let predictive = predict(&run, network.as_ref(), &examples, observer)?;
    Ok(FilePredictions {
        samples: predictive.samples,
        class_names: class_names(&finished.report.run.data),
        examples: read.names.into_iter().enumerate().map(|(at, name)| describe(&predictive, at, name)).collect(),
        changes: read.changes,
    })
}

/// Examples of files.
#[derive(Default)]
struct Read {
    values: Vec<f32>,
    names: Vec<String>,
    changes: Vec<String>,
}

impl Read {
    fn add(&mut self, finished: &FinishedRun, file: &Path) -> Result<(), ExecuteError> {
        let shape = finished.run.data.shape;
        let name = file.display().to_string();
        if file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npy")) {
            let (count, values) = read_examples(file, shape)?;
            self.values.extend(values);
            if count == 1 {
                self.names.push(name);
            } else {
                self.names.extend((0..count).map(|place| format!("{name}[{place}]")));
            }
            return Ok(());
        }
        let Shape::Image { channels, height, width } = shape else {
            return Err(ExecuteError::NoImages {
                run: finished.report.run.name.clone(),
                found: shape.to_string(),
                path: file.to_owned(),
            });
        };
        let picture = read_picture(file, [channels, height, width])?;
        self.values.extend(picture.pixels.iter().map(|&byte| f32::from(byte) / 255.0));
        self.changes.extend(picture.changes.iter().map(|change| format!("`{name}` {change}")));
        self.names.push(name);
        Ok(())
    }
}

fn describe(predictive: &Predictive, place: usize, name: String) -> PredictedExample {
    let row = place * predictive.classes..(place + 1) * predictive.classes;
    let probabilities = predictive.mean[row.clone()].to_vec();
    let entropy = entropy(&probabilities);
    let epistemic: Option<f64> = predictive.epistemic.as_ref().map(|all| all[row.clone()].iter().sum());
    PredictedExample {
        name,
        predicted: best_class(&probabilities),
        aleatoric: predictive.aleatoric[row].iter().sum(),
        epistemic,
        entropy,
        mutual_information: epistemic.map(|_| (entropy - predictive.expected_entropy[place]).max(0.0)),
        probabilities,
    }
}
