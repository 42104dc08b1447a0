//! Costs, predictions and gradients against plain formulas in double precision.

mod categorical;
mod operands;
mod real;

use super::*;
use crate::device::{Device, Opening};
use crate::recording::Recording;
use crate::tests::device;
use crate::{Buffer, Varying};

/// Numbers between −1 and 1 that look random, the same each time.
fn numbers(seed: u32, count: usize) -> Vec<f64> {
    let key = elbo_random::Key::new(u64::from(seed));
    let mut values = vec![0.0; count];
    key.stream(elbo_random::Purpose::TrainingMask, "numbers").fill_uniform(0, 0, 0, &mut values);
    values.iter().map(|&x| f64::from(2.0 * x - 1.0)).collect()
}

/// One sample or several of a batch.
struct Case {
    rows: usize,
    /// Examples that count.
    examples: usize,
    samples: usize,
    /// Of each sample, `[rows][outputs]`.
    outputs: Vec<Vec<f32>>,
    learned: Vec<f32>,
    words: Vec<u32>,
}

/// What the device gives: costs and gradients of each sample, `[rows][outputs]`; then predictions, closeness and the
/// gradient of the learned vector.
#[derive(Debug, PartialEq)]
struct Found {
    costs: Vec<Vec<f32>>,
    gradients: Vec<Vec<f32>>,
    predictions: Vec<f32>,
    closeness: Vec<f32>,
    learned: Vec<f32>,
}

const SHARE: f64 = 0.5;
const LOSS_WEIGHT: f32 = 0.3;

fn buffer(device: &Device, numbers: &[f32]) -> Buffer {
    let buffer = device.zeros("numbers", numbers.len() as u64).unwrap();
    device.write(&buffer.all(), numbers).unwrap();
    buffer
}

/// Rows with their padding, which holds something: nothing may hang on it.
fn pad(numbers: &[f32], width: usize) -> Vec<f32> {
    let row = |row: &[f32]| {
        let mut row = row.to_vec();
        row.resize(row.len().next_multiple_of(4), 0.0);
        row
    };
    numbers.chunks(width).flat_map(row).collect()
}

/// Rows without their padding, which is 0.
fn strip(numbers: &[f32], width: usize) -> Vec<f32> {
    let row = |row: &[f32]| {
        assert!(row[width..].iter().all(|number| *number == 0.0), "padding that is not 0");
        row[..width].to_vec()
    };
    numbers.chunks(width.next_multiple_of(4)).flat_map(row).collect()
}

impl Case {
    fn run(&self, device: &Device, family: &Family) -> Found {
        let (width, rows) = (family.outputs() as usize, self.rows as u64);
        let predicted = family.predictions() as usize;
        let targets = device.zeros("targets", self.words.len() as u64).unwrap();
        device.write_words(&targets.all(), &self.words).unwrap();
        let learns = family.learned() > 0;
        let padded = |numbers: usize| numbers.next_multiple_of(4) as u64;
        let learned = buffer(device, &pad(&self.learned, self.learned.len().max(1)));
        let along_learned = device.zeros("along", learned.numbers()).unwrap();
        let predictions = device.zeros("predictions", rows * padded(predicted)).unwrap();
        let closeness = device.zeros("closeness", rows).unwrap();
        // What was there before does not count.
        device.write(&predictions.all(), &vec![7.0; predictions.numbers() as usize]).unwrap();
        let mut recording = Recording::new(device);
        let (mut costs, mut gradients) = (Vec::new(), Vec::new());
        for sample in 0..self.samples {
            let outputs = buffer(device, &pad(&self.outputs[sample], width));
            let gradient = buffer(device, &vec![7.0; outputs.numbers() as usize]);
            let cost = buffer(device, &vec![7.0; self.rows]);
            Loss {
                family,
                rows,
                share: SHARE,
                add: sample > 0,
                outputs: &outputs.all(),
                learned: learns.then(|| learned.all()).as_ref(),
                targets: &targets.all(),
                costs: &cost.all(),
                predictions: &predictions.all(),
                gradient: Some(&gradient.all()),
            }
            .record(&mut recording)
            .unwrap();
            if learns {
                LearnedGradient {
                    family,
                    rows,
                    share: SHARE,
                    add: sample > 0,
                    outputs: &outputs.all(),
                    targets: &targets.all(),
                    learned: &learned.all(),
                    gradient: &along_learned.all(),
                }
                .record(&mut recording)
                .unwrap();
            }
            costs.push(cost.all());
            gradients.push(gradient.all());
        }
        Closeness {
            family,
            rows,
            samples: self.samples as u64,
            predictions: &predictions.all(),
            targets: &targets.all(),
            closeness: &closeness.all(),
        }
        .record(&mut recording)
        .unwrap();
        let varying = Varying { examples: self.examples as u32, loss_weight: LOSS_WEIGHT, ..Varying::default() };
        let mut reads = vec![predictions.all(), closeness.all(), along_learned.all()];
        reads.extend(costs.into_iter().chain(gradients));
        let mut read = device.run(&[&recording], &varying, &reads).unwrap();
        let gradients = read.split_off(3 + self.samples).iter().map(|all| strip(all, width)).collect();
        let costs = read.split_off(3);
        let learned = read[2][..family.learned() as usize].to_vec();
        let predictions = strip(&read[0], predicted);
        Found { costs, gradients, predictions, closeness: read.swap_remove(1), learned }
    }

    /// The same on every division of rows and workgroups, and twice.
    fn run_everywhere(&self, family: impl Fn(&Device) -> Family) -> Option<Found> {
        let run = |opening: &Opening| {
            let device = device(opening)?;
            Some(self.run(&device, &family(&device)))
        };
        let first = run(&Opening::default())?;
        // The learned vector's gradient is not divided.
        let together = if self.learned.is_empty() { 64 } else { self.rows };
        let least = 4 * together * self.words.len().max(self.outputs[0].len() + 4 * self.rows).div_ceil(self.rows);
        let least = least as u64;
        for binding_limit in [None, Some(least.max(4 * self.rows as u64).max(1 << 12))] {
            // As many in two dimensions as rows or targets.
            let workgroup_limit = Some(3.max((self.rows as f64).sqrt().ceil() as u64));
            let again = run(&Opening { binding_limit, workgroup_limit, ..Opening::default() }).unwrap();
            assert!(first == again, "other bits with operands of {binding_limit:?}");
        }
        Some(first)
    }
}

/// Fails unless both are as close as rounding leaves sums of terms of this size.
fn close(found: f32, wanted: f64, size: f64, what: &str) {
    let error = (f64::from(found) - wanted).abs();
    assert!(error <= 1e-6 * size + 3e-38, "{what}: {found}, not {wanted} ({error:e} of {size:e})");
}
