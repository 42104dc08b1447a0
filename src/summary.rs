//! How a finished run is printed.

use crate::wording;
use elbo_compiler::{CompiledSweep, SweepMember, ir};
use elbo_runtime::execute::Executed;
use elbo_runtime::finished::FinishedRun;
use elbo_runtime::report::Report;
use elbo_runtime::train::Assessment;
use elbo_runtime::uncertainty::scores::DetectionScore;
use elbo_runtime::uncertainty::{Evaluation, OutOfDistribution};
use serde_json::json;
use std::fmt::Write;
use std::path::Path;

/// The scores as a table, and where the files are.
pub fn table(report: &Report, directory: &Path) -> String {
    let sets = &report.out_of_distribution;
    let mut text = scores(&report.run.name, &report.run.data.source, &report.test);
    if let Some(scaling) = &report.temperature_scaling {
        let _ = writeln!(
            text,
            "\n  with class scores divided by {:.3}, fitted on validation: negative log-likelihood {:.4}, expected \
             calibration error {:.4}",
            scaling.temperature, scaling.test.negative_log_likelihood, scaling.test.expected_calibration_error
        );
    }
    text.push_str(&out_of_distribution(sets));
    let _ = writeln!(text, "\n  files in {}", directory.display());
    for warning in &report.warnings {
        let _ = writeln!(text, "  note: {warning}");
    }
    text
}

/// The scores of a run on the test split of a data set as a table.
pub fn scores(run: &str, data: &str, test: &Evaluation) -> String {
    let draws = if test.samples == 1 { "1 pass".to_owned() } else { format!("{} draws", test.samples) };
    let mut text = format!("\n{run} on the {} test examples of {data} ({draws})\n\n", test.examples);
    let figure = |value: f64| format!("{value:.4}");
    let error = |value: Option<f64>| value.map_or_else(String::new, |value| format!("± {value:.4}"));
    let percent = |value: f64| format!("{:.2} %", 100.0 * value);
    let errors = &test.standard_errors;
    let rows = [
        (
            "accuracy",
            percent(test.accuracy),
            errors.accuracy.map_or_else(String::new, |e| format!("± {:.2} %", 100.0 * e)),
        ),
        ("negative log-likelihood", figure(test.negative_log_likelihood), error(errors.negative_log_likelihood)),
        ("Brier score", figure(test.brier), error(errors.brier)),
        (
            "expected calibration error",
            figure(test.expected_calibration_error),
            format!("{} bins", test.expected_calibration_error_bins),
        ),
        ("aleatoric uncertainty", figure(test.aleatoric), error(errors.aleatoric)),
        (
            "epistemic uncertainty",
            test.epistemic.map_or_else(|| "none".to_owned(), figure),
            test.epistemic.map_or_else(
                || "needs random weights or masks, and several draws".to_owned(),
                |_| error(errors.epistemic),
            ),
        ),
    ];
    for (name, value, detail) in rows {
        let _ = writeln!(text, "{}", format!("  {name:<27} {value:>9}  {detail}").trim_end());
    }
    text
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
    text
}

/// The result as one line of JSON.
pub fn json(executed: &Executed) -> String {
    let status = if executed.reused { "reused" } else { "finished" };
    let line = json!({
        "version": 1,
        "identity": executed.identity.as_str(),
        "directory": executed.directory,
        "status": status,
        "test": executed.report.test,
    });
    format!("{line}\n")
}

/// The scores in a line, for the progress of a sweep.
pub fn member_line(executed: &Executed) -> String {
    let test = &executed.report.test;
    let reused = if executed.reused { "; finished before, so nothing was done" } else { "" };
    format!("  accuracy {:.2} %, nll {:.4}{reused}", 100.0 * test.accuracy, test.negative_log_likelihood)
}

/// One line of JSON of a member of a sweep.
pub fn member_json(member: &SweepMember, executed: &Executed) -> String {
    let mut line: serde_json::Value = serde_json::from_str(&json(executed)).expect("it is JSON written above");
    line["member"] = json!(member.name);
    line["varied"] = member.varied.iter().map(|(path, value)| (path.clone(), json!(value))).collect();
    format!("{line}\n")
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
    let header = ["member", "accuracy", "nll", "ece", "epistemic", "files"].map(str::to_owned);
    let prefix = format!("{}/", sweep.name);
    let rows = sweep.members.iter().zip(results).map(|(member, executed)| {
        let name = member.name.strip_prefix(&prefix).unwrap_or(&member.name).to_owned();
        let Some(executed) = executed else {
            return [name, "failed".to_owned(), String::new(), String::new(), String::new(), String::new()];
        };
        let (test, errors) = (&executed.report.test, &executed.report.test.standard_errors);
        let with_error = |value: f64, error: Option<f64>| {
            error.map_or_else(|| format!("{value:.4}"), |error| format!("{value:.4} ± {error:.4}"))
        };
        let accuracy = match errors.accuracy {
            Some(error) => format!("{:.2} ± {:.2} %", 100.0 * test.accuracy, 100.0 * error),
            None => format!("{:.2} %", 100.0 * test.accuracy),
        };
        [
            name,
            accuracy,
            with_error(test.negative_log_likelihood, errors.negative_log_likelihood),
            format!("{:.4}", test.expected_calibration_error),
            test.epistemic.map_or_else(|| "none".to_owned(), |value| with_error(value, errors.epistemic)),
            executed.directory.display().to_string(),
        ]
    });
    let rows: Vec<[String; 6]> = std::iter::once(header).chain(rows).collect();
    let widths = [0, 1, 2, 3, 4]
        .map(|column| rows.iter().map(|row: &[String; 6]| row[column].chars().count()).max().unwrap_or_default());
    let mut text = format!("\n{} of {}\n\n", sweep.name, sweep.run);
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

/// The scores of a finished run that was scored again.
pub fn evaluation(finished: &FinishedRun, data: &str, assessment: &Assessment) -> String {
    let mut text = scores(&finished.report.run.name, data, &assessment.test);
    text.push_str(&out_of_distribution(&assessment.out_of_distribution));
    text
}

/// The same as one line of JSON.
pub fn evaluation_json(finished: &FinishedRun, data: &str, assessment: &Assessment) -> String {
    let line = json!({
        "version": 1,
        "identity": finished.report.run.identity,
        "data": data,
        "test": assessment.test,
        "out_of_distribution": assessment.out_of_distribution,
    });
    format!("{line}\n")
}
