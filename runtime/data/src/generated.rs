//! Images of another distribution that are made of a run's own test images, or of nothing.
//!
//! They are functions of the test images alone and not of the run's seed, so that every run on the same data is scored
//! on the same ones.

use super::corruption::corrupted;
use super::images::{Images, UNIT};
use elbo_compiler::ir::OtherSource;
use elbo_random::{Key, Purpose, Stream};
use rayon::prelude::*;

/// The most images that are generated.
pub const MOST_GENERATED: usize = 10_000;

/// As many images as there are test images, 10,000 at most, as `source` says; `None` for a data set, which is read.
/// Labels are those of the test images where the images show the same things, else 0.
pub fn generate(source: OtherSource, test: &Images) -> Option<Images> {
    let count = test.len().min(MOST_GENERATED);
    let stream = Key::new(0).stream(Purpose::GeneratedImage, &source.name());
    Some(match source {
        OtherSource::DataSet(_) => return None,
        OtherSource::Noise => noise(&stream, test.shape, count),
        OtherSource::Shuffled => shuffled(&stream, test, count),
        OtherSource::Corruption { kind, severity } => corrupted(kind, severity, &stream, test, count),
    })
}

/// Bytes uniform over all values.
fn noise(stream: &Stream, shape: [usize; 3], count: usize) -> Images {
    let size: usize = shape.iter().product();
    let mut words = vec![0; count * size];
    stream.fill_bits(0, 0, 0, &mut words);
    Images {
        shape,
        pixels: words.into_iter().map(|word| (word >> 24) as u8).collect(),
        unit: UNIT,
        labels: vec![0; count],
        names: Vec::new(),
    }
}

/// The places of each image in a random order of its own, the same for all channels.
fn shuffled(stream: &Stream, test: &Images, count: usize) -> Images {
    let [channels, rows, columns] = test.shape;
    let places = rows * columns;
    let mut pixels = vec![0; count * channels * places];
    pixels.par_chunks_exact_mut(channels * places).enumerate().for_each(|(index, image)| {
        let order = stream.permutation(index as u32, places as u32);
        for (new, old) in image.chunks_exact_mut(places).zip(test.image(index).chunks_exact(places)) {
            for (value, &place) in new.iter_mut().zip(&order) {
                *value = old[place as usize];
            }
        }
    });
    Images { shape: test.shape, pixels, unit: test.unit, labels: vec![0; count], names: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use elbo_compiler::ir::Corruption;

    fn test_images() -> Images {
        let pixels = (0..3 * 2 * 6 * 5_u32).map(|place| (place * 37 % 251) as u8).collect();
        Images { shape: [2, 6, 5], pixels, unit: 255.0, labels: vec![2, 0, 1], names: Vec::new() }
    }

    #[test]
    fn noise_covers_every_value_evenly() {
        let many = Images {
            shape: [1, 32, 32],
            pixels: vec![0; 100 << 10],
            unit: 16.0,
            labels: vec![3; 100],
            names: Vec::new(),
        };
        let noise = generate(OtherSource::Noise, &many).expect("is generated");
        assert_eq!((noise.len(), noise.shape, noise.unit), (100, [1, 32, 32], 255.0));
        let mut counts = [0_u32; 256];
        noise.pixels.iter().for_each(|&byte| counts[byte as usize] += 1);
        // 102,400 bytes, 400 of each value: a χ² of 255 degrees of freedom, 255 ± 23.
        let chi: f64 = counts.iter().map(|&count| (f64::from(count) - 400.0).powi(2) / 400.0).sum();
        assert!((150.0..400.0).contains(&chi), "{chi}");
    }

    #[test]
    fn shuffled_images_keep_their_pixels_and_channels_together() {
        let test = test_images();
        let shuffled = generate(OtherSource::Shuffled, &test).expect("is generated");
        let mut orders = Vec::new();
        for index in 0..test.len() {
            let pairs = |images: &Images| -> Vec<(u8, u8)> {
                let (first, second) = images.image(index).split_at(30);
                first.iter().copied().zip(second.iter().copied()).collect()
            };
            let (old, new) = (pairs(&test), pairs(&shuffled));
            assert_ne!(old, new);
            let order: Vec<usize> =
                new.iter().map(|pair| old.iter().position(|other| other == pair).expect("a pixel of it")).collect();
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..30).collect::<Vec<_>>());
            orders.push(order);
        }
        assert_ne!(orders[0], orders[1], "each image has an order of its own");
    }

    #[test]
    fn generated_images_are_functions_of_the_test_images_on_any_number_of_threads() {
        let test = test_images();
        for source in [
            OtherSource::Noise,
            OtherSource::Shuffled,
            OtherSource::Corruption { kind: Corruption::GaussianNoise, severity: 3 },
            OtherSource::Corruption { kind: Corruption::Rotation, severity: 5 },
        ] {
            let first = generate(source, &test);
            let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().expect("a pool can be made");
            assert_eq!(pool.install(|| generate(source, &test)), first);
        }
        assert_eq!(generate(OtherSource::DataSet(elbo_compiler::ir::DataSource::Mnist), &test), None);
    }

    #[test]
    fn of_many_test_images_ten_thousand_are_used() {
        let many = Images {
            shape: [1, 1, 1],
            pixels: vec![7; 10_001],
            unit: 255.0,
            labels: vec![1; 10_001],
            names: Vec::new(),
        };
        for source in
            [OtherSource::Noise, OtherSource::Shuffled, OtherSource::Corruption { kind: Corruption::Blur, severity: 1 }]
        {
            assert_eq!(generate(source, &many).expect("is generated").len(), 10_000);
        }
    }
}
