//! The negative log-likelihood and the predictive distribution of counts with Poisson distributions.

use super::marginal::{Marginal, RealFamily, Units};
use super::nodes::{DistributionNodes, stride};
use super::normal::normal_cdf;
use super::real_targets::TargetCost;
use elbo_compiler::outputs::{OutputFamily, Poisson, TargetValues};
use std::sync::OnceLock;

/// With log-rate z a count y costs e^z − y·z + ln y! nats.
impl TargetCost for Poisson {
    fn cost(&self, value: f64, [log_rate, _]: [f64; 2]) -> f64 {
        target_cost(log_rate, value)
    }

    /// e^z − y along z.
    fn slopes(&self, value: f64, [log_rate, _]: [f64; 2], share: f64) -> [f64; 2] {
        [share * (log_rate.exp() - value), 0.0]
    }

    fn prediction(&self, log_rate: f64) -> f64 {
        log_rate.exp()
    }

    fn fault(&self, value: f64) -> Option<&'static str> {
        (!self.takes().contains(value)).then_some("counts are wanted, whole numbers from 0 on")
    }
}

fn target_cost(log_rate: f64, value: f64) -> f64 {
    log_rate.exp() - value * log_rate + libm::lgamma(value + 1.0)
}

/// T Poisson distributions with equal weights.
#[derive(Debug, Clone, PartialEq)]
pub struct PoissonMixture {
    /// The logarithm of the rate of each.
    log_rates: Vec<f64>,
    /// Distances between draws, once they are asked for.
    nodes: OnceLock<DistributionNodes>,
}

impl RealFamily for Poisson {
    type Marginal = PoissonMixture;

    /// Counts have their own units alone: data whose targets are normalised are refused.
    fn marginal(
        &self,
        rows: &[&[f32]],
        _learned: &[Vec<f64>],
        [target, _]: [usize; 2],
        _units: Option<Units>,
    ) -> PoissonMixture {
        PoissonMixture { log_rates: rows.iter().map(|row| f64::from(row[target])).collect(), nodes: OnceLock::new() }
    }
}

/// Places at which distribution functions are compared, about.
const MOST_PLACES: usize = 512;
/// Places around the rate of each draw, at least: 1.5 standard deviations apart the sum over counts is off by a thousandth.
const LEAST_PLACES: usize = 8;
/// How far from the rate counts are looked at, in standard deviations; and as many counts.
const REACH: f64 = 6.0;
/// At this rate rounding leaves a cost of a count uncertain by some 1e-4 nats.
const LARGEST_RATE: f64 = 1e10;
/// Beyond this rate the distribution function is approximated.
const LARGE_RATE: f64 = 1e5;

impl PoissonMixture {
    fn rate_of(&self, draw: usize) -> f64 {
        self.log_rates[draw].exp()
    }

    /// The counts at which the line is divided: around the rate of each of these draws as many as `parts`, all of them where
    /// there are no more.
    fn divided(&self, draws: &[usize], parts: usize) -> Vec<f64> {
        let around = |&draw: &usize| {
            let (rate, width) = (self.rate_of(draw), REACH * (self.rate_of(draw).sqrt() + 1.0));
            let (from, to) = ((rate - width).floor().max(0.0), (rate + width).ceil() + 1.0);
            let step = ((to - from) / parts as f64).ceil();
            (0..=parts).map(move |part| (from + step * part as f64).min(to))
        };
        let mut ends: Vec<f64> = draws.iter().flat_map(around).collect();
        ends.sort_by(f64::total_cmp);
        ends.dedup();
        ends
    }

    /// E|x − x′| = Σ_k F(k)·(1 − G(k)) + G(k)·(1 − F(k)) over counts k, by the count in the middle of each part.
    fn nodes(&self) -> &DistributionNodes {
        self.nodes.get_or_init(|| {
            let draws = self.paired_draws();
            let ends = self.divided(&draws, (MOST_PLACES / draws.len().max(1)).max(LEAST_PLACES));
            let weights = ends.windows(2).map(|ends| ends[1] - ends[0]).collect();
            DistributionNodes::new(weights, draws.len(), |draw, node| {
                let [first, end] = [ends[node], ends[node + 1]];
                self.cdf_of(draws[draw], first + (0.5 * (end - first - 1.0)).floor())
            })
        })
    }

    /// The probability of exactly `value`.
    fn probability(&self, value: f64) -> f64 {
        if TargetValues::Counts.contains(value) {
            self.mean_over(|draw| (-self.cost_of(draw, value)).exp())
        } else {
            0.0
        }
    }
}

impl Marginal for PoissonMixture {
    fn samples(&self) -> usize {
        self.log_rates.len()
    }

    fn mean_of(&self, draw: usize) -> f64 {
        self.rate_of(draw)
    }

    fn variance_of(&self, draw: usize) -> f64 {
        self.rate_of(draw)
    }

    fn cost_of(&self, draw: usize, value: f64) -> f64 {
        target_cost(self.log_rates[draw], value)
    }

