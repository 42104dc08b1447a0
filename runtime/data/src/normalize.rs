//! Mean and standard deviation of each channel over the training split.

use super::channel_statistics::ChannelStatistics;
use super::error::DataError;
use super::images::Images;
use super::stored::Stored;
use super::transform::{Pipeline, Scratch};
use elbo_compiler::ir::{Shape, Transform};
use rayon::prelude::*;

impl Pipeline {
    /// The transforms in order, with the statistics of the training examples `indices` (at least one)
    /// where they are needed.
    ///
    /// # Errors
    /// [`DataError::Geometry`] if a size is impossible or something follows `flatten()` or `rows()`, which end
    /// what can be done to an image.
    pub(super) fn fit(
        transforms: &[Transform],
        shape: Shape,
        stored: &Stored,
        indices: &[u32],
    ) -> Result<Self, DataError> {
        Self::build(transforms, (shape, stored.shape()), |pipeline| Ok(statistics(pipeline, stored, indices)))
    }
}

/// The statistics of the images numbered `indices` (at least one) as `pipeline` leaves them. The
/// same for any number of threads.
fn statistics(pipeline: &Pipeline, stored: &Stored, indices: &[u32]) -> Vec<ChannelStatistics> {
    match stored {
        Stored::Images(images) if pipeline.only_pads() => of_bytes(pipeline, images, indices),
        Stored::Images(_) | Stored::Numbers(_) => {
            let Some(numbers) = stored.with_origins().filter(|_| pipeline.is_empty()) else {
                let apply = |index: u32, scratch: &mut Scratch| pipeline.apply(stored, index, scratch);
                return of_numbers(pipeline, apply, indices);
            };
            // Origins are added to the means alone, so that what numbers differ by is not rounded.
            let differences = |index: u32, scratch: &mut Scratch| {
                scratch.image.clear();
                scratch.image.extend_from_slice(numbers.example(index as usize));
            };
            let channels = of_numbers(pipeline, differences, indices).into_iter().zip(&numbers.origins);
            let moved = |(channel, origin): (ChannelStatistics, &f64)| ChannelStatistics {
                mean: origin + channel.mean,
                ..channel
            };
            channels.map(moved).collect()
        }
    }
}

/// Of stored bytes with zeros around them, in whole numbers: fast, exact, and so in any order.
fn of_bytes(pipeline: &Pipeline, images: &Images, indices: &[u32]) -> Vec<ChannelStatistics> {
    let [channels, rows, columns] = images.shape;
    let zero = || vec![[0_u64; 2]; channels];
    let sums = indices
        .par_iter()
        .with_min_len(64)
        .fold(zero, |mut sums, &index| {
            let image = images.image(index as usize);
            for ([sum, squares], channel) in sums.iter_mut().zip(image.chunks_exact(rows * columns)) {
                // A few thousand at a time: 32 bits hold the squares of 66,051 bytes.
                for line in channel.chunks(1 << 12) {
                    *sum += u64::from(line.iter().map(|&byte| u32::from(byte)).sum::<u32>());
                    *squares += u64::from(line.iter().map(|&byte| square(byte)).sum::<u32>());
                }
            }
            sums
        })
        .reduce(zero, |mut left, right| {
            for (left, right) in left.iter_mut().zip(right) {
                left[0] += right[0];
                left[1] += right[1];
            }
            left
        });
    let [_, rows, columns] = pipeline.output();
    let n = indices.len() as u128 * (rows * columns) as u128;
    let unit = f64::from(images.unit);
    let of = |&[sum, squares]: &[u64; 2]| {
        let (sum, squares) = (u128::from(sum), u128::from(squares));
        let spread = n * squares - sum * sum;
        ChannelStatistics { mean: sum as f64 / n as f64 / unit, deviation: (spread as f64).sqrt() / n as f64 / unit }
    };
    sums.iter().map(of).collect()
}

/// Written so that the compiler finds the instruction that multiplies and adds 16-bit numbers.
fn square(byte: u8) -> u32 {
    let byte = i32::from(i16::from(byte));
    (byte * byte) as u32
}

/// Partial sums that are formed side by side, so that vector code can form them.
const LANES: usize = 8;

/// Of transformed numbers, in f64: Σd and Σd² of each image's differences d from one number of the
/// channel, then over images in order. The differences are exact for neighbouring numbers, so that
/// Σd² is 0 only if all are equal.
fn of_numbers(
    pipeline: &Pipeline,
    apply: impl Fn(u32, &mut Scratch) + Sync,
    indices: &[u32],
) -> Vec<ChannelStatistics> {
    let [_, rows, columns] = pipeline.output();
    let size = rows * columns;
    let mut scratch = Scratch::default();
    apply(indices[0], &mut scratch);
    let pivots: Vec<f64> = scratch.image.iter().step_by(size).map(|&x| f64::from(x)).collect();
    let of_image = |scratch: &mut Scratch, &index: &u32| -> Vec<[f64; 2]> {
        apply(index, scratch);
        let channels = scratch.image.chunks_exact(size).zip(&pivots);
        channels.map(|(channel, &pivot)| sums(channel, pivot).map(|lanes| lanes.iter().sum())).collect()
    };
    let mut totals = vec![[0.0; 2]; pivots.len()];
    // Some thousand images at a time bound the memory for their sums.
    for part in indices.chunks(1 << 13) {
        let sums: Vec<_> = part.par_iter().map_init(Scratch::default, of_image).collect();
        for image in sums {
            for (total, sum) in totals.iter_mut().zip(image) {
                total[0] += sum[0];
                total[1] += sum[1];
            }
        }
    }
    let n = (indices.len() * size) as f64;
    let of = |(&[sum, squares], &pivot): (&[f64; 2], &f64)| ChannelStatistics {
        mean: pivot + sum / n,
        deviation: ((squares - sum * sum / n) / n).sqrt(),
    };
    totals.iter().zip(&pivots).map(of).collect()
}

fn sums(channel: &[f32], pivot: f64) -> [[f64; LANES]; 2] {
    let mut sums = [[0.0; LANES]; 2];
    for group in channel.chunks(LANES) {
        for (lane, &x) in group.iter().enumerate() {
            let difference = f64::from(x) - pivot;
            sums[0][lane] += difference;
            sums[1][lane] += difference * difference;
        }
    }
    sums
}
