//! How a batch stands.

use super::columns::{Side, columns};
use super::declarations::by_declaration;
use super::words::counted;
use crate::state::{Failure, Headline, RunState, States};
use crate::work_list::{Item, WorkList};
use elbo_compiler::ir::grouped;
use elbo_runtime::forecast::duration;
use elbo_runtime::store::{AttemptProgress, Heartbeat};
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// The states in the order they are told.
const NAMES: [&str; 7] = ["finished", "outdated", "running", "failed", "stopped", "lost", "waiting"];

/// As many runs of a kind are listed by themselves.
const FEW: usize = 20;

/// Which runs a status lists by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunsShown {
    /// Those that are under way and those that failed, as far as they are few.
    Noteworthy,
    /// All of them.
    All,
}

/// Counts, a line for each run and sweep that was declared, and the runs that need attention.
pub fn status_text(list: &WorkList, states: &States, shown: RunsShown) -> String {
    let mut text = format!("batch {}: {}\n\n", list.record.name, summary(states));
    text.push_str(&groups(list, states));
    if text.contains(" ± ") {
        text.push_str("\n± one standard deviation over runs\n");
    }
    match shown {
        RunsShown::All => {
            text.push('\n');
            text.push_str(&every_run(list, states));
        }
        RunsShown::Noteworthy => {
            let of = |which: fn(&RunState) -> bool| states.places(which);
            let running = of(|state| matches!(state, RunState::Running(..)));
            section(&mut text, "under way", &running, |place| one_line(list, states, place));
        }
    }
    let outdated = states.places(|state| matches!(state, RunState::Outdated(_)));
    section(&mut text, "changed since: spec, data or manifest", &outdated, |place| list.items[place].name().to_owned());
    let failed = states.places(|state| matches!(state, RunState::Failed(_)));
    section(&mut text, "failed", &failed, |place| match &states.runs[place] {
        RunState::Failed(failure) => failed_run(&list.items[place], failure),
        other => other.name().to_owned(),
    });
    text
}

/// `60 runs: 40 finished, 2 running, 18 waiting`
fn summary(states: &States) -> String {
    let count = |name: &str| states.runs.iter().filter(|state| state.name() == name).count();
    let counts = NAMES.into_iter().map(|name| (count(name), name)).filter(|(count, _)| *count > 0);
    let parts: Vec<String> = counts.map(|(count, name)| format!("{} {name}", grouped(count))).collect();
    format!(
        "{}: {}",
        counted(states.runs.len(), "run"),
        if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
    )
}

fn section(text: &mut String, heading: &str, places: &[usize], line: impl Fn(usize) -> String) {
    if places.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{heading}");
    for &place in places.iter().take(FEW) {
        let _ = writeln!(text, "  {}", line(place));
    }
    if places.len() > FEW {
        let _ = writeln!(text, "  and {} more; `--runs` lists every run", grouped(places.len() - FEW));
    }
}

fn one_line(list: &WorkList, states: &States, place: usize) -> String {
    format!("{}  {}", list.items[place].name(), state_text(&states.runs[place]))
}

fn failed_run(item: &Item, failure: &Failure) -> String {
    let help = failure.help.as_ref().map_or_else(String::new, |help| format!("\n      help: {help}"));
    format!("{}\n      {}{help}", item.name(), failure.message)
}

/// What there is to say of a run in a few words.
pub fn state_text(state: &RunState) -> String {
    match state {
        RunState::Finished(headline) => figures(headline),
        RunState::Outdated(headline) => format!("{}  of what was planned", figures(headline)),
        RunState::Running(heartbeat, _) => progress_text(heartbeat),
        RunState::Failed(failure) => failure.message.clone(),
        RunState::Stopped => "it will be resumed".to_owned(),
        RunState::Lost => "it will be resumed".to_owned(),
        RunState::Waiting => String::new(),
    }
}

fn figures(headline: &Headline) -> String {
    let accuracy = headline.accuracy.map(|accuracy| format!("accuracy {:.2} %", 100.0 * accuracy));
    let error = headline.root_mean_squared_error.map(|error| format!("rmse {error:.4}"));
    let likelihood = headline.negative_log_likelihood.map(|value| format!("nll {value:.4}"));
    [accuracy, error, likelihood].into_iter().flatten().collect::<Vec<_>>().join("  ")
}

