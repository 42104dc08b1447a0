//! Damaged images, after Hendrycks & Dietterich 2019, "Benchmarking neural network robustness to common corruptions and
//! perturbations". Kinds are theirs; parameters are our own, chosen for images of 28 to 32 pixels a side.

use super::images::{Images, UNIT};
use elbo_compiler::ir::Corruption;
use elbo_random::Stream;
use rayon::prelude::*;

/// Standard deviation of the noise, by severity.
const NOISE: [f32; 5] = [0.08, 0.12, 0.18, 0.26, 0.38];
/// Standard deviation of the blur in pixels.
const BLUR: [f32; 5] = [0.5, 0.75, 1.0, 1.5, 2.0];
/// What differences from the mean are multiplied by.
const CONTRAST: [f32; 5] = [0.75, 0.5, 0.4, 0.3, 0.15];
/// What is added.
const BRIGHTNESS: [f32; 5] = [0.1, 0.2, 0.3, 0.4, 0.5];
/// Rows and columns of the coarse image, as a share of the fine one's.
const PIXELATE: [f32; 5] = [0.85, 0.7, 0.55, 0.4, 0.3];
/// Degrees, to the left or to the right by chance.
const ROTATION: [f32; 5] = [10.0, 20.0, 30.0, 40.0, 50.0];

/// The first `count` images of `test`, damaged. Pixels are numbers in [0, 1] while they are worked on, and are cut off
/// there and rounded to bytes at the end.
///
/// # Panics
/// If the severity is not 1 to 5, which the compiler has checked.
pub(super) fn corrupted(kind: Corruption, severity: u8, stream: &Stream, test: &Images, count: usize) -> Images {
    let level = usize::from(severity) - 1;
    let size: usize = test.shape.iter().product();
    let mut pixels = vec![0; count * size];
    pixels.par_chunks_exact_mut(size.max(1)).enumerate().with_min_len(8).for_each(|(index, bytes)| {
        let mut image: Vec<f32> = test.image(index).iter().map(|&byte| f32::from(byte) / test.unit).collect();
        damage(kind, level, (stream, index), test.shape, &mut image);
        for (byte, value) in bytes.iter_mut().zip(image) {
            *byte = (value.clamp(0.0, 1.0) * UNIT).round() as u8;
        }
    });
    Images { shape: test.shape, pixels, unit: UNIT, labels: test.labels[..count].to_vec(), names: Vec::new() }
}

fn damage(
    kind: Corruption,
    level: usize,
    (stream, index): (&Stream, usize),
    [_, rows, columns]: [usize; 3],
    image: &mut [f32],
) {
    let channels = image.chunks_exact_mut(rows * columns);
    match kind {
        Corruption::GaussianNoise => {
            let mut noise = vec![0.0; image.len()];
            stream.fill_normal(0, 0, index as u64 * noise.len() as u64, &mut noise);
            image.iter_mut().zip(noise).for_each(|(value, noise)| *value += NOISE[level] * noise);
        }
        Corruption::Blur => channels.for_each(|channel| blur(channel, [rows, columns], BLUR[level])),
        Corruption::Contrast => channels.for_each(|channel| {
            let mean = channel.iter().sum::<f32>() / channel.len() as f32;
            channel.iter_mut().for_each(|value| *value = mean + CONTRAST[level] * (*value - mean));
        }),
        Corruption::Brightness => image.iter_mut().for_each(|value| *value += BRIGHTNESS[level]),
        Corruption::Pixelate => channels.for_each(|channel| pixelate(channel, [rows, columns], PIXELATE[level])),
        Corruption::Rotation => {
            let mut word = [0];
            stream.fill_bits(0, 0, index as u64, &mut word);
            let side = if word[0] >> 31 == 0 { 1.0 } else { -1.0 };
            channels.for_each(|channel| rotate(channel, [rows, columns], side * ROTATION[level]));
        }
    }
}

