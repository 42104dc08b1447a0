//! What of a batch is in Slurm's queue. It adds to what the store says: an empty queue never means that a run failed.

use super::SlurmError;
use super::command::{QUESTION, ask};
use super::submission::{Outcome, Submission};
use crate::work_list::WorkList;
use std::collections::{BTreeMap, BTreeSet};

/// What is asked of `squeue`; the reason comes last, since it may hold anything.
const FORMAT: &str = "%F|%K|%T|%N|%P|%j|%r";

/// The states in which nothing more becomes of a task.
const ENDED: [&str; 10] = [
    "BOOT_FAIL",
    "CANCELLED",
    "COMPLETED",
    "DEADLINE",
    "FAILED",
    "NODE_FAIL",
    "OUT_OF_MEMORY",
    "PREEMPTED",
    "REVOKED",
    "TIMEOUT",
];

/// A line of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedTask {
    /// The number of the array's job.
    pub job: u64,
    /// The number of the task; `None` where the line stands for several.
    pub task: Option<usize>,
    /// Slurm's word for its state, such as `PENDING`.
    pub state: String,
    /// Where it runs.
    pub node: String,
    /// The partition it is for.
    pub partition: String,
    /// The job's name.
    pub name: String,
    /// Why it is in this state, in Slurm's words.
    pub reason: String,
}

impl QueuedTask {
    /// Whether something may still become of it.
    pub fn is_alive(&self) -> bool {
        !ENDED.contains(&self.state.as_str())
    }

    /// Whether it waits until somebody lets it go on.
    pub fn is_held(&self) -> bool {
        let reason = self.reason.to_lowercase();
        let waits = self.state == "PENDING" && (reason.contains("held") || reason.starts_with("jobhold"));
        waits || matches!(self.state.as_str(), "REQUEUE_HOLD" | "SPECIAL_EXIT")
    }

    /// As `scontrol` and `scancel` call it.
    pub fn id(&self) -> String {
        self.task.map_or_else(|| self.job.to_string(), |task| format!("{}_{task}", self.job))
    }
}

/// What of a batch is in the queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Queue {
    /// The batch's tasks, those that have ended but are still remembered included.
    pub tasks: Vec<QueuedTask>,
}

impl Queue {
    /// Asks Slurm about submissions, by the names of their jobs, so that those are found, too, whose numbers are not known.
    ///
    /// # Errors
    /// [`SlurmError`] if it gives no answer.
    pub fn ask(submissions: &[Submission]) -> Result<Self, SlurmError> {
        if submissions.is_empty() {
            return Ok(Self::default());
        }
        let names: Vec<&str> = submissions.iter().map(|submission| submission.name.as_str()).collect();
        let arguments = [
            "--noheader".to_owned(),
            "--array".to_owned(),
            "--states=all".to_owned(),
            format!("--format={FORMAT}"),
            format!("--name={}", names.join(",")),
        ];
        let answer = ask("squeue", &arguments, QUESTION)?;
        Self::parse(&answer)
            .map_err(|line| SlurmError::Answer { command: format!("squeue --format={FORMAT}"), answer: line })
    }

    /// # Errors
    /// The line that is not understood.
    fn parse(answer: &str) -> Result<Self, String> {
        let task = |line: &str| {
            let fields: Vec<&str> = line.splitn(7, '|').map(str::trim).collect();
            let &[job, task, state, node, partition, name, reason] = fields.as_slice() else { return None };
            Some(QueuedTask {
                job: job.parse().ok()?,
                task: task.parse().ok(),
                state: state.to_owned(),
                node: node.to_owned(),
                partition: partition.to_owned(),
                name: name.to_owned(),
                reason: reason.to_owned(),
            })
        };
        let lines = answer.lines().filter(|line| !line.trim().is_empty());
        let tasks: Result<Vec<_>, _> = lines.map(|line| task(line).ok_or_else(|| line.to_owned())).collect();
        tasks.map(|tasks| Self { tasks })
    }

