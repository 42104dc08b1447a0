//! Gives to Slurm what is open of a batch and not in its queue. Called twice, it submits nothing twice; and where Slurm
//! gives no clear answer, what it took is found by the job's name before anything is submitted again.

use super::SlurmError;
use super::cluster::Cluster;
use super::command::{SUBMISSION, ask};
use super::queue::{Queue, queue_of};
use super::script::{options, script};
use super::settings::SlurmSettings;
use super::shape::Shape;
use super::submission::{Outcome, Submission};
use crate::state::States;
use crate::work_list::WorkList;
use elbo_runtime::machine::ProcessKey;
use elbo_runtime::store::write_atomically;
use std::path::Path;
use std::time::Duration;

/// After so long nobody is taken to be submitting any more.
const LONGEST_SUBMITTING: Duration = Duration::from_secs(600);

/// What a call has done, and found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Submitted {
    /// The arrays that Slurm took: their jobs' numbers, and how many runs each has.
    pub arrays: Vec<(u64, usize)>,
    /// Runs that are open and were in the queue before.
    pub queued: usize,
    /// Runs that somebody works at outside of the queue.
    pub elsewhere: usize,
    /// Runs that failed, which are not submitted until they are retried.
    pub failed: usize,
    /// Runs that have a result.
    pub finished: usize,
}

/// Submits the runs of a batch that are open and not in the queue; `elbo` is the program, as the nodes find it.
/// `observe` hears of each array that Slurm has taken.
///
/// # Errors
/// [`SlurmError`]: what had been taken before is written down, and the same call goes on from there.
pub fn submit(
    list: &WorkList,
    (elbo, settings): (&Path, &SlurmSettings),
    observe: &mut dyn FnMut(&Submission, u64),
) -> Result<Submitted, SlurmError> {
    if let Some(time) = settings.time.filter(|time| *time <= settings.warning()) {
        return Err(SlurmError::NoTime { time, warning: settings.warning() });
    }
    let unknown = |error| match error {
        SlurmError::Store(error) => SlurmError::Store(error),
        other => SlurmError::QueueUnknown(Box::new(other)),
    };
    // The queue before the store: a task that ends between the two has left its result.
    let (submissions, queue) = queue_of(list).map_err(unknown)?;
    settle(list, &submissions, &queue)?;
    let cluster = Cluster::ask().map_err(unknown)?;
    let states = States::of(list);
    let alive = queue.alive(&submissions);
    let count = |name: &str| states.runs.iter().filter(|state| state.name() == name).count();
    let open = states.places(crate::RunState::is_open);
    let (queued, new): (Vec<usize>, Vec<usize>) = open.into_iter().partition(|run| alive.contains_key(run));
    let running = states.places(|state| state.name() == "running");
    let mut submitted = Submitted {
        queued: queued.len() + running.iter().filter(|run| alive.contains_key(run)).count(),
        elsewhere: running.iter().filter(|run| !alive.contains_key(run)).count(),
        failed: count("failed"),
        finished: count("finished"),
        ..Submitted::default()
    };
    let forecasts = new.into_iter().map(|run| (run, list.items[run].memory));
    for (shape, runs) in Shape::group(forecasts, settings, cluster) {
        for part in runs.chunks(cluster.largest_array) {
            let submission =
                Submission::begin(list, part.to_vec(), |submission| options(list, submission, settings, shape))?;
            let text = script(list, &submission, (elbo, settings, shape));
            write_atomically(&submission.script_path(list), text.as_bytes())?;
            let job = give(list, &submission)?;
            observe(&submission, job);
            submitted.arrays.push((job, part.len()));
        }
    }
    Ok(submitted)
}

/// Writes down what the queue tells of submissions of which nothing was known.
fn settle(list: &WorkList, submissions: &[Submission], queue: &Queue) -> Result<(), SlurmError> {
    for submission in submissions {
        if submission.outcome(list)?.is_none()
            && let Some(job) = queue.job(submission)
        {
            submission.note(list, Outcome::Accepted { job })?;
        }
    }
    let Some(last) = submissions.last().filter(|last| last.by != ProcessKey::own()) else { return Ok(()) };
    let age = last.age(list);
    let is_under_way = match last.by.is_running() {
        Some(is_running) => is_running && age < LONGEST_SUBMITTING,
        // On another machine; what is still without an outcome by then has no submitter.
        None => last.outcome(list)?.is_none() && age < SUBMISSION + SUBMISSION / 2,
    };
    if is_under_way {
        return Err(SlurmError::UnderWay { number: last.by.number, host: last.by.host.clone() });
    }
    Ok(())
}

/// Calls `sbatch`; the number of the job.
fn give(list: &WorkList, submission: &Submission) -> Result<u64, SlurmError> {
    let mut arguments = vec!["--parsable".to_owned()];
    arguments.extend(submission.options.iter().cloned());
    arguments.push(submission.script_path(list).display().to_string());
    let name = submission.name.clone();
    let (said, is_refusal) = match ask("sbatch", &arguments, SUBMISSION) {
        Ok(answer) => match answer.split(';').next().and_then(|job| job.trim().parse().ok()) {
            Some(job) => return accepted(list, submission, job),
            None => (format!("`sbatch` answered `{answer}`"), false),
        },
        // A controller that is slow may have taken it.
        Err(SlurmError::Failed { said, .. }) => (said.clone(), !said.to_lowercase().contains("timed out")),
        Err(error @ (SlurmError::Absent { .. } | SlurmError::Start { .. })) => {
            submission.note(list, Outcome::Refused { said: error.to_string() })?;
            return Err(error);
        }
        Err(error) => (error.to_string(), false),
    };
    match Queue::ask(std::slice::from_ref(submission)).map(|queue| queue.job(submission)) {
        Ok(Some(job)) => accepted(list, submission, job),
        Ok(None) if is_refusal => {
            submission.note(list, Outcome::Refused { said: said.clone() })?;
            Err(SlurmError::Refused { name, said })
        }
        Ok(None) | Err(_) => Err(SlurmError::Unknown { name, said }),
    }
}

fn accepted(list: &WorkList, submission: &Submission, job: u64) -> Result<u64, SlurmError> {
    submission.note(list, Outcome::Accepted { job })?;
    Ok(job)
}
