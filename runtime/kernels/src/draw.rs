//! From sums of products to the values of a layer: bias, noise, maximum over a window, activation, square, in one pass
//! over numbers that are still in the cache.

use crate::activation::{Function, apply};
use crate::tiles::Strip;
use crate::vector::{PANEL, Vector};

/// Added to the variance of an activation, so that its root has a gradient.
pub const VARIANCE_FLOOR: f32 = 1e-16;

/// Rows of one panel in several slots, the places whose maximum is taken (one where none is).
#[derive(Debug, Clone, Copy)]
pub struct View<'v> {
    /// Holds them, the first row of the first slot in front.
    pub numbers: &'v [f32],
    /// Between two slots.
    pub slot: usize,
    /// Between two rows.
    pub row: usize,
}

impl View<'_> {
    pub(crate) fn check(&self, slots: usize, rows: usize) {
        // Saturating: a distance that overflows must fail here and not come round to a small one.
        let last = (slots - 1).saturating_mul(self.slot).saturating_add((rows - 1).saturating_mul(self.row));
        assert!(last.saturating_add(PANEL) <= self.numbers.len(), "a view is too short");
    }

    unsafe fn at(&self, slot: usize, row: usize) -> *const f32 {
        // SAFETY: the caller has checked the view for these slots and rows.
        unsafe { self.numbers.as_ptr().add(slot * self.slot + row * self.row) }
    }
}

/// How the second product enters, with the second bias added to it.
#[derive(Debug, Clone, Copy)]
pub enum Second<'s> {
    /// There is none.
    None,
    /// a = m + √(v + 1e-16)·ε (Kingma, Salimans & Welling 2015, equation 6).
    Variance {
        /// v
        product: View<'s>,
        /// The bias's variance, a panel.
        bias: &'s [f32],
        /// ε
        noise: View<'s>,
    },
    /// a = m + s·d (Wen et al. 2018, equation 4).
    Signed {
        /// d
        product: View<'s>,
        /// The bias's deviation, a panel.
        bias: &'s [f32],
        /// s
        signs: View<'s>,
    },
}

/// What is computed.
#[derive(Debug, Clone, Copy)]
pub struct Draw<'d> {
    /// m without its bias.
    pub product: View<'d>,
    /// The bias, a panel.
    pub bias: &'d [f32],
    /// The random part.
    pub second: Second<'d>,
    /// Applied to the largest value of the slots.
    pub function: Function,
    /// Slots.
    pub slots: usize,
}

/// Where results go; all but the values may be absent.
#[derive(Debug)]
pub struct Drawn<'o> {
    /// The values.
    pub values: Strip<'o, f32>,
    /// Their squares.
    pub squares: Strip<'o, f32>,
    /// The derivative of the chosen slot's value along the second product: ε/(2√v), or s.
    pub factors: Strip<'o, f32>,
    /// Which slot was largest, the first of equals.
    pub choices: Strip<'o, u8>,
}

impl Draw<'_> {
    /// Panics unless everything lies within its slices.
    pub(crate) fn check(&self, drawn: &Drawn<'_>) {
        let rows = drawn.values.rows();
        assert!(self.slots > 0 && self.slots <= 256 && self.bias.len() >= PANEL, "a draw that cannot be");
        if rows == 0 {
            return;
        }
        self.product.check(self.slots, rows);
        if let Second::Variance { product, bias, noise: other } | Second::Signed { product, bias, signs: other } =
            &self.second
        {
            product.check(self.slots, rows);
            other.check(self.slots, rows);
            assert!(bias.len() >= PANEL, "a bias is too short");
        }
        let same = |other: usize| other == 0 || other == rows;
        assert!(same(drawn.squares.rows()) && same(drawn.factors.rows()) && same(drawn.choices.rows()));
    }
}

/// # Safety
/// [`Draw::check`] has passed, and the processor has the vector's features.
#[inline(always)]
pub(crate) unsafe fn draw<V: Vector>(draw: &Draw<'_>, drawn: &mut Drawn<'_>) {
    // SAFETY: the caller's promise.
    unsafe { draw_wide::<V::Wide>(draw, drawn) }
}

#[inline(always)]
unsafe fn draw_wide<V: Vector>(draw: &Draw<'_>, drawn: &mut Drawn<'_>) {
    let factors_wanted = !drawn.factors.is_absent();
    for vector in 0..PANEL / V::LANES {
        let lane = vector * V::LANES;
        for row in 0..drawn.values.rows() {
            // SAFETY: the caller's promise.
            unsafe {
                let bias = V::load(draw.bias.as_ptr().add(lane));
                let (mut best, mut factor, mut choice) = (V::zero(), V::zero(), V::zero());
                for slot in 0..draw.slots {
                    let mean = V::load(draw.product.at(slot, row).add(lane)).add(bias);
                    let (value, along) = match &draw.second {
                        Second::None => (mean, V::zero()),
                        Second::Variance { product, bias, noise } => {
                            let bias = V::load(bias.as_ptr().add(lane)).add(V::splat(VARIANCE_FLOOR));
                            let deviation = V::load(product.at(slot, row).add(lane)).add(bias).sqrt();
                            let noise = V::load(noise.at(slot, row).add(lane));
                            // A division that nobody asked for would take as long as the rest.
                            let along =
                                if factors_wanted { noise.mul(V::splat(0.5)).div(deviation) } else { V::zero() };
                            (deviation.multiply_add(noise, mean), along)
                        }
                        Second::Signed { product, bias, signs } => {
                            let bias = V::load(bias.as_ptr().add(lane));
                            let deviation = V::load(product.at(slot, row).add(lane)).add(bias);
                            let sign = V::load(signs.at(slot, row).add(lane));
                            (deviation.multiply_add(sign, mean), sign)
                        }
                    };
                    if slot == 0 {
                        (best, factor) = (value, along);
                    } else {
                        let better = V::either(value.greater(best), value.is_nan());
                        best = V::select(better, value, best);
                        factor = V::select(better, along, factor);
                        choice = V::select(better, V::splat(slot as f32), choice);
                    }
                }
                let value = apply(draw.function, best);
                value.store(drawn.values.at(0, row).add(lane));
                if !drawn.squares.is_absent() {
                    value.mul(value).store(drawn.squares.at(0, row).add(lane));
                }
                if factors_wanted {
                    factor.store(drawn.factors.at(0, row).add(lane));
                }
                if !drawn.choices.is_absent() {
                    choice.store_bytes(drawn.choices.at(0, row).add(lane));
                }
            }
        }
    }
}
