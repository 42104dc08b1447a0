//! What a batch holds.

use super::super::{DataError, Part, Stored, prepare};
use super::{images, of, on_threads, plain, raw};
use elbo_compiler::ir::{Augmentation, Data, DataSource, Shape, Split, Transform};

const CROP: Augmentation = Augmentation::Crop { size: [4, 5], padding: [2, 1] };
const FLIP: Augmentation = Augmentation::FlipHorizontal { probability: 0.5 };

fn small(augment: Vec<Augmentation>) -> (Data, super::Raw) {
    let data = Data { augment, ..plain(DataSource::Digits) };
    (data, raw(images(60, [2, 4, 5], 3), images(7, [2, 4, 5], 3)))
}

#[test]
fn batches_hold_the_pixels_in_order() {
    let (data, raw) = small(vec![]);
    let dataset = prepare(&data, 0, &raw).unwrap();
    let batch = dataset.batch(Part::Test, &[6, 0, 3]);
    assert_eq!(batch.shape, Shape::Image { channels: 2, height: 4, width: 5 });
    assert_eq!(batch.targets.classes(), [0, 0, 0]);
    let expected: Vec<f32> =
        [6, 0, 3].iter().flat_map(|&i| of(&raw.test).image(i)).map(|&byte| f32::from(byte) / 255.0).collect();
    assert_eq!(batch.inputs, expected);
    assert_eq!(dataset.batch(Part::Test, &[1, 2]).targets.classes(), [1, 2]);
    assert!(dataset.batch(Part::Training, &[]).is_empty());
    assert_eq!(dataset.training_batch(3, &[5, 1]), dataset.batch(Part::Training, &[5, 1]));
    assert_eq!(dataset.training.class_counts(4), [20, 20, 20, 0]);
}

#[test]
fn splits_take_their_images_from_the_source() {
    let (mut data, raw) = small(vec![]);
    data.split = Split { train: 0.8, validation: 0.2 };
    let dataset = prepare(&data, 4, &raw).unwrap();
    assert_eq!((dataset.training.len(), dataset.validation.len(), dataset.test.len()), (48, 12, 7));
    assert_eq!(dataset.validation.class_counts(3), [4, 4, 4]);
    for (position, &index) in dataset.validation.indices().iter().enumerate() {
        let batch = dataset.batch(Part::Validation, &[position as u32]);
        let expected: Vec<f32> =
            of(&raw.training).image(index as usize).iter().map(|&b| f32::from(b) / 255.0).collect();
        assert_eq!(batch.inputs, expected);
        assert_eq!(batch.targets.classes(), [index % 3]);
    }
}

#[test]
fn pad_surrounds_with_zeros() {
    let data = Data { transform: vec![Transform::Pad { amount: [1, 2] }], ..plain(DataSource::Digits) };
    let raw = raw(images(3, [2, 2, 3], 3), images(1, [2, 2, 3], 3));
    let batch = prepare(&data, 0, &raw).unwrap().batch(Part::Test, &[0]);
    assert_eq!(batch.shape, Shape::Image { channels: 2, height: 4, width: 7 });
    for channel in 0..2 {
        for y in 0..4 {
            for x in 0..7 {
                let inside = (1..3).contains(&y) && (2..5).contains(&x);
                let expected = if inside { of(&raw.test).pixels[channel * 6 + (y - 1) * 3 + x - 2] } else { 0 };
                assert_eq!(batch.inputs[channel * 28 + y * 7 + x], f32::from(expected) / 255.0);
            }
        }
    }
}

