//! The backends: our own on the processor (`native`) and on graphics processors (`gpu`), and candle's tensors (`candle`).
//!
//! [`open`] makes the network of a run in memory; what it does then is the contract, [`Backend`]: it takes optimizer steps,
//! draws predictions, and gives and takes its parameters by name. All are held to the same cases.
//!
//! ```
//! use elbo_backend::{Batch, BackendChoice, DrawContext, Parameters, Targets, DeviceChoice, open};
//! use elbo_compiler::{compile, ir::Shape, sources::MemorySources};
//!
//! let text = "model m { input image[1, 8, 8]; default bayes; flatten; head: linear(10); output categorical }
//!     dataset d { source = digits() }
//!     train t { objective = elbo(); optimizer = adam(lr=1e-3); epochs = 1; batch = 64; seed = 1 }
//!     run r { model = m; data = d; train = t }";
//! let run = compile("r.elbo", &MemorySources::single("r.elbo", text), None, &[]).runs.remove(0).run;
//! let network = open(BackendChoice::Native, DeviceChoice::Cpu, &run, &Parameters::new())?;
//! let shape = Shape::Image { channels: 1, height: 8, width: 8 };
//! let batch = Batch { shape, inputs: vec![0.5; 64], targets: Targets::Classes(vec![3]) };
//! let scores = network.predict(&batch, &DrawContext { sample: 0, first_example: 0, pass: 0 })?;
//! assert_eq!(scores.len(), 10);
//! # Ok::<(), elbo_backend::BackendError>(())
//! ```

pub mod candle;
mod choice;
mod device;
mod device_memory;
mod functions;
#[cfg(feature = "gpu")]
pub mod gpu;
pub mod graphics;
mod initialization;
mod memory;
pub mod native;
mod occupied;
mod open;
pub mod outputs;
mod shares;
mod starting;
#[cfg(test)]
mod tests;
mod work;

pub use choice::BackendChoice;
pub use device::{AdapterChoice, DeviceChoice};
pub use device_memory::DeviceMemory;
pub use elbo_contract::{
    Backend, BackendError, Batch, Chosen, Closeness, DrawContext, DrawsContext, Gradient, NamedTensor, OptimizerState,
    PREDICTION_BATCH, Parameters, ResidentContent, ResidentExamples, StepContext, StepOutcome, Targets,
    TrainingExamples, file_name, network_name,
};
pub use open::open;
pub use starting::{StartingPart, StartingTensor, starting_tensors};
pub use work::Work;
