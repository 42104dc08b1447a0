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
mod data;
mod exchange;
mod identity;
mod mark;
mod network;
mod operation;
mod report;
mod shape;
mod source;
pub(crate) mod text;
mod training;

pub use claim::{Claim, ClaimExpression, ClaimFigure, Comparison, Estimand};
pub use data::{Augmentation, Data, DataSource, Split, Subset, Transform};
pub use exchange::{ExchangeError, from_json, from_toml, to_json, to_toml};
pub use identity::{digest, evaluation_digest, starting_files, training_digest};
pub use mark::{
    DropoutPlacement, DropoutUnit, Estimator, Initialization, Mark, Posterior, PosteriorMean, Prior, StartingFile,
};
pub use network::{INPUT, LOG_VARIANCE, Layer, Network, NoiseModel, Output, ProbabilityLink};
pub use operation::{Activation, Operation, Window};
pub use report::{Corruption, Metric, OtherSource, OutOfDistribution, Report};
pub use shape::Shape;
pub use source::{CsvSource, NpySource, Source, SyntheticKind, SyntheticSource, Target, TestExamples};
pub use text::{grouped, mark as mark_text, network_text, operation as operation_text, text};
pub use training::{
    Annealing, Checkpoint, Clip, EarlyStopping, KlWeighting, LearningRate, Likelihood, Monitor, Objective, Optimizer,
    Select, Training,
};

use serde::{Deserialize, Serialize};

/// The version of the IR's form. A reader refuses any other.
pub const VERSION: u32 = 4;

/// One run: a network, its data, how it is trained and how it is reported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Always [`VERSION`].
    pub version: u32,
    /// The network.
    pub network: Network,
    /// The data it is trained and scored on.
    pub data: Data,
    /// How it is trained.
    pub training: Training,
    /// How it is scored.
    pub report: Report,
}
