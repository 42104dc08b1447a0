//! What a finished run makes of image files.

use super::{Computing, FinishedRun};
use crate::data::{Examples, Images, read_picture};
use crate::execute::ExecuteError;
use crate::report::page::class_names;
use crate::train::{Observer, TestExamples, predict};
use crate::uncertainty::{Predictive, entropy, scores::best_class};
use std::path::PathBuf;
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

/// What a run makes of images.
#[derive(Debug, Clone, PartialEq)]
pub struct ImagePredictions {
    /// T.
    pub samples: usize,
    /// A name for each class.
    pub class_names: Vec<String>,
    /// Each image in the order of the files.
    pub images: Vec<PredictedImage>,
    /// How images were changed to fit the network, each with its file: sentences.
    pub changes: Vec<String>,
}

/// What a run makes of an image.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictedImage {
    /// Its file.
    pub file: PathBuf,
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

/// Predicts image files: each is brought to the size and colours of the run's images, which `changes` tells of, then
/// through its transforms. The n-th file meets the noise of the n-th test input.
///
/// # Errors
/// [`ExecuteError`] names the first file that is no image, or what keeps the network from computing.
pub fn predict_images(
    request: &PredictionRequest<'_>,
    observer: &mut dyn Observer,
) -> Result<ImagePredictions, ExecuteError> {
    let finished = request.finished;
    let shape = finished.image_shape()?;
    let pipeline = finished.pipeline()?;
    let mut changes = Vec::new();
    let mut pixels = Vec::new();
    for file in request.files {
        let picture = read_picture(file, shape)?;
        pixels.extend_from_slice(&picture.pixels);
        changes.extend(picture.changes.iter().map(|change| format!("`{}` {change}", file.display())));
    }
    let images = Images { shape, pixels, unit: 255.0, labels: vec![0; request.files.len()] };
    let mut run = finished.run.clone();
    if let Some(samples) = request.samples {
        run.report.samples = samples;
    }
    let network = finished.network(request.computing)?;
    let examples = TestExamples(Examples::new(Arc::new(images), pipeline));
    let predictive = predict(&run, network.as_ref(), &examples, observer)?;
    Ok(ImagePredictions {
        samples: predictive.samples,
        class_names: class_names(&finished.report.run.data),
        images: request
            .files
            .iter()
            .enumerate()
            .map(|(place, file)| describe(&predictive, place, file.clone()))
            .collect(),
        changes,
    })
}

fn describe(predictive: &Predictive, place: usize, file: PathBuf) -> PredictedImage {
    let row = place * predictive.classes..(place + 1) * predictive.classes;
    let probabilities = predictive.mean[row.clone()].to_vec();
    let entropy = entropy(&probabilities);
    let epistemic: Option<f64> = predictive.epistemic.as_ref().map(|all| all[row.clone()].iter().sum());
    PredictedImage {
        file,
        predicted: best_class(&probabilities),
        aleatoric: predictive.aleatoric[row].iter().sum(),
        epistemic,
        entropy,
        mutual_information: epistemic.map(|_| (entropy - predictive.expected_entropy[place]).max(0.0)),
        probabilities,
    }
}
