//! What is asked of every optimizer.

use crate::bounds::Bounds;
use crate::signature::{Parameter, Signature};

/// An optimizer whose arguments have been read.
pub(crate) trait OptimizerKind {
    /// Its name and parameters.
    fn signature(&self) -> Signature;

    /// Its arguments as a spec writes them, one for each parameter in its order.
    fn arguments(&self) -> Vec<String>;

    /// The base learning rate.
    fn learning_rate(&self) -> f64;

    /// The weight decay, however it acts; 0 for none.
    fn weight_decay(&self) -> f64;

    /// What it remembers of each number that it trains, by name: `<parameter>.<moment>` in a checkpoint.
    fn moments(&self) -> &'static [&'static str];
}

/// The learning rate of optimizers that give each number a step size of its own.
pub(super) const ADAPTIVE_RATE: Parameter =
    Parameter::number("lr", "Learning rate, positive.", Bounds::Single).default("1e-3");

/// What keeps the step of such an optimizer finite.
pub(super) const EPS: Parameter =
    Parameter::number("eps", "Added to the root of the second moment.", Bounds::Single).default("1e-8");

/// A weight decay that is a part of the gradient.
pub(super) const PENALTY: Parameter = Parameter::number(
    "weight_decay",
    "L2 penalty, in the gradient, on all but the learned noise; excludes `bayes` layers.",
    Bounds::NotNegative,
)
.default("0");
