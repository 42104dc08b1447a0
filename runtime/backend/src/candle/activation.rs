//! Element-wise functions, each with its own derivative.

use super::elementwise::{Map1, Map2, map1, map2};
use super::gradient::with_gradient1;
use super::kernels::Kernels;
use super::real::{self, Real};
use candle_core::{Result, Tensor};
// 1 / (1 + e⁻ˣ), where the overflow of e⁻ˣ gives the right limit, 0.
use candle_nn::ops::sigmoid;
use elbo_compiler::ir::Activation;
use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// The function at every element. At a kink the derivative is PyTorch's, that from below.
pub(super) fn activate(kernels: Kernels, function: Activation, x: &Tensor) -> Result<Tensor> {
    match function {
        Activation::Relu => leaky_relu(kernels, 0.0, x),
        Activation::LeakyRelu { slope } => leaky_relu(kernels, slope, x),
        Activation::Softplus => softplus(kernels, x),
        Activation::Gelu => gelu(x),
        Activation::Silu => silu(x),
        Activation::Elu { alpha } => elu(alpha, x),
        Activation::Tanh => {
            let y = x.detach().tanh()?;
            with_gradient1("tanh", x, y, |_, y, g| g * y.sqr()?.affine(-1.0, 1.0)?)
        }
        Activation::Sigmoid => sigmoid(x),
    }
}

struct Leaky(f64);

impl Map1 for Leaky {
    fn apply<R: Real>(&self, x: R) -> R {
        // Asked this way round so that what is not a number stays visible.
        if x < R::zero_value() { R::from_f64(self.0) * x } else { x }
    }
}

impl Map2 for Leaky {
    fn apply<R: Real>(&self, x: R, gradient: R) -> R {
        if x > R::zero_value() { gradient } else { R::from_f64(self.0) * gradient }
    }
}

fn leaky_relu(kernels: Kernels, slope: f64, x: &Tensor) -> Result<Tensor> {
    let input = x.detach();
    match kernels {
        Kernels::Fused => {
            with_gradient1("leaky-relu", x, map1(Leaky(slope), &input)?, move |x, _, g| map2(Leaky(slope), x, g))
        }
        Kernels::Portable => {
            let input = input.contiguous()?;
            let y = input.lt(0.0)?.where_cond(&input.affine(slope, 0.0)?, &input)?;
            with_gradient1("leaky-relu", x, y, move |x, _, g| {
                x.contiguous()?.gt(0.0)?.where_cond(g, &g.affine(slope, 0.0)?)
            })
        }
    }
}

struct Softplus;

impl Map1 for Softplus {
    fn apply<R: Real>(&self, x: R) -> R {
        real::softplus(x)
    }
}

impl Map2 for Softplus {
    /// From the result y: sigmoid(x) = 1 − e^−softplus(x).
    fn apply<R: Real>(&self, y: R, gradient: R) -> R {
        -(-y).exp_m1() * gradient
    }
}

/// ln(1 + eˣ), stable at both ends; its derivative is sigmoid(x).
pub(super) fn softplus(kernels: Kernels, x: &Tensor) -> Result<Tensor> {
    let input = x.detach();
    match kernels {
        Kernels::Fused => with_gradient1("softplus", x, map1(Softplus, &input)?, |_, y, g| map2(Softplus, y, g)),
        Kernels::Portable => {
            let input = input.contiguous()?;
            let y = (input.relu()? + log_one_plus(&input.abs()?.neg()?.exp()?)?)?;
            with_gradient1("softplus", x, y, |x, _, g| g * sigmoid(x)?)
        }
    }
}

/// ln(1 + u) for 0 ≤ u ≤ 1 where no such function exists: ln(w)·u/(w − 1) with w = 1 + u rounded, and u
/// where that is 1 (Kahan; Goldberg 1991, theorem 4).
fn log_one_plus(u: &Tensor) -> Result<Tensor> {
    let w = (u + 1.0)?;
    let difference = (&w - 1.0)?;
    let quotient = ((w.log()? * u)? / &difference)?;
    difference.eq(0.0)?.where_cond(u, &quotient)
}

/// x·Φ(x); derivative Φ(x) + x·φ(x).
fn gelu(x: &Tensor) -> Result<Tensor> {
    fn normal_distribution(x: &Tensor) -> Result<Tensor> {
        x.affine(FRAC_1_SQRT_2, 0.0)?.erf()?.affine(0.5, 0.5)
    }
    let input = x.detach();
    let y = (&input * normal_distribution(&input)?)?;
    with_gradient1("gelu", x, y, |x, _, g| {
        let density = x.sqr()?.affine(-0.5, 0.0)?.exp()?.affine(1.0 / (2.0 * PI).sqrt(), 0.0)?;
        g * (normal_distribution(x)? + (x * density)?)?
    })
}

/// x·s with s = sigmoid(x); derivative s·(1 + x·(1 − s)).
fn silu(x: &Tensor) -> Result<Tensor> {
    let input = x.detach();
    let y = (&input * sigmoid(&input)?)?;
    with_gradient1("silu", x, y, |x, _, g| {
        let s = sigmoid(x)?;
        g * (&s * ((x * s.affine(-1.0, 1.0)?)? + 1.0)?)?
    })
}

/// x where positive, else α(eˣ − 1); derivative 1 or α·eˣ.
fn elu(alpha: f64, x: &Tensor) -> Result<Tensor> {
    let input = x.detach().contiguous()?;
    let y = input.gt(0.0)?.where_cond(&input, &exp_below_zero(&input)?.affine(alpha, -alpha)?)?;
    with_gradient1("elu", x, y, move |x, _, g| {
        let x = x.contiguous()?;
        x.gt(0.0)?.where_cond(g, &(g * exp_below_zero(&x)?.affine(alpha, 0.0)?)?)
    })
}

/// eˣ where x is not positive, 1 elsewhere: the branch that is not taken must not overflow, and
/// what is not a number must stay visible.
fn exp_below_zero(x: &Tensor) -> Result<Tensor> {
    x.gt(0.0)?.where_cond(&x.zeros_like()?, x)?.exp()
}
