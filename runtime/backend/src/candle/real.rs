//! The two floating-point types the host kernels are written for: `f32` to train, `f64` to check
//! gradients against finite differences.

use candle_core::WithDType;
use std::ops::Neg;

/// A floating-point number with the functions the kernels need.
pub(super) trait Real: WithDType + Neg<Output = Self> {
    /// eˣ
    fn exp(self) -> Self;
    /// eˣ − 1, accurate near 0
    fn exp_m1(self) -> Self;
    /// ln(1 + x), accurate near 0
    fn ln_1p(self) -> Self;
    /// √x
    fn sqrt(self) -> Self;
    /// |x|
    fn abs(self) -> Self;
    /// x where positive, else 0; not a number stays that.
    fn positive(self) -> Self {
        if self < Self::zero_value() { Self::zero_value() } else { self }
    }
    /// 0
    fn zero_value() -> Self {
        Self::from_f64(0.0)
    }
    /// −∞
    fn negative_infinity() -> Self {
        Self::from_f64(f64::NEG_INFINITY)
    }
    /// Whether it is neither infinite nor not a number.
    fn is_finite_number(self) -> bool;
}

macro_rules! real {
    ($type:ty) => {
        impl Real for $type {
            fn exp(self) -> Self {
                <$type>::exp(self)
            }
            fn exp_m1(self) -> Self {
                <$type>::exp_m1(self)
            }
            fn ln_1p(self) -> Self {
                <$type>::ln_1p(self)
            }
            fn sqrt(self) -> Self {
                <$type>::sqrt(self)
            }
            fn abs(self) -> Self {
                <$type>::abs(self)
            }
            fn is_finite_number(self) -> bool {
                self.is_finite()
            }
        }
    };
}

real!(f32);
real!(f64);

/// ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|), which neither overflows nor cancels.
pub(super) fn softplus<R: Real>(x: R) -> R {
    x.positive() + (-x.abs()).exp().ln_1p()
}
