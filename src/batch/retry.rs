//! `elbo batch retry`

use super::manifest::{NamedRuns, report_list};
use crate::outcome::Outcome;
use crate::terminal::Terminal;
use crate::wording::counted;
use elbo_batch::{RunState, States, take_up};

/// What `elbo batch retry` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "It only opens the runs again; `elbo batch run` then does them, from their last checkpoints.")]
pub struct Arguments {
    #[command(flatten)]
    runs: NamedRuns,
}

/// Opens failed runs again.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let (list, places) = match arguments.runs.chosen(terminal) {
        Ok(chosen) => chosen,
        Err(outcome) => return outcome,
    };
    let states = States::of(&list);
    let (mut failed, mut damaged) = (Vec::new(), false);
    for place in places {
        match &states.runs[place] {
            // What the store holds of it must be put right; then it is no longer failed.
            RunState::Failed(failure) if failure.is_of_the_store => {
                terminal.error(&format!("{}: {}", list.items[place].name(), failure.message));
                damaged = true;
            }
            RunState::Failed(_) => failed.push(place),
            RunState::Finished(_)
            | RunState::Outdated(_)
            | RunState::Running(..)
            | RunState::Stopped
            | RunState::Lost
            | RunState::Waiting => {}
        }
    }
    for place in &failed {
        if let Err(error) = take_up(&list, *place) {
            return report_list(&error.into(), terminal);
        }
    }
    terminal.text(&match failed.len() {
        0 if damaged => String::new(),
        0 => "no run has failed\n".to_owned(),
        count => format!(
            "{} will be tried again by `elbo batch run {}`\n",
            counted(count, "run"),
            arguments.runs.named.path().display()
        ),
    });
    if damaged { Outcome::Wrong } else { Outcome::Done }
}
