//! Which input places and taps an output place of a convolution is made of, and the way back.

use elbo_compiler::ir::Window;
use elbo_kernels::Segment;

/// Terms that are summed before the sums go back to memory: so many rows of a panel stay in the nearest cache.
pub(super) const TERMS: usize = 256;

/// The places of an output in the order they are computed in. Under maxima over windows that do not overlap, those of
/// one window stand together, and those that no window looks at are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slots {
    /// Rows and columns of the places.
    size: [usize; 2],
    /// Kernel and stride of the windows; of one place each where there are none.
    kernel: [usize; 2],
    stride: [usize; 2],
    /// Rows and columns of the windows.
    windows: [usize; 2],
}

impl Slots {
    /// All places in their order.
    pub(super) fn all(size: [usize; 2]) -> Self {
        Self { size, kernel: [1; 2], stride: [1; 2], windows: size }
    }

    /// The same under maxima over windows that do not overlap.
    fn pooled(self, pool: &Window) -> Option<Self> {
        let overlaps = (0..2).any(|axis| pool.stride[axis] < pool.kernel[axis]);
        let depth = pool.kernel[0].checked_mul(pool.kernel[1])?;
        if overlaps || pool.padding != [0, 0] || pool.dilation != [1, 1] || depth > 256 || self.depth() > 1 {
            return None;
        }
        let windows = pool.output_size(self.size)?;
        Some(Self { kernel: pool.kernel, stride: pool.stride, windows, ..self })
    }

    /// Rows and columns of the places.
    pub(super) fn size(self) -> [usize; 2] {
        self.size
    }

    /// Whether windows are squares of this size, and no place lies between two.
    pub(super) fn are_squares_of(self, size: usize) -> bool {
        self.kernel == [size; 2] && self.stride == [size; 2]
    }

    /// Rows of a window.
    pub(super) fn window_rows(self) -> usize {
        self.kernel[0]
    }

    /// Windows of so many rows of places.
    pub(super) fn windows_of_rows(self, rows: usize) -> usize {
        rows / self.stride[0] * self.windows[1]
    }

    /// Places of a window.
    pub(super) fn depth(self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Windows: the positions of what comes out in the end.
    pub(super) fn windows(self) -> usize {
        self.windows[0] * self.windows[1]
    }

    /// How many there are.
    pub(super) fn count(self) -> usize {
        self.windows() * self.depth()
    }

    /// Row and column of the place of a slot.
    fn coordinates(self, slot: usize) -> [usize; 2] {
        let (window, tap) = (slot / self.depth(), slot % self.depth());
        [
            window / self.windows[1] * self.stride[0] + tap / self.kernel[1],
            window % self.windows[1] * self.stride[1] + tap % self.kernel[1],
        ]
    }

    /// The place of a slot, row by row.
    pub(super) fn place(self, slot: usize) -> usize {
        let [y, x] = self.coordinates(slot);
        y * self.size[1] + x
    }

    /// The slot of a place, if a window looks at it.
    pub(super) fn slot(self, place: [usize; 2]) -> Option<usize> {
        let [window, tap] = [0, 1].map(|at| {
            [0, 1].map(|axis| {
                let stride = self.stride[axis];
                if at == 0 { place[axis] / stride } else { place[axis] % stride }
            })
        });
        let inside = (0..2).all(|axis| window[axis] < self.windows[axis] && tap[axis] < self.kernel[axis]);
        inside.then(|| (window[0] * self.windows[1] + window[1]) * self.depth() + tap[0] * self.kernel[1] + tap[1])
    }
}

/// A convolution's places. A linear map is one with a single place and tap, or with a kernel as large as its image.
#[derive(Debug, Clone)]
pub(super) struct Geometry {
    /// Rows and columns of the input.
    input: [usize; 2],
    window: Window,
    /// The distance of two neighbouring inputs, in steps of a tap: 1 but where the input is spread out.
    spread: [usize; 2],
    /// Where the first window begins before the first input; negative if it begins after it.
    padding: [isize; 2],
    /// The output's places.
    pub(super) slots: Slots,
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
        let padding = window.padding.map(|padding| padding as isize);
        Some(Self::between(input, window.output_size(input)?, window, [1, 1], padding))
    }

    /// Windows of these output places over inputs that stand so far apart, the first so much before them.
    pub(super) fn between(
        input: [usize; 2],
        output: [usize; 2],
        window: Window,
        spread: [usize; 2],
        padding: [isize; 2],
    ) -> Self {
        Self { input, window, spread, padding, slots: Slots::all(output) }
    }

