use super::{blobs::Blobs, logistic::Logistic, run};
use crate::random::{Key, Purpose};
use crate::train::{EpochRecord, Event, Observer, Silent, StepRecord, train};
use elbo_compiler::ir::{Annealing, Initialization, KlWeighting, LearningRate, Mark, Monitor, Objective, Select};
use std::io;

/// Remembers what happened.
#[derive(Default)]
struct Recorder(Vec<Event>);

impl Observer for Recorder {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.0.push(event.clone());
        Ok(())
    }
}

impl Recorder {
    fn steps(&self) -> Vec<StepRecord> {
        self.0.iter().filter_map(|event| if let Event::Step(record) = event { Some(*record) } else { None }).collect()
    }

    fn epochs(&self) -> Vec<EpochRecord> {
        self.0.iter().filter_map(|event| if let Event::Epoch(record) = event { Some(*record) } else { None }).collect()
    }
}

#[test]
fn training_lowers_the_loss_and_finds_the_classes() {
    let (mut backend, mut recorder) = (Logistic::new(0.1), Recorder::default());
    let summary = train(&run(), &mut backend, &Blobs::new(100, 30, 30), &mut recorder).expect("trains");
    let epochs = recorder.epochs();
    assert_eq!(epochs.len(), 4);
    assert!(epochs[3].train.negative_log_likelihood < 0.5 * epochs[0].train.negative_log_likelihood);
    assert!(summary.validation.expect("there is a validation split").accuracy > Some(0.9));
    assert!(summary.train.accuracy > Some(0.9));
    assert_eq!((summary.steps, summary.epochs, summary.cut_short), (28, 4, false));
    assert_eq!((summary.initial_kl, summary.effective_temperature), (0.0, Some(1.0)));
    assert!(summary.final_kl > 0.0);
    assert!(matches!(
        recorder.0[0],
        Event::Started {
            epochs: 4,
            steps_per_epoch: 7,
            steps: 28,
            examples: 100,
            effective_temperature: Some(1.0),
            ..
        }
    ));
    assert!(matches!(recorder.0.last(), Some(Event::Finished { steps: 28, .. })));
}

#[test]
fn every_example_is_seen_once_an_epoch_in_the_order_of_the_seed() {
    let data = Blobs::new(100, 0, 0);
    train(&run(), &mut Logistic::new(0.0), &data, &mut Silent).expect("trains");
    let asked = data.asked.borrow();
    assert_eq!(asked.len(), 28);
    assert_eq!(asked[6].1.len(), 4, "the last batch is the rest");
    let order = Key::new(7).stream(Purpose::Order, "");
    for epoch in 1..=4 {
        let seen: Vec<u32> = asked.iter().filter(|(at, _)| *at == epoch).flat_map(|(_, batch)| batch.clone()).collect();
        assert_eq!(seen, order.permutation(epoch, 100));
    }
    assert_ne!(asked[0].1, asked[7].1, "epochs differ in order");
}

#[test]
fn means_are_over_examples() {
    let mut recorder = Recorder::default();
    train(&run(), &mut Logistic::new(0.0), &Blobs::new(20, 0, 0), &mut recorder).expect("trains");
    let (steps, epochs) = (recorder.steps(), recorder.epochs());
    // 20 examples in batches of 16 and 4.
    let mean = |of: fn(&StepRecord) -> f64| (16.0 * of(&steps[2]) + 4.0 * of(&steps[3])) / 20.0;
    let train = epochs[1].train;
    for (actual, expected) in [
        (train.loss, mean(|step| step.loss)),
        (train.negative_log_likelihood, mean(|step| step.negative_log_likelihood)),
        (train.kl, mean(|step| step.kl)),
        (train.accuracy.expect("of classes"), mean(|step| step.accuracy.expect("of classes"))),
    ] {
        assert!((actual - expected).abs() < 1e-12, "{actual} against {expected}");
    }
    assert_eq!(epochs[1].validation, None);
}

/// An epoch of Blundell's weighting whose last batch is short: the mean of the steps' losses over examples is not −ELBO/N.
#[test]
fn the_loss_of_an_epoch_is_the_elbo_under_every_weighting() {
    let mut run = run();
    for (kl, temperature) in [
        (KlWeighting::Exact, 1.0),
        (KlWeighting::Blundell, 1.0),
        (KlWeighting::Soenderby { warmup: 4 }, 0.5),
        (KlWeighting::Scale { beta: 0.25 }, 0.25),
    ] {
        if let Objective::Elbo { kl: weighting, .. } = &mut run.training.objective {
            *weighting = kl;
        }
        let mut recorder = Recorder::default();
        train(&run, &mut Logistic::new(0.1), &Blobs::new(20, 0, 0), &mut recorder).expect("trains");
        let epoch = recorder.epochs()[1].train;
        let expected = epoch.negative_log_likelihood + temperature * epoch.kl / 20.0;
        assert!(epoch.kl > 0.0);
        assert!((epoch.loss - expected).abs() < 1e-12, "{kl:?}: {} against {expected}", epoch.loss);
    }
}

