//! What a run is by content, and what computes it.

use crate::backend::{BackendChoice, DeviceChoice};
use crate::data::{Contents, named};
use std::collections::BTreeMap;

/// What a run is by content: of every file that it reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Content {
    /// The files of its data.
    pub files: Contents,
    /// SHA-256 of the files that layers start from, as `weights/<layer>`.
    pub weights: BTreeMap<String, String>,
    /// SHA-256 of the files of sets of another distribution, by `out_of_distribution/<set>/<file>`.
    pub out_of_distribution: BTreeMap<String, String>,
}

impl Content {
    /// What training reads, by name.
    pub fn training_digests(&self) -> BTreeMap<String, String> {
        let mut digests = named(&self.files.training);
        digests.extend(self.weights.clone());
        digests
    }

    /// What only the evaluation reads, by name.
    pub fn evaluation_digests(&self) -> BTreeMap<String, String> {
        let mut digests = named(&self.files.test);
        digests.extend(self.out_of_distribution.clone());
        digests
    }

    /// All of it, by name.
    pub fn digests(&self) -> BTreeMap<String, String> {
        let mut digests = self.files.by_name();
        digests.extend(self.weights.clone());
        digests.extend(self.out_of_distribution.clone());
        digests
    }
}

/// What computes a run, where, and with which kernels.
#[derive(Debug, Clone, Copy)]
pub struct ComputedBy<'c> {
    /// The backend.
    pub backend: BackendChoice,
    /// The device.
    pub device: DeviceChoice,
    /// The table of kernels, which need not be that of this machine.
    pub kernel_table: &'c str,
}
