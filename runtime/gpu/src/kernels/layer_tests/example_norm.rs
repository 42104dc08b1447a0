use super::{close, fresh, numbers_of, put, random, run, same_bits, some_were_divided};
use crate::kernels::Value;
use crate::kernels::example_norm::{ExampleNorm, ExampleNormGradient, Together};
use crate::recording::Recording;
use crate::varying::Varying;

const EPSILON: f64 = 1e-5;

fn check(together: Together, value: Value, [room, counting]: [usize; 2], [mean, deviation]: [f32; 2], add: bool) {
    let (width, positions, channels) = (value.width(), value.positions(), value.channels);
    let one = Value { size: [1, 1], channels };
    let standard = random(80, value, room);
    let from = numbers_of(value, room, |at| standard[at] * deviation * (1.0 + (at % 3) as f32) + mean);
    let scale_value = if together == Together::All { value } else { one };
    let scale = together.scale_numbers(value);
    let ([weight, bias], along_before) =
        ([81, 82].map(|seed| random(seed, scale_value, 1)), random(83, scale_value, 2));
    let (gradient, before) = (random(84, value, room), random(85, value, room));
    let varying = Varying { examples: counting as u32, ..Varying::default() };
    let partial_count = together.partial_numbers(value, room);
    let limit = (4 * room * value.numbers() / 3).max(4 * partial_count).max(256 * value.numbers());
    let got = same_bits(limit, |device| {
        let [input, gradients, to, weight, bias] =
            [&from, &gradient, &before, &weight, &bias].map(|numbers| put(device, numbers));
        let along = [&along_before[..scale], &along_before[scale..]].map(|numbers| put(device, numbers));
        let statistics = fresh(device, together.statistics_numbers(room));
        let (partial, result) = (fresh(device, partial_count), fresh(device, from.len()));
        let mut recording = Recording::new(device);
        let (from, weight, statistics) = (&input.all(), &weight.all(), &statistics.all());
        let (bias, epsilon, rows) = (&bias.all(), EPSILON, room);
        let to_slice = &result.all();
        ExampleNorm { together, value, rows, epsilon, weight, bias, from, statistics, to: to_slice }
            .record(&mut recording)
            .unwrap();
        let back = ExampleNormGradient {
            together,
            value,
            examples: room,
            weight,
            from,
            statistics,
            gradient: &gradients.all(),
            partial: &partial.all(),
            along: [&along[0].all(), &along[1].all()],
            add_along: add,
            to: Some((&to.all(), add)),
        };
        back.record(&mut recording).unwrap();
        run(&recording, &varying, &[&result, &along[0], &along[1], &to])
    });
    let Some(got) = got else { return };
    let groups = if let Together::Groups(groups) = together { groups } else { 1 };
    let (group, count) = (channels / groups, (positions * channels / groups) as f64);
    let own = |position: usize, channel: usize| if scale == width { channel } else { position * width + channel };
    let mut result = vec![0.0; from.len()];
    let mut along = if add { along_before.iter().map(|&x| x.into()).collect() } else { vec![0.0; 2 * scale] };
    let mut to: Vec<f64> = before.iter().map(|&x| if add { x.into() } else { 0.0 }).collect();
    let mut steep = 1.0_f64;
    for row in 0..room {
        for first in (0..channels).step_by(group) {
            let places: Vec<_> =
                (0..positions).flat_map(|position| (first..first + group).map(move |c| (position, c))).collect();
            let at = |&(position, channel): &(usize, usize)| (row * positions + position) * width + channel;
            let numbers: Vec<f64> = places.iter().map(|place| from[at(place)].into()).collect();
            let centre = numbers.iter().sum::<f64>() / count;
            let variance = numbers.iter().map(|x| (x - centre).powi(2)).sum::<f64>() / count;
            let inverse = 1.0 / (variance + EPSILON).sqrt();
            steep = steep.max(inverse);
            let normal: Vec<f64> = numbers.iter().map(|x| (x - centre) * inverse).collect();
            let scaled =
                |place: &(usize, usize)| f64::from(gradient[at(place)]) * f64::from(weight[own(place.0, place.1)]);
            let mean: f64 = places.iter().map(scaled).sum::<f64>() / count;
            let turned: f64 = places.iter().zip(&normal).map(|(place, x)| scaled(place) * x).sum::<f64>() / count;
            for (place, normal) in places.iter().zip(&normal) {
                let own = own(place.0, place.1);
                result[at(place)] = normal * f64::from(weight[own]) + f64::from(bias[own]);
                to[at(place)] += inverse * (scaled(place) - mean - normal * turned);
                if row < counting {
                    along[own] += f64::from(gradient[at(place)]) * normal;
                    along[scale + own] += f64::from(gradient[at(place)]);
                }
            }
        }
    }
    let what = format!("{together:?} of {value:?}, {counting} of {room}, {mean} ± {deviation}");
    let sharp = 3e-7 + 1e-7 * f64::from((mean / deviation).abs());
    close(&format!("result: {what}"), &got[0], &result, 4.0 * sharp + 2e-6);
    let terms = ((room * positions) as f64).sqrt() / 10.0;
    close(&format!("along the scale: {what}"), &got[1], &along[..scale], terms.max(1.0) * (4e-6 + 2.0 * sharp));
    close(&format!("along the shift: {what}"), &got[2], &along[scale..], terms.max(1.0) * 4e-6);
    close(&format!("along the input: {what}"), &got[3], &to, steep * (2e-6 + 4.0 * sharp));
}

