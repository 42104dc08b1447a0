//! What the compiler asks of every kind of layer.

use super::equation::Equation;
use super::tensors::{StatisticTensor, WeightTensor};
use crate::ir::Shape;
use crate::signature::{ReadArguments, Signature};

/// A kind of layer whose arguments have been read. What a kind does not say holds for most kinds: it keeps the shape,
/// has no tensors and is not random.
pub(crate) trait LayerKind {
    /// What kind of thing it is.
    fn family(&self) -> Family;

    /// What it computes of `input`, as a spec would write it.
    fn text(&self, input: Shape) -> String;

    /// What it computes, as LaTeX.
    fn latex(&self, equation: &Equation<'_>) -> String;

    /// The shape it gives for `input`.
    ///
    /// # Errors
    ///
    /// Why it cannot take `input`.
    fn output(&self, input: Shape) -> Result<Shape, ShapeProblem> {
        Ok(input)
    }

    /// Becomes what it is on `input`: the one size of a pool slides along a sequence.
    ///
    /// # Errors
    ///
    /// Why its arguments make no sense there.
    fn settle(&mut self, _input: Shape) -> Result<(), ShapeProblem> {
        Ok(())
    }

    /// The channels or features that its first argument says come out, where it has weights.
    fn width(&self) -> Option<usize> {
        None
    }

    /// How many numbers of `input` each number it gives is a weighted sum of, taps on padding counted in; 0 without
    /// weights. Saturating.
    fn taps(&self, _input: Shape) -> usize {
        0
    }

    /// Multiplications with weights of one example, taps on padding counted in.
    fn multiply_accumulates(&self, input: Shape, output: Shape) -> usize {
        output.elements() * self.taps(input)
    }

    /// Its weights and biases in this order; those of a normalisation are its scale and shift.
    fn tensors(&self, _input: Shape) -> Vec<WeightTensor> {
        Vec::new()
    }

    /// The running statistics it keeps, which are not trained.
    fn statistics(&self, _input: Shape) -> Vec<StatisticTensor> {
        Vec::new()
    }

    /// Whether it changes each number by itself, whatever stands around it.
    fn is_elementwise(&self) -> bool {
        false
    }

    /// Whether it gives more rows and columns than it takes.
    fn enlarges(&self) -> bool {
        false
    }

    /// Whether it draws random numbers in a training step.
    fn is_random_in_training(&self) -> bool {
        false
    }

    /// Whether it draws random numbers at prediction.
    fn is_random_at_prediction(&self) -> bool {
        false
    }

    /// The layers whose outputs it takes beside its input, by name; [`crate::ir::INPUT`] is the network's own.
    fn others(&self) -> &[String] {
        &[]
    }

    /// Where it normalises a single number, so that it gives its shift whatever the input is.
    fn single_value(&self, _input: Shape) -> Option<SingleValue> {
        None
    }
}

/// What kind of thing a layer is: of one family, layers take each other's place. A softplus in place of a relu is a
/// change, not another layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// A convolution.
    Convolution,
    /// A linear map.
    Linear,
    /// Maxima or means over windows.
    Pool,
    /// An element-wise function.
    Activation,
    /// Image or sequence to vector.
    Flatten,
    /// A normalisation.
    Normalization,
    /// Where branches meet.
    Join,
    /// A random mask.
    Dropout,
}

impl Family {
    /// Its name, with a sign that no layer's name begins with.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Convolution => "#convolution",
            Self::Linear => "#linear",
            Self::Pool => "#pool",
            Self::Activation => "#activation",
            Self::Flatten => "#flatten",
            Self::Normalization => "#normalization",
            Self::Join => "#join",
            Self::Dropout => "#dropout",
        }
    }
}

/// A normalisation over a single number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SingleValue {
    /// What it normalises by, such as `each channel`.
    pub of: &'static str,
    /// Whether the other examples of the batch count, so that only batches of one example leave a single number.
    pub over_batch: bool,
    /// More about it.
    pub note: Option<String>,
    /// What would change it.
    pub help: String,
}

/// Why a layer cannot take a shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ShapeProblem {
    /// It needs another kind of shape: `wanted` is `a vector`, `an image` or `a sequence`.
    Kind {
        /// What it needs, with its article.
        wanted: &'static str,
    },
    /// Its window does not fit once.
    Window {
        /// Rows and columns it covers, dilation counted in.
        window: [usize; 2],
        /// Rows and columns there are, padding counted in.
        size: [usize; 2],
    },
    /// Its padding cuts off all that it gives.
    Cut,
    /// Two different sizes on a sequence.
    TwoSizes,
    /// Channels cannot be divided into groups.
    Groups {
        /// Channels there are.
        channels: usize,
        /// Groups wanted.
        groups: usize,
    },
    /// Outputs, weights or work beyond what can be counted.
    TooLarge,
}

/// A layer as specs write it: its name and parameters, how they are read, and what the layer learns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Declared<K> {
    pub signature: Signature,
    /// What the arguments say; `None` where it has reported an error.
    pub read: fn(&dyn ReadArguments) -> Option<K>,
    pub learns: Learns,
}

/// What a layer learns, and with it whether specs name and mark it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Learns {
    /// Nothing: it needs no name.
    Nothing,
    /// Weights: it carries a mark, and a name such as this one.
    Weights(&'static str),
    /// A scale and a shift: it carries no mark, but a name, and starts from the file that a mark names.
    Scale,
}

impl<K> Declared<K> {
    /// A layer that learns nothing.
    pub const fn new(signature: Signature, read: fn(&dyn ReadArguments) -> Option<K>) -> Self {
        Self { signature, read, learns: Learns::Nothing }
    }

    /// The same, but it learns.
    pub const fn learns(mut self, learns: Learns) -> Self {
        self.learns = learns;
        self
    }
}
