//! A plan, before anything is begun.

use super::columns::{Side, columns};
use super::declarations::by_declaration;
use super::words::{about, counted};
use crate::local::PoolSettings;
use crate::plan::{Plan, PlannedRun};
use elbo_compiler::ir::grouped;
use elbo_runtime::backend::DeviceChoice;
use elbo_runtime::forecast::{duration, size};
use serde_json::{Value, json};
use std::fmt::Write;

/// How a plan would be worked at, and how much of it is done.
#[derive(Debug, Clone, Copy)]
pub struct Prospect<'p> {
    /// The batch's name.
    pub name: &'p str,
    /// Whether each run has a result.
    pub finished: &'p [bool],
    /// The pool that would work at it.
    pub pool: &'p PoolSettings,
    /// Bytes of memory that are available.
    pub available: Option<u64>,
}

/// A line for each run and sweep that was declared, and what all of them cost.
pub fn plan_text(plan: &Plan, prospect: Prospect<'_>) -> String {
    let groups = by_declaration(plan.runs.iter().map(|run| run.names.as_slice()));
    let rows: Vec<Vec<String>> =
        groups.iter().map(|((file, name), places)| row(plan, (file, name), places, prospect)).collect();
    let sides = [Side::Left, Side::Right, Side::Right, Side::Right, Side::Right, Side::Right, Side::Right, Side::Left];
    let heading = ["run or sweep", "runs", "done", "parameters", "epochs", "memory", "time", "file"];
    let mut text = format!("batch {}: {}", prospect.name, counted(plan.runs.len(), "run"));
    let shared = plan.duplicates();
    if shared > 0 {
        let (mean, share) = if shared == 1 { ("means", "shares") } else { ("mean", "share") };
        let _ = write!(text, "; {} {mean} the same as another and {share} its result", counted(shared, "further name"));
    }
    text.push_str("\n\n");
    text.push_str(&columns(&sides, &heading, &rows));
    text.push('\n');
    text.push_str(&outlook(plan, prospect));
    text
}

fn row(plan: &Plan, (file, name): (&str, &str), places: &[usize], prospect: Prospect<'_>) -> Vec<String> {
    let runs: Vec<&PlannedRun> = places.iter().map(|place| &plan.runs[*place]).collect();
    let range = |value: fn(&PlannedRun) -> u64, shown: fn(u64) -> String| {
        let values = runs.iter().map(|run| value(run));
        match (values.clone().min(), values.max()) {
            (Some(least), Some(most)) if shown(least) != shown(most) => format!("{}–{}", shown(least), shown(most)),
            (_, most) => most.map_or_else(String::new, shown),
        }
    };
    let count = |number: u64| grouped(usize::try_from(number).unwrap_or(usize::MAX));
    let done = places.iter().filter(|place| prospect.finished[**place]).count();
    vec![
        name.to_owned(),
        grouped(runs.len()),
        grouped(done),
        range(|run| run.forecast.parameters, count),
        range(|run| run.forecast.epochs, count),
        range(|run| run.forecast.memory.peak, size),
        seconds(&runs).map_or_else(|| "?".to_owned(), duration),
        file.to_owned(),
    ]
}

/// Forecast seconds of some runs, one after the other; `None` where the machine is not calibrated.
fn seconds(runs: &[&PlannedRun]) -> Option<f64> {
    runs.iter().map(|run| run.forecast.time.map(|time| time.total)).sum()
}

/// How much there is to do, and how long it takes on this machine.
pub fn outlook(plan: &Plan, prospect: Prospect<'_>) -> String {
    let open: Vec<&PlannedRun> =
        plan.runs.iter().zip(prospect.finished).filter(|(_, done)| !**done).map(|(run, _)| run).collect();
    let pool = prospect.pool;
    let each = format!(
        "{} at a time with {} each",
        counted(pool.at_once(), "run"),
        counted(pool.threads_of_a_run(), "thread")
    );
    let device = match plan.place.device {
        DeviceChoice::Cpu => String::new(),
        DeviceChoice::Gpu(_) | DeviceChoice::Cuda(_) | DeviceChoice::Metal => {
            format!(" --device {}", plan.place.device)
        }
    };
    let mut text = match (open.is_empty(), seconds(&open)) {
        (true, _) => "everything is finished\n".to_owned(),
        (false, Some(seconds)) => {
            format!("{} to do: {}, {each}\n", counted(open.len(), "run"), about(seconds / pool.at_once() as f64))
        }
        (false, None) => format!(
            "{} to do, {each}; how long that takes is unknown: `elbo doctor --calibrate --threads {}{device}` measures this machine\n",
            counted(open.len(), "run"),
            pool.threads_of_a_run()
        ),
    };
    if let Some(available) = prospect.available {
        let too_large = open.iter().filter(|run| plan.processor_memory(run) > available).count();
        if too_large > 0 {
            let _ = writeln!(
                text,
                "{} more memory than the {} that is available; on this machine they wait for it, or fail if it has less, unless `--ignore-memory` begins them",
                if too_large == 1 { "1 run needs".to_owned() } else { format!("{} runs need", grouped(too_large)) },
                size(available)
            );
        }
    }
    text
}

/// The plan for programs.
pub fn plan_json(plan: &Plan, prospect: Prospect<'_>) -> Value {
    let runs: Vec<Value> = plan
        .runs
        .iter()
        .zip(prospect.finished)
        .enumerate()
        .map(|(index, (run, finished))| {
            json!({
                "index": index,
                "identity": run.keys.evaluation,
                "training": run.keys.training,
                "names": run.names,
                "finished": finished,
                "parameters": run.forecast.parameters,
                "epochs": run.forecast.epochs,
                "steps": run.forecast.steps,
                "memory_bytes": run.forecast.memory.peak,
                "seconds": run.forecast.time.map(|time| time.total),
            })
        })
        .collect();
    json!({
        "version": 1,
        "batch": prospect.name,
        "backend": plan.place.backend.to_string(),
        "device": plan.place.device.to_string(),
        "kernel_table": plan.place.kernel_table,
        "jobs": prospect.pool.at_once(),
        "threads_of_a_run": prospect.pool.threads_of_a_run(),
        "runs": runs,
    })
}
