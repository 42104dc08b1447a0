use super::drawn::HALF_LN_TWO_PI;
use super::*;
use std::f64::consts::{FRAC_1_SQRT_2, LN_2};

/// (μ_q, σ_q, μ_p, σ_p) and KL(q‖p) by torch.distributions.kl_divergence of torch 2.15 in f64.
const GAUSSIAN: [([f64; 4], f64); 5] = [
    ([0.3, 0.2, -0.1, 0.5], 0.816290731874155),
    ([0.0, 1.0, 0.0, 1.0], 0.0),
    ([2.0, 3.0, 0.5, 0.25], 87.015093350212),
    ([0.0, 4.5398899217e-5, 0.0, 1.0], 9.500022700563035),
    ([0.1, 0.5, 0.1, 0.50001], 3.999866670212728e-10),
];

/// (μ, σ, m, b) and KL(q‖p) by numerical integration with mpmath 1.3 in 30 digits.
const LAPLACE: [([f64; 4], f64); 6] = [
    ([0.3, 0.2, -0.1, 0.5], 0.9972919413228913),
    ([0.0, 1.0, 0.0, 1.0], 0.07209320815813793),
    ([2.0, 3.0, 0.5, 0.25], 7.536419375198617),
    ([0.1, 0.0067153485, 0.0, 0.1], 2.9749831059806784),
    ([5.0, 0.001, 0.0, 0.01], 501.57679374034933),
    ([0.02, 2.0, 0.02, 0.3], 2.696319067821827),
];

/// (μ, σ, π, σ₁, σ₂), then mean and variance of ln q − ln p by numerical integration with mpmath 1.3 in 30 digits.
const MIXTURE: [([f64; 5], f64, f64); 8] = [
    ([0.0, 0.0067153485, 0.5, 1.0, 0.0024787522], 1.6142037084273078, 2.8678386402829537),
    ([0.1, 0.02, 0.25, 1.0, 0.01], 4.802358234641815, 0.5153113976915669),
    ([0.3, 0.2, 0.5, 0.5, 0.1], 0.9298578153737138, 1.1750840198289194),
    ([0.0, 1.0, 0.9, 1.0, 0.001], 0.09722076657808176, 0.02973372748632136),
    ([-0.05, 0.01, 0.3, 0.01, 0.01], 12.5, 25.0),
    ([2.0, 0.5, 0.75, 0.01, 1.0], 3.7043695281062776, 1.2829540674385527),
    ([0.5, 3.0, 0.001, 100.0, 0.0001], 9.91243621956627, 0.5355046081121322),
    ([0.0, 0.0001, 0.5, 1.0, 0.01], 4.788416540658112, 0.4999009950485085),
];

#[test]
fn a_gaussian_prior_gives_the_values_of_torch_distributions() {
    for ([q_mean, q_deviation, p_mean, p_deviation], expected) in GAUSSIAN {
        let ours = gaussian_divergence(q_mean, q_deviation, p_mean, p_deviation);
        // Near 0 the reference has lost digits to cancellation.
        assert!((ours - expected).abs() <= 1e-12 * expected + 1e-15, "{ours} {expected}");
        let prior = Prior::Normal(Normal { mean: p_mean, std: p_deviation });
        assert_eq!(prior.divergence(q_mean, q_deviation), ours);
    }
}

#[test]
fn the_posterior_comes_first() {
    // The defaults of a widely used package: μ = 0.1 (the root of E μ²), ρ = −5, prior N(0, 0.1²). The true
    // value is 2.70; with the arguments exchanged it would be 218.5.
    let deviation = (-5.0_f64).exp().ln_1p();
    assert!((gaussian_divergence(0.1, deviation, 0.0, 0.1) - 2.703029255512378).abs() < 1e-12);
    assert!((gaussian_divergence(0.0, 0.1, 0.1, deviation) - 218.54884841030145).abs() < 1e-9);
}

