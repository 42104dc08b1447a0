//! The KL ledger: what each variational tensor costs before the first step.

use super::{TensorKind, softplus, weight_tensors};
use crate::ir::{Layer, Mark, Network, Posterior, PosteriorMean, Prior};

/// A figure that depends on numbers drawn at initialisation, or on a draw of the weights.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Expected {
    /// Its expectation.
    pub mean: f64,
    /// Its standard deviation; 0 where the spec determines it.
    pub deviation: f64,
}

impl Expected {
    /// The sum of two independent figures.
    fn plus(self, other: Self) -> Self {
        Self { mean: self.mean + other.mean, deviation: self.deviation.hypot(other.deviation) }
    }
}

/// How a KL divergence is computed in training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KlForm {
    /// By its formula.
    Closed,
    /// ln q(w) − ln p(w) on the draw that made the forward pass.
    MonteCarlo,
}

/// How the means of a tensor start.
#[derive(Debug, Clone, PartialEq)]
pub enum Means {
    /// Independently from N(mean, std²); a standard deviation of 0 is a constant.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        std: f64,
    },
    /// From a file that is not read before the run.
    File(String),
}

/// One variational tensor.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerEntry {
    /// The layer it belongs to.
    pub layer: String,
    /// Which of the layer's tensors it is.
    pub tensor: TensorKind,
    /// How many weights it has.
    pub elements: usize,
    /// p(w)
    pub prior: Prior,
    /// μ of q(w) as training starts.
    pub means: Means,
    /// σ of q(w) as training starts, softplus(ρ).
    pub deviation: f64,
    /// How its KL is computed.
    pub form: KlForm,
    /// KL(q‖p) summed over the tensor, in nats. `None` where the means come from a file.
    pub kl: Option<Expected>,
}

/// Every variational tensor of a network, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ledger {
    /// The tensors.
    pub entries: Vec<LedgerEntry>,
}

impl Ledger {
    /// The ledger of a network. Means, and σ by its softplus, are rounded to single precision as the
    /// backends keep them.
    pub fn of(network: &Network) -> Self {
        let mut known = Known::new();
        let entries = network.layers.iter().flat_map(|layer| layer_entries(layer, &mut known)).collect();
        Self { entries }
    }

    /// The KL of the whole network in nats; 0 without `bayes` layers, `None` if a file decides it.
    pub fn total(&self) -> Option<Expected> {
        sum(self.entries.iter())
    }

    /// The KL of each layer in nats, in order.
    pub fn layers(&self) -> Vec<(&str, Option<Expected>)> {
        self.entries
            .chunk_by(|left, right| left.layer == right.layer)
            .map(|entries| (entries[0].layer.as_str(), sum(entries.iter())))
            .collect()
    }

    /// How many weights are variational.
    pub fn elements(&self) -> usize {
        self.entries.iter().map(|entry| entry.elements).fold(0, usize::saturating_add)
    }
}

fn sum<'e>(mut entries: impl Iterator<Item = &'e LedgerEntry>) -> Option<Expected> {
    entries.try_fold(Expected::default(), |sum, entry| Some(sum.plus(entry.kl?)))
}

/// What was computed before: layers of one width share it.
type Known = Vec<((Prior, [f64; 3]), Expected)>;

fn layer_entries(layer: &Layer, known: &mut Known) -> Vec<LedgerEntry> {
    let Some(Mark::Bayes { prior, posterior, .. }) = &layer.mark else { return Vec::new() };
    let deviation = starting_deviation(posterior);
    let entry = |tensor: super::WeightTensor| {
        let means = starting_means(posterior, tensor.kind, tensor.fan_in);
        let kl = match means {
            Means::File(_) => None,
            Means::Normal { mean, std } => {
                let one = known_weight(known, prior, [mean, std, deviation]);
                let count = tensor.elements() as f64;
                Some(Expected { mean: count * one.mean, deviation: count.sqrt() * one.deviation })
            }
        };
        let form = if prior.has_closed_form() { KlForm::Closed } else { KlForm::MonteCarlo };
        LedgerEntry {
            layer: layer.name.clone(),
            tensor: tensor.kind,
            elements: tensor.elements(),
            prior: prior.clone(),
            means,
            deviation,
            form,
            kl,
        }
    };
    weight_tensors(layer).into_iter().map(entry).collect()
}

