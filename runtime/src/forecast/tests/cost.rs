//! How forecasts grow.

use super::super::{Counts, TooLarge, Work, fit};
use super::{candle, nanoseconds, run};

const COUNTS: Counts = Counts { source: 100_000, training: 100_000, validation: 1_000, test: 10_000 };

const BAYES: &str = "bayes(prior=normal(mean=0, std=0.1))";

fn passes(depth: usize, mark: &str, settings: &str) -> f64 {
    candle(&run(depth, 32, mark, settings), COUNTS, None).memory.passes as f64
}

#[test]
fn memory_of_passes_is_linear_in_the_batch_and_in_the_layers() {
    for mark in ["point", BAYES] {
        let of_batch = |batch: usize| passes(3, mark, &format!("batch = {batch}"));
        // Far above what scoring in batches of 256 takes.
        let (one, two, three) = (of_batch(4096), of_batch(8192), of_batch(12288));
        let (first, second) = (two - one, three - two);
        assert!((second / first - 1.0).abs() < 0.1, "{mark}: {first} and then {second}");
        let of_layers = |depth: usize| passes(depth, mark, "batch = 4096");
        let (first, second) = (of_layers(6) - of_layers(4), of_layers(8) - of_layers(6));
        assert!((second / first - 1.0).abs() < 0.1, "{mark}: {first} and then {second}");
    }
}

#[test]
fn a_gaussian_costs_two_parameters_and_more_passes() {
    let of = |mark| candle(&run(3, 32, mark, "batch = 64"), COUNTS, None);
    let (point, bayes) = (of("point"), of(BAYES));
    assert_eq!(point.parameters, bayes.parameters);
    assert_eq!(point.memory.parameters, 4 * point.parameters);
    assert_eq!(bayes.memory.parameters, 8 * point.parameters);
    assert_eq!(bayes.memory.optimizer, 16 * point.parameters);
    assert!(bayes.memory.passes > point.memory.passes);
    // One draw of a network without randomness says all that many would.
    assert_eq!((point.test_draws, bayes.test_draws), (1, 20));
}

#[test]
fn work_is_linear_in_samples_batch_and_steps() {
    let of = |settings: &str| candle(&run(2, 16, BAYES, settings), COUNTS, Some(&nanoseconds()));
    let base = of("batch = 100\n  samples = 1");
    for (settings, factor) in
        [("batch = 100\n  samples = 2", 2.0), ("batch = 100\n  samples = 5", 5.0), ("batch = 200\n  samples = 1", 2.0)]
    {
        let ratio = of(settings).step.multiply_accumulates / base.step.multiply_accumulates;
        assert!((ratio - factor).abs() < 1e-9, "{settings:?}: {ratio}");
    }
    assert_eq!((base.steps, base.epochs), (10_000, 10));
    let short = of("batch = 100\n  samples = 1\n  max_steps = 1500");
    assert_eq!((short.steps, short.epochs), (1_500, 2));
}

#[test]
fn a_local_reparameterisation_multiplies_twice_as_much() {
    let of = |mark| candle(&run(2, 16, mark, "batch = 100"), COUNTS, None);
    let (point, bayes) = (of("point"), of(BAYES));
    assert_eq!(bayes.step.multiply_accumulates, 2.0 * point.step.multiply_accumulates);
    // Forward, along the weights, and along the input of all layers but the first.
    let first = 100.0 * 64.0 * 9.0 * 16.0;
    let all = 100.0 * point.multiply_accumulates as f64;
    assert_eq!(point.step.multiply_accumulates, 3.0 * all - first);
    assert!(bayes.step.normals > 0.0 && point.step.normals == 0.0);
}