/// How far an attempt has come, in a few words.
pub fn progress_text(heartbeat: &Heartbeat) -> String {
    match &heartbeat.progress {
        AttemptProgress::Preparing => "preparing".to_owned(),
        AttemptProgress::Training { step, steps, epoch, epochs, loss, accuracy, seconds_left } => {
            let percent = 100 * step / (*steps).max(1);
            let accuracy =
                accuracy.map_or_else(String::new, |accuracy| format!("  accuracy {:.1} %", 100.0 * accuracy));
            let left = seconds_left.map_or_else(String::new, |seconds| format!("  {} left", duration(seconds)));
            format!("{percent:>2} %  epoch {epoch}/{epochs}  loss {loss:.4}{accuracy}{left}")
        }
        AttemptProgress::Scoring { done, examples } => format!("scoring, {} %", 100 * done / (*examples).max(1)),
    }
}

/// A line for each run and sweep that was declared, with the mean of its finished runs.
fn groups(list: &WorkList, states: &States) -> String {
    let groups = by_declaration(list.items.iter().map(|item| item.names.as_slice()));
    let row = |((file, name), places): &((&str, &str), Vec<usize>)| {
        let finished: Vec<Headline> = places
            .iter()
            .filter_map(|place| match &states.runs[*place] {
                RunState::Finished(headline) => Some(*headline),
                _ => None,
            })
            .collect();
        let share = |value: f64| format!("{:.2} %", 100.0 * value);
        let number = |value: f64| format!("{value:.4}");
        let accuracy = spread(finished.iter().filter_map(|headline| headline.accuracy), share);
        let error = spread(finished.iter().filter_map(|headline| headline.root_mean_squared_error), number);
        vec![
            (*name).to_owned(),
            grouped(places.len()),
            grouped(finished.len()),
            accuracy.or(error.map(|error| format!("rmse {error}"))).unwrap_or_default(),
            spread(finished.iter().filter_map(|headline| headline.negative_log_likelihood), number).unwrap_or_default(),
            (*file).to_owned(),
        ]
    };
    let rows: Vec<Vec<String>> = groups.iter().map(row).collect();
    let sides = [Side::Left, Side::Right, Side::Right, Side::Right, Side::Right, Side::Left];
    columns(&sides, &["run or sweep", "runs", "done", "accuracy", "nll", "file"], &rows)
}

/// The mean, and the standard deviation of several: `97.80 % ± 0.12 %`.
fn spread(values: impl Iterator<Item = f64>, shown: impl Fn(f64) -> String) -> Option<String> {
    let values: Vec<f64> = values.collect();
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    match values.len() {
        0 => None,
        1 => Some(shown(mean)),
        _ => {
            let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            Some(format!("{} ± {}", shown(mean), shown((squares / (count - 1.0)).sqrt())))
        }
    }
}

fn every_run(list: &WorkList, states: &States) -> String {
    let rows: Vec<Vec<String>> = list
        .items
        .iter()
        .zip(&states.runs)
        .map(|(item, state)| {
            let text = if matches!(state, RunState::Failed(_)) { String::new() } else { state_text(state) };
            vec![grouped(item.index), item.name().to_owned(), state.name().to_owned(), text]
        })
        .collect();
    columns(&[Side::Right, Side::Left, Side::Left, Side::Left], &["", "run", "state", ""], &rows)
}

/// How a batch stands, for programs.
pub fn status_json(list: &WorkList, states: &States) -> Value {
    let mut counts = Map::new();
    for name in NAMES {
        counts.insert(name.to_owned(), states.runs.iter().filter(|state| state.name() == name).count().into());
    }
    let runs: Vec<Value> =
        list.items.iter().zip(&states.runs).map(|(item, state)| run_json(list, item, state)).collect();
    json!({
        "version": 1,
        "batch": list.record.name,
        "directory": list.directory,
        "counts": counts,
        "runs": runs,
    })
}

fn run_json(list: &WorkList, item: &Item, state: &RunState) -> Value {
    let mut run = json!({
        "index": item.index,
        "identity": item.keys.evaluation,
        "training": item.keys.training,
        "names": item.names,
        "state": state.name(),
        "log": list.log(item.index),
    });
    let further = match state {
        RunState::Finished(headline) | RunState::Outdated(headline) => json!({
            "directory": list.store.evaluation_directory(&item.keys),
            "accuracy": headline.accuracy,
            "negative_log_likelihood": headline.negative_log_likelihood,
            "root_mean_squared_error": headline.root_mean_squared_error,
        }),
        RunState::Running(heartbeat, age) => json!({
            "process": heartbeat.process,
            "progress": heartbeat.progress,
            "silent_seconds": age.as_secs_f64(),
        }),
        RunState::Failed(failure) => json!({ "message": failure.message, "help": failure.help, "at": failure.at }),
        RunState::Stopped | RunState::Lost | RunState::Waiting => json!({}),
    };
    if let (Some(run), Value::Object(further)) = (run.as_object_mut(), further) {
        run.extend(further);
    }
    run
}
