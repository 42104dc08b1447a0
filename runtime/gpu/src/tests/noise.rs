//! What is drawn has the addresses and the bits of the processor's random numbers.

use super::device;
use super::products::{CLOSE, empty, run_with, up};
use crate::buffer::Slice;
use crate::device::{Device, Opening};
use crate::error::GpuError;
use crate::kernels::cases::{Case, difference, geometries, numbers, value};
use crate::kernels::draw_weights::DrawWeights;
use crate::kernels::forward::{Forward, Randomness};
use crate::kernels::geometry::{Geometry, width};
use crate::kernels::noise::Noise;
use crate::kernels::product::fuses;
use crate::kernels::reduce::Reduce;
use crate::kernels::retrace::{Randomly, Retrace};
use crate::kernels::sample::Sample;
use crate::kernels::signs::{Flip, Signs};
use crate::kernels::weights::{Order, Weights};
use crate::recording::Recording;
use crate::varying::Varying;
use elbo_random::{Key, Purpose, Stream};

const VARYING: Varying = Varying {
    step: 9,
    sample: 2,
    first_example: [u32::MAX - 3, 0],
    examples: 0,
    epoch: 0,
    zero: 0,
    learning_rate: 0.0,
    divergence_weight: 0.0,
    loss_weight: 0.0,
    corrections: [0.0; 2],
    optimizer: [0.0; 4],
};

fn stream(name: &str) -> (Stream, [u32; 2]) {
    let stream = Key::new(3).stream(Purpose::TrainingNoise, name);
    (stream, stream.table(0, 0).key)
}

fn run(device: &Device, reads: &[Slice], record: impl FnOnce(&mut Recording) -> Result<(), GpuError>) -> Vec<Vec<f32>> {
    run_with(device, &VARYING, reads, record).unwrap()
}

/// The numbers for rows of a value, `[row][place][channel]`, by their addresses one by one; `uniform` ones are signs.
fn drawn(stream: &Stream, noise: &Noise, rows: u64, [channels, positions]: [u32; 2], uniform: bool) -> Vec<f32> {
    let (wide, size) = (width(channels) as usize, channels as usize * positions as usize);
    let mut all = vec![0.0; rows as usize * positions as usize * wide];
    for row in 0..rows as usize {
        let (sample, example) = (row / noise.examples as usize, row % noise.examples as usize);
        let mut canonical = vec![0.0; size];
        let first = (u64::from(VARYING.first_example[0]) + example as u64) * size as u64;
        let sample = VARYING.sample + noise.sample + sample as u32;
        if uniform {
            stream.fill_uniform(VARYING.step, sample, first, &mut canonical);
        } else {
            stream.fill_normal(VARYING.step, sample, first, &mut canonical);
        }
        for position in 0..positions as usize {
            for channel in 0..channels as usize {
                let number = canonical[channel * positions as usize + position];
                let sign = if number >= 0.5 { 1.0 } else { -1.0 };
                let to = (row * positions as usize + position) * wide + channel;
                all[to] = if uniform { sign } else { number };
            }
        }
    }
    all
}

/// Values of all arrangements of canonical blocks.
const VALUES: [[u32; 2]; 7] = [[4, 16], [5, 9], [3, 2], [10, 1], [1, 1], [16, 25], [6, 6]];

#[test]
fn samples_draw_the_numbers_of_their_addresses() {
    // Small enough to divide rows, too.
    for binding_limit in [None, Some(16 * 400 * 4)] {
        let Some(device) = device(&Opening { binding_limit, ..Opening::default() }) else { return };
        for [channels, positions] in VALUES {
            let row = u64::from(width(channels) * positions);
            let noise = Noise { key: stream("a").1, sample: 1, examples: 3 };
            // The last sample has fewer rows; means are 0 and deviations 1, so that values are the numbers themselves.
            for (rows, is_shared) in [(8, true), (40, false)] {
                let wanted = drawn(&stream("a").0, &noise, rows, [channels, positions], false);
                let known = if is_shared { 3 } else { rows };
                let deviations = up(&device, "deviations", &vec![1.0; (known * row) as usize]);
                let means = device.zeros("means", known * row).unwrap().all();
                let values = device.zeros("values", rows * row).unwrap().all();
                let means = is_shared.then_some(&means);
                let relu = false;
                let (deviations, values) = (&deviations, &values);
                let sample = Sample { channels, positions, rows, means, deviations, noise, values, relu };
                let got = run(&device, std::slice::from_ref(values), |recording| sample.record(recording));
                assert_eq!(got[0], wanted, "{channels} channels at {positions} places, {rows} rows");
            }
        }
    }
}

