//! How a finished run is printed.

use crate::wording::{self, paragraph};
use elbo_compiler::ir::Estimator;
use elbo_compiler::{CompiledSweep, SweepMember, ir};
use elbo_runtime::execute::{ExecuteError, Executed, Stopped, StoppedAt, Work};
use elbo_runtime::finished::FinishedRun;
use elbo_runtime::report::{KEYS, Report, Section, backwards_sentence, fit_notes, section, training_notes};
use elbo_runtime::train::Assessment;
use elbo_runtime::uncertainty::OutOfDistribution;
use elbo_runtime::uncertainty::scores::DetectionScore;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

/// The scores as a table, and where the files are.
pub fn table(report: &Report, directory: &Path) -> String {
    let drawn = draws(report.draws(), None);
    let mut text = heading(&report.run.name, &report.run.data.called(), (&drawn, report.test_examples()));
    // What the fit leaves open bears on every row, and on the split of the uncertainty most of all.
    let fit = fit_notes(report);
    text.push_str(&notes(fit.iter()));
    if !fit.is_empty() {
        text.push('\n');
    }
    let scores = section(&report.scores);
    text.push_str(&rows(scores));
    for (index, verdict) in scores.verdicts(report.temperature_scaling.as_ref()).iter().enumerate() {
        let _ = write!(text, "{}{}", if index == 0 { "\n" } else { "" }, paragraph(verdict, 2));
    }
    text.push_str(&out_of_distribution(&report.out_of_distribution));
    let _ = writeln!(text, "\n  files in {}", directory.display());
    text.push_str(&notes(report.warnings.iter().filter(|warning| !fit.contains(warning))));
    text
}

fn notes<'n>(notes: impl Iterator<Item = &'n String>) -> String {
    notes.map(|note| paragraph(&format!("note: {note}"), 2)).collect()
}

/// How a network was drawn, where that is said: `25 draws by flipout`.
fn draws(draws: usize, by: Option<Estimator>) -> String {
    let draws = if draws == 1 { "1 pass".to_owned() } else { format!("{draws} draws") };
    by.map_or_else(|| draws.clone(), |by| format!("{draws} by {}", by.name()))
}

/// What was scored.
fn heading(run: &str, data: &str, (draws, examples): (&str, usize)) -> String {
    format!("\n{run} on the {examples} test examples of {data} ({draws}), ± one standard error over test inputs\n\n")
}

/// Name, value and what stands behind it, of each score.
fn rows(scores: &dyn Section) -> String {
    let line = |[name, value, detail]: [String; 3]| format!("  {name:<27} {value:>9}  {detail}").trim_end().to_owned();
    scores.rows().into_iter().map(|row| line(row) + "\n").collect()
}

/// How well each set of another distribution is told from the test split; nothing if there is none.
pub fn out_of_distribution(sets: &[OutOfDistribution]) -> String {
    let Some(width) = sets.iter().map(|set| set.name.chars().count()).max() else { return String::new() };
    let width = width.max("AUROC against the test split".len());
    let mut text = format!("\n  {:<width$}  entropy  mutual information  accuracy\n", "AUROC against the test split");
    for set in sets {
        let area = |score: DetectionScore| {
            let found = set.detection.iter().find(|found| found.score == score);
            found.map_or_else(|| "none".to_owned(), |found| format!("{:.4}", found.area_under_roc))
        };
        let accuracy = set.accuracy.map_or_else(String::new, |accuracy| format!("{:.2} %", 100.0 * accuracy));
        let (entropy, information) = (area(DetectionScore::Entropy), area(DetectionScore::MutualInformation));
        let line = format!("  {:<width$}  {entropy:>7}  {information:>18}  {accuracy:>8}", set.name);
        let _ = writeln!(text, "{}", line.trim_end());
    }
    if let Some(sentence) = backwards_sentence(sets.iter()) {
        text.push_str(&paragraph(&sentence, 2));
    }
    text
}

/// The result as one line of JSON.
pub fn json(executed: &Executed) -> String {
    let (status, trained) = match executed.work {
        Work::Nothing => ("reused", false),
        Work::Scored => ("finished", false),
        Work::Trained => ("finished", true),
    };
    let mut line = json!({
        "version": 1,
        "identity": executed.keys.evaluation,
        "training": executed.keys.training,
        "directory": executed.directory,
        "status": status,
        "trained": trained,
    });
    let scores = section(&executed.report.scores);
    line[scores.key()] = scores.json();
    format!("{line}\n")
}

/// A run that was stopped, as one line of JSON.
pub fn stopped_json(stopped: Option<&Stopped>) -> String {
    format!("{}\n", stopped_line(stopped))
}

/// The same of a member of a sweep.
pub fn stopped_member_json(member: &SweepMember, stopped: Option<&Stopped>) -> String {
    format!("{}\n", of_member(stopped_line(stopped), member))
}

/// A member of a sweep that failed.
pub fn failed_member_json(member: &SweepMember, error: &ExecuteError) -> String {
    let line =
        json!({ "version": 1, "identity": null, "directory": null, "status": "failed", "problem": error.to_string() });
    format!("{}\n", of_member(line, member))
}

