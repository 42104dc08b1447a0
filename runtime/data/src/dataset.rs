//! A run's examples, ready to be taken in batches.

use super::augment::Augmenter;
use super::contents::Contents;
use super::error::DataError;
use super::file_notes::FileNote;
use super::images::Images;
use super::raw::Raw;
use super::stored::Stored;
use super::targets::TargetScale;
use super::transform::{Pipeline, Scratch};
use super::{split, subset};
use elbo_compiler::ir::{self, Shape};
use elbo_compiler::opened::OpenedData;
use elbo_contract::{Batch, Targets};
use rayon::prelude::*;
use std::sync::{Arc, OnceLock};

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

/// Some of a set's examples with what is done to them. Holds numbers, not copies, of the examples.
#[derive(Debug, Clone)]
pub struct Examples {
    stored: Arc<Stored>,
    indices: Vec<u32>,
    pipeline: Pipeline,
}

impl Examples {
    /// All of `stored`, which have the shape that `pipeline` begins with.
    ///
    /// # Panics
    /// Where they are taken, if they have another shape.
    pub fn new(stored: Arc<Stored>, pipeline: Pipeline) -> Self {
        Self { indices: (0..stored.len() as u32).collect(), stored, pipeline }
    }

    /// All examples of another set, as the network of these is to see them: through the same transforms, with the same
    /// statistics.
    ///
    /// # Errors
    /// [`DataError::Foreign`] if they do not end in the same shape.
    pub fn foreign(&self, stored: &Arc<Stored>) -> Result<Self, DataError> {
        Ok(Self::new(Arc::clone(stored), self.pipeline.for_shape(stored.shape())?))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// The examples of the source that it is taken from, all of them, as they are stored.
    pub fn stored(&self) -> &Stored {
        &self.stored
    }

    /// The images of the source that it is taken from, all of them, as they are stored; `None` where it holds no images
    /// of bytes.
    pub fn images(&self) -> Option<&Images> {
        self.stored.images()
    }

    /// The file of each example, in order; `None` where examples do not have files of their own.
    pub fn names(&self) -> Option<Vec<String>> {
        let names = &self.stored.images().filter(|images| !images.names.is_empty())?.names;
        Some(self.indices.iter().map(|&index| names[index as usize].clone()).collect())
    }

    /// The shape of one example after the transforms.
    pub fn shape(&self) -> Shape {
        self.pipeline.shape()
    }

    /// Each example's place in its source's file, in order.
    pub fn indices(&self) -> &[u32] {
        &self.indices
    }

    /// The class of each example; none where targets are real numbers.
    pub fn labels(&self) -> impl Iterator<Item = u32> {
        let classes = self.stored.classes();
        classes.into_iter().flat_map(|classes| self.indices.iter().map(|&index| u32::from(classes[index as usize])))
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

    /// The examples at `positions` (places in this split, from 0), transformed; real targets are as they are stored.
    /// Panics if there is no such place, like a slice.
    pub fn batch(&self, positions: &[u32]) -> Batch {
        self.gather(positions, None, |_, _| {})
    }

    fn gather(
        &self,
        positions: &[u32],
        scale: Option<&TargetScale>,
        change: impl Fn(u32, &mut Scratch) + Sync,
    ) -> Batch {
        let size = self.pipeline.output().iter().product();
        let mut images = vec![0.0; positions.len() * size];
        images.par_chunks_exact_mut(size).zip(positions).with_min_len(8).for_each_init(
            Scratch::default,
            |scratch, (image, &position)| {
                let index = self.indices[position as usize];
                self.pipeline.apply(&self.stored, index, scratch);
                change(index, scratch);
                image.copy_from_slice(&scratch.image);
            },
        );
        Batch { shape: self.shape(), inputs: images, targets: self.targets(positions, scale) }
    }

    /// What is to be predicted of the examples at `positions`, scaled as they are trained on.
    pub(super) fn targets(&self, positions: &[u32], scale: Option<&TargetScale>) -> Targets {
        let places = positions.iter().map(|&position| self.indices[position as usize] as usize);
        let Some((targets, values)) = self.stored.values() else {
            let classes = self.stored.classes().unwrap_or_default();
            return Targets::Classes(places.map(|place| u32::from(classes[place])).collect());
        };
        let value = |target: usize, value: f64| {
            // What a network is trained on has 32 bits, as its outputs have.
            scale.map_or(value, |scale| f64::from(scale.inward(target, value) as f32))
        };
        let row = |place: usize| values[place * targets..][..targets].iter().enumerate();
        Targets::Values { targets, values: places.flat_map(row).map(|(target, &y)| value(target, y)).collect() }
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
    pub contents: Contents,
    /// What the source itself calls each class; empty where it numbers them.
    pub class_names: Vec<String>,
    /// Files that were skipped or changed in form on the way.
    pub file_notes: Vec<FileNote>,
    /// What real targets are scaled by for training; `None` where they are taken as they are.
    pub target_scale: Option<TargetScale>,
    pub(super) augmenter: Augmenter,
    /// What it holds, once somebody has asked.
    pub(super) opened: OnceLock<OpenedData>,
}

/// Chooses, divides and prepares the examples of a run.
///
/// # Errors
/// [`DataError::Subset`], [`DataError::EmptySplit`], [`DataError::Geometry`] or [`DataError::ConstantTarget`] if the data
/// cannot give what `data` asks for.
pub fn prepare(data: &ir::Data, seed: u64, raw: &Raw) -> Result<Dataset, DataError> {
    let strata = raw.training.strata();
    let chosen = subset::choose(data.subset, data.target.classes().unwrap_or(1), &strata)?;
    let (training, validation) = split::divide(data.split, (seed, ""), &chosen, &strata)?;
    let pipeline = Pipeline::fit(&data.transform, data.shape, &raw.training, &training)?;
    let target_scale = match &data.target {
        ir::Target::Values { names, normalize: true } => TargetScale::of(&raw.training, &training, names)?,
        _ => None,
    };
    let augmenter = Augmenter::new(&data.augment, pipeline.output(), seed)?;
    let examples =
        |stored: &Arc<Stored>, indices| Examples { stored: Arc::clone(stored), indices, pipeline: pipeline.clone() };
    Ok(Dataset {
        training: examples(&raw.training, training),
        validation: examples(&raw.training, validation),
        test: examples(&raw.test, (0..raw.test.len() as u32).collect()),
        contents: raw.contents(),
        class_names: raw.class_names.clone(),
        file_notes: raw.file_notes.clone(),
        target_scale,
        augmenter,
        opened: OnceLock::new(),
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

    /// Training examples at `positions`, transformed and augmented, real targets in the network's units; what is called a vector or a sequence is still
    /// augmented as the image it is. An example's random changes are a
    /// function of seed, epoch and its place in the source's file: neither the batch it comes in nor
    /// the number of threads matters.
    pub fn training_batch(&self, epoch: u32, positions: &[u32]) -> Batch {
        let change = |index: u32, scratch: &mut Scratch| self.augmenter.apply(epoch, index, scratch);
        self.training.gather(positions, self.target_scale.as_ref(), change)
    }

    /// How many training examples the source has, chosen or not: all of them are in memory.
    pub fn training_source(&self) -> usize {
        self.training.stored.len()
    }

    /// The transforms with the training split's statistics.
    pub fn pipeline(&self) -> &Pipeline {
        &self.training.pipeline
    }
}
