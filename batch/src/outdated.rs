//! Which runs of a batch are no longer what its manifest, its specs and their data say.

use crate::compiled::BatchRun;
use crate::state::{RunState, States};
use crate::work_list::WorkList;
use elbo_runtime::execute::{ComputedBy, DataSets, ExecuteError};
use elbo_runtime::store::RunKeys;
use std::collections::BTreeSet;
use std::fmt;

/// What the runs of a batch would be if it were planned now, by what it was planned with.
#[derive(Debug)]
pub struct PlannedNow(BTreeSet<RunKeys>);

/// Why it is not known what the runs of a batch would be.
#[derive(Debug)]
pub enum NotKnown {
    /// A file that one of them reads cannot be looked at.
    Data(ExecuteError),
    /// It was planned for what this elbo does not have.
    OtherVersion {
        /// The backend.
        backend: String,
        /// The device.
        device: String,
    },
}

impl fmt::Display for NotKnown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(error) => error.fmt(formatter),
            Self::OtherVersion { backend, device } => {
                write!(formatter, "this elbo has no backend `{backend}` on `{device}`, which the batch was planned for")
            }
        }
    }
}

impl PlannedNow {
    /// Looks at the content of every file that `runs` read.
    ///
    /// # Errors
    /// [`NotKnown`] if that cannot be told of one of them: then nothing is known of those that are not found.
    pub fn of(list: &WorkList, runs: &[BatchRun]) -> Result<Self, NotKnown> {
        let mut keys = BTreeSet::new();
        let mut data = DataSets::new(&list.record.data_roots);
        // A batch is planned for one device and one table of kernels.
        let Some(first) = list.items.first() else { return Ok(Self(keys)) };
        let Some((backend, device)) = first.computed_by() else {
            return Err(NotKnown::OtherVersion { backend: first.backend.clone(), device: first.device.clone() });
        };
        let by = ComputedBy { backend, device, kernel_table: &first.kernel_table };
        for run in runs {
            let found = data.identify((&run.run, &run.name.data), &run.folder, by).map_err(NotKnown::Data)?;
            keys.insert(found.keys);
        }
        Ok(Self(keys))
    }
}

impl States {
    /// Tells finished runs that would be others now from those that would not.
    pub fn compare(&mut self, list: &WorkList, now: &PlannedNow) {
        for (item, state) in list.items.iter().zip(&mut self.runs) {
            if let RunState::Finished(headline) = state
                && !now.0.contains(&item.keys)
            {
                *state = RunState::Outdated(*headline);
            }
        }
    }
}
