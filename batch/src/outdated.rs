//! Which runs of a batch are no longer what its manifest, its specs and their data say.

use crate::compiled::BatchRun;
use crate::state::{RunState, States};
use crate::work_list::WorkList;
use elbo_runtime::execute::{ComputedBy, DataSets, ExecuteError};
use elbo_runtime::store::RunKeys;
use std::collections::BTreeSet;

/// What the runs of a batch would be if it were planned now, by what it was planned with.
#[derive(Debug, Default)]
pub struct PlannedNow {
    keys: BTreeSet<RunKeys>,
    /// Why some could not be looked at; those are taken to be as they were.
    pub unknown: Option<ExecuteError>,
}

impl PlannedNow {
    /// Looks at the content of every file that `runs` read.
    pub fn of(list: &WorkList, runs: &[BatchRun]) -> Self {
        let mut now = Self::default();
        let mut data = DataSets::new(&list.record.data_roots);
        // A batch is planned for one device and one table of kernels.
        let Some(first) = list.items.first() else { return now };
        let Some((backend, device)) = first.computed_by() else { return now };
        let by = ComputedBy { backend, device, kernel_table: &first.kernel_table };
        for run in runs {
            match data.identify((&run.run, &run.name.data), &run.folder, by) {
                Ok(found) => {
                    now.keys.insert(found.keys);
                }
                Err(error) => now.unknown = Some(error),
            }
        }
        now
    }
}

impl States {
    /// Tells finished runs that would be others now from those that would not. Where something could not be looked at,
    /// nothing is known of the runs that are not found.
    pub fn compare(&mut self, list: &WorkList, now: &PlannedNow) {
        if now.unknown.is_some() {
            return;
        }
        for (item, state) in list.items.iter().zip(&mut self.runs) {
            if let RunState::Finished(headline) = state
                && !now.keys.contains(&item.keys)
            {
                *state = RunState::Outdated(*headline);
            }
        }
    }
}
