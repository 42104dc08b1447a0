//! A worker as a task of an array: which run is its own, and how it gives one back that it was told to stop.
//!
//! Slurm sends USR1 some time before the time limit, and TERM with what follows from it decided: after a cancellation the
//! task is over, after a preemption it is queued again, whatever the worker's exit code. Only a worker that ends while
//! Slurm takes it to be running is taken for failed and is not queued again; so it asks to be, and waits until Slurm says
//! that it no longer runs.

use super::SlurmError;
use super::command::{QUESTION, ask};
use super::submission::Submission;
use std::path::Path;
use std::time::{Duration, Instant};

const JOB: &str = "SLURM_ARRAY_JOB_ID";
const TASK: &str = "SLURM_ARRAY_TASK_ID";

/// How long a controller that gives no answer is asked again. A run that stops is saved by then, whatever happens.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often it is asked.
const PULSE: Duration = Duration::from_secs(1);

/// This process as a task of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArrayTask {
    job: u64,
    task: usize,
}

/// How a task that was stopped is left.
#[derive(Debug)]
pub enum HandedBack {
    /// Slurm queues it again.
    Requeued,
    /// Slurm had ended it, to be queued again or not.
    Ended,
    /// Slurm gives no answer; the next submission takes the run up.
    Unknown(SlurmError),
}

impl ArrayTask {
    /// The task that this process is.
    ///
    /// # Errors
    /// [`SlurmError::NotInArray`]
    pub fn of_environment() -> Result<Self, SlurmError> {
        fn number<T: std::str::FromStr>(variable: &'static str) -> Result<T, SlurmError> {
            let value = std::env::var(variable).ok().and_then(|value| value.parse().ok());
            value.ok_or(SlurmError::NotInArray { variable })
        }
        Ok(Self { job: number(JOB)?, task: number(TASK)? })
    }

    /// The place in the batch of its run; `submission` is the file that the array was submitted with.
    ///
    /// # Errors
    /// [`SlurmError`] if the file cannot be read or has no such task.
    pub fn run(self, submission: &Path) -> Result<usize, SlurmError> {
        Submission::open(submission)?.run(self.task)
    }

    /// To be called after the run was told to stop and has been saved: returns when the process may end.
    pub fn hand_back(self) -> HandedBack {
        let id = format!("{}_{}", self.job, self.task);
        let began = Instant::now();
        let mut is_requeued = false;
        loop {
            match self.is_running(&id) {
                Ok(false) => return if is_requeued { HandedBack::Requeued } else { HandedBack::Ended },
                Ok(true) if !is_requeued => {
                    let arguments = ["requeue".to_owned(), id.clone()];
                    match ask("scontrol", &arguments, QUESTION) {
                        Ok(_) => is_requeued = true,
                        Err(error) if began.elapsed() >= PATIENCE => return HandedBack::Unknown(error),
                        Err(_) => {}
                    }
                }
                Ok(true) if began.elapsed() < PATIENCE => {}
                Ok(true) => return HandedBack::Requeued,
                Err(error) if began.elapsed() >= PATIENCE => return HandedBack::Unknown(error),
                Err(_) => {}
            }
            std::thread::sleep(PULSE);
        }
    }

    fn is_running(self, id: &str) -> Result<bool, SlurmError> {
        let arguments =
            ["--noheader".to_owned(), "--array".to_owned(), "--format=%T".to_owned(), format!("--jobs={id}")];
        let state = ask("squeue", &arguments, QUESTION)?;
        Ok(["RUNNING", "CONFIGURING", "SUSPENDED", "SIGNALING", "STOPPED"].contains(&state.as_str()))
    }
}