#[test]
fn time_is_steps_and_draws_times_theirs() {
    let cost = candle(&run(2, 16, BAYES, "batch = 100\n  samples = 1"), COUNTS, Some(&nanoseconds()));
    let time = cost.time.expect("there is a calibration");
    let step = cost.step.multiply_accumulates * 1e-9;
    let image = 2.0 * cost.multiply_accumulates as f64 * 1e-9;
    assert!((time.training / (10_000.0 * step) - 1.0).abs() < 1e-9);
    // The test split, and the validation split that the temperature is fitted on.
    assert!((time.scoring / (11_000.0 * 20.0 * image) - 1.0).abs() < 1e-9);
    let draws = cost.validation_draws as f64;
    assert!((time.validation / (10.0 * 1_000.0 * draws * image) - 1.0).abs() < 1e-9);
    assert!(
        (time.total - time.training - time.validation - time.scoring - time.scoring_by_weights).abs()
            < 1e-9 * time.total
    );
}

#[test]
fn no_size_overflows() {
    let mut huge = run(2, 16, BAYES, "batch = 100");
    huge.training.batch = 1 << 40;
    huge.training.epochs = 1 << 40;
    huge.training.samples = 1 << 40;
    let counts = Counts { source: 1 << 40, training: 1 << 40, validation: 1 << 40, test: 1 << 40 };
    let cost = candle(&huge, counts, Some(&nanoseconds()));
    assert!(cost.memory.peak > 1 << 50);
    assert!(cost.time.is_some_and(|time| time.total.is_finite() && time.total > 0.0));
    assert!(!cost.to_string().is_empty());
}

#[test]
fn what_does_not_fit_is_refused_with_both_sizes() {
    let cost = candle(&run(2, 16, BAYES, "batch = 100"), COUNTS, None);
    let needed = cost.memory.peak - cost.memory.data;
    assert_eq!(cost.check_memory(needed), Ok(()));
    let refused = cost.check_memory(needed - 1);
    assert_eq!(refused, Err(TooLarge { needed, available: needed - 1, limit: None }));
    assert!(refused.is_err_and(|error| error.to_string().contains("MiB")));
}

#[cfg(feature = "gpu")]
#[test]
fn what_lies_on_a_device_with_memory_of_its_own_is_not_asked_of_the_processor() {
    let trained = run(2, 64, BAYES, "batch = 1000");
    let cost = super::super::forecast(&trained, crate::backend::BackendChoice::Gpu, COUNTS, None);
    let cost = cost.expect("no device is asked");
    // The outputs of two convolutions with their gradients, at least.
    assert!(cost.memory.on_device > 4 * 1000 * 64 * 64 * 4, "{:?}", cost.memory);
    let needed = cost.memory.peak - cost.memory.data;
    assert!(cost.check_memory(needed - 1).is_err());
    assert_eq!(cost.check_processor_memory(needed - cost.memory.on_device), Ok(()));
    assert!(cost.check_processor_memory(needed - cost.memory.on_device - 1).is_err());
    assert!(cost.to_string().contains(" on the graphics processor"), "{cost}");
    assert_eq!(candle(&trained, COUNTS, None).memory.on_device, 0);
}

#[test]
fn a_fit_finds_coefficients_and_never_negative_ones() {
    let known = [3.0, 0.0, 0.5];
    let rows: Vec<[f64; 3]> = (1..20)
        .map(|k| {
            let row = [f64::from(k), f64::from(k * k % 7), f64::from(20 - k)];
            let measured: f64 = row.iter().zip(known).map(|(amount, each)| amount * each).sum();
            row.map(|amount| amount / measured)
        })
        .collect();
    let found = fit::nonnegative(&rows);
    assert!(found.iter().zip(known).all(|(found, known)| (found - known).abs() < 1e-6), "{found:?}");
    assert!(fit::relative_error(&rows, &found) < 1e-6);
    // Without the bound x = (2, −1) would be exact; with it the best is (3/5, 0).
    let against = fit::nonnegative(&[[1.0, 1.0], [2.0, 3.0]]);
    assert!((against[0] - 0.6).abs() < 1e-9 && against[1] == 0.0, "{against:?}");
    assert_eq!(fit::nonnegative::<{ Work::KINDS }>(&[]), [0.0; Work::KINDS]);
}