    fn cdf_of(&self, draw: usize, value: f64) -> f64 {
        let (rate, above) = (self.rate_of(draw), value.floor() + 1.0);
        if value < 0.0 {
            0.0
        } else if rate > LARGE_RATE {
            1.0 - below_large_gamma(above, rate)
        } else {
            1.0 - below_gamma(above, rate)
        }
    }

    fn transform(&self, value: f64, u: f64) -> f64 {
        self.cdf(value - 1.0) + u * self.probability(value)
    }

    /// Also a rate of which double precision does not tell the likelihood of its counts.
    fn fault(&self) -> Option<&'static str> {
        let mut rates = (0..self.samples()).map(|draw| self.rate_of(draw));
        if !rates.clone().all(|rate| rate <= LARGEST_RATE) {
            return Some("mean");
        }
        (!rates.all(f64::is_normal)).then_some("variance")
    }

    /// About where it lies.
    fn quantile_of(&self, draw: usize, standard: f64) -> f64 {
        let rate = self.rate_of(draw);
        rate + standard * rate.sqrt()
    }

    /// The least count that is not exceeded with at least this probability.
    fn quantile(&self, share: f64, z: f64) -> f64 {
        let own = (0..self.samples()).map(|draw| self.quantile_of(draw, z));
        let (least, most) = own.fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), q| (low.min(q), high.max(q)));
        // No more than `low` is too little, no more than `high` is enough.
        let (mut low, mut high) = (least.floor().max(0.0) - 1.0, most.ceil().max(0.0));
        let mut step = 1.0;
        while low >= 0.0 && self.cdf(low) >= share {
            (low, high, step) = ((low - step).max(-1.0), low, 2.0 * step);
        }
        step = 1.0;
        while self.cdf(high) < share {
            (low, high, step) = (high, high + step, 2.0 * step);
        }
        while high - low > 1.0 {
            let middle = (0.5 * (low + high)).floor();
            // Beyond 2⁵³ counts have no neighbours.
            if middle <= low || middle >= high {
                break;
            }
            if self.cdf(middle) >= share { high = middle } else { low = middle }
        }
        high
    }

    /// (y − λ)·(2F(y) − 1) + 2λ·p(y) at a count y (Jordan, Krüger & Lerch 2019, appendix A).
    fn distance_of(&self, draw: usize, value: f64) -> f64 {
        let (rate, probability) = (self.rate_of(draw), (-self.cost_of(draw, value)).exp());
        (value - rate) * (2.0 * self.cdf_of(draw, value) - 1.0) + 2.0 * rate * probability
    }

    fn distance_between(&self, one: usize, other: usize) -> f64 {
        let stride = stride(self.samples());
        self.nodes().distance(one / stride, other / stride)
    }

    fn paired_draws(&self) -> Vec<usize> {
        (0..self.samples()).step_by(stride(self.samples())).collect()
    }
}

/// The same as [`below_gamma`] where x is large, to about 1e-6: a gamma number's cube root is about normal (Wilson & Hilferty
/// 1931).
fn below_large_gamma(a: f64, x: f64) -> f64 {
    normal_cdf(3.0 * a.sqrt() * ((x / a).cbrt() - 1.0 + 1.0 / (9.0 * a)))
}

