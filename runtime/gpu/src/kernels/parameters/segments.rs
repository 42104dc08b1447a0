//! How tensors lie one after the other.

use super::windows::{BLOCK, blocks};
use crate::buffer::{Buffer, Slice};
use crate::device::Device;
use crate::error::{GpuError, misuse};
use crate::kernels::rows::word;

/// A prior, as far as its divergence has a closed form.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ClosedPrior {
    /// N(mean, std²)
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        std: f64,
    },
    /// Density e^(−|w − mean|/scale)/(2·scale).
    Laplace {
        /// Mean.
        mean: f64,
        /// Scale.
        scale: f64,
    },
    /// There is none: [`super::DrawnDivergence`] estimates it on draws.
    None,
}

/// What the second gradient of a Gaussian is along when it is to be completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Along {
    /// σ², as local reparameterisation gives it.
    Variance,
    /// σ, as drawn weights give it.
    Deviation,
}

/// What the numbers of a tensor are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Weights of one value: the penalty and weight decay reach them.
    Weight,
    /// A bias, or the scale or shift of a normalisation: weight decay reaches them.
    Free,
    /// The learned log-variance of the noise, which neither reaches.
    Noise,
    /// Gaussians, which neither reaches.
    Gaussian {
        /// What the divergence is from.
        prior: ClosedPrior,
        /// What the second gradient is along.
        along: Along,
    },
}

/// A tensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// Its numbers, those of its padding included.
    pub numbers: u64,
    /// What they are.
    pub kind: Kind,
}

/// Tensors one after the other, each from a whole block on: the layout of every buffer of a set.
#[derive(Debug, Clone)]
pub struct Segments {
    table: Buffer,
    blocks: u64,
    /// The first block and the numbers of each.
    places: Vec<(u64, u64)>,
    gaussian: bool,
}

impl Segments {
    /// Lays out tensors: all of one value each, or all Gaussians.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if there is none, one is empty or too large to count, or both sorts are mixed; else what
    /// allocating a small table gives.
    pub fn new(device: &Device, segments: &[Segment]) -> Result<Self, GpuError> {
        let is_gaussian = |segment: &Segment| matches!(segment.kind, Kind::Gaussian { .. });
        let gaussian = segments.first().is_some_and(is_gaussian);
        if segments.is_empty() || segments.iter().any(|segment| is_gaussian(segment) != gaussian) {
            return Err(misuse("a set of tensors is of values or of Gaussians"));
        }
        let (mut table, mut descriptions, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for (number, segment) in segments.iter().enumerate() {
            if segment.numbers == 0 {
                return Err(misuse("a tensor has no numbers"));
            }
            let first = table.len() as u64;
            let own = usize::try_from(blocks(segment.numbers)).map_err(|_| misuse("a tensor is too large"))?;
            table.resize(table.len() + own, number as u32);
            descriptions.extend(description(word("blocks", first)?, word("numbers", segment.numbers)?, segment.kind));
            places.push((first, segment.numbers));
        }
        let blocks = table.len() as u64;
        word("blocks", blocks)?;
        table.extend(descriptions);
        let buffer = device.zeros("where tensors lie", table.len() as u64)?;
        device.write_words(&buffer.all(), &table)?;
        Ok(Self { table: buffer, blocks, places, gaussian })
    }

    /// Numbers of each buffer of the set.
    pub fn numbers(&self) -> u64 {
        self.blocks * BLOCK
    }

    /// Blocks of each buffer of the set: so many records a kernel writes.
    pub fn blocks(&self) -> u64 {
        self.blocks
    }

    /// How many tensors there are.
    pub fn count(&self) -> usize {
        self.places.len()
    }

    /// The stretch of a buffer of the set that a tensor takes.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if there is no such tensor, or the buffer is too short.
    pub fn slice(&self, of: &Buffer, tensor: usize) -> Result<Slice, GpuError> {
        let (first, numbers) =
            *self.places.get(tensor).ok_or_else(|| misuse(format!("there is no tensor {tensor}")))?;
        of.slice(first * BLOCK, numbers)
    }

    /// The tensor that a block belongs to.
    pub fn tensor_of(&self, block: u64) -> Option<usize> {
        let after = self.places.partition_point(|(first, _)| *first <= block);
        (block < self.blocks).then(|| after.checked_sub(1)).flatten()
    }

    pub(super) fn table(&self) -> Slice {
        self.table.all()
    }

    /// Refuses tensors of the other sort.
    pub(super) fn are_gaussian(&self, wanted: bool) -> Result<(), GpuError> {
        if self.gaussian == wanted {
            return Ok(());
        }
        let of = if wanted { "Gaussians" } else { "tensors of one value each" };
        Err(misuse(format!("this kernel is for {of}")))
    }
}

/// The words of a tensor, as `segments.wgsl` reads them.
fn description(first_block: u32, numbers: u32, kind: Kind) -> [u32; 8] {
    let (code, along, [centre, spread]) = match kind {
        Kind::Weight => (0, 0, [0.0; 2]),
        Kind::Free => (1, 0, [0.0; 2]),
        Kind::Noise => (2, 0, [0.0; 2]),
        Kind::Gaussian { prior, along } => {
            let (code, numbers) = match prior {
                ClosedPrior::Normal { mean, std } => (16, [mean, std]),
                ClosedPrior::Laplace { mean, scale } => (17, [mean, scale]),
                ClosedPrior::None => (18, [0.0, 1.0]),
            };
            let along = match along {
                Along::Variance => 0,
                Along::Deviation => 1,
            };
            (code, along, numbers)
        }
    };
    [first_block, numbers, code, along, (centre as f32).to_bits(), (spread as f32).to_bits(), 0, 0]
}
