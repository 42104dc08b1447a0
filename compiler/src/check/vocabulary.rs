//! The tables of the checker, together.

pub(crate) use super::claims::ESTIMANDS;
pub(crate) use super::distributions::{POSTERIORS, PRIORS};
pub(crate) use super::environment::KINDS as TYPES;
pub(crate) use super::marks::MARKS;
pub(crate) use super::network::{ACTIVATIONS, INPUTS, LAYERS, OUTPUTS, has_weights};
pub(crate) use super::settings::{METRICS, keys};
