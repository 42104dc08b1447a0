//! How long a run takes, from what it does.

use super::{Calibration, Forecast, TimeForecast};
use crate::train::PREDICTION_BATCH;

impl TimeForecast {
    /// The time of a run's work on a calibrated machine.
    pub fn new(forecast: &Forecast, calibration: &Calibration) -> Self {
        let step = calibration.seconds(forecast.step);
        let draw = calibration.seconds(forecast.draw);
        // The forecast's draw is one for a batch as large as there is.
        let most = forecast.examples.test.max(forecast.examples.validation) as u64;
        let batch = most.clamp(1, PREDICTION_BATCH) as f64;
        let weight_draw = calibration.seconds(forecast.weight_draw);
        let pass = |examples: usize, draws: u64| examples as f64 / batch * draws as f64 * draw;
        let training = forecast.steps as f64 * step;
        let validation = forecast.epochs as f64 * pass(forecast.examples.validation, forecast.validation_draws);
        let scoring = pass(forecast.scored as usize, forecast.test_draws);
        let scoring_by_weights = forecast.scored_by_weights as f64 / batch * forecast.test_draws as f64 * weight_draw;
        let total = training + validation + scoring + scoring_by_weights;
        Self { training, validation, scoring, scoring_by_weights, total, uncertainty: calibration.uncertainty }
    }
}
