//! `elbo batch logs`

use super::manifest::Named;
use crate::outcome::Outcome;
use crate::terminal::Terminal;
use elbo_batch::slurm::task_logs;
use elbo_batch::{WorkList, choose};

/// What `elbo batch logs` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    named: Named,
    /// The run: its name, a pattern such as '*_bayes*', or its number in `status --runs` [default: every run that has a log].
    #[arg(value_name = "RUNS")]
    runs: Vec<String>,
}

/// Prints what workers have said, run by run.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let (_, list) = match arguments.named.begun(terminal) {
        Ok(begun) => begun,
        Err(outcome) => return outcome,
    };
    let places = match choose(&list, &arguments.runs) {
        Ok(places) => places,
        Err(message) => {
            terminal.error(&message);
            return Outcome::Wrong;
        }
    };
    places.into_iter().for_each(|place| print(&list, place, arguments.runs.is_empty(), terminal));
    Outcome::Done
}

fn print(list: &WorkList, place: usize, only_if_there: bool, terminal: &Terminal) {
    let name = list.items[place].name();
    let logs = std::iter::once(list.log(place)).chain(task_logs(list, place).unwrap_or_default());
    let texts: Vec<Vec<u8>> = logs.filter_map(|log| std::fs::read(log).ok()).collect();
    match texts.concat() {
        text if !texts.is_empty() => {
            terminal.result(&format!("==> {name}\n{}\n", String::from_utf8_lossy(&text).trim_end()));
        }
        _ if only_if_there => {}
        _ => terminal.result(&format!("==> {name}\nno worker has said anything of it\n")),
    }
}
