//! `elbo batch retry`

use super::manifest::{Named, report_list};
use crate::outcome::Outcome;
use crate::session::report_error;
use crate::terminal::Terminal;
use crate::wording::counted;
use elbo_batch::{RunState, States, choose, take_up};

/// What `elbo batch retry` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "It only opens the runs again; `elbo batch run` then does them, from their last checkpoints.")]
pub struct Arguments {
    #[command(flatten)]
    named: Named,
    /// The runs: names, patterns such as '*_bayes*', or numbers of `status --runs` [default: all that failed].
    #[arg(value_name = "RUNS")]
    runs: Vec<String>,
}

/// Opens failed runs again.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let (_, list) = match arguments.named.begun(terminal) {
        Ok(begun) => begun,
        Err(outcome) => return outcome,
    };
    let chosen = choose(&list, &arguments.runs).map_err(|message| {
        terminal.error(&message);
        Outcome::Wrong
    });
    let places = match chosen {
        Ok(places) => places,
        Err(outcome) => return outcome,
    };
    let states = match States::of(&list) {
        Ok(states) => states,
        Err(error) => return report_error(&error.into(), terminal),
    };
    let failed: Vec<usize> =
        places.into_iter().filter(|place| matches!(states.runs[*place], RunState::Failed(_))).collect();
    for place in &failed {
        if let Err(error) = take_up(&list, *place) {
            return report_list(&error.into(), terminal);
        }
    }
    terminal.result(&match failed.len() {
        0 => "no run has failed\n".to_owned(),
        count => format!(
            "{} will be tried again by `elbo batch run {}`\n",
            counted(count, "run"),
            arguments.named.path().display()
        ),
    });
    Outcome::Done
}
