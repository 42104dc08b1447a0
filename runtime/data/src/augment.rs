//! Random changes of training images.

use super::error::DataError;
use super::transform::{Scratch, checked, padded, window};
use elbo_compiler::ir::Augmentation;
use elbo_random::{Key, Purpose, Stream};

/// Words of the stream that each step has for itself, used or not, so that a step's numbers do not
/// depend on the steps before it.
const WORDS: usize = 4;

/// The augmentations of a run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Augmenter {
    steps: Vec<Augmentation>,
    shape: [usize; 3],
    stream: Stream,
}

impl Augmenter {
    /// For images of `shape`, with the random numbers of a seed.
    ///
    /// # Errors
    /// [`DataError::Geometry`] if a window does not fit into the padded image, or the images would have
    /// another shape in training than in the other splits.
    pub(super) fn new(steps: &[Augmentation], shape: [usize; 3], seed: u64) -> Result<Self, DataError> {
        let mut present = shape;
        for step in steps {
            if let &Augmentation::Crop { size, padding } = step {
                let [_, rows, columns] = padded("crop", present, padding)?;
                let fault = |problem| DataError::Geometry { step: "crop", size: [present[1], present[2]], problem };
                if size[0] > rows || size[1] > columns {
                    return Err(fault(format!(
                        "the window has {} × {} and the padded image {rows} × {columns}",
                        size[0], size[1]
                    )));
                }
                present = checked("crop", present, size.map(Some))?;
            }
        }
        if present != shape {
            let problem = format!(
                "training images would end as {} × {}, unlike those of the other splits",
                present[1], present[2]
            );
            return Err(DataError::Geometry { step: "crop", size: [shape[1], shape[2]], problem });
        }
        Ok(Self { steps: steps.to_vec(), shape, stream: Key::new(seed).stream(Purpose::Augmentation, "") })
    }

    /// Changes the image in `scratch` as `epoch` and the example's number in the source say. Step s
    /// uses words 4s … 4s + 3 of the table (epoch, example).
    pub(super) fn apply(&self, epoch: u32, example: u32, scratch: &mut Scratch) {
        let mut shape = self.shape;
        for (number, step) in self.steps.iter().enumerate() {
            let mut words = [0; WORDS];
            self.stream.fill_bits(epoch, example, (number * WORDS) as u64, &mut words);
            match *step {
                Augmentation::FlipHorizontal { probability } => {
                    if f64::from(words[0]) < probability * 4_294_967_296.0 {
                        scratch.image.chunks_exact_mut(shape[2]).for_each(<[f32]>::reverse);
                    }
                }
                Augmentation::Crop { size, padding } => {
                    let place = |axis: usize| {
                        let places = shape[axis + 1] + 2 * padding[axis] - size[axis] + 1;
                        // The bias of at most places/2³² is far below what any run could show.
                        ((u64::from(words[axis]) * places as u64) >> 32) as usize
                    };
                    window(scratch, shape, [place(0), place(1)], padding, size);
                    shape = [shape[0], size[0], size[1]];
                }
            }
        }
    }

    /// The changes, in order.
    pub(super) fn steps(&self) -> &[Augmentation] {
        &self.steps
    }

    /// The key of their random words.
    pub(super) fn key(&self) -> [u32; 2] {
        self.stream.table(0, 0).key
    }
}
