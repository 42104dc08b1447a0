//! The network: layers in order of execution.

use super::{Mark, Operation, Shape};
use serde::{Deserialize, Serialize};

/// What [`Layer::from`] and [`Operation::Add`] call the network's own input. No layer is called so: the word
/// is reserved.
pub const INPUT: &str = "input";

/// Layers from one input to one output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// The shape of one input example, after the data's transforms.
    pub input: Shape,
    /// In order of execution. Each one's input is the output of the one before it, unless its
    /// [`Layer::from`] says otherwise.
    pub layers: Vec<Layer>,
    /// How the last layer's output is read.
    pub output: Output,
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// Its path, unique in the network, such as `s1.conv[0]`. Parameters are named after it and its
    /// noise is keyed by it. A layer without a name of its own is called after its kind and its
    /// number among the nameless of that kind, counted from 1, such as `maxpool#2`.
    pub name: String,
    /// What it computes.
    pub operation: Operation,
    /// How its weights are treated; exactly `Conv1d`, `Conv2d` and `Linear` carry a mark.
    pub mark: Option<Mark>,
    /// The earlier layer whose output it receives, or [`INPUT`]; `None` for the layer right before it. Only
    /// the first layer of a `shortcut` has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The shape it receives.
    pub input: Shape,
    /// The shape it gives.
    pub output: Shape,
}

/// How the last layer's output is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Output {
    /// Unnormalised scores of classes.
    Categorical {
        /// How scores become probabilities.
        link: ProbabilityLink,
    },
}

/// How class scores z become probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbabilityLink {
    /// eᶻ / Σ eᶻ
    Softmax,
    /// softplus(z) / Σ softplus(z)
    Softplus,
}
