use super::{equal, fresh, normals, numbers_of, put, random, run, same_bits, some_were_divided};
use crate::kernels::Value;
use crate::kernels::max_pool::{MaxPool, MaxPoolGradient, Windows};
use crate::recording::Recording;
use crate::varying::Varying;

fn windows(input: [usize; 2], [kernel, stride, padding, dilation]: [[usize; 2]; 4]) -> Windows {
    let output = [0, 1]
        .map(|axis| (input[axis] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis] + 1);
    Windows { input, output, kernel, stride, padding, dilation }
}

/// The places of a window in their order.
fn places(windows: &Windows, window: usize) -> Vec<usize> {
    let Windows { input, output, kernel, stride, padding, dilation } = *windows;
    let at = [window / output[1], window % output[1]];
    let mut places = Vec::new();
    for ky in 0..kernel[0] {
        for kx in 0..kernel[1] {
            let under = |axis: usize, tap: usize| {
                let place = (at[axis] * stride[axis] + tap * dilation[axis]).checked_sub(padding[axis])?;
                (place < input[axis]).then_some(place)
            };
            if let (Some(y), Some(x)) = (under(0, ky), under(1, kx)) {
                places.push(y * input[1] + x);
            }
        }
    }
    places
}

/// The maximum, and the first place that has it; what is not a number is larger than any.
fn first_maximum(values: impl Iterator<Item = f32>) -> (f32, usize) {
    let mut best = (f32::NEG_INFINITY, usize::MAX);
    for (at, value) in values.enumerate() {
        let is_first = best.1 == usize::MAX;
        if !best.0.is_nan() && (is_first || value > best.0 || value.is_nan()) {
            best = (value, at);
        }
    }
    best
}

fn check(windows: Windows, channels: usize, rows: usize, add: bool) {
    let [from_value, to_value] = [windows.input, windows.output].map(|size| Value { size, channels });
    // Few different numbers, so that there are ties; some that are none.
    let all = normals(3, rows * from_value.numbers());
    let from = numbers_of(from_value, rows, |at| match at % 97 {
        96 => f32::NAN,
        95 => f32::NEG_INFINITY,
        _ => (2.0 * all[at]).round() / 2.0,
    });
    let (gradient, before) = (random(4, to_value, rows), random(5, from_value, rows));
    let largest = from_value.numbers().max(to_value.numbers());
    let got = same_bits((4 * largest * rows / 3).max(64 * largest), |device| {
        let [input, gradients, along] = [&from, &gradient, &before].map(|numbers| put(device, numbers));
        let maxima = fresh(device, rows * to_value.numbers());
        let mut recording = Recording::new(device);
        let (from, to) = (&input.all(), &maxima.all());
        MaxPool { windows, channels, rows, from, to }.record(&mut recording).unwrap();
        let (gradient, maxima_read, to) = (&gradients.all(), &maxima.all(), &along.all());
        let back = MaxPoolGradient { windows, channels, rows, from, maxima: maxima_read, gradient, to, add };
        back.record(&mut recording).unwrap();
        run(&recording, &Varying::default(), &[&maxima, &along])
    });
    let Some(got) = got else { return };
    let width = from_value.width();
    let mut maxima = vec![0.0; rows * to_value.numbers()];
    let mut along = if add { before } else { vec![0.0; before.len()] };
    for row in 0..rows {
        for window in 0..to_value.positions() {
            let places = places(&windows, window);
            for channel in 0..width {
                let index = |place: usize| (row * from_value.positions() + place) * width + channel;
                let (largest, first) = first_maximum(places.iter().map(|&place| from[index(place)]));
                let result = (row * to_value.positions() + window) * width + channel;
                maxima[result] = largest;
                if let Some(&place) = places.get(first) {
                    along[index(place)] += gradient[result];
                }
            }
        }
    }
    // Gradients of a place are added up in the order of the windows.
    let what = format!("{windows:?}, {channels} channels, {rows} rows");
    for (got, exact) in got[0].iter().zip(&maxima) {
        assert!(got.to_bits() == exact.to_bits() || (got.is_nan() && exact.is_nan()), "{what}: {got} {exact}");
    }
    equal(&what, &got[1], &along);
}

#[test]
fn maxima_and_the_first_places_that_have_them() {
    let cases = [
        ([4, 4], [[2, 2], [2, 2], [0, 0], [1, 1]]),
        ([5, 7], [[3, 3], [2, 2], [1, 1], [1, 1]]),
        ([5, 7], [[3, 2], [1, 1], [1, 0], [1, 2]]),
        ([9, 1], [[3, 1], [1, 1], [1, 0], [2, 1]]),
        ([1, 13], [[1, 5], [1, 3], [0, 2], [1, 2]]),
        ([6, 5], [[2, 2], [3, 4], [0, 0], [1, 1]]),
        ([3, 3], [[3, 3], [3, 3], [0, 0], [1, 1]]),
        ([1, 1], [[1, 1], [1, 1], [0, 0], [1, 1]]),
        // The first and the last window see nothing but zeros around the image, which are none.
        ([2, 2], [[1, 1], [1, 1], [1, 1], [1, 1]]),
    ];
    for (input, window) in cases {
        for (channels, rows, add) in [(1, 1, false), (3, 2, true), (6, 35, false), (8, 1, true)] {
            check(windows(input, window), channels, rows, add);
        }
    }
    check(windows([4, 4], [[2, 2], [2, 2], [0, 0], [1, 1]]), 20, 300, true);
    some_were_divided();
}

#[test]
fn windows_that_are_none_are_refused() {
    let Some(device) = crate::tests::device(&crate::Opening::default()) else { return };
    let buffer = [fresh(&device, 64), fresh(&device, 64)];
    let good = windows([4, 4], [[2, 2], [2, 2], [0, 0], [1, 1]]);
    for windows in [Windows { stride: [0, 2], ..good }, Windows { input: [1 << 16, 4], ..good }] {
        let pool = MaxPool { windows, channels: 4, rows: 1, from: &buffer[0].all(), to: &buffer[1].all() };
        let refused = pool.record(&mut Recording::new(&device)).unwrap_err();
        assert!(refused.to_string().contains("are no windows"), "{refused}");
    }
}
