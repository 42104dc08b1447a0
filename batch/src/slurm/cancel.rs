//! Takes a batch out of Slurm's queue. What runs saves itself first.

use super::SlurmError;
use super::command::{QUESTION, ask};
use super::queue::queue_of;
use crate::work_list::WorkList;
use std::collections::BTreeSet;

/// Cancels what is in the queue of a batch; how many tasks that were.
///
/// # Errors
/// [`SlurmError`] if Slurm gives no answer or refuses.
pub fn cancel(list: &WorkList) -> Result<usize, SlurmError> {
    let (_, queue) = queue_of(list)?;
    // What is completing has been cancelled, or has come to its end.
    let alive: Vec<_> = queue.tasks.iter().filter(|task| task.is_alive() && task.state != "COMPLETING").collect();
    let jobs: BTreeSet<u64> = alive.iter().map(|task| task.job).collect();
    if !jobs.is_empty() {
        let arguments: Vec<String> = jobs.iter().map(u64::to_string).collect();
        ask("scancel", &arguments, QUESTION)?;
    }
    Ok(alive.len())
}
