//! What a backend does: it instantiates a network from the IR, takes optimizer steps, draws
//! predictions, and gives and takes its parameters by name.
//!
//! Everything crosses this boundary as plain numbers on the host, in the canonical order (example,
//! channel, row, column), so that backends can be exchanged and compared.
//!
//! ```
//! use elbo_contract::DrawsContext;
//!
//! // The third and fourth draw of the examples from number 256 on.
//! let draws = DrawsContext { first_sample: 2, samples: 2, first_example: 256, pass: 0 };
//! assert_eq!(draws.each().map(|draw| draw.sample).collect::<Vec<_>>(), [2, 3]);
//! ```

mod batch;
mod closeness;
mod optimizer_state;
mod resident;
mod targets;
mod tensor_names;
mod tensors;

pub use batch::Batch;
pub use closeness::Closeness;
pub use optimizer_state::OptimizerState;
pub use resident::{Chosen, ResidentContent, ResidentExamples, TrainingExamples};
pub use targets::Targets;
pub use tensor_names::{file_name, network_name};
pub use tensors::{NamedTensor, Parameters};

/// Examples that are predicted at once, at most.
pub const PREDICTION_BATCH: u64 = 256;

/// What changes from step to step, worked out by the training loop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepContext {
    /// Steps taken before this one, over the whole training.
    pub step: u64,
    /// The learning rate in force.
    pub learning_rate: f64,
    /// The weight w of the summed KL divergence in the loss.
    pub kl_weight: f64,
    /// Monte Carlo samples of the network; the loss averages their negative log-likelihoods.
    pub samples: usize,
}

/// What a step measured, before its update took effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepOutcome {
    /// The objective, in nats per example.
    pub loss: f64,
    /// Mean negative log-likelihood over batch and samples, in nats, as it entered the loss: with the label smoothing
    /// and the class weights of the training, if it has any. `loss` = this + w·`kl` + `penalty`.
    pub negative_log_likelihood: f64,
    /// KL(q‖p) summed over all variational weights, in nats, unweighted. Where a prior has no closed form, its part is
    /// the mean over the samples of ln q(w) − ln p(w) at the weights they drew.
    pub kl: f64,
    /// The weight penalty as it entered the loss.
    pub penalty: f64,
    /// How close the mean prediction of the samples comes to the targets.
    pub closeness: Closeness,
}

/// The gradient of a step's objective. Nothing of the network has changed yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradient {
    /// What the step measured.
    pub outcome: StepOutcome,
    /// The derivative along every trained parameter, by its name and of its shape, before any clipping.
    pub along: Parameters,
    /// Every running statistic as it is after the step.
    pub statistics: Parameters,
}

/// Which draws a prediction makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DrawContext {
    /// The draw's number, from 0. Draws differ by it alone.
    pub sample: u32,
    /// The position of the batch's first example in its split: noise is keyed by the example, so
    /// that the size of batches does not change results.
    pub first_example: u64,
    /// Which pass over the data this is (0 for the final report, the epoch for validation passes).
    pub pass: u32,
}

/// Which draws a prediction makes, several of them at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DrawsContext {
    /// The number of the first draw.
    pub first_sample: u32,
    /// How many draws there are; their numbers follow one another.
    pub samples: u32,
    /// As in [`DrawContext`].
    pub first_example: u64,
    /// As in [`DrawContext`].
    pub pass: u32,
}

impl DrawsContext {
    /// Each draw, in order.
    pub fn each(self) -> impl Iterator<Item = DrawContext> {
        let Self { first_sample, samples, first_example, pass } = self;
        (0..samples).map(move |number| DrawContext { sample: first_sample + number, first_example, pass })
    }
}

/// What can go wrong in a backend after the IR has been checked. Exhaustive, as whoever goes on from a checkpoint must
/// decide for each whether the checkpoint is to blame.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// A value stopped being a number.
    #[error("{what} of layer `{layer}` stopped being a finite number at step {step}")]
    NotFinite {
        /// The first layer, in order of execution, where it shows.
        layer: String,
        /// What it is: `the output`, `a weight`, `the gradient of a weight`.
        what: String,
        /// The step, counted from 0.
        step: u64,
    },
    /// The backend that was asked for is not there, or does not compute on the device.
    #[error("the backend `{backend}` is not available: {reason}")]
    NoBackend {
        /// As it was asked for.
        backend: String,
        /// Why, and what to do.
        reason: String,
    },
    /// The device that was asked for is not there.
    #[error("the device `{device}` is not available: {reason}")]
    NoDevice {
        /// As it was asked for.
        device: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A layer is larger than the backend can compute with.
    #[error("the {backend} backend cannot compute layer `{layer}`: {limit}")]
    TooLarge {
        /// Which backend.
        backend: &'static str,
        /// The layer.
        layer: String,
        /// What there may be, what there is, and what to do.
        limit: String,
    },
    /// The device went away while it computed: its driver was reset, or it was taken out. What it held is lost, and what
    /// stands on the disk is not.
    #[error("the device `{device}` was lost: {reason}")]
    DeviceLost {
        /// As it calls itself.
        device: String,
        /// What the driver said.
        reason: String,
    },
    /// The device has no room for the network.
    #[error(
        "the device `{device}` has no room for {what}, {bytes} bytes, beside {allocated} bytes of this network{}",
        limited(*limit)
    )]
    OutOfDeviceMemory {
        /// As it calls itself.
        device: String,
        /// What was to be kept there.
        what: String,
        /// How many bytes it takes.
        bytes: u64,
        /// How many bytes the network had there already.
        allocated: u64,
        /// How many it may have, where that is bounded.
        limit: Option<u64>,
    },
    /// Parameters do not fit the network.
    #[error("the parameters do not fit the network: {0}")]
    Parameters(String),
    /// The library below failed; a defect of this program, or memory ran out.
    #[error("the {backend} backend failed in layer `{layer}`: {message}")]
    Internal {
        /// Which backend.
        backend: &'static str,
        /// The layer it happened in, or `the objective`, `the optimizer`.
        layer: String,
        /// What the library said.
        message: String,
    },
}

