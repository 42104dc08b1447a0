//! What the commands on batches say of Slurm.

use super::manifest::{Opened, Planned};
use crate::outcome::Outcome;
use crate::terminal::Terminal;
use crate::wording::counted;
use elbo_batch::slurm::{self, HandedBack, SlurmError, Submitted};
use elbo_batch::{RunState, States, WorkList};

/// Submits what is open of a batch and not in the queue.
pub fn submit(list: &WorkList, opened: &Opened, planned: &Planned, terminal: &Terminal) -> Outcome {
    let settings = opened.manifest.slurm.clone().or(&opened.project.configuration.slurm);
    let elbo = opened.pool(planned).elbo;
    let mut observe = |submission: &slurm::Submission, job: u64| {
        terminal.note(&format!("job {job} ({}): {}", submission.name, counted(submission.runs.len(), "run")));
    };
    match slurm::submit(list, (&elbo, &settings), &mut observe) {
        Ok(submitted) => {
            terminal.text(&text(&submitted));
            let manifest = opened.path.display();
            terminal.note(&format!(
                "`elbo batch status {manifest}` shows how they stand, `elbo batch cancel {manifest}` stops them"
            ));
            Outcome::Done
        }
        Err(error) => report(&error, terminal),
    }
}

fn text(submitted: &Submitted) -> String {
    let runs: usize = submitted.arrays.iter().map(|(_, runs)| runs).sum();
    let mut parts = vec![match submitted.arrays.len() {
        0 => "nothing to submit".to_owned(),
        arrays => format!("{} submitted in {}", counted(runs, "run"), counted(arrays, "array")),
    }];
    for (count, what) in [
        (submitted.queued, "in the queue already"),
        (submitted.elsewhere, "under way outside of the queue"),
        (submitted.finished, "finished"),
        (submitted.failed, "failed; `elbo batch retry` opens them again"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    format!("{}\n", parts.join(", "))
}

/// What Slurm's queue adds to how a batch stands; nothing, if none of it was submitted or all of it is done.
pub fn standing(list: &WorkList, states: &States, terminal: &Terminal) -> Option<String> {
    if states.runs.iter().all(|state| matches!(state, RunState::Finished(_))) {
        return None;
    }
    let found = slurm::queue_of(list).and_then(|(submissions, queue)| {
        if submissions.is_empty() {
            return Ok(None);
        }
        let nodes = slurm::nodes()?;
        Ok(Some(slurm::standing_text(&queue, &submissions, states, &nodes)))
    });
    found.unwrap_or_else(|error| {
        terminal.note(&format!("what is in Slurm's queue is not known: {error}"));
        None
    })
}

/// Takes a batch out of Slurm's queue, if it was submitted.
pub fn cancel(list: &WorkList, terminal: &Terminal) -> Outcome {
    match slurm::cancel(list) {
        Ok(0) => Outcome::Done,
        Ok(count) => {
            terminal.result(&format!("{} cancelled in Slurm's queue\n", counted(count, "task")));
            Outcome::Done
        }
        Err(error) => report(&error, terminal),
    }
}

/// Says how a task that was stopped is left.
pub fn note_end(handed_back: &HandedBack, terminal: &Terminal) {
    terminal.note(&match handed_back {
        HandedBack::Requeued => "Slurm queues the task again; the run goes on from there".to_owned(),
        HandedBack::Ended => "Slurm ended the task; the run goes on from there".to_owned(),
        HandedBack::Unknown(error) => {
            format!("the task could not be queued again, the next submission takes the run up: {error}")
        }
    });
}

/// Prints what is wrong with Slurm.
pub fn report(error: &SlurmError, terminal: &Terminal) -> Outcome {
    let help = error.help().map_or_else(String::new, |help| format!("\n  help: {help}"));
    terminal.error(&format!("{error}{help}"));
    Outcome::Wrong
}
