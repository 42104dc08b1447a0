//! How specs name the figures that a training may watch.

use crate::monitor::Monitor;
use crate::signature::{Parameter, Signature};

/// Their names in specs.
pub(crate) const MONITOR_VALUES: &[Signature] = &[
    Signature::constant("validation.nll", "Mean negative log-likelihood of the validation split; smaller is better."),
    Signature::constant("validation.accuracy", "Accuracy on the validation split; larger is better."),
    Signature::constant("train.loss", "Mean loss of the epoch's steps; smaller is better."),
];

/// What each of these names stands for.
pub(crate) const MONITORS: [Monitor; 3] =
    [Monitor::ValidationNegativeLogLikelihood, Monitor::ValidationAccuracy, Monitor::TrainLoss];

/// What every watcher that counts epochs takes.
pub(crate) const PATIENCE: Parameter =
    Parameter::size("patience", "Epochs without improvement that are let pass.", 0).default("10");
