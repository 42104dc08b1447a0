//! The negative log-likelihood and the predictive distribution of real targets with Student-t distributions.

use super::marginal::{Marginal, RealFamily, Units};
use super::nodes::{DistributionNodes, gauss_nodes, stride};
use super::real_targets::TargetCost;
use elbo_compiler::gamma::ln_gamma_half_step;
use elbo_compiler::outputs::{NoiseModel, StudentT};
use std::f64::consts::PI;
use std::sync::OnceLock;

/// With mean μ and s = ln τ² of the scale a target costs −ln c_ν + ½·[s + (ν + 1)·ln(1 + d²·e^(−s)/ν)] nats at distance
/// d = y − μ, where c_ν = Γ((ν + 1)/2)/(Γ(ν/2)·√(νπ)) (Lange, Little & Taylor 1989, equation 1).
impl TargetCost for StudentT {
    fn cost(&self, value: f64, [mean, log_square]: [f64; 2]) -> f64 {
        let distance = value - mean;
        target_cost(self.df, ln_height(self.df), distance * distance * (-log_square).exp(), log_square)
    }

    /// With w = (ν + 1)/(ν + d²·e^(−s)): −w·d·e^(−s) along the mean, ½·[1 − w·d²·e^(−s)] along s.
    fn slopes(&self, value: f64, [mean, log_square]: [f64; 2], share: f64) -> [f64; 2] {
        let (distance, precision) = (value - mean, (-log_square).exp());
        let square = distance * distance * precision;
        let weight = (self.df + 1.0) / (self.df + square);
        [-share * weight * distance * precision, 0.5 * share * (1.0 - weight * square)]
    }
}

/// ln c_ν, the logarithm of the standard density at 0.
fn ln_height(df: f64) -> f64 {
    ln_gamma_half_step(0.5 * df) - 0.5 * (df * PI).ln()
}

/// What a target costs whose squared distance is so many squared scales.
fn target_cost(df: f64, ln_height: f64, square: f64, log_square: f64) -> f64 {
    0.5 * log_square - ln_height + 0.5 * (df + 1.0) * (square / df).ln_1p()
}

/// T Student-t distributions with equal weights and the same degrees of freedom.
#[derive(Debug, Clone, PartialEq)]
pub struct StudentTMixture {
    standard: StandardT,
    /// μ of each.
    means: Vec<f64>,
    /// s = ln τ² of each.
    log_squares: Vec<f64>,
    /// Distances between draws, once they are asked for.
    nodes: OnceLock<DistributionNodes>,
}

impl RealFamily for StudentT {
    type Marginal = StudentTMixture;

    fn marginal(
        &self,
        rows: &[&[f32]],
        learned: &[Vec<f64>],
        [target, targets]: [usize; 2],
        units: Option<Units>,
    ) -> StudentTMixture {
        let Units { shift, factor } = units.unwrap_or(Units { shift: 0.0, factor: 1.0 });
        let log_square = |(row, learned): (&&[f32], &Vec<f64>)| {
            let given = match self.noise {
                NoiseModel::Heteroscedastic => f64::from(row[targets + target]),
                NoiseModel::Learned => learned.get(target).copied().unwrap_or(f64::NAN),
            };
            given + 2.0 * factor.ln()
        };
        StudentTMixture {
            standard: StandardT::new(self.df),
            means: rows.iter().map(|row| shift + factor * f64::from(row[target])).collect(),
            log_squares: rows.iter().zip(learned).map(log_square).collect(),
            nodes: OnceLock::new(),
        }
    }
}

impl StudentTMixture {
    fn scale_of(&self, draw: usize) -> f64 {
        (0.5 * self.log_squares[draw]).exp()
    }

    fn nodes(&self) -> &DistributionNodes {
        self.nodes.get_or_init(|| {
            let draws = self.paired_draws();
            let points = draws.iter().flat_map(|&draw| {
                let (mean, scale) = (self.means[draw], self.scale_of(draw));
                REACH.into_iter().flat_map(move |z| [mean - z * scale, mean + z * scale])
            });
            let (places, weights) = gauss_nodes(points.collect(), MOST_PARTS);
            DistributionNodes::new(weights, draws.len(), |draw, node| self.cdf_of(draws[draw], places[node]))
        })
    }
}

