//! Batches made of the resident form, number by number as a device makes them, are those of the host to the bit.

use super::super::{Dataset, prepare};
use super::{images, plain, raw};
use elbo_compiler::ir::{Augmentation, Data, DataSource, Split, Subset, Transform};
use elbo_contract::{ResidentContent, ResidentExamples};
use elbo_random::{Key, Purpose};

/// As large as the images are after each case's transforms.
const CROP: Augmentation = Augmentation::Crop { size: [6, 9], padding: [2, 1] };
const FLIP: Augmentation = Augmentation::FlipHorizontal { probability: 0.4 };

/// The number at a channel, row and column of an example after the first `steps` augmentations: from the last back to what
/// is stored.
fn number(
    of: &ResidentExamples<'_>,
    steps: usize,
    words: &dyn Fn(u64) -> [u32; 4],
    (example, [channel, y, x]): (usize, [usize; 3]),
) -> f32 {
    let [channels, rows, columns] = of.planes;
    let Some(last) = steps.checked_sub(1) else {
        let at = ((example * channels + channel) * rows + y) * columns + x;
        return match &of.content {
            ResidentContent::Bytes { bytes, values } => values[channel * 256 + usize::from(bytes[at])],
            ResidentContent::Numbers(numbers) => numbers[at],
        };
    };
    let words_here = words(4 * last as u64);
    let [y, x] = match of.augment[last] {
        Augmentation::FlipHorizontal { probability } => {
            let is_flipped = f64::from(words_here[0]) < probability * 4_294_967_296.0;
            [y, if is_flipped { columns - 1 - x } else { x }]
        }
        Augmentation::Crop { size, padding } => {
            let before = [rows, columns];
            let first = |axis: usize| {
                let places = (before[axis] + 2 * padding[axis] - size[axis] + 1) as u64;
                ((u64::from(words_here[axis]) * places) >> 32) as usize
            };
            let [y, x] = [y + first(0), x + first(1)];
            if y < padding[0] || x < padding[1] || y >= rows + padding[0] || x >= columns + padding[1] {
                return 0.0;
            }
            [y - padding[0], x - padding[1]]
        }
    };
    number(of, last, words, (example, [channel, y, x]))
}

fn check(dataset: &Dataset, seed: u64) {
    let of = dataset.resident_training();
    let stream = Key::new(seed).stream(Purpose::Augmentation, "");
    assert_eq!(of.key, stream.table(0, 0).key);
    let positions: Vec<u32> = (0..dataset.training.len() as u32).rev().collect();
    for epoch in [1, 2, 9] {
        let expected = dataset.training_batch(epoch, &positions);
        assert_eq!((of.shape, of.targets.at(&positions)), (expected.shape, expected.targets));
        let [channels, rows, columns] = of.planes;
        let mut found = Vec::new();
        for &position in &positions {
            let example = of.numbers[position as usize];
            let words = |first: u64| {
                let mut words = [0; 4];
                stream.fill_bits(epoch, example, first, &mut words);
                words
            };
            for at in 0..channels * rows * columns {
                let place = [at / (rows * columns), at / columns % rows, at % columns];
                found.push(number(&of, of.augment.len(), &words, (example as usize, place)));
            }
        }
        assert!(found.iter().map(|x| x.to_bits()).eq(expected.inputs.iter().map(|x| x.to_bits())));
    }
}

#[test]
fn resident_examples_make_the_batches_of_the_host() {
    let pad = |amount| Transform::Pad { amount };
    let resize = Transform::Resize { size: [6, 9] };
    let cases = [
        (vec![], vec![], true),
        (vec![pad([1, 2])], vec![FLIP, CROP], true),
        (vec![pad([0, 1]), pad([1, 1]), Transform::Normalize], vec![CROP, FLIP, CROP], true),
        (vec![Transform::Normalize, pad([1, 2]), Transform::Rows], vec![CROP, FLIP], false),
        (vec![pad([0, 3]), resize, Transform::Normalize], vec![CROP, FLIP], false),
    ];
    for (transform, augment, is_of_bytes) in cases {
        let (subset, split) = (Subset::First(30), Split { train: 0.7, validation: 0.3 });
        let data = Data { transform, augment, subset, split, ..plain(DataSource::Digits) };
        let raw = raw(images(60, [2, 4, 5], 3), images(7, [2, 4, 5], 3));
        let dataset = prepare(&data, 5, &raw).unwrap_or_else(|error| panic!("{data:?}: {error}"));
        let content = dataset.resident_training().content;
        assert_eq!(matches!(content, ResidentContent::Bytes { .. }), is_of_bytes, "{data:?}");
        check(&dataset, 5);
    }
}