#[test]
fn the_effective_temperature_is_that_of_the_selected_epoch() {
    let mut run = run();
    run.training.epochs = 60;
    if let Objective::Elbo { anneal, .. } = &mut run.training.objective {
        *anneal = Annealing::Linear { epochs: 60 };
    }
    run.training.select = Select::Best { monitor: Monitor::ValidationAccuracy };
    let summary = train(&run, &mut Logistic::new(0.1), &Blobs::new(32, 30, 0), &mut Silent).expect("trains");
    assert!(summary.selected_epoch < 60, "{summary:?}");
    let expected = summary.selected_epoch as f64 / 60.0;
    let found = summary.effective_temperature.expect("it has a posterior");
    assert!((found - expected).abs() < 1e-12, "{found} against {expected}");
    run.network.layers[0].mark = Some(Mark::Point { initialization: Initialization::Default });
    let summary = train(&run, &mut Logistic::new(0.1), &Blobs::new(32, 30, 0), &mut Silent).expect("trains");
    assert_eq!(summary.effective_temperature, None, "a network without a posterior has none to temper");
}

#[test]
fn weights_and_rates_follow_epoch_and_batch() {
    let mut run = run();
    run.training.learning_rate = LearningRate::Step { every: 2, factor: 0.1 };
    if let Objective::Elbo { kl, .. } = &mut run.training.objective {
        *kl = KlWeighting::Blundell;
    }
    let mut backend = Logistic::new(0.0);
    train(&run, &mut backend, &Blobs::new(32, 0, 0), &mut Silent).expect("trains");
    let weights: Vec<f64> = backend.steps.iter().map(|step| step.kl_weight * 32.0).collect();
    for pair in weights.chunks_exact(2) {
        assert!((pair[0] - 4.0 / 3.0).abs() < 1e-12 && (pair[1] - 2.0 / 3.0).abs() < 1e-12, "{pair:?}");
    }
    let rates: Vec<f64> = backend.steps.iter().map(|step| step.learning_rate).collect();
    assert_eq!(rates, [0.5, 0.5, 0.5, 0.5, 0.05, 0.05, 0.05, 0.05]);
    assert!(backend.steps.iter().enumerate().all(|(number, step)| step.step == number as u64));
}

#[test]
fn plateau_hears_what_validation_found() {
    let mut run = run();
    run.training.epochs = 5;
    run.training.learning_rate =
        LearningRate::Plateau { monitor: Monitor::ValidationAccuracy, factor: 0.5, patience: 0, minimum: 0.0 };
    let (mut backend, mut recorder) = (Logistic::new(0.0), Recorder::default());
    train(&run, &mut backend, &Blobs::new(16, 3, 0), &mut recorder).expect("trains");
    let mut best = f64::NEG_INFINITY;
    let mut expected = 0.5;
    for (step, epoch) in backend.steps.iter().zip(recorder.epochs()) {
        assert_eq!(step.learning_rate, expected, "epoch {}", epoch.epoch);
        let accuracy = epoch.validation.expect("there is a validation split").accuracy.expect("of classes");
        if accuracy > best { best = accuracy } else { expected *= 0.5 }
    }
    assert!(expected < 0.5, "three examples cannot improve five times");
}

#[test]
fn max_steps_ends_training_within_an_epoch() {
    let mut run = run();
    run.training.max_steps = Some(9);
    run.training.learning_rate = LearningRate::Cosine { final_factor: 0.0 };
    let (mut backend, mut recorder) = (Logistic::new(0.0), Recorder::default());
    let summary = train(&run, &mut backend, &Blobs::new(100, 30, 0), &mut recorder).expect("trains");
    assert_eq!((summary.steps, summary.epochs, summary.cut_short), (9, 2, true));
    assert_eq!(backend.steps.len(), 9);
    assert_eq!(recorder.epochs().len(), 2);
    assert!(recorder.epochs()[1].validation.is_some());
    // The cosine runs over the steps that are taken.
    assert!(backend.steps[8].learning_rate < 0.02);
    run.training.max_steps = Some(14);
    let summary = train(&run, &mut Logistic::new(0.0), &Blobs::new(100, 0, 0), &mut Silent).expect("trains");
    assert_eq!((summary.steps, summary.epochs, summary.cut_short), (14, 2, true));
}
