//! Which input places and taps an output place of a convolution is made of, and the way back.

use elbo_compiler::ir::Window;
use elbo_kernels::{PANEL, Segment};

/// Terms that are summed before the sums go back to memory: so many rows of a panel stay in the nearest cache.
const TERMS: usize = 256;

/// No such place.
const NOWHERE: u32 = u32::MAX;

/// A convolution's places. A linear map is one with a single place and tap, or with a kernel as large as its image.
#[derive(Debug, Clone)]
pub(super) struct Geometry {
    /// Rows and columns of the input.
    input: [usize; 2],
    window: Window,
    /// The output place of each slot, `y · columns + x`; those that a pool never looks at are left out, and the slots
    /// of one of its windows stand together.
    pub(super) slots: Vec<u32>,
    /// The slot of each output place, or [`NOWHERE`].
    slot_of: Vec<u32>,
    /// Rows and columns of the output.
    output: [usize; 2],
    /// Slots whose maximum is taken.
    pub(super) depth: usize,
}

/// How an operand of products lies in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// Rows that each place has room for.
    pub(super) capacity: usize,
    /// Numbers of a row.
    pub(super) width: usize,
}

/// How the input of a convolution lies.
#[derive(Debug, Clone, Copy)]
pub(super) enum Input {
    /// `[places][rows][channels]`.
    Places(Layout),
    /// `[rows][padded image with channels last]`: a row of the kernel is one stretch.
    Images {
        /// Channels.
        channels: usize,
        /// Numbers of a row of the padded image.
        line: usize,
    },
}

impl Geometry {
    /// All output places, each for itself.
    pub(super) fn new(input: [usize; 2], window: Window) -> Option<Self> {
        let output = window.output_size(input)?;
        let places = output[0].checked_mul(output[1])?;
        let slots: Vec<u32> = (0..u32::try_from(places).ok()?).collect();
        Some(Self { input, window, slot_of: slots.clone(), slots, output, depth: 1 })
    }

    /// The same under maxima over windows that do not overlap.
    pub(super) fn pooled(&self, pool: &Window) -> Option<Self> {
        let overlaps = (0..2).any(|axis| pool.stride[axis] < pool.kernel[axis]);
        let depth = pool.kernel[0].checked_mul(pool.kernel[1])?;
        if overlaps || pool.padding != [0, 0] || pool.dilation != [1, 1] || depth > 256 || self.depth > 1 {
            return None;
        }
        let size = pool.output_size(self.output)?;
        let mut pooled = self.clone();
        pooled.depth = depth;
        pooled.slots = Vec::with_capacity(size[0] * size[1] * depth);
        pooled.slot_of = vec![NOWHERE; self.output[0] * self.output[1]];
        for (y, x) in (0..size[0]).flat_map(|y| (0..size[1]).map(move |x| (y, x))) {
            for (ky, kx) in (0..pool.kernel[0]).flat_map(|ky| (0..pool.kernel[1]).map(move |kx| (ky, kx))) {
                let place = (y * pool.stride[0] + ky) * self.output[1] + x * pool.stride[1] + kx;
                pooled.slot_of[place] = pooled.slots.len() as u32;
                pooled.slots.push(place as u32);
            }
        }
        Some(pooled)
    }

    /// Windows over the slots: the positions of what comes out in the end.
    pub(super) fn windows(&self) -> usize {
        self.slots.len() / self.depth
    }

    /// Positions of the input.
    pub(super) fn positions(&self) -> usize {
        self.input[0] * self.input[1]
    }

    /// Rows and columns of the padded input.
    pub(super) fn padded_input(&self) -> [usize; 2] {
        [0, 1].map(|axis| self.input[axis] + 2 * self.window.padding[axis])
    }

    /// Rows and columns of the padding.
    pub(super) fn padding(&self) -> [usize; 2] {
        self.window.padding
    }

    /// The input coordinate under a tap along one axis, if it lies inside.
    fn under(&self, axis: usize, place: usize, tap: usize) -> Option<usize> {
        let padded = place * self.window.stride[axis] + tap * self.window.dilation[axis];
        padded.checked_sub(self.window.padding[axis]).filter(|&at| at < self.input[axis])
    }