/// Every possible result of the augmentations, worked out without their code.
fn views(image: &[f32], padding: [usize; 2]) -> Vec<Vec<f32>> {
    let (channels, rows, columns) = (2, 4_isize, 5_isize);
    let mut views = Vec::new();
    for flip in [false, true] {
        for down in 0..=2 * padding[0] as isize {
            for right in 0..=2 * padding[1] as isize {
                let mut view = Vec::new();
                for channel in 0..channels {
                    for y in 0..rows {
                        for x in 0..columns {
                            let (y, x) = (y + down - padding[0] as isize, x + right - padding[1] as isize);
                            let x = if flip { columns - 1 - x } else { x };
                            let inside = (0..rows).contains(&y) && (0..columns).contains(&x);
                            view.push(if inside {
                                image[(channel * rows * columns + y * columns + x) as usize]
                            } else {
                                0.0
                            });
                        }
                    }
                }
                views.push(view);
            }
        }
    }
    views
}

#[test]
fn augmented_images_are_views_of_the_original_and_equally_likely() {
    let (data, raw) = small(vec![FLIP, CROP]);
    let dataset = prepare(&data, 9, &raw).unwrap();
    let original = dataset.batch(Part::Training, &[17]);
    let views = views(&original.inputs, [2, 1]);
    assert_eq!(views.len(), 30);
    let epochs = 6_000;
    let mut counts = [0_u32; 30];
    for epoch in 0..epochs {
        let image = dataset.training_batch(epoch, &[17]).inputs;
        let view = views.iter().position(|view| *view == image).expect("an augmented image is one of the views");
        counts[view] += 1;
    }
    let expected = f64::from(epochs) / 30.0;
    let chi_squared: f64 = counts.iter().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum();
    // 29 degrees of freedom: 58.3 is exceeded once in a thousand.
    assert!(chi_squared < 58.3, "{chi_squared} of {counts:?}");
}

#[test]
fn augmentation_depends_on_neither_batch_nor_threads() {
    let (data, raw) = small(vec![FLIP, CROP]);
    let dataset = prepare(&data, 1, &raw).unwrap();
    let positions: Vec<u32> = (0..60).rev().collect();
    let whole = dataset.training_batch(2, &positions);
    assert_eq!(on_threads(1, || dataset.training_batch(2, &positions)), whole);
    assert_eq!(on_threads(2, || dataset.training_batch(2, &positions)), whole);
    let parts: Vec<f32> = positions.chunks(7).flat_map(|part| dataset.training_batch(2, part).inputs).collect();
    assert_eq!(parts, whole.inputs);
    assert_ne!(dataset.training_batch(3, &positions), whole);
    assert_ne!(prepare(&data, 2, &raw).unwrap().training_batch(2, &positions), whole);
    // Other splits are never augmented.
    let test: Vec<f32> = of(&raw.test).pixels.iter().map(|&byte| f32::from(byte) / 255.0).collect();
    assert_eq!(dataset.batch(Part::Test, &[0, 1, 2, 3, 4, 5, 6]).inputs, test);
}

#[test]
fn probabilities_of_nothing_and_of_certainty_are_kept() {
    for (probability, flips) in [(0.0, false), (1.0, true)] {
        let (data, raw) = small(vec![Augmentation::FlipHorizontal { probability }]);
        let dataset = prepare(&data, 1, &raw).unwrap();
        for epoch in 0..200 {
            let same = dataset.training_batch(epoch, &[0]) == dataset.batch(Part::Training, &[0]);
            assert_eq!(same, !flips);
        }
    }
}

#[test]
fn impossible_sizes_are_errors() {
    let crop = |size, padding| (vec![], vec![Augmentation::Crop { size, padding }]);
    let huge = usize::MAX / 2;
    let cases = [
        (crop([9, 5], [2, 1]), "the window has 9 × 5 and the padded image 8 × 7"),
        (crop([3, 5], [0, 0]), "training images would end as 3 × 5, unlike those of the other splits"),
        (crop([0, 5], [0, 0]), "an image needs at least one row and one column"),
        (crop([4, 5], [huge, 0]), "an image would have more than 16777216 numbers"),
        ((vec![Transform::Pad { amount: [usize::MAX, 0] }], vec![]), "an image would have more than 16777216 numbers"),
        ((vec![Transform::Pad { amount: [0, huge / 4] }], vec![]), "an image would have more than 16777216 numbers"),
        ((vec![Transform::Resize { size: [huge, huge] }], vec![]), "an image would have more than 16777216 numbers"),
        ((vec![Transform::Resize { size: [4, 0] }], vec![]), "an image needs at least one row and one column"),
    ];
    for ((transform, augment), expected) in cases {
        let (data, raw) = small(augment);
        let data = Data { transform, ..data };
        match prepare(&data, 0, &raw) {
            Err(DataError::Geometry { problem, size: [4, 5], .. }) => assert_eq!(problem, expected),
            other => panic!("{data:?}: {other:?}"),
        }
    }
}

