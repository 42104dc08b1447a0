//! Histograms of the scored weights.

use super::event::{Content, Value};
use super::histogram::histogram;
use crate::backend::Parameters;
use crate::report::softplus;

/// A histogram a tensor, `weights/conv1.weight.mu` and so on, and one of σ = softplus(rho) beside each rho.
pub(super) fn values(parameters: &Parameters) -> Vec<Value> {
    let mut values = Vec::new();
    for (name, tensor) in parameters {
        let numbers = tensor.values.iter().map(|&value| f64::from(value));
        if let Some(plain) = name.strip_suffix(".rho") {
            values.extend(value(&format!("{plain}.sigma"), numbers.clone().map(softplus)));
        }
        values.extend(value(name, numbers));
    }
    values
}

fn value(name: &str, numbers: impl Iterator<Item = f64> + Clone) -> Option<Value> {
    Some(Value::plain(format!("weights/{name}"), Content::Histogram(histogram(numbers)?)))
}
