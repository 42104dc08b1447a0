//! `elbo batch logs`

use super::manifest::NamedRuns;
use crate::outcome::Outcome;
use crate::terminal::Terminal;
use elbo_batch::WorkList;
use elbo_batch::slurm::task_logs;

/// What `elbo batch logs` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    runs: NamedRuns,
}

/// Prints what workers have said, run by run.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let (list, places) = match arguments.runs.chosen(terminal) {
        Ok(chosen) => chosen,
        Err(outcome) => return outcome,
    };
    places.into_iter().for_each(|place| print(&list, place, arguments.runs.runs.is_empty(), terminal));
    Outcome::Done
}

fn print(list: &WorkList, place: usize, only_if_there: bool, terminal: &Terminal) {
    let name = list.items[place].name();
    let logs = std::iter::once(list.log(place)).chain(task_logs(list, place).unwrap_or_default());
    let texts: Vec<Vec<u8>> = logs.filter_map(|log| std::fs::read(log).ok()).collect();
    match texts.concat() {
        text if !texts.is_empty() => {
            terminal.text(&format!("==> {name}\n{}\n", String::from_utf8_lossy(&text).trim_end()));
        }
        _ if only_if_there => {}
        _ => terminal.text(&format!("==> {name}\nno worker has said anything of it\n")),
    }
}
