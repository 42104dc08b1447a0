//! Schedules of the learning rate: their arguments, and how each is written as text. A new one is a variant of
//! [`LearningRate`] and a row of [`SCHEDULES`] here; what it comes to at each step is in the runtime's `train/schedule.rs`.

use crate::bounds::Bounds;
use crate::monitor::Monitor;
use crate::monitor_words::{MONITOR_VALUES, PATIENCE};
use crate::numbers::number;
use crate::signature::{Declared, Parameter, Signature, signatures};
use serde::{Deserialize, Serialize};

/// The factor on the base learning rate; epochs counted from 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LearningRate {
    /// 1
    Constant,
    /// factor^⌊(epoch − 1)/every⌋
    Step {
        /// Epochs between two changes.
        every: usize,
        /// What the rate is multiplied by.
        factor: f64,
    },
    /// From 1 to `final_factor` along half a cosine over all steps of the training.
    Cosine {
        /// The share of the base rate that is left at the end.
        final_factor: f64,
    },
    /// Multiplied by `factor` once the monitored value has not improved for more than `patience` epochs.
    Plateau {
        /// What is watched.
        monitor: Monitor,
        /// What the rate is multiplied by.
        factor: f64,
        /// Epochs without improvement that are let pass.
        patience: usize,
        /// The smallest factor ever reached.
        minimum: f64,
    },
}

/// What a schedule watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched {
    /// The name of the schedule.
    pub by: &'static str,
    /// The figure.
    pub monitor: Monitor,
    /// Epochs without improvement that are let pass.
    pub patience: usize,
}

impl LearningRate {
    /// Its name and all its arguments: `step every=10 factor=0.1`.
    pub fn text(&self) -> String {
        match self {
            Self::Constant => "constant".to_owned(),
            Self::Step { every, factor } => format!("step every={every} factor={}", number(*factor)),
            Self::Cosine { final_factor } => format!("cosine final={}", number(*final_factor)),
            Self::Plateau { monitor, factor, patience, minimum } => {
                let (factor, minimum) = (number(*factor), number(*minimum));
                format!("plateau monitor={} factor={factor} patience={patience} minimum={minimum}", monitor.name())
            }
        }
    }

    /// What it watches, if it watches anything.
    pub const fn watch(&self) -> Option<Watched> {
        match *self {
            Self::Constant | Self::Step { .. } | Self::Cosine { .. } => None,
            Self::Plateau { monitor, patience, .. } => Some(Watched { by: "plateau", monitor, patience }),
        }
    }
}

const CONSTANT: Declared<LearningRate> = Declared {
    signature: Signature::constant("constant", "The learning rate stays as it is."),
    read: |_| Some(LearningRate::Constant),
};
const STEP: Declared<LearningRate> = Declared {
    signature: Signature::optional(
        "step",
        "The learning rate is multiplied by a factor every so many epochs.",
        &[
            Parameter::size("every", "Epochs between two changes.", 1),
            Parameter::number("factor", "What the rate is multiplied by.", Bounds::Positive).default("0.1"),
        ],
    )
    .required(1),
    read: |arguments| {
        let (every, factor) = (arguments.size("every"), arguments.number("factor"));
        Some(LearningRate::Step { every: every?, factor: factor? })
    },
};
const COSINE: Declared<LearningRate> = Declared {
    signature: Signature::optional(
        "cosine",
        "From the full rate to a share of it along half a cosine over all steps.",
        &[Parameter::number("final", "The share of the optimizer’s `lr` that is left at the end.", Bounds::Share)
            .default("0")],
    )
    .positional(0),
    read: |arguments| Some(LearningRate::Cosine { final_factor: arguments.number("final")? }),
};
const PLATEAU: Declared<LearningRate> = Declared {
    signature: Signature::optional(
        "plateau",
        "The rate is multiplied by a factor once a figure has stopped improving.",
        &[
            Parameter::new("monitor", "The figure that is watched.").default("validation.nll").values(MONITOR_VALUES),
            Parameter::number("factor", "What the rate is multiplied by.", Bounds::BelowOne).default("0.1"),
            PATIENCE,
            Parameter::number(
                "minimum",
                "The smallest share of the optimizer’s `lr` ever reached; PyTorch’s `min_lr` is `minimum`·`lr`.",
                Bounds::Share,
            )
            .default("0"),
        ],
    )
    .positional(0),
    read: |arguments| {
        let (monitor, factor) = (arguments.monitor("monitor"), arguments.number("factor"));
        let (patience, minimum) = (arguments.size("patience"), arguments.number("minimum"));
        Some(LearningRate::Plateau { monitor: monitor?, factor: factor?, patience: patience?, minimum: minimum? })
    },
};

/// Every schedule, in the order of the reference.
pub(crate) const SCHEDULES: [Declared<LearningRate>; 4] = [CONSTANT, STEP, COSINE, PLATEAU];

/// The signatures of all schedules.
pub(crate) const SCHEDULE_VALUES: &[Signature] = &signatures(&SCHEDULES);
