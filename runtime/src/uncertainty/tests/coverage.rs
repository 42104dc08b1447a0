//! A small part of `examples/coverage.rs`: the figures whose interval is shortest of it are held at least so often.

use super::simulation::Scenario;

#[test]
fn intervals_hold_the_truth_about_as_often_as_they_say() {
    let scenario = Scenario { population: 40_000, inputs: 200, samples: 5, sharpness: 1.3 };
    let mut all = scenario.coverages(60);
    all.extend(scenario.regression_coverages(60, 0.0));
    for found in all {
        // Of 60 intervals of 95 % fewer than 52 hold the truth with a probability of .002.
        assert!(found.share >= 51.5 / 60.0, "{found:?}");
    }
}
