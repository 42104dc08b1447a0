//! Distances between the draws of a predictive distribution by their distribution functions, where no formula gives them.

/// Draws of which distribution functions are compared, at most.
const MOST_PAIRED: usize = 64;

/// Of so many draws every so many-th is compared with others.
pub fn stride(samples: usize) -> usize {
    samples.div_ceil(MOST_PAIRED).max(1)
}

/// The distribution functions of draws at common places.
#[derive(Debug, Clone, PartialEq)]
pub struct DistributionNodes {
    /// How much each place counts: its part of the line.
    weights: Vec<f64>,
    /// F of each draw at each place.
    below: Vec<Vec<f64>>,
}

impl DistributionNodes {
    /// With the distribution functions of the draws at places of these weights: `below(draw, node)`.
    pub fn new(weights: Vec<f64>, draws: usize, below: impl Fn(usize, usize) -> f64) -> Self {
        let places = weights.len();
        let of = |draw: usize| (0..places).map(|node| below(draw, node)).collect();
        Self { below: (0..draws).map(of).collect(), weights }
    }

    /// E|x − x′| = ∫ F·(1 − G) + G·(1 − F) over the line, where x is of one draw, with F, and x′ of the other, with G.
    pub fn distance(&self, one: usize, other: usize) -> f64 {
        let places = self.weights.iter().zip(&self.below[one]).zip(&self.below[other]);
        places.map(|((weight, f), g)| weight * (f + g - 2.0 * f * g)).sum()
    }
}

/// Nodes and weights of an integral over the line between the first and the last of `points`, which are divided into at
/// most `most` parts; three nodes of Gauss's rule in each.
pub fn gauss_nodes(mut points: Vec<f64>, most: usize) -> (Vec<f64>, Vec<f64>) {
    /// √(3/5)
    const OUTER: f64 = 0.774_596_669_241_483_4;
    points.sort_by(f64::total_cmp);
    let stride = points.len().div_ceil(most.max(1)).max(1);
    let last = points.last().copied();
    let mut ends: Vec<f64> = points.into_iter().step_by(stride).chain(last).collect();
    ends.dedup();
    let parts = ends.windows(2).flat_map(|ends| {
        let (centre, half) = (0.5 * (ends[0] + ends[1]), 0.5 * (ends[1] - ends[0]));
        [(-OUTER, 5.0 / 9.0), (0.0, 8.0 / 9.0), (OUTER, 5.0 / 9.0)]
            .map(|(place, weight)| (centre + half * place, half * weight))
    });
    parts.unzip()
}

#[cfg(test)]
mod tests {
    use super::super::normal::{folded_mean, normal_cdf};
    use super::*;

    #[test]
    fn distances_of_normal_distributions_are_those_of_their_formula() {
        let draws = [(0.0, 1.0), (0.5, 0.3), (3.0, 2.0)];
        let reach = [-8.0, -5.0, -3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0];
        let points = draws.iter().flat_map(|(mean, std)| reach.map(|z| mean + z * std)).collect();
        let (places, weights) = gauss_nodes(points, 64);
        let below = |draw: usize, node: usize| normal_cdf((places[node] - draws[draw].0) / draws[draw].1);
        let nodes = DistributionNodes::new(weights, draws.len(), below);
        for (one, first) in draws.iter().enumerate() {
            for (other, second) in draws.iter().enumerate() {
                let expected = folded_mean(first.0 - second.0, first.1.hypot(second.1));
                let found = nodes.distance(one, other);
                assert!((found / expected - 1.0).abs() < 1e-5, "{found} {expected}");
            }
        }
    }
}
