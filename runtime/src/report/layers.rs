//! What training made of each variational tensor.

use crate::backend::Parameters;
use crate::uncertainty::quantile;
use elbo_compiler::analysis::{TensorKind, weight_tensors};
use elbo_compiler::ir::{Mark, Network, Prior};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Weights of one task; sums within one are formed in order, so that threads change no bit.
const WEIGHTS_OF_A_TASK: usize = 4096;

/// A variational tensor after training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerPosterior {
    /// Its name without its parameters', such as `conv1.weight`.
    pub tensor: String,
    /// The layer it belongs to.
    pub layer: String,
    /// How many weights it has.
    pub elements: usize,
    /// KL(q‖p) summed over it, in nats.
    pub kl: f64,
    /// The same over the number of weights.
    pub kl_per_weight: f64,
    /// Quantiles of |μ|/σ over its weights.
    pub signal_to_noise: SignalToNoise,
    /// Mean of σ.
    pub mean_sigma: f64,
}

/// Quantiles of |μ|/σ, linear between values. A weight far below 1 could be pruned (Blundell et al. 2015, section 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalToNoise {
    /// 5 % lie below.
    pub percentile_5: f64,
    /// 25 % lie below.
    pub percentile_25: f64,
    /// Half lie below.
    pub median: f64,
    /// 75 % lie below.
    pub percentile_75: f64,
    /// 95 % lie below.
    pub percentile_95: f64,
}

/// Every variational tensor of a network, in order.
///
/// # Panics
/// If the parameters are not the network's.
pub fn layer_posteriors(network: &Network, parameters: &Parameters) -> Vec<LayerPosterior> {
    let of_layer = network.layers.iter().filter_map(|layer| match &layer.mark {
        Some(Mark::Bayes { prior, .. }) => Some((layer, prior)),
        _ => None,
    });
    of_layer
        .flat_map(|(layer, prior)| {
            weight_tensors(layer).into_iter().map(move |tensor| {
                let kind = match tensor.kind {
                    TensorKind::Weight => "weight",
                    TensorKind::Bias => "bias",
                };
                let name = format!("{}.{kind}", layer.name);
                let values = |part: &str| {
                    &parameters
                        .get(&format!("{name}.{part}"))
                        .expect("a network has the parameters of its layers")
                        .values
                };
                let (mean, rho) = (values("mu"), values("rho"));
                posterior((name.clone(), &layer.name), prior, mean, rho)
            })
        })
        .collect()
}

fn posterior((tensor, layer): (String, &str), prior: &Prior, means: &[f32], rhos: &[f32]) -> LayerPosterior {
    let weights = |task: (&[f32], &[f32])| -> (f64, f64, Vec<f64>) {
        let (mut kl, mut sigma) = (0.0, 0.0);
        let ratios = task.0.iter().zip(task.1).map(|(&mean, &rho)| {
            let (mean, deviation) = (f64::from(mean), softplus(f64::from(rho)));
            kl += prior.divergence(mean, deviation);
            sigma += deviation;
            mean.abs() / deviation
        });
        let ratios = ratios.collect();
        (kl, sigma, ratios)
    };
    let tasks = means.par_chunks(WEIGHTS_OF_A_TASK).zip(rhos.par_chunks(WEIGHTS_OF_A_TASK));
    let parts: Vec<(f64, f64, Vec<f64>)> = tasks.map(weights).collect();
    let (mut kl, mut sigma, mut ratios) = (0.0, 0.0, Vec::with_capacity(means.len()));
    for part in parts {
        kl += part.0;
        sigma += part.1;
        ratios.extend(part.2);
    }
    ratios.par_sort_unstable_by(f64::total_cmp);
    let elements = means.len();
    LayerPosterior {
        tensor,
        layer: layer.to_owned(),
        elements,
        kl,
        kl_per_weight: kl / elements as f64,
        signal_to_noise: SignalToNoise {
            percentile_5: quantile(&ratios, 0.05),
            percentile_25: quantile(&ratios, 0.25),
            median: quantile(&ratios, 0.5),
            percentile_75: quantile(&ratios, 0.75),
            percentile_95: quantile(&ratios, 0.95),
        },
        mean_sigma: sigma / elements as f64,
    }
}

/// ln(1 + eᵖ), above 0: where it would underflow, |μ|/σ and the KL would not be numbers.
pub(crate) fn softplus(rho: f64) -> f64 {
    elbo_compiler::analysis::softplus(rho).max(f64::MIN_POSITIVE)
}
