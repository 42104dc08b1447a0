//! The tensors of a layer.

/// What a tensor of a layer with weights is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TensorKind {
    /// `<layer>.weight`
    Weight,
    /// `<layer>.bias`
    Bias,
}

/// A tensor of weights or biases, as an unmarked network would have it. A `bayes` mark doubles it
/// into `.mu` and `.rho`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeightTensor {
    /// Which of the layer's tensors it is.
    pub kind: TensorKind,
    /// Sizes in PyTorch's axis order.
    pub shape: Vec<usize>,
    /// How many inputs one output has.
    pub fan_in: usize,
}

impl WeightTensor {
    /// How many numbers it holds.
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }
}

/// A running statistic, which a training leaves for predictions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// A mean; starts at 0.
    Mean,
    /// A variance; starts at 1 and is never negative.
    Variance,
}

/// A tensor of running statistics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatisticTensor {
    /// What it holds.
    pub kind: Statistic,
    /// Sizes in PyTorch's axis order.
    pub shape: Vec<usize>,
}

impl StatisticTensor {
    /// How many numbers it holds.
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }
}

/// Weights of this shape, and biases of the other where there are any.
pub(super) fn weight_and_bias(weight: Vec<usize>, fan_in: usize, bias: Option<Vec<usize>>) -> Vec<WeightTensor> {
    let mut tensors = vec![WeightTensor { kind: TensorKind::Weight, shape: weight, fan_in }];
    tensors.extend(bias.map(|shape| WeightTensor { kind: TensorKind::Bias, shape, fan_in }));
    tensors
}