/// σ = softplus(ρ) in the single precision that backends keep it in.
fn starting_deviation(posterior: &Posterior) -> f64 {
    let rho = f64::from(posterior.rho as f32);
    f64::from(softplus(rho) as f32)
}

/// How μ starts: biases at 0, weights as the posterior says.
fn starting_means(posterior: &Posterior, tensor: TensorKind, fan_in: usize) -> Means {
    let inverse_root = 1.0 / (fan_in.max(1) as f64).sqrt();
    let normal = |mean: f64, std: f64| Means::Normal { mean: f64::from(mean as f32), std };
    match (&posterior.mean, tensor) {
        (PosteriorMean::Weights(start), _) => Means::File(start.file.clone()),
        (PosteriorMean::Zeros, _) | (_, TensorKind::Bias) => normal(0.0, 0.0),
        (PosteriorMean::Normal { mean, std }, TensorKind::Weight) => normal(*mean, *std),
        (PosteriorMean::LecunNormal, TensorKind::Weight) => normal(0.0, inverse_root),
        (PosteriorMean::KaimingNormal, TensorKind::Weight) => normal(0.0, std::f64::consts::SQRT_2 * inverse_root),
    }
}

/// [`one_weight`], computed once.
fn known_weight(known: &mut Known, prior: &Prior, [mean, std, deviation]: [f64; 3]) -> Expected {
    let key = (prior.clone(), [mean, std, deviation]);
    if let Some((_, one)) = known.iter().find(|(other, _)| *other == key) {
        return *one;
    }
    let one = one_weight(prior, mean, std, deviation);
    known.push((key, one));
    one
}

/// The KL of one weight with σ = `deviation` whose μ starts from N(mean, std²).
///
/// The expectation over μ is exact: KL(q‖p) = −½ln(2πeσ²) − E ln p(w), and over both draws w ~ N(mean, std² +
/// σ²), so that E KL = KL(N(mean, Σ²)‖p) + ln(Σ/σ) with Σ² = std² + σ². The variance is that of the KL along
/// μ, and where the KL is a Monte Carlo estimate the mean variance of one draw on top (law of total
/// variance).
fn one_weight(prior: &Prior, mean: f64, std: f64, deviation: f64) -> Expected {
    let spread = std.hypot(deviation);
    let expectation = prior.divergence(mean, spread) + (spread / deviation).ln();
    let variance = prior.family().variance_over_means(mean, std).unwrap_or_else(|| {
        let along = |mu: f64| {
            let moments = prior.moments(mu, deviation);
            (moments.mean, moments.variance)
        };
        variance_over_means(along, mean, std)
    });
    Expected { mean: expectation, deviation: variance.max(0.0).sqrt() }
}

/// Var f(μ) + E g(μ) for μ ~ N(mean, std²) and `along` = (f, g), by the trapezoidal rule on ±8 standard
/// deviations. The places are doubled until that changes little: a hundredth is precise enough for a standard
/// deviation, and only a prior with a narrow component needs many.
fn variance_over_means(along: impl Fn(f64) -> (f64, f64), mean: f64, std: f64) -> f64 {
    const FEWEST: i32 = 64;
    const MOST: i32 = 1024;
    const ENOUGH: f64 = 0.005;
    if std == 0.0 {
        return along(mean).1;
    }
    let node = |place: f64| ((-0.5 * place * place).exp(), along(mean + std * place));
    let mut steps = FEWEST;
    let mut nodes: Vec<(f64, (f64, f64))> =
        (-steps..=steps).map(|step| node(8.0 * f64::from(step) / f64::from(steps))).collect();
    let mut variance = variance_of(&nodes);
    while steps < MOST {
        // The places between those there are.
        nodes.extend((-steps..steps).map(|step| node(8.0 * (f64::from(step) + 0.5) / f64::from(steps))));
        steps *= 2;
        let finer = variance_of(&nodes);
        let change = (finer - variance).abs();
        variance = finer;
        if change <= ENOUGH * finer.abs() {
            break;
        }
    }
    variance
}

