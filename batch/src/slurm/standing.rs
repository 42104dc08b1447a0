//! What Slurm's queue adds to how a batch stands.

use super::hints::{Node, hints};
use super::queue::Queue;
use super::submission::Submission;
use crate::state::States;
use std::collections::BTreeMap;
use std::fmt::Write;

/// How the queue stands, what has to be mended, and what is in no queue although it is open.
pub fn standing_text(queue: &Queue, submissions: &[Submission], states: &States, nodes: &[Node]) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let alive = queue.alive(submissions);
    for task in alive.values() {
        let what = if task.is_held() {
            "held".to_owned()
        } else if task.state == "PENDING" {
            format!("pending ({})", task.reason)
        } else {
            task.state.to_lowercase()
        };
        *counts.entry(what).or_default() += 1;
    }
    let parts: Vec<String> = counts.into_iter().map(|(what, count)| format!("{count} {what}")).collect();
    let mut text = if parts.is_empty() {
        "in Slurm's queue: nothing\n".to_owned()
    } else {
        format!("in Slurm's queue: {}\n", parts.join(", "))
    };
    for hint in hints(queue, nodes) {
        let _ = writeln!(text, "  {}\n    {}", hint.problem, hint.mend);
    }
    let outside = states.places(crate::RunState::is_open).into_iter().filter(|run| !alive.contains_key(run)).count();
    if outside > 0 && !submissions.is_empty() {
        let what = if outside == 1 { "1 run is".to_owned() } else { format!("{outside} runs are") };
        let _ = writeln!(text, "{what} open and not in the queue; `elbo batch run --on slurm` submits what is left");
    }
    text
}
