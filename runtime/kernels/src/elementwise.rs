//! Small kernels over stretches of numbers.

use crate::activation::{Function, apply, slope};
use crate::vector::Vector;

/// Calls `$body` for whole vectors and once for the rest, with `$load` and `$store` at the place in question.
macro_rules! over {
    ($length:expr, $at:ident, $count:ident, $body:expr) => {
        over!(V, $length, $at, $count, $body)
    };
    ($vector:ty, $length:expr, $at:ident, $count:ident, $body:expr) => {{
        let length = $length;
        let mut $at = 0;
        while $at < length {
            let $count = (length - $at).min(<$vector>::LANES);
            $body;
            $at += $count;
        }
    }};
}

#[inline(always)]
unsafe fn get<V: Vector>(numbers: &[f32], at: usize, count: usize) -> V {
    // SAFETY: the caller stays within the slice.
    unsafe {
        let from = numbers.as_ptr().add(at);
        if count == V::LANES { V::load(from) } else { V::load_part(from, count) }
    }
}

#[inline(always)]
unsafe fn put<V: Vector>(value: V, numbers: &mut [f32], at: usize, count: usize) {
    // SAFETY: the caller stays within the slice.
    unsafe {
        let to = numbers.as_mut_ptr().add(at);
        if count == V::LANES { value.store(to) } else { value.store_part(to, count) }
    }
}

/// `to` = f(`from`).
///
/// # Safety
/// Equal lengths, and the processor has the vector's features; so for all kernels here.
#[inline(always)]
pub(crate) unsafe fn activate<V: Vector>(function: Function, from: &[f32], to: &mut [f32]) {
    // SAFETY: equal lengths.
    over!(V::Wide, to.len(), at, count, unsafe {
        put(apply(function, get::<V::Wide>(from, at, count)), to, at, count)
    });
}

/// `to` = `gradient`·f′(`from`).
#[inline(always)]
pub(crate) unsafe fn retract<V: Vector>(function: Function, from: &[f32], gradient: &[f32], to: &mut [f32]) {
    // SAFETY: equal lengths.
    over!(V::Wide, to.len(), at, count, unsafe {
        let slope = slope(function, get::<V::Wide>(from, at, count));
        put(slope.mul(get(gradient, at, count)), to, at, count);
    });
}

/// `to` = `a`·`b`.
#[inline(always)]
pub(crate) unsafe fn multiply_each<V: Vector>(a: &[f32], b: &[f32], to: &mut [f32]) {
    // SAFETY: equal lengths.
    over!(to.len(), at, count, unsafe { put(get::<V>(a, at, count).mul(get(b, at, count)), to, at, count) });
}

/// `to` += `a`.
#[inline(always)]
pub(crate) unsafe fn add_to<V: Vector>(a: &[f32], to: &mut [f32]) {
    // SAFETY: equal lengths.
    over!(to.len(), at, count, unsafe { put(get::<V>(to, at, count).add(get(a, at, count)), to, at, count) });
}

/// `to` += `a`·`b`.
#[inline(always)]
pub(crate) unsafe fn add_product_to<V: Vector>(a: &[f32], b: &[f32], to: &mut [f32]) {
    // SAFETY: equal lengths.
    over!(to.len(), at, count, unsafe {
        let sum = get::<V>(a, at, count).multiply_add(get(b, at, count), get(to, at, count));
        put(sum, to, at, count);
    });
}

/// `to` += `factor`·`a`.
#[inline(always)]
pub(crate) unsafe fn add_multiple_to<V: Vector>(factor: f32, a: &[f32], to: &mut [f32]) {
    // SAFETY: equal lengths.
    over!(to.len(), at, count, unsafe {
        let sum = get::<V>(a, at, count).multiply_add(V::splat(factor), get(to, at, count));
        put(sum, to, at, count);
    });
}

/// `to` = `first` + 2·`x`·`second`: the gradient of x from its own and that of x².
#[inline(always)]
pub(crate) unsafe fn through_square<V: Vector>(first: &[f32], x: &[f32], second: &[f32], to: &mut [f32]) {
    // SAFETY: equal lengths.
    over!(to.len(), at, count, unsafe {
        let product = get::<V>(x, at, count).mul(get(second, at, count));
        put(get::<V>(first, at, count).add(product.add(product)), to, at, count);
    });
}

/// `to` = `a`·`scale` + `shift`, number by number.
#[inline(always)]
pub(crate) unsafe fn affine<V: Vector>(a: &[f32], scale: &[f32], shift: &[f32], to: &mut [f32]) {
    // SAFETY: equal lengths.
    over!(to.len(), at, count, unsafe {
        let value = get::<V>(a, at, count).multiply_add(get(scale, at, count), get(shift, at, count));
        put(value, to, at, count);
    });
}

/// `to` = the larger of `to` and `a`; what is not a number stays visible.
#[inline(always)]
pub(crate) unsafe fn maximum_to<V: Vector>(a: &[f32], to: &mut [f32]) {
    // SAFETY: equal lengths.
    over!(to.len(), at, count, unsafe {
        let (new, best) = (get::<V>(a, at, count), get::<V>(to, at, count));
        put(V::select(V::either(new.greater(best), new.is_nan()), new, best), to, at, count);
    });
}

/// Where `values` is `maxima` (or neither is a number) and `open` is not 0: `to` += `gradient`, and `open` becomes 0.
#[inline(always)]
pub(crate) unsafe fn claim<V: Vector>(
    values: &[f32],
    maxima: &[f32],
    gradient: &[f32],
    open: &mut [f32],
    to: &mut [f32],
) {
    // SAFETY: equal lengths.
    over!(to.len(), at, count, unsafe {
        let (value, largest, free) =
            (get::<V>(values, at, count), get::<V>(maxima, at, count), get::<V>(open, at, count));
        // A value is at most the maximum, so that it is equal unless it is smaller.
        let smaller = V::select(largest.greater(value), V::splat(1.0), V::zero());
        let smaller = V::select(value.is_nan(), V::zero(), smaller);
        let hidden = V::select(largest.is_nan(), V::select(value.is_nan(), V::zero(), V::splat(1.0)), smaller);
        let won = free.mul(V::splat(1.0).sub(hidden));
        put(free.sub(won), open, at, count);
        let chosen = won.greater(V::zero());
        put(V::select(chosen, get::<V>(gradient, at, count), V::zero()).add(get(to, at, count)), to, at, count);
    });
}

/// The sum of squares, in double precision by short stretches; not finite if any number is not.
#[inline(always)]
pub(crate) unsafe fn squared_norm<V: Vector>(numbers: &[f32]) -> f64 {
    let mut total = 0.0;
    for stretch in numbers.chunks(32 * V::Wide::LANES) {
        // SAFETY: within the stretch.
        unsafe {
            let mut sum = V::Wide::zero();
            over!(V::Wide, stretch.len(), at, count, {
                let part = get::<V::Wide>(stretch, at, count);
                sum = part.multiply_add(part, sum);
            });
            total += sum.sum();
        }
    }
    total
}

/// Whether every number is finite: x·0 is 0 for those alone.
#[inline(always)]
pub(crate) unsafe fn is_finite<V: Vector>(numbers: &[f32]) -> bool {
    // SAFETY: within the slice.
    unsafe {
        let mut sum = V::Wide::zero();
        over!(
            V::Wide,
            numbers.len(),
            at,
            count,
            sum = get::<V::Wide>(numbers, at, count).multiply_add(V::Wide::zero(), sum)
        );
        sum.sum() == 0.0
    }
}