    fn place(&self, slot: usize) -> [usize; 2] {
        let place = self.slots[slot] as usize;
        [place / self.output[1], place % self.output[1]]
    }

    /// The input's first number under each tap of a slot: calls `visit(tap, offset)` for the taps inside.
    pub(super) fn taps(&self, slot: usize, input: Input, mut visit: impl FnMut(usize, usize)) {
        let [y, x] = self.place(slot);
        match input {
            Input::Places(Layout { capacity, width }) => {
                for ky in 0..self.window.kernel[0] {
                    let Some(iy) = self.under(0, y, ky) else { continue };
                    for kx in 0..self.window.kernel[1] {
                        let Some(ix) = self.under(1, x, kx) else { continue };
                        visit(ky * self.window.kernel[1] + kx, (iy * self.input[1] + ix) * capacity * width);
                    }
                }
            }
            Input::Images { channels, line } => {
                for ky in 0..self.window.kernel[0] {
                    // Lines of padding alone are left out; padded columns are zeros in memory.
                    if self.under(0, y, ky).is_some() {
                        let padded = y * self.window.stride[0] + ky * self.window.dilation[0];
                        visit(ky, padded * line + x * self.window.stride[1] * channels);
                    }
                }
            }
        }
    }

    /// Which slots see an input position, and under which tap: calls `visit(tap, slot)`.
    pub(super) fn seen_by(&self, position: usize, mut visit: impl FnMut(usize, usize)) {
        let at = [position / self.input[1], position % self.input[1]];
        let place = |axis: usize, tap: usize| {
            let distance = (at[axis] + self.window.padding[axis]).checked_sub(tap * self.window.dilation[axis])?;
            let stride = self.window.stride[axis];
            let place = distance / stride;
            (distance.is_multiple_of(stride) && place < self.output[axis]).then_some(place)
        };
        for ky in 0..self.window.kernel[0] {
            let Some(y) = place(0, ky) else { continue };
            for kx in 0..self.window.kernel[1] {
                let Some(x) = place(1, kx) else { continue };
                let slot = self.slot_of[y * self.output[1] + x];
                if slot != NOWHERE {
                    visit(ky * self.window.kernel[1] + kx, slot as usize);
                }
            }
        }
    }
}

/// Adds a stretch of `length` terms, in parts short enough for one pass over a panel.
pub(super) fn push(segments: &mut Vec<Segment>, a: usize, a_step: usize, b: usize, b_step: usize, length: usize) {
    for first in (0..length).step_by(TERMS) {
        let length = (length - first).min(TERMS);
        segments.push(Segment { a: a + first * a_step, b: b + first * b_step, length });
    }
}

/// The end of the part of a sum that begins with segment `first` and fits into the nearest cache.
fn end_of_part(segments: &[Segment], first: usize) -> usize {
    let (mut end, mut terms) = (first, 0);
    while end < segments.len() && (end == first || terms + segments[end].length <= TERMS) {
        terms += segments[end].length;
        end += 1;
    }
    end
}

/// Calls `visit(segments, is_first)` for parts that fit into the nearest cache, in order; at least once, so that an
/// empty sum becomes 0.
pub(super) fn in_parts(segments: &[Segment], mut visit: impl FnMut(&[Segment], bool)) {
    let mut first = 0;
    loop {
        let end = end_of_part(segments, first);
        visit(&segments[first..end], first == 0);
        first = end;
        if first >= segments.len() {
            return;
        }
    }
}

/// The same for segments that change on the way.
pub(super) fn in_parts_mut(segments: &mut [Segment], mut visit: impl FnMut(&mut [Segment], bool)) {
    let mut first = 0;
    loop {
        let end = end_of_part(segments, first);
        visit(&mut segments[first..end], first == 0);
        first = end;
        if first >= segments.len() {
            return;
        }
    }
}

/// Numbers of a row of a panel in memory.
pub(super) const PANEL_STEP: usize = PANEL;