/// Parts of the line over which distances between draws are integrated.
const MOST_PARTS: usize = 80;
/// Scales from a draw's mean at which the line is divided.
const REACH: [f64; 14] = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.5, 7.0, 12.0, 25.0, 60.0, 200.0, 1e3, 1e4];

impl Marginal for StudentTMixture {
    fn samples(&self) -> usize {
        self.means.len()
    }

    fn mean_of(&self, draw: usize) -> f64 {
        self.means[draw]
    }

    /// τ²·ν/(ν − 2)
    fn variance_of(&self, draw: usize) -> f64 {
        self.log_squares[draw].exp() * self.standard.df / (self.standard.df - 2.0)
    }

    fn cost_of(&self, draw: usize, value: f64) -> f64 {
        let z = (value - self.means[draw]) / self.scale_of(draw);
        target_cost(self.standard.df, self.standard.ln_height, z * z, self.log_squares[draw])
    }

    fn cdf_of(&self, draw: usize, value: f64) -> f64 {
        self.standard.cdf((value - self.means[draw]) / self.scale_of(draw))
    }

    fn standard_quantile(&self, share: f64, z: f64) -> f64 {
        self.standard.quantile(share, z)
    }

    fn quantile_of(&self, draw: usize, standard: f64) -> f64 {
        self.means[draw] + standard * self.scale_of(draw)
    }

    /// τ·[z·(2F(z) − 1) + 2f(z)·(ν + z²)/(ν − 1)] (Jordan, Krüger & Lerch 2019, appendix A).
    fn distance_of(&self, draw: usize, value: f64) -> f64 {
        let StandardT { df, .. } = self.standard;
        let scale = self.scale_of(draw);
        let z = (value - self.means[draw]) / scale;
        scale * (z * (2.0 * self.standard.cdf(z) - 1.0) + 2.0 * self.standard.density(z) * (df + z * z) / (df - 1.0))
    }

    /// Of a draw with itself by formula; of two by their distribution functions, to about four digits.
    fn distance_between(&self, one: usize, other: usize) -> f64 {
        if one == other {
            return self.scale_of(one) * self.standard.own_distance();
        }
        let stride = stride(self.samples());
        self.nodes().distance(one / stride, other / stride)
    }

    fn paired_draws(&self) -> Vec<usize> {
        (0..self.samples()).step_by(stride(self.samples())).collect()
    }
}

/// The standard Student-t distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
struct StandardT {
    df: f64,
    /// ln of the density at 0.
    ln_height: f64,
}

impl StandardT {
    fn new(df: f64) -> Self {
        Self { df, ln_height: ln_height(df) }
    }

    fn density(&self, z: f64) -> f64 {
        (self.ln_height - 0.5 * (self.df + 1.0) * (z * z / self.df).ln_1p()).exp()
    }

    /// The probability of more than |z|: ½·I_x(ν/2, ½) at x = ν/(ν + z²).
    fn tail(&self, z: f64) -> f64 {
        let square = z * z;
        if square == 0.0 {
            return 0.5;
        }
        let (half, whole) = (0.5 * self.df, self.df + square);
        let (x, rest) = (self.df / whole, square / whole);
        // ln of x^(ν/2)·(1 − x)^½/B(ν/2, ½); the density at 0 is 1/(√ν·B).
        let ln_front = -half * (square / self.df).ln_1p() + 0.5 * rest.ln() + self.ln_height + 0.5 * self.df.ln();
        let front = ln_front.exp();
        if x < (half + 1.0) / (half + 2.5) {
            0.5 * front * beta_fraction(half, 0.5, x) / half
        } else {
            0.5 * (1.0 - front * beta_fraction(0.5, half, rest) / 0.5)
        }
    }

