//! What only moves and adds numbers: copies, sums, channels put together, features.

use super::{equal, fresh, put, random, run, same_bits, some_were_divided};
use crate::kernels::Value;
use crate::kernels::add::Add;
use crate::kernels::concat::{Concat, ConcatGradient, Joined};
use crate::kernels::copy::CopyRows;
use crate::kernels::flatten::{Direction, Flatten};
use crate::recording::Recording;
use crate::varying::Varying;

#[test]
fn rows_are_copied_and_added_over_and_over() {
    for (numbers, from_rows, samples, add) in [
        (4, 1, 1, false),
        (12, 5, 1, true),
        (20, 3, 7, false),
        (8, 50, 3, true),
        (1024, 2, 2, false),
        (4, 300, 2, true),
    ] {
        let value = Value { size: [1, 1], channels: numbers };
        let rows = samples * from_rows;
        let (from, before) = (random(9, value, from_rows), random(10, value, rows));
        let got = same_bits((4 * numbers * rows / 3).max(4 * (numbers + 64)), |device| {
            let (input, output) = (put(device, &from), put(device, &before));
            let mut recording = Recording::new(device);
            let copy = CopyRows { numbers, from_rows, rows, from: &input.all(), to: &output.all(), add };
            copy.record(&mut recording).unwrap();
            run(&recording, &Varying::default(), &[&output])
        });
        let Some(got) = got else { return };
        let exact: Vec<f32> = (before.iter().zip(from.iter().cycle()))
            .map(|(before, from)| if add { before + from } else { *from })
            .collect();
        equal(&format!("{samples} × {from_rows} rows of {numbers}"), &got[0], &exact);
    }
    some_were_divided();
}

#[test]
fn sums_of_one_value_or_several() {
    for (count, value, rows) in [
        (1, Value { size: [1, 1], channels: 3 }, 4),
        (2, Value { size: [3, 5], channels: 6 }, 33),
        (3, Value { size: [1, 1], channels: 10 }, 300),
        (5, Value { size: [2, 2], channels: 1 }, 1),
    ] {
        let terms: Vec<Vec<f32>> = (0..count).map(|term| random(20 + term as u64, value, rows)).collect();
        let got = same_bits((4 * rows * value.numbers() / 3).max(4 * (64 + value.numbers())), |device| {
            let inputs: Vec<_> = terms.iter().map(|numbers| put(device, numbers).all()).collect();
            let output = fresh(device, rows * value.numbers());
            let mut recording = Recording::new(device);
            let from: Vec<_> = inputs.iter().collect();
            Add { value, rows, from: &from, to: &output.all() }.record(&mut recording).unwrap();
            run(&recording, &Varying::default(), &[&output])
        });
        let Some(got) = got else { return };
        let exact: Vec<f32> = (0..rows * value.numbers())
            .map(|at| terms[1..].iter().fold(terms[0][at], |sum, term| sum + term[at]))
            .collect();
        equal(&format!("sum of {count}"), &got[0], &exact);
    }
    some_were_divided();
}

