//! `elbo batch status`

use super::manifest::Named;
use super::plan::Form;
use super::slurm::standing;
use crate::outcome::Outcome;
use crate::terminal::Terminal;
use elbo_batch::table::{RunsShown, status_json, status_text};
use elbo_batch::{RunState, States};

/// What `elbo batch status` takes.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit code 0 if every run is finished, 1 if some failed, 75 if there is something left to do: a run \
    whose spec or data changed since is done again by `elbo batch run`."
)]
pub struct Arguments {
    #[command(flatten)]
    named: Named,
    /// List every run.
    #[arg(long)]
    runs: bool,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
}

/// Prints how the runs of a batch stand.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let (opened, list) = match arguments.named.begun(terminal) {
        Ok(begun) => begun,
        Err(outcome) => return outcome,
    };
    let mut states = States::of(&list);
    opened.compare(&mut states, &list, terminal);
    let shown = if arguments.runs { RunsShown::All } else { RunsShown::Noteworthy };
    match arguments.format {
        Form::Text => {
            let mut text = status_text(&list, &states, shown);
            if let Some(queue) = standing(&list, &states, terminal) {
                text.push('\n');
                text.push_str(&queue);
            }
            terminal.text(&text);
        }
        Form::Json => terminal.data(&format!("{}\n", status_json(&list, &states))),
    }
    let any = |which: fn(&RunState) -> bool| states.runs.iter().any(which);
    if any(|state| matches!(state, RunState::Failed(_))) {
        Outcome::Wrong
    } else if any(|state| !matches!(state, RunState::Finished(_))) {
        Outcome::Stopped
    } else {
        Outcome::Done
    }
}
