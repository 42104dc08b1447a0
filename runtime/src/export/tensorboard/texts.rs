//! Texts, in TensorBoard's Markdown.

use super::event::Value;
use crate::report::page::{PageInput, conclusions};
use std::fmt::Write;

/// What to conclude from the run, and its spec.
pub(super) fn values(input: &PageInput) -> Vec<Value> {
    let mut concluded = String::new();
    for conclusion in conclusions(input) {
        let _ = writeln!(concluded, "- {}: **{}**, {}", conclusion.about, conclusion.verdict, conclusion.text);
    }
    for warning in &input.report.warnings {
        let _ = writeln!(concluded, "- Note: {warning}");
    }
    // Four blanks make code of a line, whatever it holds.
    let spec = input.spec.lines().fold(String::new(), |text, line| text + "    " + line + "\n");
    vec![Value::text("conclusions", concluded), Value::text("spec", spec)]
}
