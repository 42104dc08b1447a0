//! The training split in the form that a backend may keep in memory of its own.

use super::dataset::Dataset;
use super::images::Images;
use super::transform::Scratch;
use elbo_contract::{ResidentContent, ResidentExamples};
use rayon::prelude::*;
use std::borrow::Cow;

impl Dataset {
    /// The training examples with what is done to them, of which others can make the batches of
    /// [`Dataset::training_batch`] to the bit: bytes where the source holds bytes and the transforms leave each number to
    /// itself, and the transformed numbers elsewhere.
    pub fn resident_training(&self) -> ResidentExamples<'_> {
        let training = &self.training;
        let positions: Vec<u32> = (0..training.len() as u32).collect();
        ResidentExamples {
            shape: training.shape(),
            planes: self.pipeline().output(),
            content: self.bytes().unwrap_or_else(|| self.numbers()),
            numbers: training.indices(),
            augment: self.augmenter.steps(),
            key: self.augmenter.key(),
            targets: training.targets(&positions, self.target_scale.as_ref()),
        }
    }

    fn bytes(&self) -> Option<ResidentContent<'_>> {
        let images = self.training.images()?;
        let numbers: Vec<f32> = (0..=u8::MAX).map(|byte| f32::from(byte) / images.unit).collect();
        let (values, padding) = self.pipeline().by_number(&numbers)?;
        Some(ResidentContent::Bytes { bytes: padded(images, padding), values })
    }

    /// The numbers of all examples up to the last that is trained on.
    fn numbers(&self) -> ResidentContent<'_> {
        let (pipeline, stored) = (self.pipeline(), self.training.stored());
        let size: usize = pipeline.output().iter().product();
        let count = self.training.indices().iter().max().map_or(0, |&last| last as usize + 1);
        let mut numbers = vec![0.0; count * size];
        numbers.par_chunks_exact_mut(size).enumerate().with_min_len(8).for_each_init(
            Scratch::default,
            |scratch, (index, to)| {
                pipeline.apply(stored, index as u32, scratch);
                to.copy_from_slice(&scratch.image);
            },
        );
        ResidentContent::Numbers(numbers)
    }
}

/// The images with so many rows and columns of the byte 0 on each side.
fn padded(images: &Images, [above, left]: [usize; 2]) -> Cow<'_, [u8]> {
    if [above, left] == [0, 0] {
        return Cow::Borrowed(&images.pixels);
    }
    let [_, rows, columns] = images.shape;
    let (height, width) = (rows + 2 * above, columns + 2 * left);
    let mut bytes = vec![0; images.pixels.len() / (rows * columns) * height * width];
    let planes = bytes.par_chunks_exact_mut(height * width).zip(images.pixels.par_chunks_exact(rows * columns));
    planes.for_each(|(to, from)| {
        for (to, from) in to.chunks_exact_mut(width).skip(above).zip(from.chunks_exact(columns)) {
            to[left..left + columns].copy_from_slice(from);
        }
    });
    Cow::Owned(bytes)
}
