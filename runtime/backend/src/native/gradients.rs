//! Gradients of parameters, and whether all of them are numbers.

use super::network::Network;
use super::tensor::Numbers;
use elbo_kernels::Buffer;
use std::sync::atomic::{AtomicBool, Ordering};

/// The gradients of every trained tensor: along the values, or along the means and σ² or σ.
#[derive(Debug)]
pub(super) struct Gradients {
    /// By tensor; empty where there is nothing to train.
    pub(super) tensors: Vec<[Buffer; 2]>,
    /// Whether the next sample's are added to what is there.
    pub(super) add: bool,
    /// Whether something that is no number was written.
    pub(super) spoiled: AtomicBool,
    /// The weight of the divergence at drawn weights in a sample's share of the objective.
    pub(super) drawn_weight: f64,
    /// New running statistics, by tensor, to be set once the step has succeeded.
    pub(super) statistics: Vec<(usize, Vec<f32>)>,
}

impl Gradients {
    /// Zeros for every trained tensor.
    pub(super) fn new(network: &Network) -> Self {
        let zeros = |tensor: &super::tensor::Tensor| {
            let length = if tensor.is_trained() { tensor.packing.length() } else { 0 };
            let second = if matches!(tensor.numbers, Numbers::Gaussians(_)) { length } else { 0 };
            [Buffer::zeros(length), Buffer::zeros(second)]
        };
        Self {
            tensors: network.tensors.iter().map(zeros).collect(),
            add: false,
            spoiled: AtomicBool::new(false),
            drawn_weight: 0.0,
            statistics: Vec::new(),
        }
    }

    /// Remembers that something was no number.
    pub(super) fn spoil(&self) {
        self.spoiled.store(true, Ordering::Relaxed);
    }

    /// Whether everything was a number.
    pub(super) fn are_finite(&self) -> bool {
        !self.spoiled.load(Ordering::Relaxed)
    }
}
