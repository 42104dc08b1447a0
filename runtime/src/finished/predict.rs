//! What a finished run makes of examples in files.

use super::prediction::{
    ClassPrediction, ExampleSource, FilePredictions, PredictedExample, Prediction, UnpredictedFile,
};
use super::{Computing, FinishedRun};
use crate::data::{
    Examples, FileNotes, Images, Numbers, Stored, no_labels, pictures_below, read_examples, read_features, read_picture,
};
use crate::execute::ExecuteError;
use crate::report::page::class_names;
use crate::train::{Observer, Predicted, Silent, TestExamples, TrainError, predict};
use elbo_compiler::ir::{Run, Shape, Target};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is to be predicted.
#[derive(Debug, Clone, Copy)]
pub struct PredictionRequest<'r> {
    /// The run.
    pub finished: &'r FinishedRun,
    /// What computes.
    pub computing: Computing,
    /// The files, and folders of images.
    pub files: &'r [PathBuf],
    /// Draws; `None` for as many as the run's report has.
    pub samples: Option<usize>,
}

/// Predicts what files hold, in the form that the run was trained on: rows of tables, whose columns are found by
/// their names; examples in arrays of numpy, whose numbers are taken as they are, bytes divided by 255; images, each
/// brought to the size and colours of the run's images, which `changes` tells of, and folders of such. All go through
/// the transforms of the run. What is predicted of an example depends on nothing else that is predicted. A file that
/// cannot be read costs itself alone.
///
/// # Errors
/// [`ExecuteError`] says what keeps the network from computing.
pub fn predict_files(
    request: &PredictionRequest<'_>,
    observer: &mut dyn Observer,
) -> Result<FilePredictions, ExecuteError> {
    let finished = request.finished;
    let pipeline = finished.pipeline()?;
    let mut read = Read { origins: pipeline.origins(), ..Read::default() };
    request.files.iter().for_each(|file| read.add(finished, file));
    let mut run = finished.run.clone();
    if let Some(samples) = request.samples {
        run.report.samples = samples;
    }
    let mut samples = run.report.samples;
    let mut examples: Vec<(usize, PredictedExample)> = Vec::new();
    if !read.parts.is_empty() || !read.pictures.is_empty() {
        let posterior = finished.posterior(request.computing)?;
        samples = posterior.draws(samples);
        let mut predict = |stored: Stored| -> Result<Vec<Prediction>, ExecuteError> {
            let examples = Examples::new(Arc::new(stored), pipeline.clone());
            let examples = TestExamples { examples, target_scale: finished.report.run.data.target_scale.clone() };
            Ok(predictions(predict(&run, posterior.as_ref(), &examples, observer)?))
        };
        if !read.pictures.is_empty() {
            let pictures = std::mem::take(&mut read.pictures);
            let predicted = each_picture(&pictures, &mut |pictures| {
                predict(Stored::Images(together(pictures, finished.stored_shape())))
            })?;
            for ((place, picture), predicted) in pictures.into_iter().zip(predicted) {
                match predicted {
                    Ok(prediction) => {
                        let source = ExampleSource { file: picture.file, row: None, line: None };
                        examples.push((place, PredictedExample { source, prediction }));
                    }
                    Err(error) => read.fail(picture.file, &error),
                }
            }
        }
        for (place, Part { file, numbers, lines, single }) in std::mem::take(&mut read.parts) {
            match predict(Stored::Numbers(numbers)) {
                Ok(predicted) => examples.extend(predicted.into_iter().enumerate().map(|(row, prediction)| {
                    let line = lines.get(row).map(|line| *line as usize);
                    let source = ExampleSource { file: file.clone(), row: (!single).then_some(row), line };
                    (place, PredictedExample { source, prediction })
                })),
                // An example whose numbers are too large for the network costs its file.
                Err(error @ ExecuteError::Train(TrainError::Score { .. })) => read.fail(file, &error),
                Err(error) => return Err(error),
            }
        }
    }
    // In the order of the files, and within each as it holds them.
    examples.sort_by_key(|(place, _)| *place);
    Ok(FilePredictions {
        samples,
        class_names: class_names(&finished.report.run.data),
        targets: targets(&finished.run),
        examples: examples.into_iter().map(|(_, example)| example).collect(),
        changes: read.changes.notes(),
        failures: read.failures,
    })
}

