//! What must come to the same bits: a run again, a step in halves, a training that goes on elsewhere, resident
//! examples, and predictions in other batches.

use super::{backend, open};
use crate::gpu::GpuBackend;
use crate::tests::cases;
use crate::tests::networks::{Chain, batch, batch_of, bayes, bayes_from, mixture, point, window};
use crate::{
    Backend, Batch, Chosen, DrawContext, DrawsContext, Parameters, ResidentContent, ResidentExamples, StepContext,
    Targets, TrainingExamples,
};
use elbo_compiler::ir::{
    Activation, Augmentation, BatchNorm, Clip, Estimator, Mark, MaxPool, Objective, Operation, Run, Shape,
};
use elbo_gpu::Opening;
use elbo_random::{Key, Purpose};
use std::borrow::Cow;

fn network(mark: Mark) -> Run {
    let mut run = Chain::image(3, 8, 8)
        .conv("conv1", 6, window(3, 1, 1), 1, mark.clone())
        .act(Activation::Relu)
        .add("maxpool#1", Operation::MaxPool(MaxPool { window: window(2, 2, 0) }), None)
        .add("norm1", Operation::BatchNorm(BatchNorm { epsilon: 1e-5, momentum: 0.1 }), None)
        .flatten()
        .linear("fc1", 7, point())
        .linear("head", 10, mark)
        .run();
    run.training.batch = 9;
    run.training.clip = Some(Clip::Norm { maximum: 0.3 });
    if let Objective::Elbo { l2, .. } = &mut run.training.objective {
        *l2 = 0.02;
    }
    run
}

fn marks() -> [Mark; 3] {
    [
        bayes(Estimator::LocalReparameterization),
        bayes_from(mixture(), Estimator::Reparameterization),
        bayes(Estimator::Flipout),
    ]
}

fn context(step: u64) -> StepContext {
    StepContext { step, learning_rate: 1e-2, kl_weight: 1e-3, samples: 2 }
}

fn bits(parameters: &Parameters) -> Vec<u32> {
    parameters.values().flat_map(|tensor| &tensor.values).map(|value| value.to_bits()).collect()
}

/// The batch of a step; the last is short.
fn batch_at(run: &Run, step: u64) -> Batch {
    let mut batch = batch(run.network.input, if step == 3 { 5 } else { 9 }, 10);
    batch.inputs.rotate_left(step as usize * 7);
    batch
}

#[test]
fn a_gradient_and_its_update_are_a_step_and_a_training_again_or_resumed_is_the_same() {
    for mark in marks() {
        let run = network(mark);
        let Some(mut whole) = backend(&run) else { return };
        let [mut halves, mut again, mut resumed] = [0; 3].map(|_| backend(&run).expect("there was one"));
        for step in 0..4 {
            let batch = batch_at(&run, step);
            let gradient = halves.gradient(&batch, &context(step)).unwrap();
            halves.update(&gradient, context(step).learning_rate).unwrap();
            let outcome = whole.train_step(&batch, &context(step)).unwrap();
            assert_eq!(outcome, gradient.outcome);
            assert_eq!(again.train_step(&batch, &context(step)).unwrap(), outcome);
            if step >= 2 {
                assert_eq!(resumed.train_step(&batch, &context(step)).unwrap(), outcome);
            } else if step == 1 {
                resumed.set_parameters(&whole.parameters().unwrap()).unwrap();
                resumed.set_optimizer_state(&whole.optimizer_state().unwrap()).unwrap();
            }
        }
        let (parameters, state) = (whole.parameters().unwrap(), whole.optimizer_state().unwrap());
        assert_eq!(state.steps, 4);
        for (what, other) in [("halves", halves), ("again", again), ("resumed", resumed)] {
            assert!(bits(&other.parameters().unwrap()) == bits(&parameters), "{what}");
            assert!(other.optimizer_state().unwrap() == state, "{what}");
            assert_eq!(other.kl().unwrap().to_bits(), whole.kl().unwrap().to_bits(), "{what}");
        }
    }
}

