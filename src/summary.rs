//! How a finished run is printed.

use crate::wording::{self, paragraph};
use elbo_compiler::ir::Estimator;
use elbo_compiler::{CompiledSweep, SweepMember, ir};
use elbo_runtime::execute::{ExecuteError, Executed, Stopped, StoppedAt, Work};
use elbo_runtime::finished::FinishedRun;
use elbo_runtime::report::{
    Report, backwards_sentence, calibration_verdict, fit_notes, interval_verdict, temperature_sentence, training_notes,
};
use elbo_runtime::train::{Assessment, Scored};
use elbo_runtime::uncertainty::scores::DetectionScore;
use elbo_runtime::uncertainty::{Evaluation, OutOfDistribution, RegressionEvaluation};
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
    text.push_str(&rows(report.test.as_ref(), report.regression.as_ref()));
    if let Some(test) = &report.test {
        let (verdict, reason) =
            calibration_verdict(test, test.reliability.first().map(Vec::as_slice).unwrap_or_default());
        let _ = write!(text, "\n{}", paragraph(&format!("calibration: {verdict} {reason}"), 2));
        if let Some(scaling) = &report.temperature_scaling {
            text.push_str(&paragraph(&temperature_sentence(scaling, test), 2));
        }
    }
    if let Some(scores) = &report.regression {
        let (verdict, reason) = interval_verdict(scores);
        let _ = write!(text, "\n{}", paragraph(&format!("intervals: {verdict} {reason}"), 2));
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
fn rows(test: Option<&Evaluation>, regression: Option<&RegressionEvaluation>) -> String {
    let rows = test.map(class_rows).or(regression.map(value_rows)).unwrap_or_default();
    let line = |[name, value, detail]: [String; 3]| format!("  {name:<27} {value:>9}  {detail}").trim_end().to_owned();
    rows.into_iter().map(|row| line(row) + "\n").collect()
}

fn figure(value: f64) -> String {
    // What rounds to 0 has no sign.
    let text = format!("{value:.4}");
    text.strip_prefix('-')
        .filter(|digits| digits.bytes().all(|byte| matches!(byte, b'0' | b'.')))
        .map_or_else(|| text.clone(), str::to_owned)
}

fn error(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("± {}", small(value)))
}

/// A standard error: one that four decimals would make nothing has its first digit.
fn small(value: f64) -> String {
    if value > 0.0 && value < 0.000_05 { format!("{value:.0e}") } else { format!("{value:.4}") }
}

/// The epistemic part and its standard error.
fn epistemic_row(value: Option<f64>, standard_error: Option<f64>) -> [String; 3] {
    let detail =
        value.map_or_else(|| "needs random weights or masks, and several draws".to_owned(), |_| error(standard_error));
    ["epistemic uncertainty".to_owned(), value.map_or_else(|| "none".to_owned(), figure), detail]
}

/// The standard error of the accuracy; where every input is right, or none is, it is 0 and tells nothing, so the interval.
fn accuracy_error(test: &Evaluation) -> Option<String> {
    let error = test.standard_errors.accuracy?;
    Some(match &test.intervals {
        Some(intervals) if error == 0.0 => {
            let [low, high] = intervals.accuracy.map(|end| 100.0 * end);
            format!("95 % interval {low:.2} % to {high:.2} %")
        }
        _ => format!("± {:.2} %", 100.0 * error),
    })
}

fn class_rows(test: &Evaluation) -> Vec<[String; 3]> {
    let errors = &test.standard_errors;
    let row = |name: &str, value: f64, detail: String| [name.to_owned(), figure(value), detail];
    vec![
        ["accuracy".to_owned(), format!("{:.2} %", 100.0 * test.accuracy), accuracy_error(test).unwrap_or_default()],
        row("negative log-likelihood", test.negative_log_likelihood, error(errors.negative_log_likelihood)),
        row("Brier score", test.brier, error(errors.brier)),
        row(
            "expected calibration error",
            test.expected_calibration_error,
            format!("{} bins", test.expected_calibration_error_bins),
        ),
        row("aleatoric uncertainty", test.aleatoric, error(errors.aleatoric)),
        epistemic_row(test.epistemic_unbiased, errors.epistemic_unbiased),
    ]
}

