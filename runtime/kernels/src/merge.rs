//! The gradient of a layer's input from the gradients of what its two products multiply.

use crate::draw::View;
use crate::tiles::Strip;
use crate::vector::{PANEL, Vector};

/// What is computed: `first` + `scale`·`factor`·`second`, over the rows of one panel.
#[derive(Debug, Clone, Copy)]
pub struct Merge<'m> {
    /// The gradient of the first product's argument.
    pub first: View<'m>,
    /// That of the second's, and what its argument's derivative is: x with 2 where the argument is x², a sign with 1
    /// where it is x with that sign.
    pub second: Option<(View<'m>, View<'m>, f32)>,
    /// Whether the result is added to what is there.
    pub add: bool,
}

impl Merge<'_> {
    pub(crate) fn check(&self, to: &Strip<'_, f32>) {
        if to.rows() == 0 {
            return;
        }
        self.first.check(1, to.rows());
        if let Some((second, factor, _)) = &self.second {
            second.check(1, to.rows());
            factor.check(1, to.rows());
        }
    }
}

/// # Safety
/// [`Merge::check`] has passed, and the processor has the vector's features.
#[inline(always)]
pub(crate) unsafe fn merge<V: Vector>(merge: &Merge<'_>, to: &mut Strip<'_, f32>) {
    for row in 0..to.rows() {
        for lane in (0..PANEL).step_by(V::LANES) {
            // SAFETY: the caller's promise.
            unsafe {
                let at = |view: &View<'_>| V::load(view.numbers.as_ptr().add(row * view.row + lane));
                let mut gradient = at(&merge.first);
                if let Some((second, factor, scale)) = &merge.second {
                    let along = at(second).mul(V::splat(*scale));
                    gradient = along.multiply_add(at(factor), gradient);
                }
                let to = to.at(0, row).add(lane);
                if merge.add {
                    gradient = gradient.add(V::load(to));
                }
                gradient.store(to);
            }
        }
    }
}