#[test]
fn a_laplace_prior_gives_the_values_of_an_integral() {
    for ([q_mean, q_deviation, p_mean, scale], expected) in LAPLACE {
        let ours = laplace_divergence(q_mean, q_deviation, p_mean, scale);
        assert!((ours - expected).abs() <= 1e-13 * expected.max(1.0), "{ours} {expected}");
        let mirrored = laplace_divergence(-q_mean, q_deviation, -p_mean, scale);
        assert!((mirrored - ours).abs() <= 1e-15 * expected.max(1.0));
    }
}

#[test]
fn the_gradient_of_a_laplace_prior_is_that_of_its_divergence() {
    for ([q_mean, q_deviation, p_mean, scale], _) in LAPLACE {
        let [along_mean, along_deviation] = laplace_divergence_gradient(q_mean, q_deviation, p_mean, scale);
        let step = 1e-4 * q_deviation;
        let difference = |mean: f64, deviation: f64| {
            let at = |sign: f64| {
                laplace_divergence(q_mean + sign * mean * step, q_deviation + sign * deviation * step, p_mean, scale)
            };
            (at(1.0) - at(-1.0)) / (2.0 * step)
        };
        let size = 1.0 / q_deviation + 1.0 / scale;
        assert!((along_mean - difference(1.0, 0.0)).abs() < 1e-7 * size, "{along_mean}");
        assert!((along_deviation - difference(0.0, 1.0)).abs() < 1e-7 * size, "{along_deviation}");
    }
}

#[test]
fn a_scale_mixture_gives_the_moments_of_an_integral() {
    for ([q_mean, q_deviation, pi, std1, std2], mean, variance) in MIXTURE {
        let ours = draw_moments(q_mean, q_deviation, &MixtureDensity::new(pi, std1, std2));
        assert!((ours.mean - mean).abs() < 1e-9 * mean.max(1.0), "{} {mean}", ours.mean);
        assert!((ours.variance - variance).abs() < 1e-8 * variance.max(1.0), "{} {variance}", ours.variance);
        let quick = expected_divergence(q_mean, q_deviation, &MixtureDensity::new(pi, std1, std2));
        assert!((quick - mean).abs() < 1e-7 * mean.max(1.0), "{quick} {mean}");
        // The order of the components does not matter.
        let exchanged = draw_moments(q_mean, q_deviation, &MixtureDensity::new(1.0 - pi, std2, std1));
        assert!((ours.mean - exchanged.mean).abs() < 1e-9 * mean.max(1.0));
    }
}

#[test]
fn a_mixture_of_one_is_a_gaussian() {
    for ([q_mean, q_deviation, _, p_deviation], _) in GAUSSIAN {
        let mixture = draw_moments(q_mean, q_deviation, &MixtureDensity::new(0.4, p_deviation, p_deviation));
        let exact = gaussian_divergence(q_mean, q_deviation, 0.0, p_deviation);
        assert!((mixture.mean - exact).abs() < 1e-9 * exact.max(1.0), "{} {exact}", mixture.mean);
    }
}

/// Evenly spread normal numbers: quantiles of the normal distribution by its inverse, found by bisection.
fn normal_quantiles(count: usize) -> impl Iterator<Item = f64> {
    (0..count).map(move |at| {
        let share = (at as f64 + 0.5) / count as f64;
        let (mut low, mut high) = (-9.0, 9.0);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if 0.5 * libm::erfc(-middle * FRAC_1_SQRT_2) < share { low = middle } else { high = middle }
        }
        low
    })
}

