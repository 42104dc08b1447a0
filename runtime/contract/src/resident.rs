//! Training examples that a backend may keep beside its parameters, so that a step names them by their positions.

use super::batch::Batch;
use super::targets::Targets;
use elbo_compiler::ir::{Augmentation, Shape};
use std::borrow::Cow;

/// The examples of a step: positions in the training split, as they are in an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen<'c> {
    /// The epoch, counted from 1, by which examples are augmented.
    pub epoch: u32,
    /// Positions in the training split, in the order of the batch.
    pub positions: &'c [u32],
}

/// The training split of a run, which a backend may take over whole ([`super::Backend::take_examples`]).
pub trait TrainingExamples {
    /// The chosen examples on the host, transformed and augmented; real targets in the units the network is trained in.
    ///
    /// # Panics
    /// May panic if a position is not below the number of examples.
    fn batch(&self, chosen: &Chosen<'_>) -> Batch;

    /// All of them with what is done to them on their way into the network; `None` where they are to be had in batches
    /// alone.
    fn resident(&self) -> Option<ResidentExamples<'_>>;
}

/// A training split with what is done to its examples, so that a backend can make batches from memory of its own. They are
/// those of [`TrainingExamples::batch`] to the bit.
#[derive(Debug, Clone, PartialEq)]
pub struct ResidentExamples<'e> {
    /// The shape of an example as the network takes it.
    pub shape: Shape,
    /// Channels, rows and columns of an example, as an image whatever it is called.
    pub planes: [usize; 3],
    /// The numbers of the source's examples, also of those that are not trained on.
    pub content: ResidentContent<'e>,
    /// The number of each position's example in its source: its place in `content`, and what it is augmented by.
    pub numbers: &'e [u32],
    /// The random changes of each example, in this order. Step s takes the words 4s … 4s + 3 of the table (epoch, number of
    /// the example): a flip the first, which it compares with its probability times 2³²; a crop the first two, w, of which
    /// ⌊w·n/2³²⌋ is the first row or column of the window among n.
    pub augment: &'e [Augmentation],
    /// The key of the augmentations' random words.
    pub key: [u32; 2],
    /// What is to be predicted of the example of each position, in the units the network is trained in.
    pub targets: Targets,
}

/// The numbers of examples, channel by channel and row by row.
#[derive(Debug, Clone, PartialEq)]
pub enum ResidentContent<'e> {
    /// A byte for each number.
    Bytes {
        /// Examples × channels × rows × columns.
        bytes: Cow<'e, [u8]>,
        /// What each byte stands for, channels × 256.
        values: Vec<f32>,
    },
    /// The numbers themselves.
    Numbers(Vec<f32>),
}