#[test]
fn a_gradient_changes_nothing_and_one_of_another_network_is_refused() {
    let [run, other] = [network(bayes(Estimator::LocalReparameterization)), network(point())];
    let (Some(mut backend), Some(mut other)) = (backend(&run), backend(&other)) else { return };
    let batch = batch_at(&run, 0);
    let before = (backend.parameters().unwrap(), backend.optimizer_state().unwrap());
    let mut gradient = backend.gradient(&batch, &context(0)).unwrap();
    assert_eq!(backend.gradient(&batch, &context(0)).unwrap(), gradient);
    assert_eq!((backend.parameters().unwrap(), backend.optimizer_state().unwrap()), before);
    let foreign = other.gradient(&batch, &context(0)).unwrap();
    assert!(matches!(backend.update(&foreign, 0.1), Err(crate::BackendError::Parameters(_))));
    gradient.along.get_mut("fc1.weight").unwrap().values[3] = f32::NAN;
    assert!(matches!(backend.update(&gradient, 0.1), Err(crate::BackendError::Parameters(_))));
    assert_eq!((backend.parameters().unwrap(), backend.optimizer_state().unwrap()), before);
}

/// Bytes on the host, flipped and cropped as the contract says.
struct Split {
    bytes: Vec<u8>,
    values: Vec<f32>,
    numbers: Vec<u32>,
    labels: Vec<u32>,
    key: Key,
}

const PLANES: [usize; 3] = [3, 8, 8];
const AUGMENT: [Augmentation; 2] =
    [Augmentation::FlipHorizontal { probability: 0.5 }, Augmentation::Crop { size: [8, 8], padding: [2, 1] }];

impl Split {
    fn new() -> Self {
        let mut numbers = vec![0.0; 20 * 192];
        let key = Key::new(5);
        key.stream(Purpose::Augmentation, "bytes").fill_uniform(0, 0, 0, &mut numbers);
        Self {
            bytes: numbers.iter().map(|number| (number * 256.0) as u8).collect(),
            values: (0..3 * 256).map(|at| (at as f32 - 300.0) / 97.0).collect(),
            numbers: (0..20).rev().collect(),
            labels: (0..20).map(|at| at * 7 % 10).collect(),
            key,
        }
    }
}

impl TrainingExamples for Split {
    fn batch(&self, chosen: &Chosen<'_>) -> Batch {
        let [planes, rows, columns] = PLANES;
        let mut inputs = Vec::new();
        for &position in chosen.positions {
            let number = self.numbers[position as usize];
            let mut words = [0; 8];
            let stream = self.key.stream(Purpose::Augmentation, "test");
            stream.fill_bits(chosen.epoch, number, 0, &mut words);
            let flipped = f64::from(words[0]) < 0.5 * 4_294_967_296.0;
            let start = |word: u32, places: u64| ((u64::from(word) * places) >> 32) as usize;
            let (top, left) = (start(words[4], 5), start(words[5], 3));
            for plane in 0..planes {
                for row in 0..rows {
                    for column in 0..columns {
                        let (y, x) = ((row + top).checked_sub(2), (column + left).checked_sub(1));
                        let place = y.filter(|y| *y < rows).zip(x.filter(|x| *x < columns));
                        inputs.push(place.map_or(0.0, |(y, x)| {
                            let x = if flipped { columns - 1 - x } else { x };
                            let at = ((number as usize * planes + plane) * rows + y) * columns + x;
                            self.values[plane * 256 + usize::from(self.bytes[at])]
                        }));
                    }
                }
            }
        }
        let shape = Shape::Image { channels: 3, height: 8, width: 8 };
        Batch { shape, inputs, targets: Targets::Classes(self.labels.clone()).at(chosen.positions) }
    }

    fn resident(&self) -> Option<ResidentExamples<'_>> {
        let content = ResidentContent::Bytes { bytes: Cow::Borrowed(&self.bytes), values: self.values.clone() };
        Some(ResidentExamples {
            shape: Shape::Image { channels: 3, height: 8, width: 8 },
            planes: PLANES,
            content,
            numbers: &self.numbers,
            augment: &AUGMENT,
            key: self.key.stream(Purpose::Augmentation, "test").table(0, 0).key,
            targets: Targets::Classes(self.labels.clone()),
        })
    }
}

