//! Scores as a terminal shows them.

/// A score.
pub fn figure(value: f64) -> String {
    // What rounds to 0 has no sign.
    let text = format!("{value:.4}");
    text.strip_prefix('-')
        .filter(|digits| digits.bytes().all(|byte| matches!(byte, b'0' | b'.')))
        .map_or_else(|| text.clone(), str::to_owned)
}

/// A standard error after its score; nothing where there is none.
pub fn error(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("± {}", small(value)))
}

/// A standard error: one that four decimals would make nothing has its first digit.
pub fn small(value: f64) -> String {
    if value > 0.0 && value < 0.000_05 { format!("{value:.0e}") } else { format!("{value:.4}") }
}

/// The epistemic part and its standard error.
pub fn epistemic_row(value: Option<f64>, standard_error: Option<f64>) -> [String; 3] {
    let detail =
        value.map_or_else(|| "needs random weights or masks, and several draws".to_owned(), |_| error(standard_error));
    ["epistemic uncertainty".to_owned(), value.map_or_else(|| "none".to_owned(), figure), detail]
}

/// A score and its standard error in a cell.
pub fn with_error(value: f64, error: Option<f64>) -> String {
    error.map_or_else(|| format!("{value:.4}"), |error| format!("{value:.4} ± {}", small(error)))
}

/// The same of a score that may not be defined.
pub fn with_error_or_none(value: Option<f64>, error: Option<f64>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| with_error(value, error))
}

#[cfg(test)]
mod tests {
    use super::small;

    #[test]
    fn no_error_is_rounded_to_nothing() {
        assert_eq!([0.0, 0.000_02, 0.000_05, 0.012_34].map(small), ["0.0000", "2e-5", "0.0001", "0.0123"]);
    }
}
