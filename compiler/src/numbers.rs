//! Numbers as text.

/// A number as a person would write it: 1e-8, not 0.00000001.
pub(crate) fn number(value: f64) -> String {
    if value != 0.0 && (value.abs() < 1e-3 || value.abs() >= 1e6) { format!("{value:e}") } else { value.to_string() }
}

/// A count with a comma between groups of three digits: `1,234,567`.
pub fn grouped(count: usize) -> String {
    grouped_digits(&count.to_string())
}

/// The same for a whole number already written; a sign is kept.
pub(crate) fn grouped_digits(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let mut result = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            result.push(',');
        }
        result.push(digit);
    }
    result
}

/// A number with so many significant digits, from one to eight.
pub(crate) fn significant(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return if value.is_nan() { "not a number".to_owned() } else { "infinite".to_owned() };
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{value:.*e}", digits.saturating_sub(1));
    let exponent: i32 = scientific.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    if !(-4..9).contains(&exponent) {
        return scientific;
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    let plain = format!("{value:.decimals$}");
    match plain.split_once('.') {
        Some((whole, fraction)) => format!("{}.{fraction}", grouped_digits(whole)),
        None => grouped_digits(&plain),
    }
}

/// A number as short as it is exact, up to six digits: `0.01`, `2`, `5e-4`.
pub(crate) fn short(value: f64) -> String {
    let six = significant(value, 6);
    let (mantissa, exponent) = six.split_once('e').map_or((six.as_str(), ""), |(mantissa, e)| (mantissa, e));
    let mantissa = if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
    if exponent.is_empty() { mantissa.to_owned() } else { format!("{mantissa}e{exponent}") }
}
