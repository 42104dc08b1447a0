//! A run's examples, ready to be taken in batches.

use super::augment::Augmenter;
use super::digest::Digest;
use super::error::DataError;
use super::images::Images;
use super::raw::Raw;
use super::transform::{Pipeline, Scratch};
use super::{split, subset};
use crate::backend::Batch;
use elbo_compiler::ir::{self, Shape};
use rayon::prelude::*;
use std::sync::Arc;

/// One of the three divisions of a run's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// What parameters are fitted to.
    Training,
    /// What choices are made on.
    Validation,
    /// What is reported on.
    Test,
}

/// Some of a set's images with what is done to them. Holds numbers, not copies, of the images.
#[derive(Debug, Clone)]
pub struct Examples {
    images: Arc<Images>,
    indices: Vec<u32>,
    pipeline: Pipeline,
}

impl Examples {
    /// All of `images`, which have the shape that `pipeline` begins with.
    ///
    /// # Panics
    /// Where they are taken, if they have another shape.
    pub fn new(images: Arc<Images>, pipeline: Pipeline) -> Self {
        Self { indices: (0..images.len() as u32).collect(), images, pipeline }
    }

    /// All images of another set, as the network of these is to see them: through the same transforms, with the same
    /// statistics.
    ///
    /// # Errors
    /// [`DataError::Foreign`] if they do not end in the same shape.
    pub fn foreign(&self, images: &Arc<Images>) -> Result<Self, DataError> {
        Ok(Self::new(Arc::clone(images), self.pipeline.for_shape(images.shape)?))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// The images of the source that it is taken from, all of them, as they are stored.
    pub fn images(&self) -> &Images {
        &self.images
    }

    /// The shape of one example after the transforms.
    pub fn shape(&self) -> Shape {
        self.pipeline.shape()
    }

    /// Each example's place in its source's file, in order.
    pub fn indices(&self) -> &[u32] {
        &self.indices
    }

    /// The class of each example.
    pub fn labels(&self) -> impl ExactSizeIterator<Item = u32> {
        self.indices.iter().map(|&index| u32::from(self.images.labels[index as usize]))
    }

    /// How many examples each of `classes` classes has; labels beyond are not counted.
    pub fn class_counts(&self, classes: usize) -> Vec<usize> {
        let mut counts = vec![0; classes];
        for label in self.labels() {
            if let Some(count) = counts.get_mut(label as usize) {
                *count += 1;
            }
        }
        counts
    }

    /// The examples at `positions` (places in this split, from 0), transformed. Panics if there is no
    /// such place, like a slice.
    pub fn batch(&self, positions: &[u32]) -> Batch {
        self.gather(positions, |_, _| {})
    }

    fn gather(&self, positions: &[u32], change: impl Fn(u32, &mut Scratch) + Sync) -> Batch {
        let size = self.pipeline.output().iter().product();
        let mut images = vec![0.0; positions.len() * size];
        images.par_chunks_exact_mut(size).zip(positions).with_min_len(8).for_each_init(
            Scratch::default,
            |scratch, (image, &position)| {
                let index = self.indices[position as usize];
                self.pipeline.apply(&self.images, index, scratch);
                change(index, scratch);
                image.copy_from_slice(&scratch.image);
            },
        );
        let label = |&position: &u32| u32::from(self.images.labels[self.indices[position as usize] as usize]);
        Batch { shape: self.shape(), images, labels: positions.iter().map(label).collect() }
    }
}

/// A run's data: divided, transformed, and augmented for training.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// What parameters are fitted to, as it is without augmentation.
    pub training: Examples,
    /// What choices are made on; may be empty.
    pub validation: Examples,
    /// What is reported on.
    pub test: Examples,
    /// The files behind it.
    pub digests: Vec<Digest>,
    augmenter: Augmenter,
}

/// Chooses, divides and prepares the examples of a run.
///
/// # Errors
/// [`DataError::Subset`], [`DataError::EmptySplit`], [`DataError::Geometry`] or
/// [`DataError::ConstantChannel`] if the data cannot give what `data` asks for.
pub fn prepare(data: &ir::Data, seed: u64, raw: &Raw) -> Result<Dataset, DataError> {
    let chosen = subset::choose(data.subset, data.classes, &raw.training.labels)?;
    let (training, validation) = split::divide(data.split, seed, &chosen, &raw.training.labels)?;
    let pipeline = Pipeline::fit(&data.transform, &raw.training, &training)?;
    let augmenter = Augmenter::new(&data.augment, pipeline.output(), seed)?;
    let examples =
        |images: &Arc<Images>, indices| Examples { images: Arc::clone(images), indices, pipeline: pipeline.clone() };
    Ok(Dataset {
        training: examples(&raw.training, training),
        validation: examples(&raw.training, validation),
        test: examples(&raw.test, (0..raw.test.len() as u32).collect()),
        digests: raw.digests.clone(),
        augmenter,
    })
}

impl Dataset {
    /// One of its splits.
    pub fn part(&self, part: Part) -> &Examples {
        match part {
            Part::Training => &self.training,
            Part::Validation => &self.validation,
            Part::Test => &self.test,
        }
    }

    /// Examples of a split at `positions`, transformed; see [`Examples::batch`].
    pub fn batch(&self, part: Part, positions: &[u32]) -> Batch {
        self.part(part).batch(positions)
    }

    /// Training examples at `positions`, transformed and augmented; what is called a vector or a sequence is still
    /// augmented as the image it is. An example's random changes are a
    /// function of seed, epoch and its place in the source's file: neither the batch it comes in nor
    /// the number of threads matters.
    pub fn training_batch(&self, epoch: u32, positions: &[u32]) -> Batch {
        self.training.gather(positions, |index, scratch| self.augmenter.apply(epoch, index, scratch))
    }

    /// How many training examples the source has, chosen or not: all of them are in memory.
    pub fn training_source(&self) -> usize {
        self.training.images.len()
    }

    /// The transforms with the training split's statistics.
    pub fn pipeline(&self) -> &Pipeline {
        &self.training.pipeline
    }
}
