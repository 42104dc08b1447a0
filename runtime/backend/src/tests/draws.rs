//! What the trait itself does.

use crate::{
    Backend, BackendError, Batch, DrawContext, DrawsContext, OptimizerState, Parameters, StepContext, StepOutcome,
    Targets,
};
use elbo_compiler::ir::Shape;

/// Predicts the numbers of the draw and fails where it is told to.
struct Echo {
    fails_at: Option<u32>,
}

fn unused<T>() -> Result<T, BackendError> {
    Err(BackendError::Parameters("this backend only predicts".to_owned()))
}

impl Backend for Echo {
    fn name(&self) -> &'static str {
        "echo"
    }

    fn train_step(&mut self, _: &Batch, _: &StepContext) -> Result<StepOutcome, BackendError> {
        unused()
    }

    fn predict(&self, batch: &Batch, draw: &DrawContext) -> Result<Vec<f32>, BackendError> {
        if self.fails_at == Some(draw.sample) {
            return unused();
        }
        let label = |&label: &u32| [draw.sample as f32, draw.first_example as f32, draw.pass as f32, label as f32];
        Ok(batch.targets.classes().iter().flat_map(label).collect())
    }

    fn kl(&self) -> Result<f64, BackendError> {
        unused()
    }

    fn parameters(&self) -> Result<Parameters, BackendError> {
        unused()
    }

    fn set_parameters(&mut self, _: &Parameters) -> Result<(), BackendError> {
        unused()
    }

    fn optimizer_state(&self) -> Result<OptimizerState, BackendError> {
        unused()
    }

    fn set_optimizer_state(&mut self, _: &OptimizerState) -> Result<(), BackendError> {
        unused()
    }

    fn is_stochastic(&self) -> bool {
        true
    }
}

#[test]
fn draws_at_once_are_draws_one_by_one() {
    let batch =
        Batch { shape: Shape::Vector { features: 1 }, inputs: vec![0.0; 2], targets: Targets::Classes(vec![7, 8]) };
    let echo = Echo { fails_at: None };
    let draws = DrawsContext { first_sample: 3, samples: 2, first_example: 40, pass: 5 };
    let found = echo.predict_draws(&batch, &draws).expect("it predicts");
    assert_eq!(found, [3.0, 40.0, 5.0, 7.0, 3.0, 40.0, 5.0, 8.0, 4.0, 40.0, 5.0, 7.0, 4.0, 40.0, 5.0, 8.0]);
    let none = DrawsContext { samples: 0, ..draws };
    assert_eq!(echo.predict_draws(&batch, &none).expect("it predicts"), [0.0_f32; 0]);
    let last = DrawsContext { first_sample: u32::MAX, samples: 1, ..draws };
    assert_eq!(last.each().map(|draw| draw.sample).collect::<Vec<_>>(), [u32::MAX]);
    assert!(Echo { fails_at: Some(4) }.predict_draws(&batch, &draws).is_err());
}
