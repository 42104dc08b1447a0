//! What a network takes in the memory of a device of its own.

/// Bytes on a device, as they are planned before any of them is allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceMemory {
    /// Parameters; three numbers for each Gaussian: μ, ρ and σ².
    pub parameters: u64,
    /// What the optimizer remembers.
    pub optimizer: u64,
    /// Buffers of a step and of a prediction, which are kept beside each other, and gradients.
    pub passes: u64,
    /// The largest buffer of all.
    pub largest: u64,
}
