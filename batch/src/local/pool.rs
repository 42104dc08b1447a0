//! Begins workers as there is room for them, and begins them again where they die.

use super::admission::{Taken, fits, fits_alone};
use super::workers::{Worker, WorkerEnd};
use crate::state::{Failure, RunState, give_up, state_of, take_up};
use crate::work_list::{Item, WorkList};
use elbo_runtime::backend::DeviceChoice;
use elbo_runtime::execute::Stop;
use elbo_runtime::forecast::size;
use elbo_runtime::machine::{own_limit, shared_memory};
use elbo_runtime::store::{StoreClock, StoreError};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// How often workers are looked at.
const PULSE: Duration = Duration::from_millis(50);

/// How often it is looked whether runs that another process works at are done.
const PATIENCE: Duration = Duration::from_secs(2);

/// A worker that worked so long before it was told to stop has made progress.
const STEADY: Duration = Duration::from_secs(10);

/// How many runs that do not fit may be passed by for smaller ones behind them.
const LOOKAHEAD: usize = 64;

/// A file in the batch's folder that asks its pool to stop.
const CANCEL: &str = "cancel";

/// How a pool works.
#[derive(Debug, Clone)]
pub struct PoolSettings {
    /// The program whose workers are begun.
    pub elbo: PathBuf,
    /// Runs at the same time.
    pub jobs: usize,
    /// Graphics processors, of which each computes one run at a time; none where the processor computes.
    pub adapters: Vec<DeviceChoice>,
    /// Threads of all of them together.
    pub threads: usize,
    /// How often a run is begun again whose worker died.
    pub retries: usize,
    /// Whether to begin runs that are forecast to need more memory than there is.
    pub ignore_memory: bool,
}

impl PoolSettings {
    /// Threads of one run.
    pub fn threads_of_a_run(&self) -> usize {
        (self.threads / self.at_once().max(1)).max(1)
    }

    /// Runs at the same time that there is a place for: runs beyond the graphics processors wait.
    pub fn at_once(&self) -> usize {
        if self.adapters.is_empty() { self.jobs } else { self.jobs.min(self.adapters.len()) }
    }
}