/// Var f + E g of weighed values (f, g).
fn variance_of(nodes: &[(f64, (f64, f64))]) -> f64 {
    let total: f64 = nodes.iter().map(|(weight, _)| weight).sum();
    let average = |value: &dyn Fn((f64, f64)) -> f64| {
        nodes.iter().map(|(weight, values)| weight * value(*values)).sum::<f64>() / total
    };
    let expectation = average(&|(kl, _)| kl);
    average(&|(kl, draw)| (kl - expectation).powi(2) + draw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::priors::{Laplace, Normal, ScaleMixture};

    const PRIORS: [Prior; 4] = [
        Prior::Normal(Normal { mean: -0.2, std: 0.3 }),
        Prior::Laplace(Laplace { mean: 0.1, scale: 0.2 }),
        Prior::ScaleMixture(ScaleMixture { pi: 0.5, std1: 1.0, std2: 0.05 }),
        Prior::ScaleMixture(ScaleMixture { pi: 0.25, std1: 0.3, std2: 0.002 }),
    ];
    const STARTS: [(f64, f64, f64); 4] = [(0.0, 0.1, 0.0067), (0.3, 0.05, 0.1), (-0.5, 0.4, 0.02), (0.0, 0.05, 4.5e-5)];

    /// The mean over μ ~ N(mean, std²) by the trapezoidal rule on a fine grid.
    fn over_means(value: impl Fn(f64) -> f64, mean: f64, std: f64) -> f64 {
        let places = (-2_000..=2_000).map(|step| 9.0 * f64::from(step) / 2_000.0);
        let weighed = places.map(|place: f64| ((-0.5 * place * place).exp(), value(mean + std * place)));
        let (weight, sum) =
            weighed.fold((0.0, 0.0), |(all, sum), (weight, value)| (all + weight, sum + weight * value));
        sum / weight
    }

    #[test]
    fn expectations_are_those_over_the_means() {
        for prior in &PRIORS {
            for (mean, std, deviation) in STARTS {
                let expected = over_means(|mu| prior.divergence(mu, deviation), mean, std);
                let found = one_weight(prior, mean, std, deviation).mean;
                let error = (found - expected).abs() / expected.abs();
                assert!(error < 1e-4, "{prior:?} {mean} {std} {deviation}: {found} against {expected}");
            }
        }
    }

    #[test]
    fn variances_are_those_over_the_means_and_the_draw() {
        for prior in &PRIORS {
            for (mean, std, deviation) in STARTS {
                let expectation = over_means(|mu| prior.divergence(mu, deviation), mean, std);
                let between = over_means(|mu| (prior.divergence(mu, deviation) - expectation).powi(2), mean, std);
                let within = over_means(|mu| prior.moments(mu, deviation).variance, mean, std);
                let (found, expected) = (one_weight(prior, mean, std, deviation).deviation, (between + within).sqrt());
                let error = (found - expected).abs() / expected;
                assert!(error < 0.02, "{prior:?} {mean} {std} {deviation}: {found} against {expected}");
            }
        }
    }

    #[test]
    fn constant_means_leave_the_draw_alone_to_chance() {
        let [normal, laplace, mixture, _] = &PRIORS;
        assert_eq!(one_weight(normal, 0.1, 0.0, 0.01).deviation, 0.0);
        assert_eq!(one_weight(laplace, 0.1, 0.0, 0.01).deviation, 0.0);
        assert!(one_weight(mixture, 0.1, 0.0, 0.01).deviation > 0.1);
    }
}