/// A Gaussian mean along columns, then along rows, out to three standard deviations; beyond the edge the edge goes on.
fn blur(channel: &mut [f32], [rows, columns]: [usize; 2], deviation: f32) {
    let reach = (3.0 * deviation).ceil() as isize;
    let weights: Vec<f32> = (-reach..=reach).map(|d| (-0.5 * (d as f32 / deviation).powi(2)).exp()).collect();
    let sum: f32 = weights.iter().sum();
    let mean_along = |from: &[f32], place: usize, length: usize, at: &dyn Fn(usize) -> usize| {
        let part = weights.iter().zip(-reach..).map(|(weight, offset)| {
            let other = (place as isize + offset).clamp(0, length as isize - 1) as usize;
            weight * from[at(other)]
        });
        part.sum::<f32>() / sum
    };
    let mut between = vec![0.0; channel.len()];
    for (place, value) in between.iter_mut().enumerate() {
        let (row, column) = (place / columns, place % columns);
        *value = mean_along(channel, column, columns, &|other| row * columns + other);
    }
    for (place, value) in channel.iter_mut().enumerate() {
        let (row, column) = (place / columns, place % columns);
        *value = mean_along(&between, row, rows, &|other| other * columns + column);
    }
}

/// Each pixel becomes the mean of the cell of a coarse grid that its centre lies in. A pixel on the edge of a cell
/// counts for the share of it that lies inside.
fn pixelate(channel: &mut [f32], size: [usize; 2], share: f32) {
    let cells = size.map(|length| ((length as f32 * share).round() as usize).clamp(1, length));
    // The share of pixel `place` that lies in cell `cell` along an axis, in units of 1/cells of a pixel.
    let overlap = |axis: usize, cell: usize, place: usize| {
        let (length, count) = (size[axis], cells[axis]);
        let (from, to) = ((cell * length).max(place * count), ((cell + 1) * length).min((place + 1) * count));
        to.saturating_sub(from) as f32
    };
    let mut means = vec![0.0; cells[0] * cells[1]];
    for (number, mean) in means.iter_mut().enumerate() {
        let (cell_row, cell_column) = (number / cells[1], number % cells[1]);
        let mut weights = 0.0;
        for (place, value) in channel.iter().enumerate() {
            let weight = overlap(0, cell_row, place / size[1]) * overlap(1, cell_column, place % size[1]);
            *mean += weight * value;
            weights += weight;
        }
        *mean /= weights;
    }
    let cell_of = |axis: usize, place: usize| (2 * place + 1) * cells[axis] / (2 * size[axis]);
    for (place, value) in channel.iter_mut().enumerate() {
        *value = means[cell_of(0, place / size[1]) * cells[1] + cell_of(1, place % size[1])];
    }
}