/// What happens in a pool.
#[derive(Debug)]
pub enum PoolEvent<'p> {
    /// A worker begins.
    Begun(&'p Item),
    /// A run has ended: finished, failed or stopped.
    Ended(&'p Item, &'p RunState),
    /// A worker died, and its run is begun again.
    Retried(&'p Item, String),
    /// The process of a worker is suspended, and waited for.
    Suspended(&'p Item, u32),
    /// What others hold of the memory is waited for: the run does not fit into what is left of it.
    NoMemory(&'p Item, u64),
    /// Workers are waited for, having been asked to stop.
    Stopping(usize),
    /// Time goes by; these runs are under way.
    Tick(&'p [usize]),
}

/// How a pool ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolEnd {
    /// There is nothing left to do.
    Done,
    /// There is nothing left to do but so many runs whose workers somebody ended again and again.
    WorkersStopped(usize),
    /// It was asked to stop.
    Stopped,
    /// A worker could not write to the store, so none of the others could; its run's place in the batch.
    StoreFailed(usize),
}

/// A pool that works at a batch.
#[derive(Debug)]
pub struct Pool<'p> {
    list: &'p WorkList,
    settings: &'p PoolSettings,
    stop: &'p Stop,
    waiting: VecDeque<usize>,
    /// Runs that another process works at.
    elsewhere: VecDeque<usize>,
    workers: Vec<Worker>,
    deaths: BTreeMap<usize, usize>,
    /// Workers of which it has been told that they are suspended, by their number as a process.
    suspended: BTreeSet<u32>,
    looked: Instant,
    /// When the processes of workers were last looked at.
    glanced: Instant,
    is_stopping: bool,
    /// Whether it has been told that memory is waited for.
    has_told_of_memory: bool,
    /// The first run whose worker could not write to the store.
    unwritable: Option<usize>,
    /// How many runs were left since somebody ended their workers again and again.
    given_way: usize,
}

impl<'p> Pool<'p> {
    /// A pool for the runs `waiting`, in this order; those of `elsewhere` another process works at, and they are taken
    /// up should it die.
    pub fn new(
        list: &'p WorkList,
        settings: &'p PoolSettings,
        (waiting, elsewhere): (Vec<usize>, Vec<usize>),
        stop: &'p Stop,
    ) -> Self {
        Self {
            list,
            settings,
            stop,
            waiting: waiting.into(),
            elsewhere: elsewhere.into(),
            workers: Vec::new(),
            deaths: BTreeMap::new(),
            suspended: BTreeSet::new(),
            glanced: Instant::now(),
            looked: Instant::now(),
            is_stopping: false,
            has_told_of_memory: false,
            unwritable: None,
            given_way: 0,
        }
    }

    /// Works until every run has ended, or until it is asked to stop.
    ///
    /// # Errors
    /// [`StoreError`] if the batch's folder can no longer be read or written; its workers are then asked to stop.
    pub fn run(mut self, observe: &mut dyn FnMut(PoolEvent<'_>)) -> Result<PoolEnd, StoreError> {
        let cancel = self.list.directory.join(CANCEL);
        // One of an earlier time asks for nothing any more; it stays, since other pools may have to see a new one, too.
        let earlier = written(&cancel);
        loop {
            if !self.is_stopping && (self.stop.is_asked() || written(&cancel) != earlier) {
                self.stop_all(observe);
            }
            self.reap(observe)?;
            self.tell_of_suspended(observe);
            if !self.is_stopping {
                self.look_elsewhere(observe);
                self.begin_what_fits(observe)?;
            }
            if self.workers.is_empty() {
                if self.is_stopping {
                    return Ok(self.unwritable.map_or(PoolEnd::Stopped, PoolEnd::StoreFailed));
                }
                if self.waiting.is_empty() && self.elsewhere.is_empty() {
                    return Ok(match self.given_way {
                        0 => PoolEnd::Done,
                        runs => PoolEnd::WorkersStopped(runs),
                    });
                }
            }
            let under_way: Vec<usize> = self.workers.iter().map(|worker| worker.index).collect();
            observe(PoolEvent::Tick(&under_way));
            std::thread::sleep(PULSE);
        }
    }

    fn stop_all(&mut self, observe: &mut dyn FnMut(PoolEvent<'_>)) {
        self.is_stopping = true;
        self.workers.iter_mut().for_each(Worker::stop);
        observe(PoolEvent::Stopping(self.workers.len()));
    }

    /// Takes note of the workers that have ended.
    fn reap(&mut self, observe: &mut dyn FnMut(PoolEvent<'_>)) -> Result<(), StoreError> {
        let mut place = 0;
        while place < self.workers.len() {
            let ended = self.workers[place].ended();
            let ended = ended.map_err(|source| StoreError::Read { path: self.settings.elbo.clone(), source })?;
            match ended {
                None => place += 1,
                Some(end) => {
                    let worker = self.workers.swap_remove(place);
                    self.ended(&worker, end, observe)?;
                }
            }
        }
        Ok(())
    }

    fn ended(
        &mut self,
        worker: &Worker,
        end: WorkerEnd,
        observe: &mut dyn FnMut(PoolEvent<'_>),
    ) -> Result<(), StoreError> {
        let index = worker.index;
        let item = &self.list.items[index];
        if end == WorkerEnd::StoreFailed && self.unwritable.is_none() {
            self.unwritable = Some(index);
            self.stop_all(observe);
        }
        // A run whose worker was told to stop by somebody else has lost nothing and goes on, but not for ever where
        // that happens at once each time.
        let (lost, counts) = match end {
            WorkerEnd::Died(status) => (Some(format!("its worker died ({status})")), true),
            WorkerEnd::Stopped => (Some("its worker was told to stop".to_owned()), worker.age() < STEADY),
            WorkerEnd::Ended(signal) => (Some(format!("its worker was ended by {signal}")), worker.age() < STEADY),
            WorkerEnd::Finished | WorkerEnd::StoreFailed | WorkerEnd::Refused => (None, false),
        };
        if let Some(message) = lost.filter(|_| !self.is_stopping) {
            let deaths = self.deaths.entry(index).or_default();
            *deaths += usize::from(counts);
            if *deaths <= self.settings.retries {
                self.waiting.push_front(index);
                observe(PoolEvent::Retried(item, message));
                return Ok(());
            }
            if matches!(end, WorkerEnd::Stopped | WorkerEnd::Ended(_)) {
                self.given_way += 1;
                // Whatever the worker could still write down of it, this pool knows.
                let state = Some(self.state(index)).filter(|state| !state.is_open());
                observe(PoolEvent::Ended(item, &state.unwrap_or(RunState::Stopped)));
                return Ok(());
            }
            let times = if *deaths == 1 { String::new() } else { format!(", {deaths} times") };
            let log = self.list.log(index);
            let help =
                format!("its last words are in `{}`; if memory ran out, fewer `--jobs` need less", log.display());
            give_up(self.list, index, &Failure::new(format!("{message}{times}"), Some(help)))?;
        }
        let state = self.state(index);
        observe(PoolEvent::Ended(item, &state));
        Ok(())
    }

    /// Tells of workers that are suspended, each time once.
    fn tell_of_suspended(&mut self, observe: &mut dyn FnMut(PoolEvent<'_>)) {
        if self.glanced.elapsed() < PATIENCE {
            return;
        }
        self.glanced = Instant::now();
        let suspended: BTreeMap<u32, usize> =
            self.workers.iter().filter_map(|worker| Some((worker.suspended()?, worker.index))).collect();
        for (number, index) in suspended.iter().filter(|(number, _)| !self.suspended.contains(number)) {
            observe(PoolEvent::Suspended(&self.list.items[*index], *number));
        }
        self.suspended = suspended.into_keys().collect();
    }

    fn state(&self, index: usize) -> RunState {
        state_of(self.list, &self.list.items[index], &StoreClock::of(&self.list.directory))
    }

    /// Takes up the runs of another process that is gone.
    fn look_elsewhere(&mut self, observe: &mut dyn FnMut(PoolEvent<'_>)) {
        if self.elsewhere.is_empty() || self.looked.elapsed() < PATIENCE {
            return;
        }
        self.looked = Instant::now();
        for _ in 0..self.elsewhere.len() {
            let Some(index) = self.elsewhere.pop_front() else { break };
            match self.state(index) {
                RunState::Running(..) => self.elsewhere.push_back(index),
                state if state.is_open() => self.waiting.push_back(index),
                state => observe(PoolEvent::Ended(&self.list.items[index], &state)),
            }
        }
    }

    /// Begins workers while there is room, the first run that fits first.
    fn begin_what_fits(&mut self, observe: &mut dyn FnMut(PoolEvent<'_>)) -> Result<(), StoreError> {
        while self.workers.len() < self.settings.at_once()
            && let Some(place) = self.next_that_fits(observe)?
            && let Some(index) = self.waiting.remove(place)
        {
            let item = &self.list.items[index];
            // Another pool may have begun or ended it meanwhile.
            match self.state(index) {
                RunState::Running(..) => {
                    self.elsewhere.push_back(index);
                    continue;
                }
                state if !state.is_open() => {
                    observe(PoolEvent::Ended(item, &state));
                    continue;
                }
                _ => {}
            }
            take_up(self.list, index)?;
            let log = self.list.log(index);
            let how = (self.settings.threads_of_a_run(), self.free_adapter());
            match Worker::begin(&self.settings.elbo, self.list, item, how) {
                Ok(worker) => {
                    self.workers.push(worker);
                    observe(PoolEvent::Begun(item));
                }
                Err(source) => return Err(unable(&log, source)),
            }
        }
        Ok(())
    }

    /// The first graphics processor that no worker computes on.
    fn free_adapter(&self) -> Option<DeviceChoice> {
        let is_free = |adapter: &&DeviceChoice| self.workers.iter().all(|worker| worker.adapter != Some(**adapter));
        self.settings.adapters.iter().find(is_free).copied()
    }

    /// Whether a worker of this pool trains the network of a run, for another one. A training that cannot be read is
    /// none that is under way: its run says what is wrong with it.
    fn is_being_trained(&self, index: usize) -> bool {
        let training = &self.list.items[index].keys.training;
        let shared = self.workers.iter().any(|worker| self.list.items[worker.index].keys.training == *training);
        shared && self.list.store.find_training(training).is_ok_and(|found| found.is_none())
    }

    /// The place, among those that wait, of the first run that memory has room for. One that cannot ever fit is given up.
    fn next_that_fits(&mut self, observe: &mut dyn FnMut(PoolEvent<'_>)) -> Result<Option<usize>, StoreError> {
        // Of runs that stand on one training, the first does it; the others are scored once it is there.
        let blocked: Vec<bool> =
            self.waiting.iter().take(LOOKAHEAD).map(|index| self.is_being_trained(*index)).collect();
        let Some(memory) = shared_memory().filter(|_| !self.settings.ignore_memory) else {
            return Ok(blocked.iter().position(|blocked| !blocked));
        };
        let available = memory.available;
        // The limits of this process are those of each worker by itself, whatever others take.
        let own = own_limit();
        let may_take = |needed: u64| own.as_ref().is_none_or(|limit| fits_alone(needed, limit.total));
        let taken = |worker: &Worker| Taken { forecast: worker.forecast, resident: worker.resident() };
        let others: Vec<Taken> = self.workers.iter().map(taken).collect();
        let mut waiting = self.waiting.iter().zip(&blocked);
        let found = waiting.position(|(index, blocked)| {
            let needed = self.list.items[*index].memory;
            !blocked && may_take(needed) && fits(needed, available, &others)
        });
        if found.is_some() || !self.workers.is_empty() {
            return Ok(found);
        }
        // Without a worker none is blocked.
        let Some(item) = self.waiting.front().map(|index| &self.list.items[*index]) else { return Ok(None) };
        if may_take(item.memory) && fits(item.memory, memory.total, &[]) {
            // Others hold it, and may give it back.
            if !std::mem::replace(&mut self.has_told_of_memory, true) {
                observe(PoolEvent::NoMemory(item, available));
            }
            return Ok(None);
        }
        self.waiting.pop_front();
        let needed = size(item.memory);
        let limit = own.filter(|limit| limit.total < memory.total).or(memory.limit);
        let there_is = match &limit {
            Some(limit) => format!("{} allows {}", limit.of, size(limit.total)),
            None => format!("this machine has {}", size(memory.total)),
        };
        let message = format!("it is forecast to need {needed} of memory, and {there_is}");
        let help = "a smaller `batch` needs less; `--ignore-memory` begins it all the same".to_owned();
        let failure = Failure::new(message, Some(help));
        give_up(self.list, item.index, &failure)?;
        observe(PoolEvent::Ended(item, &RunState::Failed(failure)));
        Ok(None)
    }
}

/// When a file was last written; `None` if there is none.
fn written(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|file| file.modified()).ok()
}

fn unable(log: &Path, source: std::io::Error) -> StoreError {
    StoreError::Write { path: log.to_owned(), source }
}

/// Asks the pool of a batch, on whatever machine it is, to stop.
///
/// # Errors
/// [`StoreError::Write`] if the batch's folder cannot be written.
pub fn request_stop(list: &WorkList) -> Result<(), StoreError> {
    elbo_runtime::store::write_atomically(&list.directory.join(CANCEL), b"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use elbo_runtime::backend::AdapterChoice;

    #[test]
    fn there_are_no_more_runs_at_once_than_graphics_processors() {
        let adapters = |count: usize| (0..count).map(|n| DeviceChoice::Gpu(AdapterChoice::Number(n))).collect();
        let settings = |jobs: usize, count: usize| PoolSettings {
            elbo: PathBuf::new(),
            jobs,
            adapters: adapters(count),
            threads: 8,
            retries: 1,
            ignore_memory: false,
        };
        let at_once = |jobs, count| settings(jobs, count).at_once();
        assert_eq!([at_once(4, 0), at_once(4, 1), at_once(4, 2), at_once(1, 2)], [4, 1, 2, 1]);
        // Threads are shared by those that there is a place for.
        assert_eq!([settings(4, 0).threads_of_a_run(), settings(4, 2).threads_of_a_run()], [2, 4]);
    }
}
