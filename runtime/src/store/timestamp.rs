//! Points in time as TOML writes them.

use std::time::{SystemTime, UNIX_EPOCH};
use toml::value::{Date, Datetime, Offset, Time};

/// A point in time in UTC, to the second; times before 1970 become its beginning, after 9999 its end.
pub fn timestamp(time: SystemTime) -> Datetime {
    const END_OF_9999: u64 = 253_402_300_799;
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |duration| duration.as_secs()).min(END_OF_9999);
    let (date, second) = (civil_date(seconds / 86_400), seconds % 86_400);
    let part = |value: u64| u8::try_from(value).expect("hours, minutes and seconds are below 60");
    let time = Time {
        hour: part(second / 3_600),
        minute: part(second / 60 % 60),
        second: Some(part(second % 60)),
        nanosecond: None,
    };
    Datetime { date: Some(date), time: Some(time), offset: Some(Offset::Z) }
}

/// The Gregorian date `days` days after 1970-01-01 (Hinnant, "chrono-compatible low-level date
/// algorithms", `civil_from_days`): years are counted from March, so that leap days come last.
fn civil_date(days: u64) -> Date {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    Date {
        year: u16::try_from(year).expect("the caller stops at 9999"),
        month: u8::try_from(month).expect("a month is at most 12"),
        day: u8::try_from(day).expect("a day is at most 31"),
    }
}

/// Seconds since 1970 of a point in time; `None` for one that lacks its date, its time or its offset.
pub fn unix_seconds(time: &Datetime) -> Option<f64> {
    let (date, clock) = (time.date?, time.time?);
    let offset = match time.offset? {
        Offset::Z => 0,
        Offset::Custom { minutes } => i64::from(minutes) * 60,
    };
    let second = i64::from(clock.second.unwrap_or(0));
    let second = (i64::from(clock.hour) * 60 + i64::from(clock.minute)) * 60 + second - offset;
    let fraction = f64::from(clock.nanosecond.unwrap_or(0)) / 1e9;
    Some((days_since_1970(date) * 86_400 + second) as f64 + fraction)
}

/// Days from 1970-01-01 to a Gregorian date (Hinnant, `days_from_civil`), the inverse of [`civil_date`].
fn days_since_1970(date: Date) -> i64 {
    let (year, month, day) = (i64::from(date.year), i64::from(date.month), i64::from(date.day));
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}