#[test]
fn every_divergence_is_the_expected_difference_of_log_densities() {
    let (q_mean, q_deviation) = (0.3, 0.2);
    let mixture = MixtureDensity::new(0.5, 0.5, 0.1);
    let normal =
        |w: f64, mean: f64, deviation: f64| -deviation.ln() - HALF_LN_TWO_PI - 0.5 * ((w - mean) / deviation).powi(2);
    let cases: [(Prior, &dyn Fn(f64) -> f64); 3] = [
        (Prior::Normal(Normal { mean: -0.1, std: 0.5 }), &|w| normal(w, -0.1, 0.5)),
        (Prior::Laplace(Laplace { mean: -0.1, scale: 0.5 }), &|w: f64| -(w + 0.1).abs() / 0.5 - LN_2 - 0.5_f64.ln()),
        (Prior::ScaleMixture(ScaleMixture { pi: 0.5, std1: 0.5, std2: 0.1 }), &|w| mixture.at(w)),
    ];
    let count = 20_000;
    for (prior, log_density) in cases {
        let draws = normal_quantiles(count).map(|z| q_mean + q_deviation * z);
        let sum: f64 = draws.map(|w| normal(w, q_mean, q_deviation) - log_density(w)).sum();
        let (sampled, exact) = (sum / count as f64, prior.divergence(q_mean, q_deviation));
        assert!((sampled - exact).abs() < 1e-3 * exact, "{prior:?}: {sampled} {exact}");
    }
}

#[test]
fn the_density_of_a_mixture_is_stable_and_its_slope_is_its_derivative() {
    let prior = MixtureDensity::new(0.5, 1.0, 1e-3);
    // Far out the wide component is all there is, also where both densities underflow.
    for w in [0.5, 40.0, -1e3] {
        let wide = 0.5_f64.ln() - HALF_LN_TWO_PI - 0.5 * w * w;
        assert!((prior.at(w) - wide).abs() <= 1e-15 * wide.abs(), "{w}");
        assert_eq!(prior.slope(w), -w);
    }
    for w in [0.0_f64, 1e-4, -2e-3, 3.7e-3, 5e-3, 0.1] {
        let step = 1e-7;
        let difference = (prior.at(w + step) - prior.at(w - step)) / (2.0 * step);
        let slope = prior.slope(w);
        assert!((slope - difference).abs() < 1e-4 * (1.0 + slope.abs()), "{w}: {slope} {difference}");
    }
}

/// A prior of every family.
fn every_prior() -> Vec<Prior> {
    vec![
        Prior::Normal(Normal { mean: -0.2, std: 0.3 }),
        Prior::Laplace(Laplace { mean: 0.1, scale: 0.2 }),
        Prior::ScaleMixture(ScaleMixture { pi: 0.25, std1: 0.3, std2: 0.02 }),
        Prior::StudentT(StudentT { df: 4.5, scale: 0.1, mean: 0.2 }),
    ]
}

#[test]
fn a_prior_is_every_families() {
    let named: Vec<String> = every_prior().iter().map(|prior| prior.family().text()).collect();
    for family in PRIORS {
        assert!(named.iter().any(|text| text.starts_with(&format!("{}(", family.signature.name))), "{named:?}");
    }
    assert_eq!(named.len(), PRIORS.len());
}

#[test]
fn densities_integrate_to_one_with_the_stated_deviation_and_their_slopes_are_derivatives() {
    for prior in every_prior() {
        let density = prior.family().density();
        let mut points: Vec<f64> =
            [-1.0, 1.0].iter().flat_map(|side| (-6..=16).map(move |at| side * 4f64.powi(at) / 1e4)).collect();
        points.extend(density.divisions());
        points.push(0.0);
        points.sort_by(f64::total_cmp);
        let [total, square] = quadrature::integrate(&points, 1e-12, &|w| {
            let at = density.at(w).exp();
            [at, at * w * w]
        });
        assert!((total - 1.0).abs() < 1e-9, "{prior:?}: {total}");
        let [_, mean] = quadrature::integrate(&points, 1e-12, &|w| [0.0, density.at(w).exp() * w]);
        let std = prior.family().std();
        if std.is_finite() {
            assert!(((square - mean * mean).sqrt() / std - 1.0).abs() < 1e-4, "{prior:?}: {square} {std}");
        }
        for w in [-3.0, -0.21, 0.013, 0.5, 7.0] {
            let step = 1e-6;
            let difference = (density.at(w + step) - density.at(w - step)) / (2.0 * step);
            assert!((density.slope(w) - difference).abs() < 1e-7 * (1.0 + difference.abs()), "{prior:?} {w}");
        }
    }
}

