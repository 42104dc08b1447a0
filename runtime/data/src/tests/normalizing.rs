//! The statistics of `normalize()`.

use super::super::{Images, Part, Pipeline, prepare};
use super::{images, on_threads, plain, raw};
use elbo_compiler::ir::{Data, DataSource, Split, Transform};

const PAD: Transform = Transform::Pad { amount: [2, 1] };
const RESIZE: Transform = Transform::Resize { size: [5, 9] };

fn pipeline(transform: Vec<Transform>, training: Images) -> Pipeline {
    let data = Data { transform, ..plain(DataSource::Digits) };
    let test = training.clone();
    prepare(&data, 0, &raw(training, test)).unwrap().pipeline().clone()
}

/// Whatever comes before it, the training split leaves `normalize()` with mean 0 and deviation 1.
#[test]
fn the_training_split_is_standardised() {
    let cases = [
        vec![Transform::Normalize],
        vec![PAD, Transform::Normalize],
        vec![RESIZE, Transform::Normalize],
        vec![PAD, RESIZE, Transform::Normalize],
        vec![Transform::Normalize, PAD, Transform::Normalize],
    ];
    for transform in cases {
        let data = Data { transform, split: Split { train: 0.75, validation: 0.25 }, ..plain(DataSource::Digits) };
        let dataset = prepare(&data, 3, &raw(images(600, [2, 4, 5], 3), images(7, [2, 4, 5], 3))).unwrap();
        let positions: Vec<u32> = (0..dataset.training.len() as u32).collect();
        let batch = dataset.batch(Part::Training, &positions);
        let size = dataset.pipeline().output()[1] * dataset.pipeline().output()[2];
        for channel in 0..2 {
            let values = || batch.inputs.chunks(size).skip(channel).step_by(2).flatten().map(|&x| f64::from(x));
            let n = values().count() as f64;
            let mean = values().sum::<f64>() / n;
            let deviation = (values().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
            assert!(mean.abs() < 1e-6 && (deviation - 1.0).abs() < 1e-6, "{:?}: {mean} {deviation}", data.transform);
        }
    }
}

/// By hand: 0, 51, 102 and 255 are 0, 0.2, 0.4 and 1 of 255.
#[test]
fn known_values() {
    let training =
        Images { shape: [1, 2, 2], pixels: vec![0, 51, 102, 255], unit: 255.0, labels: vec![0], names: Vec::new() };
    let padded = vec![Transform::Pad { amount: [0, 1] }, Transform::Normalize];
    let cases = [
        (vec![Transform::Normalize], 0.4, 0.14_f64.sqrt()),
        (padded, 0.2, 0.11_f64.sqrt()),
        (vec![Transform::Resize { size: [1, 1] }, PAD, Transform::Normalize], 0.4 / 15.0, 0.4 / 15.0 * 14.0_f64.sqrt()),
    ];
    for (transform, mean, deviation) in cases {
        let pipeline = pipeline(transform, training.clone());
        let found = pipeline.statistics().next().expect("there is one `normalize`")[0];
        assert!((found.mean - mean).abs() < 1e-7 && (found.deviation - deviation).abs() < 1e-7, "{found:?}");
    }
}

#[test]
fn threads_do_not_change_the_statistics() {
    for transform in [vec![Transform::Normalize], vec![RESIZE, Transform::Normalize]] {
        let fit = |threads| on_threads(threads, || pipeline(transform.clone(), images(9_000, [3, 4, 5], 3)));
        assert_eq!(fit(1), fit(2));
    }
}

#[test]
fn only_a_truly_constant_channel_is_not_divided() {
    let constant = |byte| Images {
        shape: [2, 1, 2],
        pixels: [byte, byte, 1, 2].repeat(50),
        unit: 255.0,
        labels: vec![0; 50],
        names: Vec::new(),
    };
    // The channels that are constant, and the first example's numbers of the first channel.
    let fit = |transform: &[Transform], training: Images| {
        let data = Data { transform: transform.to_vec(), ..plain(DataSource::Digits) };
        let dataset = prepare(&data, 0, &raw(training.clone(), training)).expect("it can be prepared");
        let batch = dataset.batch(Part::Training, &[0]);
        (dataset.opened(&data).constant.clone(), batch.inputs[..batch.inputs.len() / 2].to_vec())
    };
    let resized = [RESIZE, Transform::Normalize];
    let plain = [Transform::Normalize];
    for transform in [plain.as_slice(), &resized] {
        for byte in [0, 7, 255] {
            let (found, first) = fit(transform, constant(byte));
            assert_eq!(found, ["0"]);
            assert!(first.iter().all(|x| *x == 0.0), "{byte}: {first:?}");
        }
        let mut nearly = constant(7);
        nearly.pixels[41 * 4] = 8;
        assert!(fit(transform, nearly).0.is_empty());
    }
    assert!(fit(&[PAD, Transform::Normalize], constant(7)).0.is_empty());
    assert_eq!(fit(&[PAD, Transform::Normalize], constant(0)).0, ["0"]);
}