/// Predicts examples in memory, by the draws of the run's report: `inputs` holds numbers as the run's data set stores them,
/// pixels from 0 to 1, one example after the other, each of the run's shape.
///
/// # Errors
/// [`ExecuteError::Train`] if a number is too large for the network, else what keeps the network from computing. Panics if
/// the numbers do not divide into examples.
pub fn predict_examples(
    finished: &FinishedRun,
    computing: Computing,
    inputs: &[f64],
) -> Result<Vec<Prediction>, ExecuteError> {
    let pipeline = finished.pipeline()?;
    let elements = finished.run.data.shape.elements();
    assert!(inputs.len().is_multiple_of(elements), "{} numbers in examples of {elements}", inputs.len());
    let labels = no_labels(&finished.run.data.target, inputs.len() / elements);
    let numbers = Numbers::about(finished.stored_shape(), inputs, pipeline.origins(), labels);
    let examples = Examples::new(Arc::new(Stored::Numbers(numbers)), pipeline);
    let examples = TestExamples { examples, target_scale: finished.report.run.data.target_scale.clone() };
    Ok(predictions(predict(&finished.run, finished.posterior(computing)?.as_ref(), &examples, &mut Silent)?))
}

/// What each real target is called.
fn targets(run: &Run) -> Vec<String> {
    match &run.data.target {
        Target::Classes { .. } => Vec::new(),
        Target::Values { names, .. } => names.clone(),
    }
}

/// Examples of files.
#[derive(Default)]
struct Read {
    /// Those of the numbers that the run was trained on.
    origins: Vec<f64>,
    /// How many files were looked at.
    files: usize,
    /// Files of numbers, each with its place among all files.
    parts: Vec<(usize, Part)>,
    /// Images, likewise.
    pictures: Vec<(usize, NamedPicture)>,
    changes: FileNotes,
    failures: Vec<UnpredictedFile>,
}

/// The examples of a file.
struct Part {
    file: String,
    numbers: Numbers,
    /// The line of each row of a table.
    lines: Vec<u32>,
    /// Whether it holds one example and no axis or line of examples.
    single: bool,
}

/// An image as a data set would hold it.
struct NamedPicture {
    file: String,
    pixels: Vec<u8>,
}

impl Read {
    fn add(&mut self, finished: &FinishedRun, path: &Path) {
        if !path.is_dir() {
            return self.add_file(finished, path);
        }
        let found = picture_size(finished, path).and_then(|_| Ok(pictures_below(path, &mut self.changes)?));
        match found {
            Ok(pictures) => pictures.iter().for_each(|picture| self.add_file(finished, picture)),
            Err(error) => self.fail(path.display().to_string(), &error),
        }
    }

    fn add_file(&mut self, finished: &FinishedRun, path: &Path) {
        let (place, file) = (self.files, path.display().to_string());
        self.files += 1;
        let is_array = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npy"));
        let read = if is_array {
            array(finished, path, &self.origins).map(|part| self.parts.push((place, part)))
        } else {
            match read_features(path, &finished.run.data, &self.origins) {
                Ok(Some(mut numbers)) => {
                    numbers.labels = no_labels(&finished.run.data.target, numbers.labels.len());
                    let lines = std::mem::take(&mut numbers.rows.lines);
                    self.parts.push((place, Part { file: file.clone(), numbers, lines, single: false }));
                    Ok(())
                }
                Ok(None) => picture(finished, path).map(|(pixels, changes)| {
                    changes.iter().for_each(|change| self.changes.add(change, &file));
                    self.pictures.push((place, NamedPicture { file: file.clone(), pixels }));
                }),
                Err(error) => Err(error.into()),
            }
        };
        if let Err(error) = read {
            self.fail(file, &error);
        }
    }

    fn fail(&mut self, file: String, error: &ExecuteError) {
        self.failures.push(UnpredictedFile { file, problem: error.to_string(), help: error.help() });
    }
}

