//! What the streams promise, and whether their numbers are distributed as they say.

use super::{Key, Purpose, Stream};
use std::time::Instant;

fn stream(purpose: Purpose, name: &str) -> Stream {
    Key::new(7).stream(purpose, name)
}

fn normal(stream: Stream, step: u32, sample: u32, first: u64, count: usize) -> Vec<f32> {
    let mut values = vec![f32::NAN; count];
    stream.fill_normal(step, sample, first, &mut values);
    values
}

/// Φ(x) to 1e-13: the Taylor series of the integral of the density, by W. Marsaglia, "Evaluating the
/// normal distribution", J. Stat. Soft. 11 (2004).
fn cumulative(x: f64) -> f64 {
    let (mut sum, mut term, mut i) = (x, x, 1.0);
    while term.abs() > 1e-17 * sum.abs() {
        i += 2.0;
        term *= x * x / i;
        sum += term;
    }
    0.5 + sum * (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

fn correlation(a: &[f32], b: &[f32]) -> f64 {
    let product: f64 = a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
    product / a.len() as f64
}

#[test]
fn keys_are_the_documented_hash() {
    // python3: hashlib.sha256(struct.pack("<QB", 7, 5) + b"conv1").digest()[:8].hex()
    let key = Key::new(7).stream(Purpose::Order, "conv1").key;
    assert_eq!(key.map(u32::to_le_bytes).as_flattened(), KEY);
}

const KEY: [u8; 8] = [172, 244, 179, 236, 84, 202, 177, 170];

#[test]
fn ranges_agree_where_they_overlap() {
    let stream = stream(Purpose::TrainingNoise, "conv1");
    let all = normal(stream, 3, 1, 0, 40_000);
    let mut bits = vec![0; 40_000];
    stream.fill_bits(3, 1, 0, &mut bits);
    let mut uniform = vec![0.0; 40_000];
    stream.fill_uniform(3, 1, 0, &mut uniform);
    for first in [0, 1, 2, 3, 4, 5, 63, 255, 256, 257, 1_023, 16_383] {
        for count in [0, 1, 2, 3, 4, 5, 15, 16, 17, 31, 255, 256, 257, 600, 20_000] {
            let range = first..first + count;
            assert_eq!(normal(stream, 3, 1, first as u64, count), all[range.clone()], "{range:?}");
            let mut part = vec![0; count];
            stream.fill_bits(3, 1, first as u64, &mut part);
            assert_eq!(part, bits[range.clone()], "{range:?}");
            let mut part = vec![0.0; count];
            stream.fill_uniform(3, 1, first as u64, &mut part);
            assert_eq!(part, uniform[range.clone()], "{range:?}");
        }
    }
}

#[test]
fn numbers_far_out_agree_too() {
    let stream = stream(Purpose::TrainingNoise, "conv1");
    let far = (1_u64 << 34) - 7;
    assert_eq!(normal(stream, 0, 0, far, 600)[100..], normal(stream, 0, 0, far + 100, 500));
    // Block 2³² is not block 0 again.
    assert_ne!(normal(stream, 0, 0, 1 << 34, 600), normal(stream, 0, 0, 0, 600));
}

#[test]
fn threads_do_not_change_bits() {
    let stream = stream(Purpose::PredictionNoise, "head");
    let fill = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("two threads can be started");
        pool.install(|| normal(stream, 1, 2, 3, 200_001))
    };
    let one: Vec<u32> = fill(1).into_iter().map(f32::to_bits).collect();
    let two: Vec<u32> = fill(2).into_iter().map(f32::to_bits).collect();
    assert_eq!(one, two);
}

#[test]
fn normal_numbers_have_the_normal_moments_and_tails() {
    let count = 4_000_000;
    let n = count as f64;
    let values = normal(stream(Purpose::TrainingNoise, "moments"), 0, 0, 0, count);
    let moment = |power: i32| values.iter().map(|&x| f64::from(x).powi(power)).sum::<f64>() / n;
    // Each within 4.5 standard errors √(Var[xᵏ]/n) of E[xᵏ].
    for (power, expected, variance) in
        [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0), (6, 15.0, 10_170.0)]
    {
        let error: f64 = moment(power) - expected;
        assert!(error.abs() < 4.5 * f64::sqrt(variance / n), "moment {power} is off by {error}");
    }
    for limit in [1.0, 2.0, 3.0, 4.0, 4.75] {
        for sign in [-1.0, 1.0] {
            let share = values.iter().filter(|&&x| f64::from(x) * sign > limit).count() as f64 / n;
            let expected = cumulative(-limit);
            let error = (share - expected).abs();
            assert!(error < 4.5 * (expected / n).sqrt(), "beyond {sign} × {limit}: {share:e}, not {expected:e}");
        }
    }
}

