//! A trained network with its report.

use crate::Error;
use elbo_runtime::backend::{BackendChoice, DeviceChoice};
use elbo_runtime::finished::{
    Computing, FilePredictions, FinishedRun, Prediction, PredictionRequest, predict_examples, predict_files,
};
use elbo_runtime::report::Report;
use elbo_runtime::train::Silent;
use std::path::{Path, PathBuf};

/// A trained network, brought back from its store.
#[derive(Debug, Clone)]
pub struct Trained {
    finished: FinishedRun,
    computing: Computing,
}

impl Trained {
    /// Opens the result in `directory`, as [`Trained::directory`] names it; the backend that trained it predicts, on the
    /// processor.
    ///
    /// # Errors
    /// [`Error::Run`] if a file is missing, altered or of another version.
    pub fn open(directory: impl AsRef<Path>) -> Result<Self, Error> {
        let finished = FinishedRun::open(directory.as_ref())?;
        let computing = Computing { backend: finished.backend()?, device: DeviceChoice::Cpu };
        Ok(Self { finished, computing })
    }

    pub(crate) fn computed_by(directory: &Path, backend: BackendChoice, device: DeviceChoice) -> Result<Self, Error> {
        Ok(Self { finished: FinishedRun::open(directory)?, computing: Computing { backend, device } })
    }

    /// Where the result is: `report.html`, `report.json`, `predictions.csv`.
    pub fn directory(&self) -> &Path {
        &self.finished.directory
    }

    /// The scores on the test split, with their errors and what qualifies them.
    pub fn report(&self) -> &Report {
        &self.finished.report
    }

    /// What is predicted of examples in memory, by as many draws as the report has: numbers as the data set stores them,
    /// before any transform (pixels from 0 to 1), one example after the other, each in the order channel, row, column. What
    /// is predicted of an example depends on no other.
    ///
    /// # Errors
    /// [`Error::Inputs`] if they do not divide into examples, [`Error::NotFinite`] if one is no number, [`Error::Run`] if one
    /// is too large for the network.
    pub fn predict(&self, inputs: &[f64]) -> Result<Vec<Prediction>, Error> {
        let per_example = self.finished.run.data.shape.elements();
        if inputs.is_empty() || !inputs.len().is_multiple_of(per_example) {
            return Err(Error::Inputs { numbers: inputs.len(), per_example });
        }
        // A `relu` would make 0 of it, and a prediction of that.
        if let Some(place) = inputs.iter().position(|number| !number.is_finite()) {
            return Err(Error::NotFinite { place });
        }
        predict_examples(&self.finished, self.computing, inputs)
            .map_err(|error| Error::of_run(error, &self.finished.run))
    }

    /// What is predicted of the examples in files: images and folders of them, tables, arrays of numpy. A file that cannot
    /// be read costs itself alone, and stands in [`FilePredictions::failures`].
    ///
    /// # Errors
    /// [`Error::Run`] if the network cannot compute.
    pub fn predict_files(&self, files: &[impl AsRef<Path>]) -> Result<FilePredictions, Error> {
        let files: Vec<PathBuf> = files.iter().map(|file| file.as_ref().to_owned()).collect();
        let request =
            PredictionRequest { finished: &self.finished, computing: self.computing, files: &files, samples: None };
        predict_files(&request, &mut Silent).map_err(|error| Error::of_run(error, &self.finished.run))
    }
}
