//! Numbers as people read them.

use crate::ir::text::grouped_digits;

/// Four significant digits: `1,234`, `196.0`, `0.01234`, `1.852e-7`; whole thousands are grouped.
pub fn figure(value: f64) -> String {
    significant(value, 4)
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

/// A number with so many decimals; with four significant digits where it is so large that nobody reads it, and in words
/// where it is beyond what can be represented.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    if value == f64::INFINITY {
        return "more than 1e308".to_owned();
    }
    if value.is_finite() && value.abs() < 1e9 { format!("{value:.decimals$}") } else { significant(value, 4) }
}

/// A number as short as it is exact, up to six digits: `0.01`, `2`, `5e-4`.
pub(crate) fn short(value: f64) -> String {
    let six = significant(value, 6);
    let (mantissa, exponent) = six.split_once('e').map_or((six.as_str(), ""), |(mantissa, e)| (mantissa, e));
    let mantissa = if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
    if exponent.is_empty() { mantissa.to_owned() } else { format!("{mantissa}e{exponent}") }
}

/// Bytes in the largest unit that leaves at least one: `23.4 KiB`.
pub(crate) fn bytes(count: usize) -> String {
    let mut value = count as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            return if unit == "B" { format!("{count} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TiB")
}

#[cfg(test)]
mod tests {
    use super::{bytes, figure, short};

    #[test]
    fn numbers_are_short_and_keep_their_digits() {
        for (value, expected) in [
            (0.0, "0"),
            (1_234.4, "1,234"),
            (12_345_678.0, "12,345,678"),
            (196.04, "196.0"),
            (0.012_345, "0.01235"),
            (1.8518e-7, "1.852e-7"),
            (f64::INFINITY, "infinite"),
            (-2_000.0, "-2,000"),
        ] {
            assert_eq!(figure(value), expected);
        }
        assert_eq!([0.01, 2.0, 5e-4, 1e-7, 0.0].map(short), ["0.01", "2", "0.0005", "1e-7", "0"]);
        assert_eq!([5, 2_048, 3 << 20].map(bytes), ["5 B", "2.0 KiB", "3.0 MiB"]);
    }
}