    /// The runs that something may still become of in the queue, by their places in the batch.
    pub fn alive(&self, submissions: &[Submission]) -> BTreeMap<usize, &QueuedTask> {
        let by_name: BTreeMap<&str, &Submission> =
            submissions.iter().map(|submission| (submission.name.as_str(), submission)).collect();
        let mut alive = BTreeMap::new();
        for task in self.tasks.iter().filter(|task| task.is_alive()) {
            let Some(submission) = by_name.get(task.name.as_str()) else { continue };
            match task.task {
                Some(number) => alive.extend(submission.runs.get(number).map(|run| (*run, task))),
                // A line that stands for several tasks may stand for any.
                None => alive.extend(submission.runs.iter().map(|run| (*run, task))),
            }
        }
        alive
    }

    /// The number of a submission's job, if it is there.
    pub fn job(&self, submission: &Submission) -> Option<u64> {
        self.tasks.iter().find(|task| task.name == submission.name).map(|task| task.job)
    }
}

/// The submissions of a batch that may be in the queue: those that Slurm took, and those of which that is not known; and
/// what is in it of them.
///
/// # Errors
/// [`SlurmError`] if Slurm gives no answer, or a submission cannot be read.
pub fn queue_of(list: &WorkList) -> Result<(Vec<Submission>, Queue), SlurmError> {
    let mut submissions = Vec::new();
    for submission in Submission::all(list)? {
        if !matches!(submission.outcome(list)?, Some(Outcome::Refused { .. })) {
            submissions.push(submission);
        }
    }
    let queue = Queue::ask(&submissions)?;
    Ok((submissions, queue))
}

/// Numbers as Slurm takes them: `0,3-5`.
pub(super) fn ranges(numbers: &BTreeSet<usize>) -> String {
    let mut parts: Vec<(usize, usize)> = Vec::new();
    for &number in numbers {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => parts.push((number, number)),
        }
    }
    let part =
        |(first, last): (usize, usize)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    parts.into_iter().map(part).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "7|3|PENDING||gpu|elbo-a-0001-x|launch failed requeued held\n\
        7|0|RUNNING|n1|gpu|elbo-a-0001-x|None\n7|1|COMPLETING|n2|gpu|elbo-a-0001-x|None\n\
        7|2|CANCELLED|n2|gpu|elbo-a-0001-x|None\n9|0-1%2|PENDING||gpu|elbo-a-0002-y|A | B\n11|0|RUNNING|n1|gpu|other|None\n";

    fn submission(number: u32, name: &str, runs: &[usize]) -> Submission {
        let text = serde_json::json!({
            "version": 1, "number": number, "name": name, "runs": runs, "options": [], "at": "",
            "by": { "host": "h", "number": 1, "started": 2 },
        });
        serde_json::from_value(text).expect("it is a submission")
    }

    #[test]
    fn lines_of_the_queue_are_read() {
        let queue = Queue::parse(ANSWER).unwrap();
        assert_eq!(queue.tasks.len(), 6);
        let held = &queue.tasks[0];
        assert_eq!((held.job, held.task, held.id().as_str()), (7, Some(3), "7_3"));
        assert!(held.is_alive() && held.is_held() && !queue.tasks[1].is_held());
        assert!(queue.tasks[2].is_alive() && !queue.tasks[3].is_alive());
        assert_eq!((queue.tasks[4].task, queue.tasks[4].reason.as_str()), (None, "A | B"));
        assert_eq!(Queue::parse("\n"), Ok(Queue::default()));
        assert_eq!(Queue::parse("slurm_load_jobs error"), Err("slurm_load_jobs error".to_owned()));
    }

    #[test]
    fn tasks_are_the_runs_at_their_places() {
        let submissions =
            [submission(1, "elbo-a-0001-x", &[10, 11, 12, 13]), submission(2, "elbo-a-0002-y", &[20, 21])];
        let queue = Queue::parse(ANSWER).unwrap();
        let alive: Vec<(usize, &str)> =
            queue.alive(&submissions).into_iter().map(|(run, task)| (run, task.state.as_str())).collect();
        let expected = [(10, "RUNNING"), (11, "COMPLETING"), (13, "PENDING"), (20, "PENDING"), (21, "PENDING")];
        assert_eq!(alive, expected);
        assert_eq!((queue.job(&submissions[1]), Queue::default().job(&submissions[1])), (Some(9), None));
    }

    #[test]
    fn numbers_are_written_as_ranges() {
        let of = |numbers: &[usize]| ranges(&numbers.iter().copied().collect());
        assert_eq!([of(&[]), of(&[4]), of(&[0, 3, 4, 5, 9])], ["", "4", "0,3-5,9"]);
    }
}
