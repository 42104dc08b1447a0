//! Integrals by adaptive Gauss–Kronrod quadrature.

/// Nodes of the 15-point Kronrod rule on [−1, 1] that are not negative, outermost first; every second one, from
/// the second, is a node of the 7-point Gauss rule (Piessens et al. 1983, QUADPACK, `qk15`).
const NODES: [f64; 8] = [
    0.991_455_371_120_812_6,
    0.949_107_912_342_758_5,
    0.864_864_423_359_769_1,
    0.741_531_185_599_394_3,
    0.586_087_235_467_691_1,
    0.405_845_151_377_397_2,
    0.207_784_955_007_898_48,
    0.0,
];

/// Weights of the Kronrod rule at the nodes.
const KRONROD: [f64; 8] = [
    0.022_935_322_010_529_224,
    0.063_092_092_629_978_54,
    0.104_790_010_322_250_17,
    0.140_653_259_715_525_92,
    0.169_004_726_639_267_9,
    0.190_350_578_064_785_4,
    0.204_432_940_075_298_9,
    0.209_482_141_084_727_82,
];

/// Weights of the Gauss rule at every second node.
const GAUSS: [f64; 4] =
    [0.129_484_966_168_869_7, 0.279_705_391_489_276_64, 0.381_830_050_505_118_9, 0.417_959_183_673_469_4];

/// How often an interval is halved at most.
const DEPTH: usize = 30;

/// How many intervals are looked at at most, so that an integrand which no halving smooths, such as one that is not a number
/// somewhere, comes to an end. Well-behaved ones need some hundred.
const MOST_INTERVALS: usize = 1 << 16;

/// ∫ f over the union of neighbouring intervals, for two integrands at once. `points`, in ascending order, divide
/// it where f changes its character. Intervals are halved until the two rules agree to `tolerance` (relative to
/// the integral so far, or absolute where that is below 1).
pub(super) fn integrate(points: &[f64], tolerance: f64, f: &impl Fn(f64) -> [f64; 2]) -> [f64; 2] {
    let (mut total, mut looked_at) = ([0.0; 2], 0);
    for ends in points.windows(2) {
        let mut open = vec![(ends[0], ends[1], 0)];
        while let Some((from, to, depth)) = open.pop() {
            let (value, error) = rule(from, to, f);
            looked_at += 1;
            let agree = |at: usize| error[at] <= tolerance * (total[at] + value[at]).abs().max(1.0);
            if depth == DEPTH || looked_at >= MOST_INTERVALS || (agree(0) && agree(1)) {
                total[0] += value[0];
                total[1] += value[1];
            } else {
                let middle = 0.5 * (from + to);
                open.push((middle, to, depth + 1));
                open.push((from, middle, depth + 1));
            }
        }
    }
    total
}

/// The Kronrod rule on one interval, and how far the Gauss rule is from it.
fn rule(from: f64, to: f64, f: &impl Fn(f64) -> [f64; 2]) -> ([f64; 2], [f64; 2]) {
    let (centre, half) = (0.5 * (from + to), 0.5 * (to - from));
    let (mut kronrod, mut gauss) = ([0.0; 2], [0.0; 2]);
    for (index, (&node, &weight)) in NODES.iter().zip(&KRONROD).enumerate() {
        let right = f(centre + half * node);
        let both = if node == 0.0 {
            right
        } else {
            let left = f(centre - half * node);
            [left[0] + right[0], left[1] + right[1]]
        };
        for at in 0..2 {
            kronrod[at] += weight * both[at];
            if index % 2 == 1 {
                gauss[at] += GAUSS[index / 2] * both[at];
            }
        }
    }
    (kronrod.map(|sum| half * sum), [0, 1].map(|at| (half * (kronrod[at] - gauss[at])).abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_exact_for_the_polynomials_they_are_made_for() {
        for degree in 0..=22 {
            let (value, error) = rule(-1.0, 1.0, &|x| [x.powi(degree), 0.0]);
            let exact = if degree % 2 == 0 { 2.0 / f64::from(degree + 1) } else { 0.0 };
            assert!((value[0] - exact).abs() < 1e-15, "{degree}: {}", value[0]);
            assert_eq!(error[0] < 1e-15, degree <= 13 || degree % 2 == 1, "{degree}: {}", error[0]);
        }
    }

    #[test]
    fn what_is_no_number_ends_too() {
        let calls = std::cell::Cell::new(0_usize);
        let [never, inside] = integrate(&[-1.0, 1.0], 1e-12, &|x| {
            calls.set(calls.get() + 1);
            [f64::NAN, x * x]
        });
        assert!(never.is_nan() && inside.is_finite() && calls.get() <= 15 * (super::MOST_INTERVALS + 60));
    }

    #[test]
    fn kinks_and_narrow_peaks_are_found() {
        let [kink, peak] =
            integrate(&[-1.0, 0.0, 2.0], 1e-12, &|x| [(x - 0.3).abs(), 1e-3 / (1e-6 + (x - 0.1).powi(2))]);
        assert!((kink - (0.5 * 1.3 * 1.3 + 0.5 * 1.7 * 1.7)).abs() < 1e-11, "{kink}");
        let exact = (1.9e3_f64).atan() + (1.1e3_f64).atan();
        assert!((peak - exact).abs() < 1e-10, "{peak} {exact}");
    }
}
