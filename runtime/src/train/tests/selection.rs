//! Early stopping and the choice of weights, on a backend whose figures are a script.

use super::{blobs::Blobs, run};
use crate::backend::{
    Backend, BackendError, Batch, Closeness, DrawContext, NamedTensor, OptimizerState, Parameters, StepContext,
    StepOutcome,
};
use crate::train::{Silent, TrainingSummary, train};
use elbo_compiler::ir::{EarlyStopping, Monitor, Run, Select};

/// Its one weight counts the steps; the loss of step i is figure i.
struct Scripted {
    losses: Vec<f64>,
    weight: f32,
}

impl Backend for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn train_step(&mut self, _: &Batch, context: &StepContext) -> Result<StepOutcome, BackendError> {
        self.weight += 1.0;
        let loss = self.losses[context.step as usize];
        Ok(StepOutcome { loss, negative_log_likelihood: loss, kl: 0.0, penalty: 0.0, closeness: Closeness::Correct(0) })
    }

    /// The score of class 0 grows with the weight up to 3 and then falls, so that validation is best after three steps.
    fn predict(&self, batch: &Batch, _: &DrawContext) -> Result<Vec<f32>, BackendError> {
        let height = 3.0 - (self.weight - 3.0).abs();
        Ok(batch
            .targets
            .classes()
            .iter()
            .flat_map(|&label| (0..3).map(move |class| if class == label { height } else { 0.0 }))
            .collect())
    }

    fn kl(&self) -> Result<f64, BackendError> {
        Ok(f64::from(self.weight))
    }

    fn parameters(&self) -> Result<Parameters, BackendError> {
        Ok(Parameters::from([("head.weight".to_owned(), NamedTensor { shape: vec![1], values: vec![self.weight] })]))
    }

    fn set_parameters(&mut self, parameters: &Parameters) -> Result<(), BackendError> {
        self.weight = parameters["head.weight"].values[0];
        Ok(())
    }

    fn optimizer_state(&self) -> Result<OptimizerState, BackendError> {
        Ok(OptimizerState { steps: 0, tensors: Parameters::new() })
    }

    fn set_optimizer_state(&mut self, _: &OptimizerState) -> Result<(), BackendError> {
        Ok(())
    }

    fn is_stochastic(&self) -> bool {
        false
    }
}

/// Trains for as many epochs of one step as there are losses; gives the weight that is left, too.
fn trained(losses: &[f64], change: impl Fn(&mut Run)) -> (TrainingSummary, f32) {
    let mut run = run();
    run.training.epochs = losses.len();
    change(&mut run);
    let mut backend = Scripted { losses: losses.to_vec(), weight: 0.0 };
    let summary = train(&run, &mut backend, &Blobs::new(16, 6, 0), &mut Silent).expect("trains");
    (summary, backend.weight)
}

fn stop(monitor: Monitor, patience: usize) -> impl Fn(&mut Run) {
    move |run| run.training.early_stopping = Some(EarlyStopping { monitor, patience })
}

#[test]
fn training_ends_once_more_than_patience_epochs_were_no_better() {
    let losses = [5.0, 4.0, 4.0, 4.5, 3.0, 3.0, 3.0, 3.0, 1.0];
    for (patience, epochs, early) in [(0, 3, true), (1, 4, true), (2, 8, true), (3, 9, false)] {
        let (summary, weight) = trained(&losses, stop(Monitor::TrainLoss, patience));
        assert_eq!((summary.epochs, summary.stopped_early), (epochs, early), "patience {patience}");
        assert_eq!((summary.selected_epoch, weight), (epochs, epochs as f32), "the last weights stay");
        assert_eq!((summary.steps, summary.cut_short), (epochs as u64, false));
    }
    let (summary, _) = trained(&losses[..3], stop(Monitor::TrainLoss, 0));
    assert_eq!((summary.epochs, summary.stopped_early), (3, false), "the last epoch is not early");
}

#[test]
fn the_best_weights_are_left_in_the_backend() {
    let losses = [2.0, 1.0, 1.5, 1.0, 3.0, 2.5];
    for (monitor, best) in [
        (Monitor::TrainLoss, 2),
        (Monitor::ValidationNegativeLogLikelihood, 3),
        // Right from the first epoch on: the first of equals.
        (Monitor::ValidationAccuracy, 1),
    ] {
        let (summary, weight) = trained(&losses, |run| run.training.select = Select::Best { monitor });
        assert_eq!((summary.selected_epoch, weight), (best, best as f32), "{monitor:?}");
        assert_eq!((summary.epochs, summary.stopped_early, summary.final_kl), (6, false, best as f64));
        assert_eq!(summary.train.loss, losses[best - 1], "the means are those of the selected epoch");
    }
    let both = |run: &mut Run| {
        let monitor = Monitor::ValidationNegativeLogLikelihood;
        run.training.select = Select::Best { monitor };
        run.training.early_stopping = Some(EarlyStopping { monitor, patience: 1 });
    };
    let (summary, weight) = trained(&losses, both);
    assert_eq!((summary.epochs, summary.selected_epoch, summary.stopped_early, weight), (5, 3, true, 3.0));
}
