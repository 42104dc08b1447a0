//! The intermediate representation: what a run means, complete and without a trace of its source.
//!
//! A [`Run`] holds everything a backend needs: the network with every shape, mark, prior and
//! posterior, the data contract, the training regime and the report. Declaration names, comments,
//! defaults left out, `extends` and blocks are gone; two specs that mean the same give the same
//! bytes. Anything a backend needs and cannot find here is a bug in the compiler.
//!
//! Shapes never include the batch dimension. Sizes are in elements, probabilities in `[0, 1]`,
//! logarithms natural.

mod claim;
pub(crate) mod counts;
mod data;
mod exchange;
mod identity;
mod mark;
mod network;
mod report;
mod run;
mod shape;
mod target;
pub(crate) mod text;
mod training;

pub use crate::data_sources::{
    CsvSource, DataSource, ImageFolder, NpySource, Origin, Source, SourceKind, SyntheticKind, SyntheticSource,
    TableColumns, TestExamples,
};
pub use crate::layers::Operation;
pub use crate::layers::kinds::*;
pub use crate::layers::parts::*;
pub use crate::monitor::Monitor;
pub use crate::optimizers::Optimizer;
pub use crate::outputs::{Categorical, Gaussian, LOG_VARIANCE, NoiseModel, Output, ProbabilityLink};
pub use crate::posteriors::Inference;
pub use crate::posteriors::variational::Estimator;
pub use crate::priors::Prior;
pub use crate::schedules::{LearningRate, Watched};
pub use claim::{Claim, ClaimExpression, ClaimFigure, Comparison, Estimand};
pub use data::{Augmentation, Data, Split, Subset, Transform};
pub use exchange::{ExchangeError, from_json, from_toml, to_json, to_toml};
pub use identity::{digest, evaluation_digest, starting_files, training_digest};
pub use mark::{DropoutPlacement, DropoutUnit, Initialization, Mark, Posterior, PosteriorMean, StartingFile};
pub use network::{INPUT, Layer, Network};
pub use report::{Corruption, Metric, OtherSource, OutOfDistribution, Report};
pub use run::{Run, VERSION};
pub use shape::Shape;
pub use target::Target;
pub use text::{grouped, mark as mark_text, network_text, operation as operation_text, text};
pub use training::{Annealing, Checkpoint, Clip, EarlyStopping, KlWeighting, Likelihood, Objective, Select, Training};
