//! The page of a run that has just been scored, while its images are in memory; and what a stored result says of it.

use super::record::SPEC;
use super::{ExecuteError, METRICS};
use crate::data::Dataset;
use crate::report::page::{PageInput, Picture, page};
use crate::report::{REPORT, Report};
use crate::store::{StoreError, open_evaluation};
use crate::train::{Assessment, EpochRecord, Scored, read_epochs};
use crate::uncertainty::{InputScores, PREDICTIONS, Predictions, read_predictions};
use std::path::{Path, PathBuf};

/// `report.html` of a run.
pub(super) fn page_of_run(
    report: &Report,
    assessment: &Assessment,
    epochs: Vec<EpochRecord>,
    spec: &str,
    dataset: &Dataset,
) -> String {
    let mut input = PageInput::new(report, epochs, spec);
    if let Scored::Classes { predictions: Predictions { inputs, labels, .. }, .. } = &assessment.scored {
        let known = "the report was made with this number of bins, the scores with these classes";
        input = input.with_scores(inputs, labels).expect(known);
    }
    for place in input.pictured() {
        if let Some(picture) = picture(dataset, place) {
            input.pictures.insert(place, picture);
        }
    }
    page(&input)
}

/// A test input as it was stored, before any transform; `None` if it is no image of bytes.
fn picture(dataset: &Dataset, place: usize) -> Option<Picture> {
    let images = dataset.test.images()?;
    let index = dataset.test.indices()[place] as usize;
    // Units are whole: the largest byte of a format.
    Some(Picture { shape: images.shape, pixels: images.image(index).to_vec(), unit: images.unit as u8 })
}

/// What a stored evaluation and its training give for a page and its figures: everything but images.
///
/// # Errors
/// [`ExecuteError`] if a file is missing, altered, or not what it should be.
pub fn read_page_input(directory: &Path, training: &Path) -> Result<PageInput, ExecuteError> {
    page_input_of(&read_report(directory)?, (directory, training))
}

/// The same, where the report has been read and the files been found to be as they were published.
pub(crate) fn page_input_of(report: &Report, (directory, training): (&Path, &Path)) -> Result<PageInput, ExecuteError> {
    let damaged = |path: PathBuf, problem: String| StoreError::Content { path, problem };
    let read = |path: PathBuf| std::fs::read_to_string(&path).map_err(|source| StoreError::Read { path, source });
    let metrics = training.join(METRICS);
    let epochs = read_epochs(&read(metrics.clone())?).map_err(|problem| damaged(metrics, problem))?;
    let input = PageInput::new(report, epochs, &read(training.join(SPEC))?);
    if report.scores.classes().is_none() {
        // All that is shown of other outputs stands in the report.
        return Ok(input);
    }
    let predictions = directory.join(PREDICTIONS);
    let wrong = |problem| damaged(predictions.clone(), problem);
    let predicted = read_predictions(&read(predictions.clone())?).map_err(wrong)?;
    let inputs: Vec<InputScores> = predicted.iter().map(|input| input.scores).collect();
    let labels: Vec<u32> = predicted.iter().map(|input| input.label).collect();
    Ok(input.with_scores(&inputs, &labels).map_err(|error| wrong(error.to_string()))?)
}

/// The report of a published evaluation whose files are all as they were published.
pub(crate) fn read_report(directory: &Path) -> Result<Report, ExecuteError> {
    open_evaluation(directory)?;
    let path = directory.join(REPORT);
    let text = std::fs::read_to_string(&path).map_err(|source| StoreError::Read { path: path.clone(), source })?;
    Report::from_json(&text).map_err(|error| ExecuteError::Report { path, error })
}
