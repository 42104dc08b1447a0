//! Products with weights: linear maps and convolutions alike are `rows · weightsᵀ`, where a row is an
//! example's features or an unfolded window.
//!
//! The products carry their own gradients. candle's would compute the input's gradient also for the first
//! layer, where nobody wants it, and keep the unfolded windows of every layer until the end of the step;
//! these unfold them again instead.

use super::elementwise::{Map3, map3};
use super::gradient::{with_gradient2, with_gradient3};
use super::kernels::Kernels;
use super::real::Real;
use super::sums::column_sums;
use super::unfold::Patches;
use candle_core::{Result, Tensor};

/// Where the rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// `[examples, features]`, a row each.
    Features,
    /// Windows of `[examples, height, width, channels]`.
    Windows {
        /// The windows of one group of channels.
        patches: Patches,
        /// Groups of channels.
        groups: usize,
    },
}

impl Source {
    fn rows(&self, kernels: Kernels, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Features => x.contiguous(),
            Self::Windows { patches, .. } => patches.unfold(kernels, x),
        }
    }

    fn fold(&self, kernels: Kernels, rows: &Tensor) -> Result<Tensor> {
        match self {
            Self::Features => Ok(rows.clone()),
            Self::Windows { patches, .. } => patches.fold(kernels, rows),
        }
    }

    /// Rows of results as activations: `[examples, features]` or `[examples, height, width, channels]`.
    pub(super) fn activations(&self, rows: &Tensor) -> Result<Tensor> {
        match self {
            Self::Features => Ok(rows.clone()),
            Self::Windows { patches, .. } => {
                let [height, width] = patches.output;
                let (count, channels) = rows.dims2()?;
                rows.reshape((count / patches.positions(), height, width, channels))
            }
        }
    }

    /// `compute` for each group of input channels and its share of the weights (split along their
    /// first axis), joined along the last axis.
    fn by_group<const N: usize>(
        &self,
        x: &Tensor,
        weights: [&Tensor; N],
        compute: impl Fn(&Tensor, [&Tensor; N]) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let groups = match self {
            Self::Windows { groups, .. } if *groups > 1 => *groups,
            _ => return compute(x, weights),
        };
        let channels = x.dim(3)? / groups;
        let results = (0..groups).map(|group| {
            let share = |weights: &Tensor| {
                let out = weights.dim(0)? / groups;
                weights.narrow(0, group * out, out)
            };
            let mut shares = Vec::with_capacity(N);
            for weights in weights {
                shares.push(share(weights)?);
            }
            let shares: [&Tensor; N] = std::array::from_fn(|at| &shares[at]);
            compute(&x.narrow(3, group * channels, channels)?.contiguous()?, shares)
        });
        let results = results.collect::<Result<Vec<_>>>()?;
        Tensor::cat(&results, candle_core::D::Minus1)
    }

    /// `rows(x) · weightsᵀ`, `[rows, out]`, with weights `[out, row]`.
    pub(super) fn product(&self, kernels: Kernels, x: &Tensor, weights: &Tensor) -> Result<Tensor> {
        let source = *self;
        self.by_group(x, [weights], |x, [weights]| {
            let y = source.rows(kernels, &x.detach())?.matmul(&weights.detach().t()?)?;
            let (input, weight) = (x.track_op(), weights.track_op());
            with_gradient2("product", [x, weights], y, move |[x, weights], _, g| {
                let input = input.then(|| source.fold(kernels, &g.matmul(weights)?)).transpose()?;
                let weight = weight.then(|| g.t()?.matmul(&source.rows(kernels, x)?)).transpose()?;
                Ok([input, weight])
            })
        })
    }

    /// Mean and variance of the product with independent Gaussian weights of these means and standard
    /// deviations, `[out, row]` each (Kingma, Salimans & Welling 2015, equation 6): `[2, rows, out]`
    /// with `rows(x) · μᵀ` and `rows(x)² · (σ²)ᵀ`.
    pub(super) fn moments(&self, kernels: Kernels, x: &Tensor, mean: &Tensor, deviation: &Tensor) -> Result<Tensor> {
        let source = *self;
        self.by_group(x, [mean, deviation], |x, [mean, deviation]| {
            let rows = source.rows(kernels, &x.detach())?;
            let location = rows.matmul(&mean.detach().t()?)?;
            let variance = rows.sqr()?.matmul(&deviation.detach().sqr()?.t()?)?;
            let y = Tensor::stack(&[location, variance], 0)?;
            let input = x.track_op();
            with_gradient3("moments", [x, mean, deviation], y, move |[x, mean, deviation], _, g| {
                let rows = source.rows(kernels, x)?;
                let (along_mean, along_variance) = (g.get(0)?, g.get(1)?);
                let mean_gradient = along_mean.t()?.matmul(&rows)?;
                let variance_gradient = along_variance.t()?.matmul(&rows.sqr()?)?;
                let deviation_gradient = ((deviation * variance_gradient)? * 2.0)?;
                let input_gradient = if input {
                    let from_mean = along_mean.matmul(mean)?;
                    let from_variance = along_variance.matmul(&deviation.sqr()?)?;
                    Some(source.fold(kernels, &through_square(kernels, &from_mean, &rows, &from_variance)?)?)
                } else {
                    None
                };
                Ok([input_gradient, Some(mean_gradient), Some(deviation_gradient)])
            })
        })
    }
}

struct ThroughSquare;

impl Map3 for ThroughSquare {
    fn apply<R: Real>(&self, direct: R, x: R, of_square: R) -> R {
        let product = x * of_square;
        direct + (product + product)
    }
}

/// The gradient of x from its own and that of x².
fn through_square(kernels: Kernels, direct: &Tensor, x: &Tensor, of_square: &Tensor) -> Result<Tensor> {
    match kernels {
        Kernels::Fused => map3(ThroughSquare, direct, x, of_square),
        Kernels::Portable => direct + ((x * of_square)? * 2.0)?,
    }
}

/// Adds `[out]` to every row of `[rows, out]`.
pub(super) fn add_to_rows(kernels: Kernels, rows: &Tensor, bias: &Tensor) -> Result<Tensor> {
    let y = rows.detach().broadcast_add(&bias.detach())?;
    with_gradient2("add-to-rows", [rows, bias], y, move |_, _, g| Ok([Some(g.clone()), Some(column_sums(kernels, g)?)]))
}

/// The same for `[2, rows, out]` and `[2, out]`.
pub(super) fn add_to_moments(kernels: Kernels, moments: &Tensor, bias: &Tensor) -> Result<Tensor> {
    let y = moments.detach().broadcast_add(&bias.detach().unsqueeze(1)?)?;
    with_gradient2("add-to-moments", [moments, bias], y, move |_, _, g| {
        let sums = [column_sums(kernels, &g.get(0)?)?, column_sums(kernels, &g.get(1)?)?];
        Ok([Some(g.clone()), Some(Tensor::stack(&sums, 0)?)])
    })
}
