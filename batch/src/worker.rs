//! Does one run of a batch, in a process of its own.

use crate::state::{Failure, give_up, take_up};
use crate::work_list::{Item, WorkList, WorkListError};
use elbo_runtime::backend::{AdapterChoice, DeviceChoice};
use elbo_runtime::execute::{ExecuteError, Executed, Request, RunObserver, Stop, execute};
use elbo_runtime::store::StoreError;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

/// How a worker is to work.
#[derive(Debug, Clone, Copy)]
pub struct Work<'w> {
    /// Threads that compute.
    pub threads: usize,
    /// The graphics processor that is this worker's own, where its run may be computed on any of its kind.
    pub adapter: Option<DeviceChoice>,
    /// Where calibrations of this machine are kept.
    pub calibrations: Option<&'w Path>,
    /// Whether to begin where the forecast says that memory will not do.
    pub ignore_memory: bool,
    /// Set when the run is to be saved and to stop.
    pub stop: &'w Stop,
}

/// Why a worker has no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkError {
    /// The run.
    #[error("{error}")]
    Run {
        /// What stopped it.
        error: ExecuteError,
        /// What would fix it in this run.
        help: Option<String>,
    },
    /// The work list.
    #[error(transparent)]
    List(#[from] WorkListError),
    /// No run of this number.
    #[error("the batch in `{list}` has {count} runs, so none with the number {index}")]
    NoItem {
        /// Its folder.
        list: String,
        /// How many it has.
        count: usize,
        /// What was asked for.
        index: usize,
    },
    /// The run was planned by another elbo.
    #[error("the batch was planned by another version of elbo: {0}")]
    OtherVersion(String),
    /// This machine would come to other bits.
    #[error("the batch is computed with the kernels `{planned}`, which this machine has not: {found}")]
    OtherKernels {
        /// What the plan says.
        planned: String,
        /// What there is.
        found: String,
    },
}

impl WorkError {
    /// What would fix it, where the message itself does not say.
    pub fn help(&self) -> Option<String> {
        let plan_again = "`elbo batch run` with the manifest plans it again; finished runs stay";
        match self {
            Self::Run { error: ExecuteError::OtherIdentity { .. }, .. } => Some(plan_again.to_owned()),
            Self::Run { error, .. } if error.is_gone() => {
                Some("`elbo batch retry` and `elbo batch run` start it again".to_owned())
            }
            Self::Run { help, .. } => help.clone(),
            Self::List(error) => error.help().map(str::to_owned),
            Self::NoItem { .. } => None,
            Self::OtherVersion(_) => Some(plan_again.to_owned()),
            Self::OtherKernels { planned, .. } => Some(format!(
                "let only machines with `{planned}` work at it, or plan the batch with what all of them have: \
                 `kernels = \"avx2\"` or `\"portable\"` in `[batch]`"
            )),
        }
    }

    /// Whether the store could not be written, which says nothing of the run.
    pub fn is_of_the_store(&self) -> bool {
        match self {
            Self::Run { error, .. } => error.is_of_the_store(),
            Self::List(WorkListError::Store(error)) => matches!(error, StoreError::Write { .. }),
            _ => false,
        }
    }

    /// Whether it is a defect of this program, not of what it was given.
    pub fn is_internal(&self) -> bool {
        matches!(self, Self::Run { error, .. } if error.is_internal())
    }

    /// Whether it was told to stop, or its device was lost: nothing is wrong with the run, which goes on another time.
    pub fn is_stop(&self) -> bool {
        match self {
            Self::Run { error, .. } => matches!(error, ExecuteError::Stopped(_)) || error.is_temporary(),
            _ => false,
        }
    }
}

/// Does a run of a batch, unless it is done. What keeps it from a result is written into the batch, except that it was
/// told to stop.
///
/// # Errors
/// [`WorkError`] names the place, the problem and the fix.
pub fn work(
    list: &WorkList,
    index: usize,
    how: Work<'_>,
    observer: &mut dyn RunObserver,
) -> Result<Executed, WorkError> {
    let item = list.items.get(index).ok_or_else(|| WorkError::NoItem {
        list: list.directory.display().to_string(),
        count: list.items.len(),
        index,
    })?;
    // Whoever looks from now on sees it running, not failed.
    take_up(list, index).map_err(WorkListError::from)?;
    let result = execute_item(list, item, how, observer);
    // A run whose store could not be written stays open.
    if let Err(error) = &result
        && !error.is_stop()
        && !error.is_of_the_store()
    {
        // What stopped the run is what its author must hear of, also where even this cannot be written.
        let _ = give_up(list, index, &Failure::new(error.to_string(), error.help()));
    }
    result
}

fn execute_item(
    list: &WorkList,
    item: &Item,
    how: Work<'_>,
    observer: &mut dyn RunObserver,
) -> Result<Executed, WorkError> {
    let run = item.run().map_err(|error| WorkError::OtherVersion(error.to_string()))?;
    let unknown = || WorkError::OtherVersion(format!("it has no backend `{}` on `{}`", item.backend, item.device));
    let (backend, device) = item.computed_by().ok_or_else(unknown)?;
    let device = match device {
        DeviceChoice::Gpu(AdapterChoice::Best) => how.adapter.unwrap_or(device),
        DeviceChoice::Gpu(AdapterChoice::Number(_) | AdapterChoice::Software)
        | DeviceChoice::Cpu
        | DeviceChoice::Cuda(_)
        | DeviceChoice::Metal => device,
    };
    let found = backend.kernel_table(device).unwrap_or_else(|error| error.to_string());
    if found != item.kernel_table {
        return Err(WorkError::OtherKernels { planned: item.kernel_table.clone(), found });
    }
    let name = item.names.first();
    let executed = execute(
        &Request {
            run: &run,
            name: name.map_or("", |name| &name.name),
            model: name.map_or("", |name| &name.model),
            data: name.map_or("", |name| &name.data),
            varied: name.map_or(&[], |name| &name.varied),
            spec: &list.spec(item)?,
            folder: &item.folder,
            data_roots: &list.record.data_roots,
            store: &list.store,
            backend,
            device,
            threads: how.threads,
            calibrations: how.calibrations,
            ignore_memory: how.ignore_memory,
            fresh: false,
            force: false,
            // Another run of the batch may stand on the same training.
            waits: true,
            expected: Some(&item.keys),
            stop: how.stop,
        },
        observer,
    );
    executed.map_err(|error| WorkError::Run { help: error.help_for(&run), error })
}

/// Sets `stop` once `life` ends: the pool at its other end is gone, or wants its worker to stop.
///
/// # Errors
/// If no thread can be started.
pub fn stop_when_closed(mut life: impl Read + Send + 'static, stop: Arc<Stop>) -> io::Result<()> {
    let thread = std::thread::Builder::new().name("pool".to_owned());
    let watch = thread.spawn(move || {
        // Nobody writes to it; whatever is read, only its end matters.
        let _ = std::io::copy(&mut life, &mut std::io::sink());
        stop.ask();
    });
    watch.map(drop)
}