/// Before its data are read a run has neither an identity nor a directory.
fn stopped_line(stopped: Option<&Stopped>) -> Value {
    let mut line = json!({
        "version": 1,
        "identity": stopped.map(|stopped| stopped.identity.as_str()),
        "directory": stopped.map(|stopped| &stopped.attempt),
        "status": "stopped",
    });
    if let Some(StoppedAt::Step { steps, of }) = stopped.map(|stopped| stopped.at) {
        line["step"] = json!(steps);
        line["steps"] = json!(of);
    }
    line
}

/// The scores in a line, for the progress of a sweep.
pub fn member_line(executed: &Executed) -> String {
    let reused = match executed.work {
        Work::Nothing => "; finished before, so nothing was done",
        Work::Scored => "; trained before, so it was only scored",
        Work::Trained => "",
    };
    let scores = section(&executed.report.scores).line();
    format!("  {scores}{reused}")
}

/// One line of JSON of a member of a sweep.
pub fn member_json(member: &SweepMember, executed: &Executed) -> String {
    let line = serde_json::from_str(&json(executed)).expect("it is JSON written above");
    format!("{}\n", of_member(line, member))
}

/// A line of JSON with which member it is of.
fn of_member(mut line: Value, member: &SweepMember) -> Value {
    line["member"] = json!(member.name);
    line["varied"] = member.varied.iter().map(|(path, value)| (path.clone(), json!(value))).collect();
    line
}

/// The members of a sweep with the beginning of the digest of what each means.
pub fn members(sweep: &CompiledSweep) -> String {
    let mut text =
        format!("sweep {} of {}: {}\n", sweep.name, sweep.run, wording::counted(sweep.members.len(), "member"));
    let width = sweep.members.iter().map(|member| member.name.len()).max().unwrap_or_default();
    for member in &sweep.members {
        let _ = writeln!(text, "{:<width$}  {}", member.name, &ir::digest(&member.run.run)[..12]);
    }
    text
}

/// The scores of the members of a sweep side by side; `None` for one that came to nothing.
pub fn comparison(sweep: &CompiledSweep, results: &[Option<Executed>]) -> String {
    let first = results.iter().flatten().next();
    let [quality, calibration] = first.map_or(["accuracy", "ece"], |executed| section(&executed.report.scores).heads());
    let header = ["member", quality, "nll", calibration, "epistemic", "files"].map(str::to_owned);
    let prefix = format!("{}/", sweep.name);
    let rows = sweep.members.iter().zip(results).map(|(member, executed)| {
        let name = member.name.strip_prefix(&prefix).unwrap_or(&member.name).to_owned();
        let Some(executed) = executed else {
            return [name, "failed".to_owned(), String::new(), String::new(), String::new(), String::new()];
        };
        let files = executed.directory.display().to_string();
        let [quality, likelihood, calibration, epistemic] = section(&executed.report.scores).cells();
        [name, quality, likelihood, calibration, epistemic, files]
    });
    let rows: Vec<[String; 6]> = std::iter::once(header).chain(rows).collect();
    let widths = [0, 1, 2, 3, 4]
        .map(|column| rows.iter().map(|row: &[String; 6]| row[column].chars().count()).max().unwrap_or_default());
    let mut text = format!("\n{} of {}, ± one standard error over test inputs\n\n", sweep.name, sweep.run);
    for row in &rows {
        let mut line = format!("  {:<width$}", row[0], width = widths[0]);
        for column in 1..5 {
            let _ = write!(line, "  {:>width$}", row[column], width = widths[column]);
        }
        let _ = write!(line, "  {}", row[5]);
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// The scores of a finished run that was scored again, and by which estimator if that was asked for.
pub fn evaluation(
    finished: &FinishedRun,
    (data, estimator): (&str, Option<Estimator>),
    assessment: &Assessment,
) -> String {
    let scores = assessment.scored.scores();
    let (samples, examples) = (scores.samples(), scores.examples());
    let drawn = draws(samples, estimator.or(finished.run.report.estimator));
    let mut text = heading(&finished.report.run.name, data, (&drawn, examples));
    let fit = training_notes(&finished.report);
    text.push_str(&notes(fit.iter()));
    if !fit.is_empty() {
        text.push('\n');
    }
    text.push_str(&rows(section(&scores)));
    text.push_str(&out_of_distribution(&assessment.out_of_distribution));
    text
}

/// The same as one line of JSON.
pub fn evaluation_json(finished: &FinishedRun, data: &str, assessment: &Assessment) -> String {
    let scores = assessment.scored.scores();
    let mut line = json!({
        "version": 1,
        "identity": finished.report.run.identity,
        "training": finished.report.run.training,
        "data": data,
        "out_of_distribution": assessment.out_of_distribution,
    });
    for key in KEYS {
        line[key] = Value::Null;
    }
    line[section(&scores).key()] = section(&scores).json();
    format!("{line}\n")
}
