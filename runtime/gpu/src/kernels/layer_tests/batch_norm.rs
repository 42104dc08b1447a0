use super::{close, equal, fresh, numbers_of, put, random, run, same_bits, some_were_divided};
use crate::kernels::Value;
use crate::kernels::batch_norm::{
    BatchNorm, BatchNormGradient, BatchStatistics, RecalledStatistics, RunningStatistics, partial_numbers,
    statistics_numbers,
};
use crate::recording::Recording;
use crate::varying::Varying;

const EPSILON: f64 = 1e-5;
const MOMENTUM: f64 = 0.1;

struct Case {
    value: Value,
    /// What there is room for, and what counts.
    examples: [usize; 2],
    /// Mean and deviation of the numbers.
    spread: [f32; 2],
    add: bool,
}

/// Mean, and sum of squared distances, by channel.
fn moments(value: Value, rows: usize, numbers: &[f32]) -> [Vec<f64>; 2] {
    let width = value.width();
    let places = rows * value.positions();
    let by_channel = |channel: usize| (0..places).map(move |place| f64::from(numbers[place * width + channel]));
    let means: Vec<f64> = (0..width).map(|channel| by_channel(channel).sum::<f64>() / places as f64).collect();
    let squares = (0..width).map(|channel| by_channel(channel).map(|x| (x - means[channel]).powi(2)).sum());
    let squares = squares.collect();
    [means, squares]
}