#[test]
fn forward_passes_that_draw_agree_with_their_moments() {
    let Some(device) = device(&Opening::default()) else { return };
    let mut fused = 0;
    for case in Case::all() {
        fused += usize::from(fuses(&case.geometry));
        let (rows, geometry) = (case.rows, &case.geometry);
        let to = rows * geometry.output_numbers();
        let input = up(&device, "input", &case.input);
        let [weights, variances] = case.kernels.each_ref().map(|k| up(&device, "weights", &case.weights.pack(k)));
        let [means, values, deviations] = ["means", "values", "deviations"].map(|what| empty(&device, what, to));
        // The last sample may have fewer rows.
        let noise = Noise { key: stream("b").1, sample: 0, examples: rows.div_ceil(2) };
        let mut found = Vec::new();
        for (drawn, to) in [(None, &means), (Some(noise), &values)] {
            let (variances, deviations) = (&variances, &deviations);
            let randomness = Randomness::Local { variances, bias_variances: None, deviations, noise: drawn };
            let relu = drawn.is_some();
            let (input, weights, values) = (&input, &weights, to);
            let forward = Forward { geometry, rows, input, weights, bias: None, randomness, values, relu };
            found.extend(run(&device, &[to.clone(), deviations.clone()], |recording| forward.record(recording)));
        }
        let positions = geometry.output_area() as u32;
        let noise = drawn(&stream("b").0, &noise, rows, [geometry.outputs, positions], false);
        let numbers = found[0].iter().zip(&found[1]).zip(&noise);
        let wanted = numbers.map(|((m, d), e)| (f64::from(*m) + f64::from(*d) * f64::from(*e)).max(0.0));
        assert!(difference(&found[2], &wanted.collect::<Vec<_>>()) <= CLOSE, "{geometry:?}");
        assert!(found[1] == found[3], "deviations of {geometry:?}");
    }
    assert!(fused >= 5, "only {fused} cases draw where they compute");
}

