//! Numbers as figures and tables show them.

/// A number for a table: four significant digits, fixed while that is short.
pub fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs();
    let text = if size >= 1e6 {
        return grouped(value);
    } else if size >= 1000.0 {
        format!("{value:.1}")
    } else if size >= 1e-4 {
        let decimals = (3.0 - size.log10().floor()).clamp(0.0, 7.0) as usize;
        format!("{value:.decimals$}")
    } else {
        format!("{value:.3e}")
    };
    text.replace('-', "−")
}

/// The decimals that show two significant digits of an error, where that is neither beyond nor below all sense.
fn decimals_of(error: f64) -> Option<usize> {
    (error.is_finite() && (1e-9..1e5).contains(&error)).then(|| (1.0 - error.log10().floor()).max(0.0) as usize)
}

/// A value beside an error of its own that stands elsewhere: with the decimals of that, where there is one.
pub fn beside(value: f64, error: Option<f64>) -> String {
    match error.and_then(decimals_of) {
        Some(decimals) => format!("{value:.decimals$}").replace('-', "−"),
        None => number(value),
    }
}

/// A value with its standard error, if it has one: two significant digits of the error, and as many decimals of the value.
pub fn with_error(value: f64, error: Option<f64>) -> String {
    match error {
        Some(error) if decimals_of(error).is_some() => {
            let decimals = decimals_of(error).unwrap_or_default();
            format!("{value:.decimals$} ± {error:.decimals$}").replace('-', "−")
        }
        Some(error) => format!("{} ± {}", number(value), number(error)),
        None => number(value),
    }
}

/// A whole number with its thousands apart.
pub fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    if value < 0.0 {
        text.push('−');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number that may not be.
pub(super) fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| "—".to_owned(), number)
}

/// A share in per cent.
pub fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// The least and the greatest finite value, `None` without any.
pub(super) fn range(values: impl IntoIterator<Item = f64>) -> Option<[f64; 2]> {
    values.into_iter().filter(|value| value.is_finite()).fold(None, |range, value| match range {
        None => Some([value, value]),
        Some([low, high]) => Some([f64::min(low, value), f64::max(high, value)]),
    })
}
