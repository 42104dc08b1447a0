//! What is to be run, and who is told of it.

use super::stop::Stop;
use crate::backend::{BackendChoice, DeviceChoice};
use crate::forecast::Forecast;
use crate::store::{RunKeys, Store};
use crate::train::Observer;
use elbo_compiler::ir::Run;
use elbo_compiler::opened::OpenedData;
use std::path::{Path, PathBuf};

/// What is to be run, and where.
#[derive(Debug, Clone)]
pub struct Request<'r> {
    /// What it means.
    pub run: &'r Run,
    /// Its name in the spec.
    pub name: &'r str,
    /// The name of its model there.
    pub model: &'r str,
    /// The name of its dataset there.
    pub data: &'r str,
    /// What the sweep it is a member of varied, by path, and the value in this run.
    pub varied: &'r [(String, String)],
    /// The spec's text, what it uses included.
    pub spec: &'r str,
    /// The folder that a dataset's `root` and the files of starting weights are relative to.
    pub folder: &'r Path,
    /// Where data is looked for, in order of precedence.
    pub data_roots: &'r [PathBuf],
    /// Where the result goes.
    pub store: &'r Store,
    /// What computes.
    pub backend: BackendChoice,
    /// Where it computes.
    pub device: DeviceChoice,
    /// Threads that compute.
    pub threads: usize,
    /// Where the machine's calibration is kept; without one, times are not forecast.
    pub calibrations: Option<&'r Path>,
    /// Whether to begin a run that is forecast to need more memory than there is.
    pub ignore_memory: bool,
    /// Whether to start from the beginning where an attempt that was cut off has left a checkpoint.
    pub fresh: bool,
    /// Whether to train and score also what is finished, and to compare the two.
    pub force: bool,
    /// Whether to wait for another process that trains the same network, so that only one does.
    pub waits: bool,
    /// What the run was found to be when it was planned, if it was.
    pub expected: Option<&'r RunKeys>,
    /// Set from elsewhere when the run is to be saved and to stop.
    pub stop: &'r Stop,
}

/// Told of a run what there is to tell.
pub trait RunObserver: Observer {
    /// What the run will cost, before it begins.
    fn forecast(&mut self, forecast: &Forecast);

    /// What its data hold, before it begins.
    fn opened(&mut self, _opened: &OpenedData) {}

    /// Something that is being done, or could not be done, on the way.
    fn remark(&mut self, text: &str);
}