    fn cdf(&self, z: f64) -> f64 {
        if z < 0.0 { self.tail(z) } else { 1.0 - self.tail(z) }
    }

    /// The value that is not exceeded with probability `share`, by Newton's method in a bracket. `normal` is that of the
    /// standard normal distribution.
    fn quantile(&self, share: f64, normal: f64) -> f64 {
        let tail = share.min(1.0 - share);
        if tail <= 0.0 || tail >= 0.5 {
            return if tail >= 0.5 { 0.0 } else { normal * f64::INFINITY };
        }
        // The tails are heavier than those of a normal distribution, so that the value lies further out.
        let mut low = normal.abs();
        let mut high = 2.0 * low + 1.0;
        while self.tail(high) > tail {
            (low, high) = (high, 2.0 * high);
        }
        let mut value = low;
        for _ in 0..MOST_ITERATIONS {
            let excess = self.tail(value) - tail;
            if excess > 0.0 {
                low = value
            } else {
                high = value
            }
            let next = value + excess / self.density(value);
            let next = if next > low && next < high { next } else { 0.5 * (low + high) };
            let moved = (next - value).abs();
            value = next;
            if moved <= f64::EPSILON * value {
                break;
            }
        }
        value.copysign(share - 0.5)
    }

    /// The mean distance of two independent numbers, 4√ν/(ν − 1)·B(½, ν − ½)/B(½, ν/2)² (Jordan, Krüger & Lerch 2019,
    /// appendix A).
    fn own_distance(&self) -> f64 {
        let ln_beta = |half: f64| 0.5 * PI.ln() - ln_gamma_half_step(half);
        let ratio = (ln_beta(self.df - 0.5) - 2.0 * ln_beta(0.5 * self.df)).exp();
        4.0 * self.df.sqrt() / (self.df - 1.0) * ratio
    }
}

/// Iterations of a quantile at most.
const MOST_ITERATIONS: usize = 100;

