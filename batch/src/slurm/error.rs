//! What can go wrong between a batch and Slurm.

use elbo_runtime::store::StoreError;
use std::time::Duration;

/// What can go wrong between a batch and Slurm.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SlurmError {
    /// The program is not installed here.
    #[error("there is no Slurm here: `{program}` is not on PATH")]
    Absent {
        /// The program.
        program: String,
    },
    /// The program cannot be started.
    #[error("`{program}` could not be started: {source}")]
    Start {
        /// The program.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// It said no.
    #[error("`{command}` failed ({status}): {said}")]
    Failed {
        /// The command.
        command: String,
        /// How it ended.
        status: String,
        /// What it said.
        said: String,
    },
    /// It did not come to an end.
    #[error("`{command}` gave no answer within {} seconds and was ended{}", limit.as_secs(), after(said))]
    TimedOut {
        /// The command.
        command: String,
        /// How long it was waited for.
        limit: Duration,
        /// What it had said by then.
        said: String,
    },
    /// Its answer is none that is known.
    #[error("`{command}` answered what is not understood: {answer}")]
    Answer {
        /// The command.
        command: String,
        /// The answer.
        answer: String,
    },
    /// What is in the queue is not known.
    #[error("what is in Slurm's queue cannot be found out, so nothing was submitted: {0}")]
    QueueUnknown(Box<SlurmError>),
    /// Slurm took some of the arrays and refused one.
    #[error("Slurm refused the job `{name}`, which is not in its queue: {said}")]
    Refused {
        /// The job's name.
        name: String,
        /// What it said.
        said: String,
    },
    /// Nobody knows whether Slurm took an array.
    #[error("whether Slurm took the job `{name}` is not known: {said}")]
    Unknown {
        /// The job's name.
        name: String,
        /// What it said.
        said: String,
    },
    /// Another process submits the same batch at this moment.
    #[error("the process {number} on {host} is submitting this batch at this moment")]
    UnderWay {
        /// Its number.
        number: u32,
        /// Its machine.
        host: String,
    },
    /// A task would be told to save itself as soon as it begins.
    #[error("a time limit of {} seconds leaves nothing, since tasks save themselves {} seconds before it", time.as_secs(), warning.as_secs())]
    NoTime {
        /// The time limit.
        time: Duration,
        /// The warning.
        warning: Duration,
    },
    /// The worker was told to find its run by its place in an array, and is in none.
    #[error("this is no task of a Slurm array: `{variable}` is not set to a number")]
    NotInArray {
        /// The variable.
        variable: &'static str,
    },
    /// The array has more tasks than runs.
    #[error("the submission `{name}` has {count} runs, so none for the task {task}")]
    NoSuchTask {
        /// The submission's job name.
        name: String,
        /// How many it has.
        count: usize,
        /// Which was asked for.
        task: usize,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn after(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!("; it had said: {said}") }
}

impl SlurmError {
    /// What would fix it, where the message itself does not say.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Absent { .. } => {
                "use a machine that submits to the cluster, load its module (often `module load slurm`), or run the batch \
                 on this machine: `elbo batch run MANIFEST`"
            }
            Self::Refused { said, .. } => return Some(refusal(said).to_owned()),
            Self::Unknown { .. } => "the same command finds out and goes on, once `squeue` answers again",
            Self::QueueUnknown(error) => match **error {
                Self::Absent { .. } => return error.help(),
                _ => "see whether `scontrol ping` says UP; the same command goes on",
            },
            Self::Failed { .. } | Self::TimedOut { .. } => {
                "see whether `scontrol ping` says UP; the same command goes on"
            }
            Self::UnderWay { .. } => "wait until it is through, then the same command finds out what is left",
            Self::NoTime { .. } => "make `time` in `[slurm]` longer, or `warning` shorter",
            Self::NotInArray { .. } => {
                "name the run by its number instead, or let `elbo batch run --on slurm` submit it"
            }
            Self::Start { .. } | Self::Answer { .. } | Self::NoSuchTask { .. } | Self::Store(_) => return None,
        };
        Some(text.to_owned())
    }
}

/// What fixes what `sbatch` said.
fn refusal(said: &str) -> &'static str {
    let about = |words: &[&str]| words.iter().any(|word| said.to_lowercase().contains(word));
    if about(&["partition name", "invalid partition"]) {
        "`sinfo` lists partitions; `partition` in `[slurm]` names one"
    } else if about(&["account", "qos"]) {
        "`account` and `qos` in `[slurm]` must be yours: `sacctmgr show associations user=$USER` lists them"
    } else if about(&["feature"]) {
        "`sinfo -o '%N %f'` lists features; `constraint` in `[slurm]` names them"
    } else if about(&["memory"]) {
        "ask for less with `memory = \"8 GiB\"` in `[slurm]`, or for none with `memory = \"none\"`"
    } else if about(&["generic resource", "gres", "gpu"]) {
        "`sinfo -o '%N %G'` lists accelerators; `gpus` in `[slurm]` asks for them"
    } else if about(&["time limit"]) {
        "`sinfo -o '%P %l'` lists limits; lower `time` in `[slurm]`, since a run that meets its limit is queued again and goes on"
    } else if about(&["node configuration"]) {
        "no node has what `cpus`, `gpus` and `memory` in `[slurm]` ask for together: `sinfo -o '%N %c %m %G'`"
    } else if about(&["unable to contact", "timed out", "connect failure"]) {
        "see whether `scontrol ping` says UP; the same command goes on"
    } else {
        "change `[slurm]` in the manifest accordingly; the same command goes on"
    }
}
