//! The network: layers in order of execution.

use super::{Mark, Shape, StartingFile};
use crate::layers::Operation;
use crate::outputs::Output;
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

impl Network {
    /// Numbers that the last layer gives of an example; a network without layers gives its input back.
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(self.input, |layer| layer.output).elements()
    }
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
    /// How its weights are treated; exactly the layers with weights carry a mark.
    pub mark: Option<Mark>,
    /// The file that a normalisation starts from, running statistics included; `None` for scales and variances of 1,
    /// shifts and means of 0. The file that a marked layer starts from is in its mark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<StartingFile>,
    /// The earlier layer whose output it receives, or [`INPUT`]; `None` for the layer right before it. Only
    /// the first layer of a branch has one, and a layer that joins branches of which the last is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The shape it receives.
    pub input: Shape,
    /// The shape it gives.
    pub output: Shape,
}

impl Layer {
    /// The file that the layer starts from, if it does.
    pub fn starting_file(&self) -> Option<&StartingFile> {
        self.start.as_ref().or_else(|| self.mark.as_ref()?.starting_file())
    }

    /// The same, to be changed.
    pub fn starting_file_mut(&mut self) -> Option<&mut StartingFile> {
        self.start.as_mut().or_else(|| self.mark.as_mut()?.starting_file_mut())
    }
}