#[test]
fn retraces_agree_with_plain_loops() {
    for binding_limit in [None, Some(16 * 400 * 4)] {
        let Some(device) = device(&Opening { binding_limit, ..Opening::default() }) else { return };
        for [channels, positions] in VALUES {
            let rows = 37;
            let (lines, row) = (rows * u64::from(positions), u64::from(width(channels) * positions));
            let [gradient, values] = [1, 2].map(|seed| value(seed, lines, channels));
            let deviations: Vec<f32> = value(3, lines, channels).iter().map(|number| number.abs() + 0.25).collect();
            let signs: Vec<f32> = value(4, rows, channels).iter().map(|number| number.signum()).collect();
            let place = |what: &str, numbers: &[f32]| up(&device, what, numbers);
            let [g, v, d] = [("g", &gradient), ("v", &values), ("d", &deviations)].map(|(w, n)| place(w, n));
            let s = place("signs", &signs);
            let noise = Noise { key: stream("c").1, sample: 0, examples: rows };
            let epsilon = drawn(&stream("c").0, &noise, rows, [channels, positions], false);
            let [first, second] = ["first", "second"].map(|what| empty(&device, what, rows * row));
            for relu in [false, true] {
                let along = |at: usize| if relu && values[at] <= 0.0 { 0.0 } else { f64::from(gradient[at]) };
                let sign = |at: usize| {
                    let wide = width(channels) as usize;
                    f64::from(signs[at / row as usize * wide + at % wide])
                };
                let wanted: [Vec<f64>; 3] = [
                    (0..gradient.len()).map(along).collect(),
                    (0..gradient.len())
                        .map(|at| along(at) * f64::from(epsilon[at]) / (2.0 * f64::from(deviations[at])))
                        .collect(),
                    (0..gradient.len()).map(|at| along(at) * sign(at)).collect(),
                ];
                let kinds = [
                    (Randomly::Not, None),
                    (Randomly::Local { deviations: &d, noise, second: &second }, Some(1)),
                    (Randomly::Flipout { signs: &s, second: &second }, Some(2)),
                ];
                for (random, seconds) in kinds {
                    let (gradient, relu, first) = (&g, relu.then_some(&v), &first);
                    let retrace = Retrace { channels, positions, rows, gradient, relu, random, first };
                    let reads = [first.clone(), second.clone()];
                    let got = run(&device, &reads, |recording| retrace.record(recording));
                    assert!(difference(&got[0], &wanted[0]) == 0.0, "{channels} {positions} {random:?}");
                    if let Some(which) = seconds {
                        assert!(difference(&got[1], &wanted[which]) <= CLOSE, "{channels} {positions} {random:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn signs_are_those_of_the_channels_of_each_example() {
    for binding_limit in [None, Some(16 * 40 * 4)] {
        let Some(device) = device(&Opening { binding_limit, ..Opening::default() }) else { return };
        for [channels, positions] in [[6, 4], [1, 1], [16, 1], [7, 3]] {
            let (rows, wide) = (40, u64::from(width(channels)));
            let noise = Noise { key: stream("d").1, sample: 1, examples: 16 };
            let values = value(1, rows * u64::from(positions), channels);
            let [signs, flipped] = [("signs", rows * wide), ("flipped", rows * wide * u64::from(positions))]
                .map(|(w, n)| empty(&device, w, n));
            let from = up(&device, "values", &values);
            let got = run(&device, &[signs.clone(), flipped.clone()], |recording| {
                Signs { channels, rows, noise, result: &signs }.record(recording)?;
                let (values, signs, result) = (&from, &signs, &flipped);
                Flip { channels, positions, rows, values, signs, result }.record(recording)
            });
            assert_eq!(got[0], drawn(&stream("d").0, &noise, rows, [channels, 1], true));
            let row = wide as usize * positions as usize;
            let sign = |at: usize| got[0][at / row * wide as usize + at % wide as usize];
            assert!(got[1].iter().enumerate().all(|(at, number)| *number == values[at] * sign(at)));
        }
    }
}

#[test]
fn weights_are_drawn_at_their_places_in_the_canonical_order() {
    for binding_limit in [None, Some(1024)] {
        let Some(device) = device(&Opening { binding_limit, ..Opening::default() }) else { return };
        let tensors = geometries().into_iter().flat_map(|(_, geometry): (_, Geometry)| {
            [Order::outputs_first(&geometry), Order::inputs_first(&geometry)].map(|o| Weights::new(&geometry, o))
        });
        for weights in tensors.chain([Weights::vector(7)]) {
            let elements = weights.elements() as usize;
            let means = numbers(1, elements);
            let rhos: Vec<f32> = numbers(2, elements).iter().map(|number| 9.0 * number - 3.0).collect();
            let mut epsilon = vec![0.0; elements];
            stream("e").0.fill_normal(VARYING.step, VARYING.sample + 4, 0, &mut epsilon);
            let [mu, rho] = [("means", &means), ("rhos", &rhos)].map(|(what, n)| up(&device, what, &weights.pack(n)));
            let [result, noise] = ["drawn", "noise"].map(|what| empty(&device, what, weights.len()));
            for centred in [true, false] {
                let draw = DrawWeights {
                    weights: &weights,
                    key: stream("e").1,
                    sample: 4,
                    means: centred.then_some(&mu),
                    rhos: &rho,
                    result: &result,
                    noise: &noise,
                };
                let got = run(&device, &[result.clone(), noise.clone()], |recording| draw.record(recording));
                assert_eq!(got[1], weights.pack(&epsilon), "{weights:?}");
                let padding = (0..weights.len()).filter(|place| weights.canonical(*place).is_none());
                assert!(padding.map(|place| got[0][place as usize]).all(|number| number == 0.0));
                let drawn = weights.unpack(&got[0]);
                for (at, number) in drawn.iter().enumerate() {
                    let deviation = f64::from(rhos[at]).exp().ln_1p();
                    let spread = deviation * f64::from(epsilon[at]);
                    let wanted = if centred { f64::from(means[at]) + spread } else { spread };
                    let size = wanted.abs().max(if centred { f64::from(means[at]).abs() } else { 0.0 });
                    assert!((f64::from(*number) - wanted).abs() <= 2e-6 * size, "{number} {wanted}, rho {}", rhos[at]);
                }
            }
        }
    }
}

#[test]
fn parts_are_added_in_order_along_means_and_deviations() {
    let Some(device) = device(&Opening::default()) else { return };
    let (count, length) = (5, 132);
    let (parts, noise, before) = (numbers(1, count * length), numbers(2, length), numbers(3, length));
    let [p, e] = [("parts", &parts), ("noise", &noise)].map(|(what, numbers)| up(&device, what, numbers));
    for (with_sum, with_noise, add) in
        [(true, false, false), (true, true, true), (false, true, false), (true, true, false)]
    {
        let [sum, along] = ["sum", "along"].map(|what| up(&device, what, &before));
        let reduce = Reduce {
            parts: &p,
            count: count as u64,
            sum: with_sum.then_some(&sum),
            along_deviation: with_noise.then_some([&e, &along]),
            add,
        };
        let got = run(&device, &[sum.clone(), along.clone()], |recording| reduce.record(recording));
        let total = |at: usize| (0..count).map(|part| parts[part * length + at]).sum::<f32>();
        for at in 0..length {
            let first = if add { before[at] } else { 0.0 };
            let wanted = if with_sum { total(at) + first } else { before[at] };
            assert!((got[0][at] - wanted).abs() <= 1e-6);
            let wanted = if with_noise { total(at) * noise[at] + first } else { before[at] };
            assert!((got[1][at] - wanted).abs() <= 1e-6);
        }
    }
}
