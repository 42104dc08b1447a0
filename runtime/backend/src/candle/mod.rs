//! The backend over candle tensors with candle's autograd; the reference, and the GPU path.
//!
//! # Threads
//! Its own loops and candle's matrix products run in rayon's current thread pool; a program sets its size
//! with `rayon::ThreadPoolBuilder::build_global`. The number of parts candle cuts a product into, and the
//! size of candle's own pool for element-wise operations, come from `RAYON_NUM_THREADS` (else the
//! physical cores) when the process starts. Results do not depend on any of these: a test compares bits.

mod activation;
mod affine;
mod apart;
mod backend;
mod build;
mod device;
mod drawn;
mod elementwise;
mod error;
mod flipout;
mod gradient;
mod in_place;
mod kernels;
mod kl;
mod likelihood;
mod module;
mod modules;
mod network;
mod noise;
mod non_finite;
mod objective;
mod optimizer;
mod parameters;
mod real;
mod site;
mod sums;
#[cfg(test)]
pub(super) mod tests;
mod training;
mod unfold;
mod update;
mod variational;

pub use backend::CandleBackend;
pub(crate) use device::{kernel_table, open};

use super::{
    Backend, BackendError, Batch, DrawContext, Gradient, OptimizerState, Parameters, StepContext, StepOutcome,
};
use candle_core::DType;
use error::internal;
use noise::Draw;
use training::Gradients;

impl Backend for CandleBackend {
    fn name(&self) -> &'static str {
        "candle"
    }

    fn train_step(&mut self, batch: &Batch, context: &StepContext) -> Result<StepOutcome, BackendError> {
        training::step(self, batch, context)
    }

    fn gradient(&mut self, batch: &Batch, context: &StepContext) -> Result<Gradient, BackendError> {
        let Gradients { store, outcome, statistics } = training::finite_gradients(self, batch, context)?;
        apart::publish(self, &store, (outcome, &statistics))
    }

    fn update(&mut self, gradient: &Gradient, learning_rate: f64) -> Result<(), BackendError> {
        let gradients = apart::take(self, gradient)?;
        training::update(self, gradients, learning_rate).map(drop)
    }

    fn predict(&self, batch: &Batch, draw: &DrawContext) -> Result<Vec<f32>, BackendError> {
        let DrawContext { sample, first_example, pass } = *draw;
        let scores = self.scores(batch, Draw::Prediction { pass, sample, first_example })?;
        let values = scores.to_dtype(DType::F32).and_then(|scores| scores.flatten_all()?.to_vec1());
        values.map_err(internal("the output"))
    }

    fn kl(&self) -> Result<f64, BackendError> {
        let posteriors = self.network.posteriors(false)?;
        self.network.expected_divergence(&posteriors)
    }

    fn parameters(&self) -> Result<Parameters, BackendError> {
        parameters::publish(&self.network.parameters())
    }

    fn set_parameters(&mut self, parameters: &Parameters) -> Result<(), BackendError> {
        parameters::replace(&self.network.parameters(), parameters, self.dtype, &self.device)
    }

    fn optimizer_state(&self) -> Result<OptimizerState, BackendError> {
        self.optimizer.state()
    }

    fn set_optimizer_state(&mut self, state: &OptimizerState) -> Result<(), BackendError> {
        self.optimizer.set_state(state, self.dtype, &self.device)
    }

    fn is_stochastic(&self) -> bool {
        self.network.is_stochastic()
    }
}