    /// Whether it is more than windows that slide over inputs as they stand.
    pub(super) fn is_spread(&self) -> bool {
        self.spread != [1, 1]
            || self.padding != self.window.padding.map(|padding| padding as isize)
            || self.window.output_size(self.input) != Some(self.slots.size)
    }

    /// The same under maxima over windows that do not overlap.
    pub(super) fn pooled(&self, pool: &Window) -> Option<Self> {
        Some(Self { slots: self.slots.pooled(pool)?, ..self.clone() })
    }

    /// Rows and columns of the input.
    pub(super) fn input(&self) -> [usize; 2] {
        self.input
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
        let distance = padded.checked_add_signed(-self.padding[axis])?;
        let at = distance / self.spread[axis];
        (distance.is_multiple_of(self.spread[axis]) && at < self.input[axis]).then_some(at)
    }

    /// Calls `visit(tap, offset)` with the input's first number under each tap of a slot that lies inside.
    pub(super) fn taps(&self, slot: usize, input: Input, mut visit: impl FnMut(usize, usize)) {
        let place = self.slots.coordinates(slot);
        let columns = Self::columns_of_taps(&self.window, input);
        for ky in 0..self.window.kernel[0] {
            for kx in 0..columns {
                if let Some(offset) = self.offset(place, input, [ky, kx]) {
                    visit(ky * columns + kx, offset);
                }
            }
        }
    }

    /// The input's first number under one tap of a slot, if that lies inside.
    pub(super) fn under_tap(&self, slot: usize, input: Input, tap: usize) -> Option<usize> {
        let columns = Self::columns_of_taps(&self.window, input);
        self.offset(self.slots.coordinates(slot), input, [tap / columns, tap % columns])
    }

    /// Taps of a row of the kernel: one where the row is read as a whole.
    fn columns_of_taps(window: &Window, input: Input) -> usize {
        if matches!(input, Input::Images { .. }) { 1 } else { window.kernel[1] }
    }

    fn offset(&self, [y, x]: [usize; 2], input: Input, [ky, kx]: [usize; 2]) -> Option<usize> {
        let iy = self.under(0, y, ky)?;
        Some(match input {
            Input::Places(Layout { capacity, width }) => {
                (iy * self.input[1] + self.under(1, x, kx)?) * capacity * width
            }
            // Lines of padding alone are left out; padded columns are zeros in memory.
            Input::Images { channels, line } => {
                (iy + self.window.padding[0]) * line + x * self.window.stride[1] * channels
            }
        })
    }

    /// Calls `visit(tap, slot)` for the slots that see an input position, with the tap it lies under.
    pub(super) fn seen_by(&self, position: usize, mut visit: impl FnMut(usize, usize)) {
        let at = [position / self.input[1], position % self.input[1]];
        let place = |axis: usize, tap: usize| {
            let first = (at[axis] * self.spread[axis]).checked_add_signed(self.padding[axis])?;
            let distance = first.checked_sub(tap * self.window.dilation[axis])?;
            let stride = self.window.stride[axis];
            let place = distance / stride;
            (distance.is_multiple_of(stride) && place < self.slots.size[axis]).then_some(place)
        };
        for ky in 0..self.window.kernel[0] {
            let Some(y) = place(0, ky) else { continue };
            for kx in 0..self.window.kernel[1] {
                if let Some(slot) = place(1, kx).and_then(|x| self.slots.slot([y, x])) {
                    visit(ky * self.window.kernel[1] + kx, slot);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_and_places_are_inverse_and_windows_stand_together() {
        let pool = |kernel, stride| Window { kernel, stride, padding: [0; 2], dilation: [1; 2] };
        let all = Slots::all([5, 7]);
        assert!(all.pooled(&pool([3, 3], [2, 2])).is_none());
        for slots in [all, all.pooled(&pool([2, 2], [2, 2])).unwrap(), all.pooled(&pool([1, 3], [2, 4])).unwrap()] {
            let mut seen = [false; 35];
            for slot in 0..slots.count() {
                let place = slots.place(slot);
                assert!(!std::mem::replace(&mut seen[place], true));
                assert_eq!(slots.slot([place / 7, place % 7]), Some(slot));
            }
            for place in (0..35).filter(|&place| !seen[place]) {
                assert_eq!(slots.slot([place / 7, place % 7]), None);
            }
        }
        let pooled = all.pooled(&pool([2, 2], [2, 2])).unwrap();
        assert_eq!([0, 1, 2, 3, 4].map(|slot| pooled.place(slot)), [0, 1, 7, 8, 2]);
    }
}
