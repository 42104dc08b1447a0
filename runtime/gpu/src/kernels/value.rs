//! Values: what flows between layers.

use crate::error::{GpuError, misuse};

/// What flows between layers, of one example: `[position][channel]`, channels padded to a multiple of four with zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value {
    /// Rows and columns of places; `[1, 1]` for a vector.
    pub size: [usize; 2],
    /// Channels, or features, without padding.
    pub channels: usize,
}

impl Value {
    /// Places.
    pub const fn positions(self) -> usize {
        self.size[0] * self.size[1]
    }

    /// Channels with their padding.
    pub const fn width(self) -> usize {
        self.channels.next_multiple_of(4)
    }

    /// Numbers of one example in memory.
    pub const fn numbers(self) -> usize {
        self.positions() * self.width()
    }

    /// Quads of four channels of a place.
    pub(crate) const fn quads(self) -> usize {
        self.width() / 4
    }

    /// That there is something of it.
    pub(crate) fn check(self) -> Result<(), GpuError> {
        if self.positions() == 0 || self.channels == 0 {
            return Err(misuse(format!("a value of {:?} places and {} channels is empty", self.size, self.channels)));
        }
        Ok(())
    }
}