fn value_rows(scores: &RegressionEvaluation) -> Vec<[String; 3]> {
    let errors = &scores.standard_errors;
    let row = |name: &str, value: f64, detail: String| [name.to_owned(), figure(value), detail];
    let optional = |name: &str, value: Option<f64>, of: Option<f64>| value.map(|value| row(name, value, error(of)));
    let mut rows: Vec<[String; 3]> = [
        optional("root mean squared error", scores.root_mean_squared_error, errors.root_mean_squared_error),
        optional("mean absolute error", scores.mean_absolute_error, errors.mean_absolute_error),
        optional(
            "ranked probability score",
            scores.continuous_ranked_probability_score,
            errors.continuous_ranked_probability_score,
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    rows.extend(scores.by_target.iter().map(|target| {
        let detail = format!("of {}", target.name);
        row("root mean squared error", target.root_mean_squared_error, detail)
    }));
    rows.push(row("negative log-likelihood", scores.negative_log_likelihood, error(errors.negative_log_likelihood)));
    rows.extend(scores.coverage.iter().map(|level| {
        [
            format!("in the {:.0} % interval", 100.0 * level.level),
            format!("{:.2} %", 100.0 * level.coverage),
            level.mean_width.map_or_else(String::new, |width| format!("mean width {width:.4}")),
        ]
    }));
    if let Some(aleatoric) = scores.aleatoric {
        let spread = errors.aleatoric.map_or_else(|| "the same for every input".to_owned(), |value| error(Some(value)));
        rows.push(row("aleatoric uncertainty", aleatoric, spread));
        rows.push(epistemic_row(scores.epistemic_unbiased, errors.epistemic_unbiased));
    }
    rows
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
    if let Some(test) = &executed.report.test {
        line["test"] = json!(test);
    }
    if let Some(scores) = &executed.report.regression {
        line["regression"] = json!(scores);
    }
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
    let (test, regression) = (&executed.report.test, &executed.report.regression);
    let scores = match (test, regression) {
        (Some(test), _) => format!("accuracy {:.2} %, nll {:.4}", 100.0 * test.accuracy, test.negative_log_likelihood),
        (None, Some(scores)) => {
            let error = scores.root_mean_squared_error.map_or_else(String::new, |error| format!("rmse {error:.4}, "));
            format!("{error}nll {:.4}", scores.negative_log_likelihood)
        }
        (None, None) => String::new(),
    };
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
    let of_values = results.iter().flatten().any(|executed| executed.report.regression.is_some());
    let [quality, calibration] = if of_values { ["rmse", "in 95 %"] } else { ["accuracy", "ece"] };
    let header = ["member", quality, "nll", calibration, "epistemic", "files"].map(str::to_owned);
    let prefix = format!("{}/", sweep.name);
    let rows = sweep.members.iter().zip(results).map(|(member, executed)| {
        let name = member.name.strip_prefix(&prefix).unwrap_or(&member.name).to_owned();
        let Some(executed) = executed else {
            return [name, "failed".to_owned(), String::new(), String::new(), String::new(), String::new()];
        };
        let files = executed.directory.display().to_string();
        let with_error = |value: f64, error: Option<f64>| {
            error.map_or_else(|| format!("{value:.4}"), |error| format!("{value:.4} ± {}", small(error)))
        };
        let epistemic = |value: Option<f64>, error: Option<f64>| {
            value.map_or_else(|| "none".to_owned(), |value| with_error(value, error))
        };
        if let Some(scores) = &executed.report.regression {
            let errors = &scores.standard_errors;
            return [
                name,
                scores
                    .root_mean_squared_error
                    .map_or_else(String::new, |value| with_error(value, errors.root_mean_squared_error)),
                with_error(scores.negative_log_likelihood, errors.negative_log_likelihood),
                scores.coverage.last().map_or_else(String::new, |level| format!("{:.2} %", 100.0 * level.coverage)),
                epistemic(scores.epistemic_unbiased, errors.epistemic_unbiased),
                files,
            ];
        }
        let Some(test) = &executed.report.test else {
            return [name, String::new(), String::new(), String::new(), String::new(), files];
        };
        let errors = &test.standard_errors;
        let accuracy = match (errors.accuracy, &test.intervals) {
            (Some(0.0), Some(intervals)) => {
                let [low, high] = intervals.accuracy.map(|end| 100.0 * end);
                format!("{:.2} % ({low:.2} to {high:.2})", 100.0 * test.accuracy)
            }
            (Some(error), _) => format!("{:.2} ± {:.2} %", 100.0 * test.accuracy, 100.0 * error),
            (None, _) => format!("{:.2} %", 100.0 * test.accuracy),
        };
        [
            name,
            accuracy,
            with_error(test.negative_log_likelihood, errors.negative_log_likelihood),
            format!("{:.4}", test.expected_calibration_error),
            epistemic(test.epistemic_unbiased, errors.epistemic_unbiased),
            files,
        ]
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
    let (samples, examples) = match &assessment.scored {
        Scored::Classes { test, .. } => (test.samples, test.examples),
        Scored::Values { regression, .. } => (regression.samples, regression.examples),
    };
    let drawn = draws(samples, estimator.or(finished.run.report.estimator));
    let mut text = heading(&finished.report.run.name, data, (&drawn, examples));
    let fit = training_notes(&finished.report);
    text.push_str(&notes(fit.iter()));
    if !fit.is_empty() {
        text.push('\n');
    }
    text.push_str(&rows(assessment.scored.test(), assessment.scored.regression()));
    text.push_str(&out_of_distribution(&assessment.out_of_distribution));
    text
}

/// The same as one line of JSON.
pub fn evaluation_json(finished: &FinishedRun, data: &str, assessment: &Assessment) -> String {
    let line = json!({
        "version": 1,
        "identity": finished.report.run.identity,
        "training": finished.report.run.training,
        "data": data,
        "test": assessment.scored.test(),
        "regression": assessment.scored.regression(),
        "out_of_distribution": assessment.out_of_distribution,
    });
    format!("{line}\n")
}

#[cfg(test)]
mod tests {
    use super::small;

    #[test]
    fn no_error_is_rounded_to_nothing() {
        assert_eq!([0.0, 0.000_02, 0.000_05, 0.012_34].map(small), ["0.0000", "2e-5", "0.0001", "0.0123"]);
    }
}