#[test]
fn steps_on_resident_examples_are_steps_on_their_batches_to_the_bit_and_send_no_example() {
    let run = network(bayes(Estimator::LocalReparameterization));
    // A device of its own, so that no other test's traffic is counted.
    let Some(device) = open(&Opening::default()) else { return };
    let [mut resident, mut host] = [0; 2].map(|_| GpuBackend::with(&run, device.clone()).unwrap());
    let split = Split::new();
    resident.take_examples(&split).unwrap();
    for (step, positions) in [[0, 19, 3, 3, 7, 1, 2, 4, 9].as_slice(), &[5, 6, 8, 10, 11], &[18, 17]].iter().enumerate()
    {
        let chosen = Chosen { epoch: 1 + step as u32, positions };
        let context = context(step as u64);
        let before = resident.device.traffic();
        let outcome = resident.train_step_at(&split, &chosen, &context).unwrap();
        let [up, down] = [0, 1].map(|way| resident.device.traffic()[way] - before[way]);
        assert!(step == 0 || up < 400, "{up} bytes went up");
        assert!(down < 4096, "{down} bytes came down");
        assert_eq!(host.train_step(&split.batch(&chosen), &context).unwrap(), outcome, "step {step}");
    }
    assert!(bits(&resident.parameters().unwrap()) == bits(&host.parameters().unwrap()));
    let beyond = Chosen { epoch: 1, positions: &[20] };
    assert!(resident.train_step_at(&split, &beyond, &context(9)).unwrap_err().to_string().contains("no example 20"));
}

/// A few of the cases that draw in each way.
const DRAWN: [&str; 4] =
    ["layers_without_bias", "late_branches", "dropout_of_elements_and_channels", "normalisations_of_each_example"];

#[test]
fn draws_do_not_depend_on_how_they_are_taken_together() {
    for (name, cases) in cases::ALL.iter().filter(|(name, _)| DRAWN.contains(name)) {
        cases(&mut |run| {
            let Some(backend) = backend(run) else { return };
            let all = batch_of(run, 11);
            let draws = DrawsContext { first_sample: 3, samples: 5, first_example: 7, pass: 2 };
            let together = backend.predict_draws(&all, &draws).unwrap();
            let size = together.len() / 5;
            let same = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits());
            for sample in [0, 4] {
                let context = DrawContext { sample: 3 + sample, first_example: 7, pass: 2 };
                let alone = backend.predict(&all, &context).unwrap();
                let found = &together[sample as usize * size..][..size];
                assert!(same(&alone, found), "{name}, sample {sample}");
                // The last examples alone.
                let elements = all.shape.elements();
                let rest = Batch {
                    shape: all.shape,
                    inputs: all.inputs[9 * elements..].to_vec(),
                    targets: all.targets.at(&[9, 10]),
                };
                let context = DrawContext { first_example: 16, ..context };
                let rest = backend.predict(&rest, &context).unwrap();
                assert!(same(&rest, &alone[9 * size / 11..]), "{name}: the last two");
            }
        });
    }
}

#[test]
fn a_training_between_predictions_leaves_both_as_they_are() {
    let run = network(bayes(Estimator::LocalReparameterization));
    let (Some(mut one), Some(mut other)) = (backend(&run), backend(&run)) else { return };
    let batch = batch_at(&run, 0);
    let draw = DrawContext { sample: 1, first_example: 0, pass: 1 };
    one.train_step(&batch, &context(0)).unwrap();
    let first = one.predict(&batch, &draw).unwrap();
    one.train_step(&batch, &context(1)).unwrap();
    other.train_step(&batch, &context(0)).unwrap();
    other.train_step(&batch, &context(1)).unwrap();
    assert!(bits(&one.parameters().unwrap()) == bits(&other.parameters().unwrap()));
    assert_ne!(one.predict(&batch, &draw).unwrap(), first);
    assert_eq!(one.predict(&batch, &draw).unwrap(), other.predict(&batch, &draw).unwrap());
}