#[test]
fn closed_forms_are_the_expectations_of_their_densities() {
    for prior in every_prior() {
        for (mean, deviation) in [(0.0, 0.1), (0.3, 0.02), (-1.5, 0.7)] {
            let moments = draw_moments(mean, deviation, &*prior.family().density());
            let found = prior.divergence(mean, deviation);
            assert!((found - moments.mean).abs() < 1e-6 * moments.mean.max(1.0), "{prior:?}: {found} {}", moments.mean);
        }
    }
}

/// (w, df, mean, scale) and ln p(w) by scipy.stats.t.logpdf of scipy 1.17; the two of many degrees by mpmath 1.2 in 40 digits.
const STUDENT_T: [([f64; 4], f64); 8] = [
    ([0.3, 4.0, 0.0, 0.1], -1.6248816508717954),
    ([-2.0, 1.0, 0.5, 0.3], -4.195581458624471),
    ([0.01, 0.5, 0.0, 0.05], 1.627478566790385),
    ([5.0, 30.0, 0.0, 1.0], -10.32237528071874),
    ([1e-3, 2.5, -0.2, 0.7], -0.7167490415175046),
    ([40.0, 3.0, 0.0, 0.1], -20.466974867373615),
    ([0.2, 700.0, 0.0, 0.5], -0.3062536265712602),
    ([0.2, 1e6, 0.0, 0.5], -0.3057916762447217),
];

/// (μ, σ, df, mean, scale), then mean and variance of ln q − ln p by numerical integration with mpmath 1.2 in 40 digits.
const STUDENT_T_MOMENTS: [([f64; 5], f64, f64); 4] = [
    ([0.0, 0.0067153485, 4.0, 0.0, 0.1], 2.2654789239860915, 0.49439775175183387),
    ([0.3, 0.2, 1.0, -0.1, 0.5], 1.1678611450285898, 0.5426289298228936),
    ([2.0, 0.5, 3.0, 0.0, 0.01], 14.525423227171693, 2.0603179221502184),
    ([-0.05, 1.0, 10.0, 0.0, 0.05], 11.893273150375776, 60.45800403416542),
];

#[test]
fn a_student_t_prior_has_the_density_of_scipy() {
    for ([w, df, mean, scale], expected) in STUDENT_T {
        let found = StudentT { df, scale, mean }.density().at(w);
        assert!((found - expected).abs() < 1e-12 * expected.abs().max(1.0), "{df}: {found} {expected}");
    }
    // With many degrees of freedom it is a normal distribution; with two it has no standard deviation.
    let [wide, normal] =
        [StudentT { df: 1e9, scale: 0.3, mean: 0.0 }.density(), Normal { mean: 0.0, std: 0.3 }.density()];
    assert!((wide.at(0.4) - normal.at(0.4)).abs() < 1e-8 && (wide.slope(0.4) - normal.slope(0.4)).abs() < 1e-7);
    assert_eq!(StudentT { df: 2.0, scale: 0.3, mean: 0.0 }.std(), f64::INFINITY);
}

#[test]
fn a_student_t_prior_gives_the_moments_of_an_integral() {
    for ([q_mean, q_deviation, df, mean, scale], expected, variance) in STUDENT_T_MOMENTS {
        let prior = Prior::StudentT(StudentT { df, scale, mean });
        let moments = prior.moments(q_mean, q_deviation);
        assert!((moments.mean - expected).abs() < 1e-9 * expected, "{} {expected}", moments.mean);
        assert!((moments.variance - variance).abs() < 1e-8 * variance.max(1.0), "{} {variance}", moments.variance);
        let quick = prior.divergence(q_mean, q_deviation);
        assert!((quick - expected).abs() < 1e-6 * expected, "{quick} {expected}");
    }
}

#[test]
fn closed_forms_are_known() {
    assert!(Prior::Normal(Normal { mean: 0.0, std: 1.0 }).has_closed_form());
    assert!(Prior::Laplace(Laplace { mean: 0.0, scale: 1.0 }).has_closed_form());
    assert!(!Prior::ScaleMixture(ScaleMixture { pi: 0.5, std1: 1.0, std2: 0.1 }).has_closed_form());
}