/// The regularised lower incomplete gamma function P(a, x), by its series or the continued fraction of its complement (Press
/// et al. 2007, section 6.2); a Poisson number of rate x is at least a with this probability.
fn below_gamma(a: f64, x: f64) -> f64 {
    const MOST_TERMS: usize = 1_000_000;
    const SMALLEST: f64 = 1e-300;
    if x <= 0.0 {
        return 0.0;
    }
    let front = (a * x.ln() - x - libm::lgamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut place) = (1.0 / a, 1.0 / a, a);
        for _ in 0..MOST_TERMS {
            place += 1.0;
            term *= x / place;
            sum += term;
            if term <= sum * f64::EPSILON {
                break;
            }
        }
        return (front * sum).min(1.0);
    }
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / SMALLEST;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for step in 1..MOST_TERMS {
        let n = step as f64;
        let numerator = -n * (n - a);
        b += 2.0;
        let apart = |value: f64| if value.abs() < SMALLEST { SMALLEST } else { value };
        d = 1.0 / apart(numerator * d + b);
        c = apart(b + numerator / c);
        let change = d * c;
        fraction *= change;
        if (change - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    1.0 - (front * fraction).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outputs::real_targets::check_gradient;

    fn mixture(rates: &[f64]) -> PoissonMixture {
        PoissonMixture { log_rates: rates.iter().map(|rate| rate.ln()).collect(), nodes: OnceLock::new() }
    }

    #[test]
    fn counts_cost_what_scipy_says() {
        // -scipy.stats.poisson.logpmf(y, rate) and scipy.stats.poisson.cdf, scipy 1.17
        for (value, rate, cost, below) in [
            (0.0, 0.5, 0.5, 0.606_530_659_712_633_4),
            (3.0, 2.2, 1.626_387_388_135_244_2, 0.819_352_421_703_338_2),
            (10.0, 10.0, 2.078_561_643_135_055, 0.583_039_750_192_985_2),
            (100.0, 120.5, 5.074_400_262_492_531_5, 0.031_404_709_193_681_185),
            (2.0, 1e-3, 14.509_657_738_524_218, 0.999_999_999_833_458_3),
        ] {
            let found = Poisson {}.cost(value, [f64::ln(rate), 0.0]);
            assert!((found - cost).abs() < 1e-10, "{found} {cost}");
            let one = mixture(&[rate]);
            assert!((one.cost_of(0, value) - cost).abs() < 1e-10);
            assert!((one.cdf(value) - below).abs() < 1e-12 && one.cdf(value + 0.5) == one.cdf(value), "{value}");
        }
        assert!(Poisson {}.fault(1.5).is_some() && Poisson {}.fault(-1.0).is_some() && Poisson {}.fault(7.0).is_none());
    }

    #[test]
    fn gradients_are_those_of_differences() {
        let values = [0.0, 1.0, 20.0, 7.0, 2.0, 0.0];
        let mut given: Vec<f64> = (0..6).map(|at| 2.0 * (f64::from(at) * 1.7).sin()).collect();
        check_gradient(&Poisson {}, &mut given, &values, &mut []);
    }

    /// Three draws against sums over counts by scipy 1.17.
    #[test]
    fn mixtures_are_scored_as_their_sums() {
        let mixture = mixture(&[0.5, 2.2, 6.0]);
        for (value, score, distance) in [
            (0.0, 1.355_492_606_957_909_9, 2.2),
            (2.0, 0.689_845_894_835_720_9, 1.130_746_530_243_604_8),
            (9.0, 4.663_081_829_561_284, 6.800_249_901_174_539),
        ] {
            let found = mixture.continuous_ranked_probability_score(value);
            assert!((found - score).abs() < 1e-8, "{found} {score}");
            assert!((mixture.distance_of(1, value) - distance).abs() < 1e-9);
        }
        assert!((mixture.distance_between(0, 1) - 1.872_300_805_753_77).abs() < 1e-8);
        assert!((mixture.distance_between(1, 1) - 1.623_669_487_662_476_4).abs() < 1e-8);
        let far = super::tests::mixture(&[1000.0, 900.0]);
        assert!((far.distance_between(0, 1) / 100.323_683_167_575_1 - 1.0).abs() < 1e-4);
        for (share, z, expected) in [
            (0.025, -1.96, 0.0),
            (0.05, -1.645, 0.0),
            (0.25, -0.674, 1.0),
            (0.75, 0.674, 5.0),
            (0.95, 1.645, 9.0),
            (0.975, 1.96, 10.0),
        ] {
            assert_eq!(mixture.quantile(share, z), expected, "{share}");
        }
        assert_eq!(super::tests::mixture(&[1e-4]).quantile(0.975, 1.96), 0.0);
    }

    #[test]
    fn rates_of_every_size_are_scored() {
        // E|x − x′| of all pairs by sums over every count.
        let rates: Vec<f64> = (0..24).map(|draw| 1.8 + 0.02 * f64::from(draw)).chain([3000.0]).collect();
        let mixture = mixture(&rates);
        for (one, other) in [(0, 0), (0, 24), (24, 24), (3, 20)] {
            let exact = (0..4000).map(f64::from).map(|count| {
                let (f, g) = (mixture.cdf_of(one, count), mixture.cdf_of(other, count));
                f + g - 2.0 * f * g
            });
            let exact = exact.sum::<f64>();
            let found = mixture.distance_between(one, other);
            assert!((found / exact - 1.0).abs() < 2e-3, "{one} {other}: {found} {exact}");
        }
        for (a, x) in [(99_700.0, 1e5), (100_000.0, 1e5), (100_400.0, 1e5), (120_000.0, 119_500.0)] {
            assert!((below_large_gamma(a, x) - below_gamma(a, x)).abs() < 1e-5, "{a} {x}");
        }
        for rate in [1e7, 1e15, 1e17, 1e30] {
            let far = super::tests::mixture(&[rate, 1.5 * rate]);
            let quantile = far.quantile(0.975, 1.96);
            assert!(quantile > 1.4 * rate && quantile < 1.6 * rate, "{quantile}");
        }
        let large = super::tests::mixture(&[5e9, 6e9]);
        assert!(large.continuous_ranked_probability_score(5e9).is_finite() && large.fault().is_none());
        let faults = [1e11, 1e30, 1e-320].map(|rate| super::tests::mixture(&[1.0, rate]).fault());
        assert_eq!(faults, [Some("mean"), Some("mean"), Some("variance")]);
    }

    #[test]
    fn the_coin_fills_the_jump() {
        let mixture = mixture(&[0.5, 2.2]);
        assert_eq!(mixture.transform(0.0, 0.0), 0.0);
        assert!((mixture.transform(3.0, 1.0) - mixture.cdf(3.0)).abs() < 1e-12);
        assert!((mixture.transform(3.0, 0.0) - mixture.cdf(2.0)).abs() < 1e-12);
    }
}
