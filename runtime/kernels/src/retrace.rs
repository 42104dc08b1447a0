//! The way back through [`crate::draw`]: from the gradient of a layer's values to those of its products.

use crate::activation::{Function, slope_at_value};
use crate::draw::View;
use crate::tiles::Strip;
use crate::vector::{PANEL, Vector};

/// What is computed from; one panel of one window.
#[derive(Debug, Clone, Copy)]
pub struct Retrace<'r> {
    /// The gradient of the values.
    pub gradient: View<'r>,
    /// The values.
    pub values: View<'r>,
    /// What was applied.
    pub function: Function,
    /// The derivative along the second product, where there is one.
    pub factors: Option<View<'r>>,
    /// The slot that was chosen, of each row, with the distance between rows; where there is more than one slot.
    pub choices: Option<(&'r [u8], usize)>,
    /// Slots.
    pub slots: usize,
}

/// Where results go.
#[derive(Debug)]
pub struct Retraced<'o> {
    /// The gradient of the first product, a position a slot.
    pub first: Strip<'o, f32>,
    /// The gradient of the second product; absent where there is none.
    pub second: Strip<'o, f32>,
    /// The sum of the first over slots and rows: the bias's gradient. One row.
    pub first_sum: Strip<'o, f32>,
    /// The same of the second.
    pub second_sum: Strip<'o, f32>,
}

impl Retrace<'_> {
    /// Panics unless everything lies within its slices.
    pub(crate) fn check(&self, retraced: &Retraced<'_>) {
        let rows = retraced.first.rows();
        let second = retraced.second.rows();
        assert!(second == if self.factors.is_some() { rows } else { 0 }, "the second gradient has nowhere to go");
        if rows == 0 {
            return;
        }
        [Some(&self.gradient), Some(&self.values), self.factors.as_ref()]
            .into_iter()
            .flatten()
            .for_each(|view| view.check(1, rows));
        let chosen =
            |(bytes, row): &(&[u8], usize)| (rows - 1).saturating_mul(*row).saturating_add(PANEL) <= bytes.len();
        assert!(self.choices.as_ref().is_none_or(chosen), "choices are too short");
        assert!(self.slots > 0 && (self.slots == 1 || self.choices.is_some()), "no slot has been chosen");
        assert!(retraced.first.slots() >= self.slots, "the first gradient has too few slots");
        assert!(second == 0 || retraced.second.slots() >= self.slots, "the second gradient has too few slots");
        assert!(retraced.first_sum.rows() == 1 && (second == 0 || retraced.second_sum.rows() == 1));
    }
}

/// # Safety
/// [`Retrace::check`] has passed, and the processor has the vector's features.
#[inline(always)]
pub(crate) unsafe fn retrace<V: Vector>(retrace: &Retrace<'_>, retraced: &mut Retraced<'_>) {
    if !retraced.first.is_absent() {
        // SAFETY: the caller's promise.
        unsafe { retrace_wide::<V::Wide>(retrace, retraced) }
    }
}

#[inline(always)]
unsafe fn retrace_wide<V: Vector>(retrace: &Retrace<'_>, retraced: &mut Retraced<'_>) {
    for vector in 0..PANEL / V::LANES {
        let lane = vector * V::LANES;
        // SAFETY: the caller's promise.
        unsafe {
            let (mut first_sum, mut second_sum) = (V::zero(), V::zero());
            for row in 0..retraced.first.rows() {
                let at = |view: &View<'_>| V::load(view.numbers.as_ptr().add(row * view.row + lane));
                let mut gradient = at(&retrace.gradient);
                if retrace.function != Function::Identity {
                    gradient = gradient.mul(slope_at_value(retrace.function, at(&retrace.values)));
                }
                first_sum = first_sum.add(gradient);
                let mut second = V::zero();
                if let Some(factors) = &retrace.factors {
                    second = gradient.mul(at(factors));
                    second_sum = second_sum.add(second);
                }
                let choice = match &retrace.choices {
                    Some((bytes, stride)) => V::load_bytes(bytes.as_ptr().add(row * stride + lane)),
                    None => V::zero(),
                };
                for slot in 0..retrace.slots {
                    let mut here = [gradient, second];
                    if retrace.slots > 1 {
                        let distance = choice.sub(V::splat(slot as f32)).abs();
                        let chosen = V::splat(0.5).greater(distance);
                        here = here.map(|number| V::select(chosen, number, V::zero()));
                    }
                    here[0].store(retraced.first.at(slot, row).add(lane));
                    if !retraced.second.is_absent() {
                        here[1].store(retraced.second.at(slot, row).add(lane));
                    }
                }
            }
            first_sum.store(retraced.first_sum.at(0, 0).add(lane));
            if !retraced.second.is_absent() {
                second_sum.store(retraced.second_sum.at(0, 0).add(lane));
            }
        }
    }
}
