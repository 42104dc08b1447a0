//! What a kernel does, for forecasts and for measuring.

/// The least work of a kernel, whatever its arrangement.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cost {
    /// Additions and multiplications.
    pub flops: f64,
    /// Bytes that are read or written once.
    pub bytes: f64,
}

impl std::ops::Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { flops: self.flops + other.flops, bytes: self.bytes + other.bytes }
    }
}