fn check(case: &Case) {
    let &Case { value, examples: [room, counting], spread: [mean, deviation], add } = case;
    let (width, positions) = (value.width(), value.positions());
    let one = Value { size: [1, 1], channels: value.channels };
    let standard = random(60, value, room);
    let from = numbers_of(value, room, |at| standard[at] * deviation * (1.0 + (at % 3) as f32) + mean);
    let ([weight, bias, old_mean], gradient) = ([61, 62, 63].map(|seed| random(seed, one, 1)), random(64, value, room));
    let old_variance = numbers_of(one, 1, |at| 0.5 + at as f32);
    // Rows that do not count have no gradient.
    let gradient: Vec<f32> =
        gradient.iter().enumerate().map(|(at, &g)| if at < counting * value.numbers() { g } else { 0.0 }).collect();
    let (before, along_before) = (random(65, value, room), random(66, one, 2));
    let varying = Varying { examples: counting as u32, ..Varying::default() };
    // A block of sums is 64 places or more.
    let block = partial_block(value, room);
    let limit = (4 * room * value.numbers() / 3).max(4 * block * width).max(4 * partial_numbers(value, room));
    let got = same_bits(limit.max(256 * value.numbers()), |device| {
        let [input, gradients, to] = [&from, &gradient, &before].map(|numbers| put(device, numbers));
        let [weight, bias, mean, variance] =
            [&weight, &bias, &old_mean, &old_variance].map(|numbers| put(device, numbers));
        // Gradients of several parameters lie in one buffer.
        let mut pool = vec![0.0; 64.max(width.next_multiple_of(64)) + width];
        let second = pool.len() - width;
        pool[..width].copy_from_slice(&along_before[..width]);
        pool[second..].copy_from_slice(&along_before[width..]);
        let pool = put(device, &pool);
        let along = [0, second].map(|first| pool.slice(first as u64, width as u64).unwrap());
        let statistics = fresh(device, statistics_numbers(value.channels));
        let partial = fresh(device, partial_numbers(value, room));
        let result = fresh(device, from.len());
        let mut recording = Recording::new(device);
        let (input, statistics_all, partial_all) = (input.all(), statistics.all(), partial.all());
        let (from, statistics_slice, partial) = (&input, &statistics_all, &partial_all);
        let forward =
            BatchStatistics { value, examples: room, epsilon: EPSILON, from, partial, statistics: statistics_slice };
        forward.record(&mut recording).unwrap();
        let norm = BatchNorm {
            value,
            rows: room,
            statistics: statistics_slice,
            weight: &weight.all(),
            bias: &bias.all(),
            from,
            to: &result.all(),
        };
        norm.record(&mut recording).unwrap();
        let running = RunningStatistics {
            value,
            examples: room,
            momentum: MOMENTUM,
            statistics: statistics_slice,
            mean: &mean.all(),
            variance: &variance.all(),
        };
        running.record(&mut recording).unwrap();
        let back = BatchNormGradient {
            value,
            examples: room,
            from,
            statistics: statistics_slice,
            weight: &weight.all(),
            gradient: &gradients.all(),
            partial,
            along: [&along[0], &along[1]],
            add_along: add,
            to: Some((&to.all(), add)),
        };
        back.record(&mut recording).unwrap();
        let mut read = run(&recording, &varying, &[&statistics, &result, &mean, &variance, &pool, &to]);
        let along = read[4].split_off(second);
        read[4].truncate(width);
        read.push(along);
        read
    });
    let Some(got) = got else { return };
    let [means, squares] = moments(value, counting, &from);
    let count = (counting * positions) as f64;
    let inverse = |channel: usize| 1.0 / (squares[channel] / count + EPSILON).sqrt();
    let real = |channel: usize| channel < value.channels;
    let what = format!("{value:?}, {counting} of {room}, {mean} ± {deviation}");
    // Distances from the mean are known as well as numbers are stored.
    let sharp = 3e-7 + 1e-7 * f64::from((mean / deviation).abs());
    close(&format!("means of {what}"), &got[0][..width], &means, 2e-7);
    let relative: Vec<f32> = (0..width)
        .map(|c| if squares[c] > 0.0 { (f64::from(got[0][2 * width + c]) / squares[c]) as f32 } else { 1.0 })
        .collect();
    close(&format!("squares of {what}"), &relative, &vec![1.0; width], 4e-6 + sharp);
    let normal = |at: usize| {
        let channel = at % width;
        if real(channel) { (f64::from(from[at]) - means[channel]) * inverse(channel) } else { 0.0 }
    };
    let result: Vec<f64> = (0..counting * value.numbers())
        .map(|at| normal(at) * f64::from(weight[at % width]) + f64::from(bias[at % width]))
        .collect();
    close(&format!("result of {what}"), &got[1][..result.len()], &result, 4.0 * sharp + 2e-6);
    let running_mean: Vec<f64> =
        (0..width).map(|c| f64::from(old_mean[c]) * (1.0 - MOMENTUM) + means[c] * MOMENTUM).collect();
    close(&format!("running mean of {what}"), &got[2], &running_mean, 1e-6);
    let running_variance: Vec<f64> = (0..width)
        .map(|c| match count > 1.0 && real(c) {
            true => f64::from(old_variance[c]) * (1.0 - MOMENTUM) + squares[c] / (count - 1.0) * MOMENTUM,
            false => old_variance[c].into(),
        })
        .collect();
    close(&format!("running variance of {what}"), &got[3], &running_variance, 4e-6 + sharp);
    let sums = [true, false].map(|with_normal| {
        let mut sums = vec![0.0; width];
        for at in 0..counting * value.numbers() {
            sums[at % width] += f64::from(gradient[at]) * if with_normal { normal(at) } else { 1.0 };
        }
        sums
    });
    // Errors grow as the size of a random sum does, or as that of the gradients, each of which has the mean's rounding.
    let scale = sums[1].iter().fold((count.sqrt() / 10.0).max(1.0), |largest, sum| sum.abs().max(largest));
    for (name, at, sums, before) in [("scale", 4, &sums[0], 0), ("shift", 6, &sums[1], width)] {
        let along: Vec<f64> =
            (0..width).map(|c| sums[c] + if add { f64::from(along_before[before + c]) } else { 0.0 }).collect();
        close(&format!("along the {name} of {what}"), &got[at], &along, scale * (4e-6 + 2.0 * sharp));
    }
    let along: Vec<f64> = (0..room * value.numbers())
        .map(|at| {
            let c = at % width;
            let rest = f64::from(gradient[at]) - sums[1][c] / count - normal(at) * sums[0][c] / count;
            let along = f64::from(weight[c]) * inverse(c) * rest;
            let counts = at < counting * value.numbers();
            (if counts && real(c) { along } else { 0.0 }) + if add { f64::from(before[at]) } else { 0.0 }
        })
        .collect();
    let steep = (0..value.channels).map(inverse).fold(1.0, f64::max);
    close(&format!("along the input of {what}"), &got[5], &along, steep * (2e-6 + 4.0 * sharp));
}