#[test]
fn channels_of_values_lie_one_after_the_other() {
    let cases: [(&[usize], [usize; 2], usize, bool); 5] = [
        (&[3, 6], [2, 3], 5, false),
        (&[4, 8, 1], [1, 1], 300, true),
        (&[1, 1, 1, 2], [5, 1], 2, true),
        (&[7], [3, 3], 17, false),
        (&[5, 64], [4, 4], 3, true),
    ];
    for (channels, size, rows, add) in cases {
        let positions = size[0] * size[1];
        let values: Vec<Value> = channels.iter().map(|&channels| Value { size, channels }).collect();
        let all = Value { size, channels: channels.iter().sum() };
        let parts: Vec<Vec<f32>> =
            values.iter().enumerate().map(|(at, &value)| random(30 + at as u64, value, rows)).collect();
        let (gradient, before) = (random(40, all, rows), random(41, values[0], rows));
        let got = same_bits((4 * rows * all.numbers() / 3).max(64 * all.numbers()), |device| {
            let inputs: Vec<_> = parts.iter().map(|numbers| put(device, numbers).all()).collect();
            let joined: Vec<_> =
                inputs.iter().zip(channels).map(|(from, &channels)| Joined { channels, from }).collect();
            let (output, gradients) = (fresh(device, rows * all.numbers()), put(device, &gradient));
            let mut recording = Recording::new(device);
            Concat { positions, rows, parts: &joined, to: &output.all() }.record(&mut recording).unwrap();
            let mut start = 0;
            let mut alongs = Vec::new();
            for (at, value) in values.iter().enumerate() {
                let along = if at == 0 { put(device, &before) } else { fresh(device, rows * value.numbers()) };
                let (joined, channels, add) = (all.channels, value.channels, add && at == 0);
                let (gradient, to) = (&gradients.all(), &along.all());
                let back = ConcatGradient { positions, rows, joined, start, channels, gradient, to, add };
                back.record(&mut recording).unwrap();
                start += channels;
                alongs.push(along);
            }
            let reads: Vec<_> = std::iter::once(&output).chain(&alongs).collect();
            run(&recording, &Varying::default(), &reads)
        });
        let Some(got) = got else { return };
        let mut joined = vec![0.0; rows * all.numbers()];
        let mut start = 0;
        for (at, (value, part)) in values.iter().zip(&parts).enumerate() {
            let mut along = vec![0.0; rows * value.numbers()];
            for place in 0..rows * positions {
                for channel in 0..value.channels {
                    let (one, whole) = (place * value.width() + channel, place * all.width() + start + channel);
                    joined[whole] = part[one];
                    along[one] = gradient[whole] + if add && at == 0 { before[one] } else { 0.0 };
                }
            }
            start += value.channels;
            equal(&format!("gradient {at} of {channels:?}"), &got[1 + at], &along);
        }
        equal(&format!("{channels:?}"), &got[0], &joined);
    }
    some_were_divided();
}

#[test]
fn features_have_channels_outermost() {
    for (size, channels, rows, add) in
        [([1, 1], 3, 2, false), ([3, 5], 6, 33, true), ([2, 2], 1, 300, false), ([7, 1], 8, 1, true)]
    {
        let value = Value { size, channels };
        let features = Value { size: [1, 1], channels: value.positions() * channels };
        let (places, flat) = (random(50, value, rows), random(51, features, rows));
        let largest = value.numbers().max(features.numbers());
        let got = same_bits((4 * rows * largest / 3).max(64 * largest), |device| {
            // Each way writes over, or is added to, what the other one reads.
            let [from_places, from_flat, to_places, to_flat] =
                [&places, &flat, &places, &flat].map(|numbers| put(device, numbers));
            let mut recording = Recording::new(device);
            for (direction, from, to) in
                [(Direction::ToFeatures, &from_places, &to_flat), (Direction::ToPlaces, &from_flat, &to_places)]
            {
                let (from, to) = (&from.all(), &to.all());
                Flatten { direction, value, rows, from, to, add }.record(&mut recording).unwrap();
            }
            run(&recording, &Varying::default(), &[&to_flat, &to_places])
        });
        let Some(got) = got else { return };
        let (mut exact_flat, mut exact_places) =
            if add { (flat.clone(), places.clone()) } else { (vec![0.0; flat.len()], vec![0.0; places.len()]) };
        for row in 0..rows {
            for position in 0..value.positions() {
                for channel in 0..channels {
                    let place = (row * value.positions() + position) * value.width() + channel;
                    let feature = row * features.width() + channel * value.positions() + position;
                    exact_flat[feature] += places[place];
                    exact_places[place] += flat[feature];
                }
            }
        }
        equal(&format!("features of {value:?}"), &got[0], &exact_flat);
        equal(&format!("places of {value:?}"), &got[1], &exact_places);
    }
    some_were_divided();
}
