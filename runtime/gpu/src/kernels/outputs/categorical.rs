//! Classes.

use super::targets::Targets;
use crate::buffer::{Buffer, Slice};
use crate::device::Device;
use crate::error::{GpuError, misuse};
use crate::kernels::activation::FUNCTIONS;
use crate::kernels::parameters::LOGARITHMS;
use crate::pipeline::Program;

/// How scores become probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// p ∝ e^z
    Softmax,
    /// p ∝ softplus(z)
    Softplus,
}

/// Labels of classes: with a weight w_c for each class and smoothing s, −ln p(c) of an example counts
/// w_c·((1 − s)·\[c = y\] + s/C), as PyTorch's `CrossEntropyLoss` has it.
#[derive(Debug, Clone)]
pub struct Categorical {
    link: Link,
    smoothing: f64,
    weights: Vec<f64>,
    on_device: Buffer,
}

impl Categorical {
    /// For so many classes. `weights`: one for each class, of 1 each where there are none.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if there are no classes, or other numbers of weights; else what a small upload gives.
    pub fn upload(
        device: &Device,
        link: Link,
        classes: u64,
        smoothing: f64,
        weights: Option<&[f64]>,
    ) -> Result<Self, GpuError> {
        let count = usize::try_from(classes).map_err(|_| misuse("there are too many classes"))?;
        let weights = weights.map_or_else(|| vec![1.0; count], <[f64]>::to_vec);
        if weights.is_empty() || weights.len() != count {
            return Err(misuse(format!("there are {} weights for {classes} classes", weights.len())));
        }
        let mut padded: Vec<f32> = weights.iter().map(|&weight| weight as f32).collect();
        padded.resize(count.next_multiple_of(4), 0.0);
        let on_device = device.zeros("weights of classes", padded.len() as u64)?;
        device.write(&on_device.all(), &padded)?;
        Ok(Self { link, smoothing, weights, on_device })
    }

    pub(super) fn classes(&self) -> u64 {
        self.weights.len() as u64
    }

    pub(super) fn words(&self, targets: Targets<'_>) -> Result<Vec<u32>, GpuError> {
        let Targets::Classes(labels) = targets else {
            return Err(misuse("classes are wanted, not real numbers"));
        };
        match labels.iter().find(|&&label| u64::from(label) >= self.classes()) {
            Some(label) => Err(misuse(format!("the label {label} is not one of {} classes", self.classes()))),
            None => Ok(labels.to_vec()),
        }
    }

    pub(super) fn total(&self, labels: &[u32]) -> f64 {
        labels.iter().filter_map(|&label| self.weights.get(label as usize)).sum()
    }

    pub(super) fn program(&self, with_gradient: bool) -> Program {
        let link = match self.link {
            Link::Softmax => None,
            Link::Softplus => Some("SOFTPLUS"),
        };
        Program {
            name: "categorical",
            sources: &[
                FUNCTIONS,
                LOGARITHMS,
                include_str!("../../wgsl/largest.wgsl"),
                include_str!("../../wgsl/categorical.wgsl"),
            ],
            flags: link.into_iter().chain(with_gradient.then_some("GRADIENT")).collect(),
            values: Vec::new(),
        }
    }

    /// 1 − s, s/C, and the sum of all weights.
    pub(super) fn constants(&self) -> [f64; 3] {
        [1.0 - self.smoothing, self.smoothing / self.weights.len() as f64, self.weights.iter().sum()]
    }

    pub(super) fn weights(&self) -> Slice {
        self.on_device.all()
    }
}
