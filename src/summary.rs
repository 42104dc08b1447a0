//! How a finished run is printed.

use elbo_runtime::execute::Executed;
use serde_json::json;
use std::fmt::Write;

/// The scores as a table, and where the files are.
pub fn table(executed: &Executed) -> String {
    let (run, test) = (&executed.report.run, &executed.report.test);
    let draws = if test.samples == 1 { "1 pass".to_owned() } else { format!("{} draws", test.samples) };
    let mut text =
        format!("\n{} on the {} test examples of {} ({draws})\n\n", run.name, test.examples, run.data.source);
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
    let _ = writeln!(text, "\n  files in {}", executed.directory.display());
    for warning in &executed.report.warnings {
        let _ = writeln!(text, "  note: {warning}");
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
