//! How a forecast reads.

use super::super::{Counts, duration, size};
use super::{candle, nanoseconds, run};

#[test]
fn sizes_and_durations_are_said_as_people_say_them() {
    for (bytes, expected) in
        [(0, "0 bytes"), (612 << 10, "612 KiB"), (5 << 20, "5.0 MiB"), (950 << 20, "950 MiB"), (1 << 30, "1.0 GiB")]
    {
        assert_eq!(size(bytes), expected);
    }
    assert_eq!(size(u64::MAX), "16 EiB");
    for (seconds, expected) in [
        (0.2, "less than 1 s"),
        (8.4, "8 s"),
        (90.0, "90 s"),
        (720.0, "12 min"),
        (7_200.0, "2.0 h"),
        (864_000.0, "10.0 days"),
    ] {
        assert_eq!(duration(seconds), expected);
    }
}

#[test]
fn the_section_lists_counts_memory_and_time() {
    let counts = Counts { source: 1_438, training: 1_294, validation: 144, test: 359 };
    let run = run(2, 16, "bayes(prior=normal(mean=0, std=0.1))", "batch = 100\n  samples = 2");
    let without = candle(&run, counts, None);
    assert!(without.to_string().contains("`elbo doctor --calibrate`"));
    let with = candle(&run, counts, Some(&nanoseconds()));
    let text = with.to_string();
    for part in
        ["parameters            12.7 k", "× 100 images × 2 samples", "steps                 130 on 1.3 k images"]
    {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    // The test split, and the validation split that the temperature is fitted on.
    assert!(text.contains("scoring 503 images × 20 draws") && text.contains("± 25 %"), "{text}");
    assert!(with.line().contains(" s, ") && with.line().ends_with("MiB"), "{}", with.line());
}
