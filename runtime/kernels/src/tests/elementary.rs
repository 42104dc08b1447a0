//! The elementary functions over their ranges, against the accuracy that is stated where they are defined.

use super::{Numbers, reference};
use crate::functions::{erf, exp, exp_m1, ln, ln_1p, sigmoid, softplus, tanh};
use crate::usable;
use crate::vector::{PANEL, Portable, Vector};

#[derive(Debug, Clone, Copy)]
enum Elementary {
    Exp,
    ExpM1,
    Ln,
    Ln1p,
    Softplus,
    Sigmoid,
    Tanh,
    Erf,
    Decay,
}

impl Elementary {
    fn exact(self, x: f64) -> f64 {
        match self {
            Self::Exp => x.exp(),
            Self::ExpM1 => x.exp_m1(),
            Self::Ln => x.ln(),
            Self::Ln1p => x.ln_1p(),
            Self::Softplus => reference::softplus(x),
            Self::Sigmoid => reference::sigmoid(x),
            Self::Tanh => x.tanh(),
            Self::Erf => reference::erf(x),
            Self::Decay => (-x * x).exp(),
        }
    }
}

/// # Safety
/// The processor has the vector's features.
#[inline(always)]
unsafe fn evaluate<V: Vector>(function: Elementary, numbers: &mut [f32; PANEL]) {
    for lane in (0..PANEL).step_by(V::LANES) {
        // SAFETY: the caller's promise; the array holds a panel.
        unsafe {
            let x = V::load(numbers.as_ptr().add(lane));
            let value = match function {
                Elementary::Exp => exp(x),
                Elementary::ExpM1 => exp_m1(x),
                Elementary::Ln => ln(x),
                Elementary::Ln1p => ln_1p(x),
                Elementary::Softplus => softplus(x),
                Elementary::Sigmoid => sigmoid(x),
                Elementary::Tanh => tanh(x),
                Elementary::Erf => erf(x).0,
                Elementary::Decay => erf(x).1,
            };
            value.store(numbers.as_mut_ptr().add(lane));
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
unsafe fn on_avx512(function: Elementary, numbers: &mut [f32; PANEL]) {
    // SAFETY: the caller's promise.
    unsafe { evaluate::<crate::vector::Avx512>(function, numbers) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn on_avx2(function: Elementary, numbers: &mut [f32; PANEL]) {
    // SAFETY: the caller's promise.
    unsafe { evaluate::<crate::vector::Avx2>(function, numbers) }
}

/// The largest error over so many numbers of a range, relative to the value or, for errors that are stated so, absolute.
fn worst(table: &str, function: Elementary, [least, most]: [f32; 2], relative: bool) -> (f64, f32) {
    let count = if super::MIRI { 2 } else { 20_000 };
    let mut stream = Numbers(31);
    let mut worst = (0.0, 0.0);
    for round in 0..count {
        let mut numbers: [f32; PANEL] = std::array::from_fn(|lane| match (round, lane) {
            (0, 0) => least,
            (0, 1) => most,
            // Every other number small, down to the smallest normal ones, where that is within the range.
            (_, lane) if lane % 2 == 0 => {
                let small = stream.within(0.5, 1.0) * (-stream.within(0.0, 124.0)).exp2();
                (if least < 0.0 && lane % 4 == 0 { -small } else { small }).clamp(least, most)
            }
            _ => stream.within(least, most),
        });
        let arguments = numbers;
        // SAFETY: the table is one of the usable ones.
        unsafe {
            match table {
                #[cfg(target_arch = "x86_64")]
                "avx512" => on_avx512(function, &mut numbers),
                #[cfg(target_arch = "x86_64")]
                "avx2" => on_avx2(function, &mut numbers),
                #[cfg(target_arch = "aarch64")]
                "neon" => evaluate::<crate::vector::Neon>(function, &mut numbers),
                _ => evaluate::<Portable>(function, &mut numbers),
            }
        }
        for (x, value) in arguments.into_iter().zip(numbers) {
            let exact = function.exact(f64::from(x));
            let mut error = (f64::from(value) - exact).abs();
            if relative && exact != 0.0 {
                error /= exact.abs();
            }
            assert!(!error.is_nan(), "{table}: {function:?} of {x:e} is {value:e}");
            if error > worst.0 {
                worst = (error, x);
            }
        }
    }
    worst
}

#[test]
fn errors_are_as_stated() {
    use Elementary::{Decay, Erf, Exp, ExpM1, Ln, Ln1p, Sigmoid, Softplus, Tanh};
    let cases = [
        (Exp, [-87.0, 88.0], true, 2e-7),
        (ExpM1, [-87.0, 88.0], true, 3e-7),
        (ExpM1, [-1.0, 1.0], true, 3e-7),
        (Ln, [f32::MIN_POSITIVE, f32::MAX], true, 2e-7),
        (Ln, [0.25, 4.0], true, 2e-7),
        (Ln1p, [0.0, 1.0], true, 3e-7),
        (Softplus, [-87.0, 1e6], true, 4e-7),
        (Softplus, [-20.0, 20.0], true, 4e-7),
        (Sigmoid, [-87.0, 100.0], true, 3e-7),
        (Sigmoid, [-10.0, 10.0], true, 3e-7),
        (Tanh, [-100.0, 100.0], true, 3e-7),
        (Tanh, [-2.0, 2.0], true, 3e-7),
        (Erf, [-10.0, 10.0], false, 7e-7),
        (Erf, [-2.0, 2.0], false, 7e-7),
        (Decay, [-10.0, 10.0], false, 1e-7),
    ];
    for kernels in usable() {
        for (function, range, relative, stated) in cases {
            let (error, at) = worst(kernels.name(), function, range, relative);
            println!("{:9} {function:?} over {range:?}: {error:.2e} at {at:e}", kernels.name());
            assert!(error <= stated, "{kernels:?}: {function:?} over {range:?} is off by {error:.2e} at {at:e}");
        }
    }
}

#[test]
fn far_away_the_limits_are_reached() {
    for kernels in usable() {
        let at = |function: crate::Function, x: f32| {
            let mut value = [0.0];
            kernels.activate(function, &[x], &mut value);
            value[0]
        };
        for x in [1e3, 1e30, f32::INFINITY] {
            assert_eq!(at(crate::Function::Tanh, x), 1.0, "{kernels:?}");
            assert_eq!(at(crate::Function::Tanh, -x), -1.0, "{kernels:?}");
            assert_eq!(at(crate::Function::Sigmoid, x), 1.0, "{kernels:?}");
            assert!((0.0..2e-38).contains(&at(crate::Function::Sigmoid, -x)), "{kernels:?}");
            assert_eq!(at(crate::Function::Softplus, x), x, "{kernels:?}");
            assert!((0.0..2e-38).contains(&at(crate::Function::Softplus, -x)), "{kernels:?}");
            assert_eq!(at(crate::Function::Elu { alpha: 1.5 }, -x), -1.5, "{kernels:?}");
            assert_eq!(at(crate::Function::Gelu, x), x, "{kernels:?}");
            assert_eq!(at(crate::Function::Silu, x), x, "{kernels:?}");
        }
    }
}