/// The continued fraction of the incomplete beta function, a·B(a, b)·I_x(a, b)/(xᵃ·(1 − x)ᵇ), by Lentz's method (Press et al.
/// 2007, section 6.4).
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const SMALLEST: f64 = 1e-300;
    let apart = |value: f64| if value.abs() < SMALLEST { SMALLEST } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / apart(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..100_000 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / apart(1.0 + even * d);
        c = apart(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / apart(1.0 + odd * d);
        c = apart(1.0 + odd / c);
        let change = d * c;
        fraction *= change;
        if (change - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outputs::real_targets::check_gradient;

    /// (y, df, μ, τ), then −ln p(y) and F(y) by scipy.stats.t of scipy 1.17.
    const STORED: [([f64; 4], f64, f64); 4] = [
        ([0.3, 4.0, 0.0, 0.5], 0.503_126_313_054_411_8, 0.709_579_421_124_077_6),
        ([-3.0, 2.5, 1.0, 0.2], 8.299_659_319_749_16, 0.000_399_694_122_251_216_9),
        ([10.0, 30.0, 0.5, 2.0], 10.312_903_625_039_471, 0.999_976_422_519_880_5),
        ([0.0, 1000.0, 0.1, 0.3], -0.229_176_249_328_779, 0.369_476_278_301_324_46),
    ];

    /// A mixture of these means and scales.
    fn mixture(df: f64, draws: &[(f64, f64)]) -> StudentTMixture {
        StudentTMixture {
            standard: StandardT::new(df),
            means: draws.iter().map(|(mean, _)| *mean).collect(),
            log_squares: draws.iter().map(|(_, scale)| 2.0 * f64::ln(*scale)).collect(),
            nodes: OnceLock::new(),
        }
    }

    #[test]
    fn targets_cost_what_scipy_says() {
        for ([value, df, mean, scale], cost, below) in STORED {
            let family = StudentT { df, noise: NoiseModel::Learned };
            let found = family.cost(value, [mean, 2.0 * f64::ln(scale)]);
            assert!((found - cost).abs() < 1e-10, "{found} {cost}");
            let one = mixture(df, &[(mean, scale)]);
            assert!((one.cost_of(0, value) - cost).abs() < 1e-10);
            assert!((one.cdf(value) - below).abs() < 1e-12, "{} {below}", one.cdf(value));
        }
    }

    #[test]
    fn gradients_are_those_of_differences() {
        for noise in [NoiseModel::Learned, NoiseModel::Heteroscedastic] {
            let outputs = noise.outputs(2).expect("small");
            let values = [0.3, -1.0, 20.0, 0.7, -0.2, 0.1];
            let mut given: Vec<f64> = (0..3 * outputs).map(|at| (at as f64 * 1.7).sin()).collect();
            let mut learned = if noise == NoiseModel::Learned { vec![0.4, -0.9] } else { Vec::new() };
            check_gradient(&StudentT { df: 3.5, noise }, &mut given, &values, &mut learned);
        }
    }

    #[test]
    fn quantiles_are_those_of_scipy() {
        // scipy.stats.t.ppf, scipy 1.17; z by scipy.stats.norm.ppf
        let levels =
            [(0.025, -1.959_963_984_540_054), (0.05, -1.644_853_626_951_472_2), (0.25, -0.674_489_750_196_081_7)];
        for (df, expected) in [
            (2.1, [-4.112_152_758_173_881, -2.827_335_400_299_751_3, -0.808_856_793_141_722_3]),
            (4.0, [-2.776_445_105_197_794_3, -2.131_846_786_326_651, -0.740_697_084_112_682_9]),
            (30.0, [-2.042_272_456_301_238, -1.697_260_886_593_957_4, -0.682_755_693_321_292_7]),
            (1000.0, [-1.962_339_080_826_408_5, -1.646_378_817_285_464_8, -0.674_735_164_607_009_3]),
            (1e5, [-1.959_987_707_534_61, -1.644_868_864_784_969_9, -0.674_492_203_553_292]),
        ] {
            for ((share, z), expected) in levels.into_iter().zip(expected) {
                let standard = StandardT::new(df);
                assert!((standard.quantile(share, z) - expected).abs() < 1e-11, "{df} {share}");
                assert!((standard.quantile(1.0 - share, -z) + expected).abs() < 1e-11, "{df} {share}");
            }
        }
    }

    /// The mixture of three draws against numerical integrals by scipy 1.17.
    #[test]
    fn mixtures_are_scored_as_their_integrals() {
        let mixture = mixture(4.0, &[(-0.5, 0.5), (0.2, 1.0), (1.5, 0.2)]);
        for (value, expected) in [(0.0, 0.381_695_949_342_090_17), (2.0, 0.976_045_241_346_128_2)] {
            let found = mixture.continuous_ranked_probability_score(value);
            assert!((found - expected).abs() < 1e-4, "{found} {expected}");
        }
        for (share, z, expected) in [
            (0.025, -1.959_963_984_540_054, -1.911_825_980_532_160_7),
            (0.5, 0.0, 0.392_814_313_152_303_25),
            (0.975, 1.959_963_984_540_054, 2.187_229_148_579_070_2),
        ] {
            let found = mixture.quantile(share, z);
            assert!((found - expected).abs() < 1e-10, "{found} {expected}");
        }
        // One draw is scored by formulas alone: E|y − x| by scipy.
        let one = super::tests::mixture(2.5, &[(1.0, 0.2)]);
        assert!((one.distance_of(0, -3.0) - 4.002_139_092_690_7).abs() < 1e-10);
        let four = super::tests::mixture(4.0, &[(0.0, 1.0)]);
        assert!((four.distance_between(0, 0) - 1.472_621_556_370_215_6).abs() < 1e-10);
    }

    #[test]
    fn many_degrees_of_freedom_are_a_normal_distribution() {
        let one = mixture(1e6, &[(0.5, 2.0)]);
        assert!((one.variance_of(0) - 4.0).abs() < 1e-5);
        assert!((one.cdf(2.5) - 0.841_344_746_068_543).abs() < 1e-6, "{}", one.cdf(2.5));
    }
}
