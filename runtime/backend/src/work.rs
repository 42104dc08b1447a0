//! What a step or a draw does, in the units that cost time.

use serde::Serialize;

/// Amounts of work. They are real numbers: a forecast needs no more digits, and none of them overflows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Work {
    /// Multiply-accumulates of matrix products, gradients included.
    pub multiply_accumulates: f64,
    /// Numbers written into tensors.
    pub numbers: f64,
    /// Standard normal numbers drawn.
    pub normals: f64,
    /// Uniform numbers drawn.
    pub uniforms: f64,
    /// Exponentials, logarithms and roots.
    pub functions: f64,
    /// Numbers the optimizer updates.
    pub updates: f64,
    /// Loops over tensors: what each costs whatever its size.
    pub loops: f64,
}

impl Work {
    /// How many kinds there are.
    pub const KINDS: usize = 7;

    /// What they are called, in the order of declaration.
    pub const NAMES: [&'static str; Self::KINDS] = [
        "multiply-accumulates",
        "numbers written",
        "normal numbers drawn",
        "uniform numbers drawn",
        "functions",
        "parameter updates",
        "loops over tensors",
    ];

    /// The amounts, in the order of declaration.
    pub fn amounts(self) -> [f64; Self::KINDS] {
        [self.multiply_accumulates, self.numbers, self.normals, self.uniforms, self.functions, self.updates, self.loops]
    }

    fn zip(self, other: Self, combine: impl Fn(f64, f64) -> f64) -> Self {
        let (a, b) = (self.amounts(), other.amounts());
        let [multiply_accumulates, numbers, normals, uniforms, functions, updates, loops] =
            std::array::from_fn(|kind| combine(a[kind], b[kind]));
        Self { multiply_accumulates, numbers, normals, uniforms, functions, updates, loops }
    }

    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    /// This without the other.
    pub fn minus(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }

    /// The same so many times.
    pub fn times(self, count: f64) -> Self {
        self.zip(self, |amount, _| amount * count)
    }
}