#[test]
fn normal_numbers_follow_the_normal_distribution_function() {
    let count = 1_000_000;
    let mut values = normal(stream(Purpose::TrainingNoise, "kolmogorov"), 0, 0, 0, count);
    values.sort_unstable_by(f32::total_cmp);
    let n = count as f64;
    let distance = values.iter().enumerate().fold(0.0_f64, |largest, (i, &x)| {
        let exact = cumulative(f64::from(x));
        largest.max((exact - i as f64 / n).abs()).max(((i + 1) as f64 / n - exact).abs())
    });
    // Kolmogorov: √n·D exceeds 1.95 once in a thousand.
    assert!(distance * n.sqrt() < 1.95, "{}", distance * n.sqrt());
}

#[test]
fn uniform_numbers_are_uniform() {
    let count = 1_000_000;
    let mut values = vec![0.0; count];
    stream(Purpose::TrainingMask, "uniform").fill_uniform(0, 0, 0, &mut values);
    let mut bins = [0_u32; 100];
    for &x in &values {
        assert!((0.0..1.0).contains(&x) && (x * 16_777_216.0).fract() == 0.0);
        bins[(x * 100.0) as usize] += 1;
    }
    let expected = count as f64 / 100.0;
    let chi_squared: f64 = bins.iter().map(|&bin| (f64::from(bin) - expected).powi(2) / expected).sum();
    // 99 degrees of freedom: between 60 and 149 but for two in a thousand.
    assert!((60.0..149.0).contains(&chi_squared), "{chi_squared}");
}

#[test]
fn different_addresses_give_independent_numbers() {
    let count = 100_000;
    let key = Key::new(7);
    let base = key.stream(Purpose::TrainingNoise, "conv1");
    let a = normal(base, 0, 0, 0, count);
    let others = [
        ("purpose", normal(key.stream(Purpose::PredictionNoise, "conv1"), 0, 0, 0, count)),
        ("name", normal(key.stream(Purpose::TrainingNoise, "conv2"), 0, 0, 0, count)),
        ("no name", normal(key.stream(Purpose::TrainingNoise, ""), 0, 0, 0, count)),
        ("seed", normal(Key::new(8).stream(Purpose::TrainingNoise, "conv1"), 0, 0, 0, count)),
        ("step", normal(base, 1, 0, 0, count)),
        ("sample", normal(base, 0, 1, 0, count)),
        ("index", normal(base, 0, 0, count as u64, count)),
        ("neighbour", normal(base, 0, 0, 1, count)),
        ("block", normal(base, 0, 0, 4, count)),
    ];
    let bound = 4.5 / (count as f64).sqrt();
    for (what, b) in &others {
        assert!(correlation(&a, b).abs() < bound, "another {what}");
        let squares = |values: &[f32]| values.iter().map(|x| (x * x - 1.0) / 2.0_f32.sqrt()).collect::<Vec<_>>();
        assert!(correlation(&squares(&a), &squares(b)).abs() < bound, "squares of another {what}");
    }
}

#[test]
#[ignore = "a measurement, not a test: run with --ignored --nocapture"]
fn speed() {
    let stream = stream(Purpose::TrainingNoise, "speed");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can be started");
    let mut values = vec![0.0; 1 << 20];
    pool.install(|| {
        for _ in 0..3 {
            let start = Instant::now();
            stream.fill_normal(0, 0, 0, &mut values);
            println!("normal: {:.2} ns a number", start.elapsed().as_secs_f64() * 1e9 / values.len() as f64);
            let start = Instant::now();
            stream.fill_uniform(0, 0, 0, &mut values);
            println!("uniform: {:.2} ns a number", start.elapsed().as_secs_f64() * 1e9 / values.len() as f64);
        }
    });
}
