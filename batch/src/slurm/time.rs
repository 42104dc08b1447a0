//! Spans of time as people write them, and as Slurm does.

use std::str::FromStr;
use std::time::Duration;

/// A span of time: `90s`, `30min`, `4h`, `2d`, or as Slurm writes it, `4:00:00` and `1-12:00:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeSpan(pub Duration);

/// Some ten years.
const LONGEST: u64 = 3650 * 86_400;

impl FromStr for TimeSpan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let seconds = with_unit(text).or_else(|| with_colons(text));
        let seconds = seconds.filter(|seconds| (1..=LONGEST).contains(seconds));
        seconds.map(|seconds| Self(Duration::from_secs(seconds))).ok_or_else(|| format!("`{text}` is no span of time"))
    }
}

fn with_unit(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|letter: char| !letter.is_ascii_digit())?);
    let unit = match unit.trim() {
        "s" => 1,
        "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// `hours:minutes:seconds`, perhaps with days before it. Slurm's shorter forms mean what few expect: `4:00` is four minutes.
fn with_colons(text: &str) -> Option<u64> {
    let (days, rest) = text.split_once('-').unwrap_or(("0", text));
    let parts: Vec<u64> = rest.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let &[hours, minutes, seconds] = parts.as_slice() else { return None };
    let days = days.parse::<u64>().ok()?.checked_mul(86_400)?;
    let within = minutes < 60 && seconds < 60;
    within.then_some(days)?.checked_add(hours.checked_mul(3600)?)?.checked_add(60 * minutes + seconds)
}

/// The minutes that Slurm counts in, rounded up.
pub(super) fn minutes(span: Duration) -> u64 {
    span.as_secs().div_ceil(60).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_written() {
        let seconds = |text: &str| text.parse::<TimeSpan>().map(|span| span.0.as_secs()).ok();
        for (text, expected) in [
            ("90s", 90),
            ("30min", 1800),
            ("4h", 14_400),
            ("4 h", 14_400),
            ("2d", 172_800),
            ("4:00:00", 14_400),
            ("1-12:30:05", 131_405),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for text in [
            "",
            "4",
            "h",
            "4:00",
            "0s",
            "4H",
            "-1-00:00:00",
            "1-2",
            "1:60:00",
            "99999999999999999999d",
            "9999999999999999d",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn minutes_are_rounded_up() {
        let of = |seconds| minutes(Duration::from_secs(seconds));
        assert_eq!([of(1), of(60), of(61), of(14_400)], [1, 1, 2, 240]);
    }
}