#[test]
fn a_foreign_set_passes_through_the_same_transforms() {
    let transform = vec![Transform::Resize { size: [6, 6] }, Transform::Normalize];
    let data = Data { transform, ..plain(DataSource::Digits) };
    let dataset = prepare(&data, 0, &raw(images(60, [1, 4, 5], 3), images(7, [1, 4, 5], 3))).unwrap();
    let others = std::sync::Arc::new(Stored::Images(images(5, [1, 9, 3], 2)));
    let foreign = dataset.test.foreign(&others).unwrap();
    assert_eq!((foreign.len(), foreign.shape()), (5, dataset.test.shape()));
    let statistics = dataset.pipeline().statistics().next().expect("there is one `normalize`")[0];
    let resized = prepare(
        &Data { transform: vec![Transform::Resize { size: [6, 6] }], ..data.clone() },
        0,
        &raw(images(5, [1, 9, 3], 2), images(5, [1, 9, 3], 2)),
    )
    .unwrap()
    .batch(Part::Test, &[4]);
    for (found, resized) in foreign.batch(&[4]).inputs.iter().zip(&resized.inputs) {
        let expected = (f64::from(*resized) - statistics.mean) / statistics.deviation;
        assert!((f64::from(*found) - expected).abs() < 1e-5);
    }
    let coloured = std::sync::Arc::new(Stored::Images(images(5, [3, 4, 5], 2)));
    let error = dataset.test.foreign(&coloured).unwrap_err().to_string();
    assert!(error.contains("image[3, 6, 6]") && error.contains("image[1, 6, 6]"), "{error}");
}

#[test]
fn flatten_and_rows_give_the_same_numbers_another_shape() {
    let (data, raw) = small(vec![]);
    let with = |last: Option<Transform>| {
        let transform = [Transform::Pad { amount: [1, 0] }, Transform::Normalize].into_iter().chain(last).collect();
        prepare(&Data { transform, ..data.clone() }, 0, &raw).unwrap()
    };
    let (image, vector, sequence) = (with(None), with(Some(Transform::Flatten)), with(Some(Transform::Rows)));
    assert_eq!(vector.test.shape(), Shape::Vector { features: 60 });
    assert_eq!(sequence.test.shape(), Shape::Sequence { channels: 12, length: 5 });
    for other in [&vector, &sequence] {
        let (batch, expected) = (other.batch(Part::Test, &[6, 2]), image.batch(Part::Test, &[6, 2]));
        assert_eq!(batch.shape, other.test.shape());
        assert_eq!(batch.inputs, expected.inputs);
        let others = std::sync::Arc::new(Stored::Images(images(5, [2, 4, 5], 2)));
        assert_eq!(other.test.foreign(&others).unwrap().shape(), other.test.shape());
    }
}

#[test]
fn nothing_may_follow_flatten_or_rows() {
    let all = [
        Transform::Pad { amount: [1, 1] },
        Transform::Resize { size: [2, 2] },
        Transform::Normalize,
        Transform::Flatten,
        Transform::Rows,
    ];
    for (last, name) in [(Transform::Flatten, "`flatten()`"), (Transform::Rows, "`rows()`")] {
        for after in all {
            let (data, raw) = small(vec![]);
            let error = prepare(&Data { transform: vec![last, after], ..data }, 0, &raw).unwrap_err();
            assert!(matches!(error, DataError::Geometry { .. }), "{error:?}");
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}
