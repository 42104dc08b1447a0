//! A data set in memory: three clouds of points in the plane.

use crate::backend::{Batch, Targets};
use crate::data::Part;
use crate::random::{Key, Purpose};
use crate::train::TrainingData;
use elbo_compiler::ir::Shape;
use std::cell::RefCell;
use std::ops::Range;

/// Three clouds of points; remembers which training examples were asked for.
pub struct Blobs {
    sizes: [usize; 3],
    pub asked: RefCell<Vec<(u32, Vec<u32>)>>,
}

impl Blobs {
    /// With this many training, validation and test examples.
    pub fn new(train: usize, validation: usize, test: usize) -> Self {
        Self { sizes: [train, validation, test], asked: RefCell::default() }
    }

    fn examples_at(&self, split: Part, positions: impl Iterator<Item = usize>) -> Batch {
        let stream = Key::new(99).stream(Purpose::Split, &format!("{split:?}"));
        let mut batch =
            Batch { shape: Shape::Vector { features: 2 }, inputs: vec![], targets: Targets::Classes(vec![]) };
        let mut labels = Vec::new();
        for position in positions {
            assert!(position < self.examples(split), "no example {position}");
            let label = position % 3;
            let angle = label as f32 * 2.094;
            let mut noise = [0.0; 2];
            stream.fill_normal(0, 0, 2 * position as u64, &mut noise);
            // Centres 5.2 standard deviations apart: a linear rule is right for 99 of 100 points.
            batch.inputs.extend([3.0 * angle.cos() + noise[0], 3.0 * angle.sin() + noise[1]]);
            labels.push(label as u32);
        }
        batch.targets = Targets::Classes(labels);
        batch
    }
}

impl TrainingData for Blobs {
    fn examples(&self, split: Part) -> usize {
        self.sizes[split as usize]
    }

    fn training_batch(&self, epoch: u32, positions: &[u32]) -> Batch {
        self.asked.borrow_mut().push((epoch, positions.to_vec()));
        self.examples_at(Part::Training, positions.iter().map(|&position| position as usize))
    }

    fn batch(&self, split: Part, range: Range<usize>) -> Batch {
        self.examples_at(split, range)
    }
}