/// Turns about the centre, bilinear between pixels; beyond the edge the edge goes on.
fn rotate(channel: &mut [f32], [rows, columns]: [usize; 2], degrees: f32) {
    let (sine, cosine) = degrees.to_radians().sin_cos();
    let centre = [(rows as f32 - 1.0) / 2.0, (columns as f32 - 1.0) / 2.0];
    let old = channel.to_vec();
    let tap = |place: f32, length: usize| {
        let place = place.clamp(0.0, length as f32 - 1.0);
        let first = place as usize;
        (first, (first + 1).min(length - 1), place - first as f32)
    };
    for (place, value) in channel.iter_mut().enumerate() {
        let (y, x) = ((place / columns) as f32 - centre[0], (place % columns) as f32 - centre[1]);
        let (top, bottom, down) = tap(centre[0] + cosine * y - sine * x, rows);
        let (left, right, across) = tap(centre[1] + sine * y + cosine * x, columns);
        let line = |row: usize| {
            let (first, second) = (old[row * columns + left], old[row * columns + right]);
            first + across * (second - first)
        };
        *value = line(top) + down * (line(bottom) - line(top));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use elbo_random::{Key, Purpose};

    /// A bright block off the centre of a dark image with a gradient.
    fn image() -> Vec<f32> {
        (0..144)
            .map(|p| if (2..5).contains(&(p / 12)) && (3..9).contains(&(p % 12)) { 0.7 } else { 0.002 * p as f32 })
            .collect()
    }

    /// Waves that no grid of cells fits.
    fn waves() -> Vec<f32> {
        let wave = |p: i32| {
            let (row, column) = ((p / 12) as f32, (p % 12) as f32);
            0.5 + 0.3 * (0.9 * row + 0.3).sin() * (1.1 * column).cos() + 0.1 * (2.3 * p as f32).sin()
        };
        (0..144).map(wave).collect()
    }

    fn sum(values: &[f32]) -> f32 {
        values.iter().sum()
    }

    fn distance(left: &[f32], right: &[f32]) -> f32 {
        left.iter().zip(right).map(|(a, b)| (a - b) * (a - b)).sum()
    }

    #[test]
    fn damage_grows_with_severity() {
        let stream = Key::new(0).stream(Purpose::GeneratedImage, "test");
        for kind in Corruption::ALL {
            let whole = if kind == Corruption::Pixelate { waves() } else { image() };
            let mut last = 0.0;
            for level in 0..5 {
                let mut damaged = whole.clone();
                damage(kind, level, (&stream, 0), [1, 12, 12], &mut damaged);
                let found = distance(&damaged, &whole);
                assert!(found > 0.9 * last && found > 1e-3, "{}: {found} after {last}", kind.name());
                last = found;
            }
        }
    }

    #[test]
    fn an_even_image_stays_even_where_nothing_is_added() {
        let stream = Key::new(0).stream(Purpose::GeneratedImage, "test");
        for kind in [Corruption::Blur, Corruption::Contrast, Corruption::Pixelate, Corruption::Rotation] {
            for level in 0..5 {
                let mut even = vec![0.5; 2 * 7 * 9];
                damage(kind, level, (&stream, 3), [2, 7, 9], &mut even);
                assert!(even.iter().all(|value| (value - 0.5).abs() < 1e-5), "{}", kind.name());
            }
        }
    }

    #[test]
    fn means_are_kept_by_contrast_and_whole_cells() {
        let mut contrast = image();
        damage(
            Corruption::Contrast,
            4,
            (&Key::new(0).stream(Purpose::GeneratedImage, ""), 0),
            [1, 12, 12],
            &mut contrast,
        );
        assert!((sum(&contrast) - sum(&image())).abs() < 1e-3);
        // Half the rows and columns: cells of four pixels.
        let mut coarse = image();
        pixelate(&mut coarse, [12, 12], 0.5);
        let four = image()[0] + image()[1] + image()[12] + image()[13];
        assert!([0, 1, 12, 13].iter().all(|&place: &usize| (coarse[place] - four / 4.0).abs() < 1e-6));
        assert!((sum(&coarse) - sum(&image())).abs() < 1e-3);
    }

    #[test]
    fn a_blur_spreads_one_pixel_as_a_gaussian() {
        let mut point = vec![0.0; 15 * 15];
        point[7 * 15 + 7] = 1.0;
        blur(&mut point, [15, 15], 1.0);
        assert!((sum(&point) - 1.0).abs() < 1e-5);
        let ratio = point[7 * 15 + 8] / point[7 * 15 + 7];
        assert!((ratio - (-0.5_f32).exp()).abs() < 1e-5, "{ratio}");
        assert!((point[6 * 15 + 7] - point[7 * 15 + 8]).abs() < 1e-7);
    }

    #[test]
    fn four_quarter_turns_are_none_and_one_moves_the_corner() {
        let mut turned = vec![0.0; 25];
        turned[0] = 1.0;
        rotate(&mut turned, [5, 5], 90.0);
        assert!((turned[20] + turned[4] - 1.0).abs() < 1e-4, "{turned:?}");
        for _ in 0..3 {
            rotate(&mut turned, [5, 5], 90.0);
        }
        assert!((turned[0] - 1.0).abs() < 1e-4);
    }

    #[test]
    fn results_are_bytes_within_range_with_their_labels() {
        let stream = Key::new(0).stream(Purpose::GeneratedImage, "x");
        let test = Images {
            shape: [1, 2, 2],
            pixels: vec![0, 16, 8, 4, 16, 16, 16, 16],
            unit: 16.0,
            labels: vec![3, 1],
            names: Vec::new(),
        };
        let bright = corrupted(Corruption::Brightness, 5, &stream, &test, 2);
        assert_eq!((bright.labels, bright.unit), (vec![3, 1], 255.0));
        assert_eq!(bright.pixels, [128, 255, 255, 191, 255, 255, 255, 255]);
    }
}
