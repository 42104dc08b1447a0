//! Numbers as people read them.

pub(crate) use crate::numbers::{short, significant};

/// Four significant digits: `1,234`, `196.0`, `0.01234`, `1.852e-7`; whole thousands are grouped.
pub fn figure(value: f64) -> String {
    significant(value, 4)
}

/// A number with so many decimals; with four significant digits where it is so large that nobody reads it, and in words
/// where it is beyond what can be represented.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    if value == f64::INFINITY {
        return "more than 1e308".to_owned();
    }
    if value.is_finite() && value.abs() < 1e9 { format!("{value:.decimals$}") } else { significant(value, 4) }
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