#[test]
fn examples_are_normalised_by_groups_of_channels_and_back() {
    let cases = [
        (1, [1, 1], 2, [1, 1]),
        (3, [3, 5], 6, [33, 33]),
        (2, [2, 2], 64, [70, 50]),
        (5, [7, 1], 10, [300, 300]),
        (7, [2, 3], 7, [2, 2]),
        (4, [17, 19], 8, [3, 3]),
    ];
    for ((groups, size, channels, examples), add) in cases.into_iter().zip([false, true].into_iter().cycle()) {
        check(Together::Groups(groups), Value { size, channels }, examples, [0.5, 2.0], add);
    }
    some_were_divided();
}

#[test]
fn examples_are_normalised_as_a_whole_and_back() {
    let cases = [
        ([1, 1], 10, [1, 1]),
        ([3, 5], 6, [33, 33]),
        ([1, 1], 200, [300, 299]),
        ([4, 4], 3, [5, 5]),
        ([20, 30], 5, [2, 2]),
    ];
    for ((size, channels, examples), add) in cases.into_iter().zip([true, false].into_iter().cycle()) {
        check(Together::All, Value { size, channels }, examples, [-1.0, 0.5], add);
    }
    some_were_divided();
}

#[test]
fn large_means_do_not_cancel() {
    check(Together::All, Value { size: [5, 5], channels: 6 }, [9, 9], [1000.0, 1.0], false);
    check(Together::Groups(2), Value { size: [5, 5], channels: 6 }, [9, 9], [-500.0, 0.2], false);
}

#[test]
fn groups_that_do_not_divide_channels_are_refused() {
    let Some(device) = crate::tests::device(&crate::Opening::default()) else { return };
    let buffers = [0; 5].map(|_| fresh(&device, 64).all());
    for groups in [0, 4] {
        let norm = ExampleNorm {
            together: Together::Groups(groups),
            value: Value { size: [1, 1], channels: 6 },
            rows: 1,
            epsilon: EPSILON,
            weight: &buffers[0],
            bias: &buffers[1],
            from: &buffers[2],
            statistics: &buffers[3],
            to: &buffers[4],
        };
        let refused = norm.record(&mut Recording::new(&device)).unwrap_err();
        assert!(refused.to_string().contains("equal groups"), "{refused}");
    }
}
