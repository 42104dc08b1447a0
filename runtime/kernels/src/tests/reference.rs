//! The functions in double precision.

use crate::Function;

/// erf x by its series, or by the continued fraction of its complement where that converges faster.
pub(super) fn erf(x: f64) -> f64 {
    let size = x.abs();
    let value = if size < 2.5 {
        let (mut term, mut sum) = (size, size);
        for n in 1..80 {
            term *= -size * size / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        sum * std::f64::consts::FRAC_2_SQRT_PI
    } else {
        1.0 - erfc_of_large(size)
    };
    value.copysign(x)
}

/// 1 − erf x for x ≥ 2.5 (Abramowitz & Stegun 1964, 7.1.14).
fn erfc_of_large(x: f64) -> f64 {
    let mut fraction = x;
    for n in (1..60).rev() {
        fraction = x + f64::from(n) / 2.0 / fraction;
    }
    (-x * x).exp() / fraction / std::f64::consts::PI.sqrt()
}

/// Φ(x), not rounded to 0 where it is small.
fn normal_distribution(x: f64) -> f64 {
    let z = x * std::f64::consts::FRAC_1_SQRT_2;
    if z < -2.5 { erfc_of_large(-z) / 2.0 } else { (1.0 + erf(z)) / 2.0 }
}

pub(super) fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

pub(super) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// f(x)
pub(super) fn value(function: Function, x: f64) -> f64 {
    match function {
        Function::Identity => x,
        Function::Relu => x.max(0.0),
        Function::LeakyRelu { slope } => x.max(0.0) + f64::from(slope) * x.min(0.0),
        Function::Softplus => softplus(x),
        Function::Elu { alpha } => x.max(0.0) + f64::from(alpha) * x.min(0.0).exp_m1(),
        Function::Tanh => x.tanh(),
        Function::Sigmoid => sigmoid(x),
        Function::Gelu => x * normal_distribution(x),
        Function::Silu => x * sigmoid(x),
    }
}

/// f′(x)
pub(super) fn slope(function: Function, x: f64) -> f64 {
    let below = |slope: f64| if x > 0.0 { 1.0 } else { slope };
    match function {
        Function::Identity => 1.0,
        Function::Relu => below(0.0),
        Function::LeakyRelu { slope } => below(f64::from(slope)),
        Function::Softplus => sigmoid(x),
        Function::Elu { alpha } => below(f64::from(alpha) * x.exp()),
        Function::Tanh => 1.0 - x.tanh().powi(2),
        Function::Sigmoid => sigmoid(x) * (1.0 - sigmoid(x)),
        Function::Gelu => {
            let density = (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
            normal_distribution(x) + x * density
        }
        Function::Silu => sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x))),
    }
}

/// KL(N(mean, deviation²) ‖ prior), from the definitions: the prior's cross entropy without the entropy.
pub(super) fn divergence(prior: crate::Prior, mean: f64, deviation: f64) -> f64 {
    let two_pi = 2.0 * std::f64::consts::PI;
    let entropy = 0.5 * (two_pi * std::f64::consts::E).ln() + deviation.ln();
    match prior {
        crate::Prior::Normal { mean: centre, std } => {
            let (centre, std) = (f64::from(centre), f64::from(std));
            let square = deviation * deviation + (mean - centre).powi(2);
            0.5 * two_pi.ln() + std.ln() + square / (2.0 * std * std) - entropy
        }
        crate::Prior::Laplace { mean: centre, scale } => {
            let (distance, scale) = (mean - f64::from(centre), f64::from(scale));
            let z = distance / deviation;
            let absolute = deviation * (2.0 / std::f64::consts::PI).sqrt() * (-z * z / 2.0).exp()
                + distance * erf(z * std::f64::consts::FRAC_1_SQRT_2);
            (2.0 * scale).ln() + absolute / scale - entropy
        }
        crate::Prior::Other => 0.0,
    }
}

#[test]
fn the_error_function_is_right() {
    // Abramowitz & Stegun 1964, table 7.1.
    for (x, value) in [(0.5, 0.520_499_877_8), (1.0, 0.842_700_792_9), (2.0, 0.995_322_265_0), (3.0, 0.999_977_909_5)] {
        assert!((erf(x) - value).abs() < 1e-10 && (erf(-x) + value).abs() < 1e-10, "{x}");
    }
    assert!((erf(2.499_999_999_9) - erf(2.5)).abs() < 1e-9);
}