fn array(finished: &FinishedRun, path: &Path, origins: &[f64]) -> Result<Part, ExecuteError> {
    let shape = finished.run.data.shape;
    let (count, values) = read_examples(path, shape)?;
    let labels = no_labels(&finished.run.data.target, count.unwrap_or(1));
    let numbers = Numbers::about(finished.stored_shape(), &values, origins.to_vec(), labels);
    Ok(Part { file: path.display().to_string(), numbers, lines: Vec::new(), single: count.is_none() })
}

/// Channels, rows and columns of the run's images.
fn picture_size(finished: &FinishedRun, path: &Path) -> Result<[usize; 3], ExecuteError> {
    match finished.run.data.shape {
        Shape::Image { channels, height, width } => Ok([channels, height, width]),
        shape @ (Shape::Vector { .. } | Shape::Sequence { .. }) => Err(ExecuteError::NoImages {
            run: finished.report.run.name.clone(),
            found: shape.to_string(),
            path: path.to_owned(),
        }),
    }
}

fn picture(finished: &FinishedRun, path: &Path) -> Result<(Vec<u8>, Vec<String>), ExecuteError> {
    let picture = read_picture(path, picture_size(finished, path)?)?;
    Ok((picture.pixels, picture.changes))
}

/// Predicts some pictures, all or none.
type PredictPictures<'p> = dyn FnMut(&[(usize, NamedPicture)]) -> Result<Vec<Prediction>, ExecuteError> + 'p;

/// What `predict` makes of each picture. One whose numbers are too large for the network costs itself alone: the halves
/// of pictures among which there is such a one are predicted by themselves.
fn each_picture(
    pictures: &[(usize, NamedPicture)],
    predict: &mut PredictPictures<'_>,
) -> Result<Vec<Result<Prediction, ExecuteError>>, ExecuteError> {
    match predict(pictures) {
        Ok(predicted) => Ok(predicted.into_iter().map(Ok).collect()),
        Err(error @ ExecuteError::Train(TrainError::Score { .. })) if pictures.len() == 1 => Ok(vec![Err(error)]),
        Err(ExecuteError::Train(TrainError::Score { .. })) => {
            let (first, second) = pictures.split_at(pictures.len() / 2);
            let mut predicted = each_picture(first, predict)?;
            predicted.extend(each_picture(second, predict)?);
            Ok(predicted)
        }
        Err(error) => Err(error),
    }
}

/// Pictures as one set of images.
fn together(pictures: &[(usize, NamedPicture)], shape: [usize; 3]) -> Images {
    let pixels = pictures.iter().flat_map(|(_, picture)| picture.pixels.iter().copied()).collect();
    Images { shape, pixels, unit: 255.0, labels: vec![0; pictures.len()], names: Vec::new() }
}

/// The prediction of each example.
fn predictions(predicted: Predicted) -> Vec<Prediction> {
    match predicted {
        Predicted::Classes(predictive) => {
            (0..predictive.inputs()).map(|place| Prediction::Class(ClassPrediction::of(&predictive, place))).collect()
        }
        Predicted::Values(values) => values.into_iter().map(Prediction::Values).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Part;
    use crate::uncertainty::UncertaintyError;

    #[test]
    fn a_picture_too_large_for_the_network_costs_itself_alone() {
        let pictures: Vec<(usize, NamedPicture)> = (0..37)
            .map(|place| (place, NamedPicture { file: format!("{place}.png"), pixels: vec![place as u8] }))
            .collect();
        let too_large = [4, 20, 36];
        let mut asked = 0;
        let mut predict = |pictures: &[(usize, NamedPicture)]| {
            asked += 1;
            if let Some(input) = pictures.iter().position(|(place, _)| too_large.contains(place)) {
                let source = UncertaintyError::NotFinite { input, class: 0 };
                return Err(TrainError::Score { split: Part::Test, source }.into());
            }
            Ok(pictures.iter().map(|_| Prediction::Values(Vec::new())).collect())
        };
        let found = each_picture(&pictures, &mut predict).expect("others are predicted");
        let failed: Vec<usize> = (0..37).filter(|&place| found[place].is_err()).collect();
        assert_eq!((found.len(), failed), (37, too_large.to_vec()));
        assert!(asked < 37, "{asked}");
        let error = each_picture(&pictures, &mut |_| Err(ExecuteError::Train(TrainError::NoClasses)));
        assert!(matches!(error, Err(ExecuteError::Train(TrainError::NoClasses))), "others end it");
    }
}
