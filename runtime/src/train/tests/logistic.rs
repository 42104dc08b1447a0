//! A backend without tensors: softmax regression by gradient descent, its scores shaken by noise.

use crate::backend::{
    Backend, BackendError, Batch, Closeness, DrawContext, NamedTensor, OptimizerState, Parameters, StepContext,
    StepOutcome,
};
use crate::random::{Key, Purpose};
use crate::uncertainty::{probabilities, scores};
use elbo_compiler::ir::ProbabilityLink;
use std::cell::RefCell;

const CLASSES: usize = 3;

/// Softmax regression on two features; weights are 3 × (2 + bias).
pub struct Logistic {
    pub weights: Vec<f64>,
    /// Standard deviation of what is added to the scores of a prediction; 0 makes it deterministic.
    pub noise: f32,
    pub noise_seed: u64,
    pub steps: Vec<StepContext>,
    pub draws: RefCell<Vec<(usize, DrawContext)>>,
    /// Added to the divergence.
    pub kl_offset: f64,
    /// Fails at this step.
    pub fails_at: Option<u64>,
}

impl Logistic {
    pub fn new(noise: f32) -> Self {
        Self {
            weights: vec![0.0; CLASSES * 3],
            noise,
            noise_seed: 3,
            steps: vec![],
            draws: RefCell::default(),
            kl_offset: 0.0,
            fails_at: None,
        }
    }

    fn scores(&self, batch: &Batch) -> Vec<f32> {
        let rows = batch.inputs.chunks_exact(2).flat_map(|x| {
            self.weights
                .chunks_exact(3)
                .map(|w| (w[0] * f64::from(x[0]) + w[1] * f64::from(x[1]) + w[2]) as f32)
                .collect::<Vec<f32>>()
        });
        rows.collect()
    }
}

impl Backend for Logistic {
    fn name(&self) -> &'static str {
        "logistic"
    }

    fn train_step(&mut self, batch: &Batch, context: &StepContext) -> Result<StepOutcome, BackendError> {
        self.steps.push(*context);
        if self.fails_at == Some(context.step) {
            let (layer, what) = ("head".to_owned(), "the output".to_owned());
            return Err(BackendError::NotFinite { layer, what, step: context.step });
        }
        let p = probabilities(ProbabilityLink::Softmax, CLASSES, &self.scores(batch)).expect("finite scores");
        let (mut likelihood, mut correct) = (0.0, 0);
        let mut gradient = vec![0.0; self.weights.len()];
        for ((row, x), &label) in p.chunks_exact(CLASSES).zip(batch.inputs.chunks_exact(2)).zip(batch.targets.classes())
        {
            likelihood += scores::negative_log_likelihood_of(row[label as usize].ln());
            correct += usize::from(scores::best_class(row) == label as usize);
            for class in 0..CLASSES {
                let error = row[class] - f64::from(u8::from(class == label as usize));
                for (input, value) in [f64::from(x[0]), f64::from(x[1]), 1.0].into_iter().enumerate() {
                    gradient[class * 3 + input] += error * value / batch.len() as f64;
                }
            }
        }
        let kl = self.kl()?;
        let negative_log_likelihood = likelihood / batch.len() as f64;
        for (weight, slope) in self.weights.iter_mut().zip(gradient) {
            *weight -= context.learning_rate * slope;
        }
        let loss = negative_log_likelihood + context.kl_weight * kl;
        Ok(StepOutcome { loss, negative_log_likelihood, kl, penalty: 0.0, closeness: Closeness::Correct(correct) })
    }

    fn predict(&self, batch: &Batch, draw: &DrawContext) -> Result<Vec<f32>, BackendError> {
        self.draws.borrow_mut().push((batch.len(), *draw));
        let mut noise = vec![0.0; batch.len() * CLASSES];
        let stream = Key::new(self.noise_seed).stream(Purpose::PredictionNoise, "head");
        stream.fill_normal(draw.pass, draw.sample, draw.first_example * CLASSES as u64, &mut noise);
        Ok(self.scores(batch).iter().zip(noise).map(|(score, noise)| score + self.noise * noise).collect())
    }

    /// Not the divergence of anything: half the sum of squares.
    fn kl(&self) -> Result<f64, BackendError> {
        Ok(self.kl_offset + self.weights.iter().map(|weight| weight * weight / 2.0).sum::<f64>())
    }

    fn parameters(&self) -> Result<Parameters, BackendError> {
        let values = self.weights.iter().map(|&weight| weight as f32).collect();
        Ok(Parameters::from([("head.weight".to_owned(), NamedTensor { shape: vec![CLASSES, 3], values })]))
    }

    fn set_parameters(&mut self, parameters: &Parameters) -> Result<(), BackendError> {
        let values = &parameters["head.weight"].values;
        self.weights = values.iter().map(|&value| f64::from(value)).collect();
        Ok(())
    }

    fn optimizer_state(&self) -> Result<OptimizerState, BackendError> {
        Ok(OptimizerState { steps: 0, tensors: Parameters::new() })
    }

    fn set_optimizer_state(&mut self, _: &OptimizerState) -> Result<(), BackendError> {
        Ok(())
    }

    fn is_stochastic(&self) -> bool {
        self.noise > 0.0
    }
}