/// Places of a block of sums.
fn partial_block(value: Value, examples: usize) -> usize {
    let blocks = partial_numbers(value, examples) / (2 * value.width());
    (examples * value.positions()).div_ceil(blocks).next_multiple_of(64)
}

#[test]
fn a_batch_is_normalised_by_channel_and_back() {
    let shapes = [
        ([1, 1], 1, [1, 1]),
        ([1, 1], 7, [2, 2]),
        ([1, 1], 200, [300, 300]),
        ([3, 5], 6, [33, 33]),
        ([3, 5], 6, [33, 20]),
        ([4, 4], 64, [70, 70]),
        ([2, 1], 3, [300, 1]),
        ([1, 1], 5, [300, 177]),
    ];
    for ((size, channels, examples), add) in shapes.into_iter().zip([false, true].into_iter().cycle()) {
        check(&Case { value: Value { size, channels }, examples, spread: [0.5, 2.0], add });
    }
    some_were_divided();
}

#[test]
fn large_means_do_not_cancel() {
    for (spread, examples) in [([1000.0, 1.0], [64, 64]), ([-300.0, 0.1], [200, 150]), ([1e4, 1e3], [3, 3])] {
        check(&Case { value: Value { size: [4, 3], channels: 10 }, examples, spread, add: false });
    }
    some_were_divided();
}

#[test]
fn predictions_use_what_training_has_left() {
    let value = Value { size: [3, 3], channels: 6 };
    let one = Value { size: [1, 1], channels: 6 };
    let (rows, width) = (35, 8);
    let from = random(70, value, rows);
    let [weight, bias, mean] = [71, 72, 73].map(|seed| random(seed, one, 1));
    let variance = numbers_of(one, 1, |at| 0.25 + at as f32);
    let got = same_bits(4 * 64 * value.numbers() / 4, |device| {
        let [input, weight, bias, mean, variance] =
            [&from, &weight, &bias, &mean, &variance].map(|numbers| put(device, numbers));
        let (statistics, result) = (fresh(device, statistics_numbers(6)), fresh(device, from.len()));
        let mut recording = Recording::new(device);
        let (mean, variance) = (&mean.all(), &variance.all());
        let statistics = &statistics.all();
        let recalled = RecalledStatistics { channels: 6, epsilon: EPSILON, mean, variance, statistics };
        recalled.record(&mut recording).unwrap();
        let (weight, bias, from, to) = (&weight.all(), &bias.all(), &input.all(), &result.all());
        BatchNorm { value, rows, statistics, weight, bias, from, to }.record(&mut recording).unwrap();
        run(&recording, &Varying::default(), &[&result])
    });
    let Some(got) = got else { return };
    let exact: Vec<f64> = (0..from.len())
        .map(|at| {
            let c = at % width;
            let normal = (f64::from(from[at]) - f64::from(mean[c])) / (f64::from(variance[c]) + EPSILON).sqrt();
            if c < 6 { normal * f64::from(weight[c]) + f64::from(bias[c]) } else { 0.0 }
        })
        .collect();
    close("recalled", &got[0], &exact, 1e-6);
    let padding: Vec<f32> = got[0].iter().enumerate().filter(|(at, _)| at % width >= 6).map(|(_, &x)| x).collect();
    equal("padding", &padding, &vec![0.0; padding.len()]);
    some_were_divided();
}
