//! The files of a run, read.

use super::content::Content;
use super::error::ExecuteError;
use super::other_sets::OtherSets;
use super::request::Request;
use super::starting_weights::{StartingWeights, read_starting_weights};
use crate::data::{DataError, Dataset, Raw, check_targets, prepare};

/// The files of a run, read.
pub(super) struct Inputs {
    pub dataset: Dataset,
    pub others: OtherSets,
    pub starting: StartingWeights,
}

impl Inputs {
    pub fn read(request: &Request<'_>) -> Result<Self, ExecuteError> {
        let dataset = open_data(request)?;
        let sets = &request.run.report.out_of_distribution;
        let others = OtherSets::read(sets, (request.folder, request.data_roots), &dataset.test)?;
        let starting = read_starting_weights(&request.run.network, request.folder)?;
        Ok(Self { dataset, others, starting })
    }

    pub fn content(&self) -> Content {
        Content {
            files: self.dataset.contents.clone(),
            weights: self.starting.digests.clone(),
            out_of_distribution: self.others.digests.clone(),
        }
    }
}

/// Reads and prepares the data of a run.
fn open_data(request: &Request<'_>) -> Result<Dataset, DataError> {
    let data = &request.run.data;
    let raw = Raw::open(data, request.folder, request.data_roots)?;
    check_targets(request.run, &raw)?;
    prepare(data, request.run.training.seed, &raw)
}