/// The bound on the memory of a device, in words.
fn limited(limit: Option<u64>) -> String {
    limit.map_or_else(String::new, |limit| format!(", which may have {limit}"))
}

impl BackendError {
    /// Whether the same may go well another time: nothing is wrong with what was asked for.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::DeviceLost { .. })
    }

    /// Whether it is a defect of this program, not of what it was given.
    pub fn is_internal(&self) -> bool {
        matches!(self, Self::Internal { .. })
    }
}

/// A network in memory that can be trained and sampled.
pub trait Backend {
    /// Its name in records: `candle`, `gpu`, `native`.
    fn name(&self) -> &'static str;

    /// Takes one optimizer step on `batch`: [`Backend::gradient`], then [`Backend::update`]. A backend that does both in
    /// one go comes to the same bits, but where a penalty and a weight decay act on the same weights, which it may add up
    /// in another order.
    ///
    /// # Errors
    /// [`BackendError::NotFinite`] if a value is no longer finite; the parameters are then those
    /// from before the step.
    fn train_step(&mut self, batch: &Batch, context: &StepContext) -> Result<StepOutcome, BackendError> {
        let gradient = self.gradient(batch, context)?;
        self.update(&gradient, context.learning_rate)?;
        Ok(gradient.outcome)
    }

    /// Takes over the examples that the steps of a training are to name by their positions. A backend that computes in
    /// memory of its own keeps a copy there; others have no need to.
    ///
    /// # Errors
    /// [`BackendError::Internal`] if there is no room for them.
    fn take_examples(&mut self, _examples: &dyn TrainingExamples) -> Result<(), BackendError> {
        Ok(())
    }

    /// A step on some of the examples that were taken over, which are `examples`: [`Backend::train_step`] on their batch, to
    /// the same bits.
    ///
    /// # Errors
    /// As [`Backend::train_step`].
    fn train_step_at(
        &mut self,
        examples: &dyn TrainingExamples,
        chosen: &Chosen<'_>,
        context: &StepContext,
    ) -> Result<StepOutcome, BackendError> {
        self.train_step(&examples.batch(chosen), context)
    }

    /// The gradient of the objective on `batch`. Nothing of the network changes.
    ///
    /// # Errors
    /// [`BackendError::NotFinite`] if a value is no longer finite; [`BackendError::Internal`] of a backend that takes
    /// whole steps only.
    fn gradient(&mut self, _batch: &Batch, _context: &StepContext) -> Result<Gradient, BackendError> {
        Err(whole_steps_only(self.name()))
    }

    /// Lets the optimizer take a step along a gradient, which it clips first if the run says so, and takes over the
    /// running statistics.
    ///
    /// # Errors
    /// [`BackendError::Parameters`] if names, shapes or numbers are not those that [`Backend::gradient`] gives; nothing of
    /// the network has changed then. [`BackendError::Internal`] of a backend that takes whole steps only.
    fn update(&mut self, _gradient: &Gradient, _learning_rate: f64) -> Result<(), BackendError> {
        Err(whole_steps_only(self.name()))
    }

    /// The last layer's outputs for one draw: `batch.len()` × output features, row by row.
    fn predict(&self, batch: &Batch, draw: &DrawContext) -> Result<Vec<f32>, BackendError>;

    /// The outputs of several draws, one draw after the other: `samples` × `batch.len()` × output features. They are
    /// those of as many calls of [`Backend::predict`]; a backend that can share work between draws does.
    fn predict_draws(&self, batch: &Batch, draws: &DrawsContext) -> Result<Vec<f32>, BackendError> {
        let mut outputs = Vec::new();
        for draw in draws.each() {
            outputs.append(&mut self.predict(batch, &draw)?);
        }
        Ok(outputs)
    }

    /// KL(q‖p) of the present parameters, in nats, unweighted; 0 without variational weights. Nothing is drawn: where
    /// a prior has no closed form it is the expectation by quadrature
    /// ([`elbo_compiler::priors::expected_divergence`]), from which a step's own KL differs by its Monte Carlo error.
    fn kl(&self) -> Result<f64, BackendError>;

    /// Every parameter and running statistic.
    fn parameters(&self) -> Result<Parameters, BackendError>;

    /// Replaces every parameter and running statistic. Names and shapes must be those of
    /// [`Backend::parameters`].
    fn set_parameters(&mut self, parameters: &Parameters) -> Result<(), BackendError>;

    /// What the optimizer remembers, for a checkpoint.
    fn optimizer_state(&self) -> Result<OptimizerState, BackendError>;

    /// Replaces what the optimizer remembers. Names and shapes must be those of [`Backend::optimizer_state`].
    fn set_optimizer_state(&mut self, state: &OptimizerState) -> Result<(), BackendError>;

    /// Whether two draws of a prediction can differ.
    fn is_stochastic(&self) -> bool;
}

fn whole_steps_only(backend: &'static str) -> BackendError {
    let (layer, message) = ("the optimizer".to_owned(), "it takes whole steps only".to_owned());
    BackendError::Internal { backend, layer, message }
}
