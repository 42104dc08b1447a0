use super::{close, equal, put, random, run, same_bits, some_were_divided};
use crate::kernels::Value;
use crate::kernels::dropout::{Dropout, Unit};
use crate::recording::Recording;
use crate::varying::Varying;
use elbo_random::{Key, Purpose};

struct Case {
    unit: Unit,
    value: Value,
    examples: usize,
    samples: usize,
    shared: bool,
    add: bool,
    /// The place of the first example in its split.
    first: u64,
}

fn check(case: &Case) {
    let &Case { unit, value, examples, samples, shared, add, first } = case;
    let probability = 0.3;
    let stream = Key::new(5).stream(Purpose::PredictionMask, "drop");
    let (step, sample, first_sample) = (6, 40, 2);
    let rows = samples * examples;
    let from_rows = if shared { examples } else { rows };
    let (from, before) = (random(90, value, from_rows), random(91, value, rows));
    let varying = Varying {
        step,
        sample,
        first_example: [first as u32, (first >> 32) as u32],
        examples: examples as u32,
        ..Varying::default()
    };
    let got = same_bits((4 * rows * value.numbers() / 3).max(4 * (64 + value.numbers())), |device| {
        let (input, output) = (put(device, &from), put(device, &before));
        let mut recording = Recording::new(device);
        let dropout = Dropout {
            unit,
            probability,
            key: stream.table(0, 0).key,
            value,
            examples,
            samples,
            first_sample,
            shared,
            from: &input.all(),
            to: &output.all(),
            add,
        };
        dropout.record(&mut recording).unwrap();
        run(&recording, &varying, &[&output])
    });
    let Some(got) = got else { return };
    let (positions, channels, width) = (value.positions(), value.channels, value.width());
    let places = if unit == Unit::Channel { 1 } else { positions };
    let share = (1.0 / (1.0 - probability)) as f32;
    let mut exact = vec![0.0; rows * value.numbers()];
    for row in 0..rows {
        let mut uniforms = vec![0.0; channels * places];
        let example = first + (row % examples) as u64;
        let sample = sample + (first_sample + row / examples) as u32;
        stream.fill_uniform(step, sample, example * (channels * places) as u64, &mut uniforms);
        for position in 0..positions {
            for channel in 0..width {
                let at = (row * positions + position) * width + channel;
                let number = from[((row % from_rows) * positions + position) * width + channel];
                let unit = channel * places + if places == 1 { 0 } else { position };
                let kept = channel < channels && uniforms[unit] >= probability as f32;
                let product = number * if kept { share } else { 0.0 };
                exact[at] = if add { product + before[at] } else { product };
            }
        }
    }
    let what = format!("{unit:?} of {value:?}, {samples} × {examples}, shared {shared}, from {first}");
    if add {
        // A device may round the product, or the sum alone.
        let exact: Vec<f64> = exact.iter().map(|&number| number.into()).collect();
        return close(&what, &got[0], &exact, 1e-6);
    }
    // Zeros may have a sign on one side only.
    let plain = |numbers: &[f32]| -> Vec<f32> { numbers.iter().map(|number| number + 0.0).collect() };
    equal(&what, &plain(&got[0]), &plain(&exact));
}

#[test]
fn masks_have_the_addresses_of_the_canonical_order() {
    let shapes = [([1, 1], 8), ([1, 1], 7), ([1, 1], 1), ([3, 5], 6), ([2, 6], 5), ([4, 4], 8), ([1, 2], 3)];
    for unit in [Unit::Element, Unit::Channel] {
        for (size, channels) in shapes {
            for (examples, samples, shared, add) in [
                (1, 1, false, false),
                (5, 1, false, true),
                (3, 4, true, false),
                (2, 3, false, false),
                (300, 1, true, true),
            ] {
                let value = Value { size, channels };
                check(&Case { unit, value, examples, samples, shared, add, first: 1003 });
            }
        }
    }
    some_were_divided();
}

#[test]
fn examples_far_out_have_addresses_of_64_bits() {
    for (size, channels) in [([1, 1], 7), ([3, 5], 6), ([4, 4], 8)] {
        for first in [u64::from(u32::MAX) - 1, (1 << 40) + 12_345] {
            let (value, unit) = (Value { size, channels }, Unit::Element);
            check(&Case { unit, value, examples: 3, samples: 2, shared: false, add: false, first });
        }
    }
    some_were_divided();
}
