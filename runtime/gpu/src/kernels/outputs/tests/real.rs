use super::*;

/// −ln p(y), its derivatives along both numbers, and the size of the terms of each.
fn of(distribution: Distribution, y: f64, first: f64, second: f64) -> [(f64, f64); 3] {
    match distribution {
        Distribution::Gaussian { .. } => {
            let (d, precision) = (y - first, (-second).exp());
            let square = d * d * precision;
            let cost = 0.5 * ((2.0 * std::f64::consts::PI).ln() + second + square);
            [
                (cost, 1.0 + second.abs() + square),
                (-d * precision, d.abs() * precision),
                (0.5 * (1.0 - square), 1.0 + square),
            ]
        }
        Distribution::StudentT { df, height, .. } => {
            let (d, precision) = (y - first, (-second).exp());
            let square = d * d * precision;
            let weight = (df + 1.0) / (df + square);
            let logarithm = 0.5 * (df + 1.0) * (square / df).ln_1p();
            [
                (-height + 0.5 * second + logarithm, 1.0 + height.abs() + second.abs() + logarithm),
                (-weight * d * precision, weight * d.abs() * precision),
                (0.5 * df * (1.0 - square) / (df + square), 0.5 * df * (1.0 + square) / (df + square)),
            ]
        }
        Distribution::Poisson => {
            let rate = first.exp();
            let cost = rate - y * first + libm::lgamma(y + 1.0);
            // A relative error of 10⁻⁷ of a rate far from its count, and what double precision itself leaves.
            let size = cost.abs() + (rate - y).abs() + 1e-9 * y * first.abs();
            [(cost, size + 1.0), (rate - y, (rate - y).abs() + 1e-9 * y), (0.0, 0.0)]
        }
    }
}

fn second_of(distribution: Distribution) -> Option<Second> {
    match distribution {
        Distribution::Gaussian { log_variance } => Some(log_variance),
        Distribution::StudentT { log_square, .. } => Some(log_square),
        Distribution::Poisson => None,
    }
}

struct Numbers {
    values: Vec<f64>,
    case: Case,
}

/// Values about `centre`, and outputs about as far from them as `scale`.
fn numbers_of(
    distribution: Distribution,
    targets: usize,
    rows: usize,
    samples: usize,
    centre: f64,
    scale: f64,
) -> Numbers {
    let second = second_of(distribution);
    let width = if second == Some(Second::Given) { 2 * targets } else { targets };
    let is_count = distribution == Distribution::Poisson;
    let values: Vec<f64> = numbers(1, rows * targets)
        .iter()
        .map(|x| if is_count { (centre * (x.abs() * 2.0)).floor() } else { centre + x })
        .collect();
    let outputs = (0..samples).map(|sample| {
        let noise = numbers(7 + sample as u32, rows * width);
        let of = |at: usize| {
            let (row, place) = (at / width, at % width);
            let x = noise[at];
            let value = values[row * targets + place % targets];
            let output = if place >= targets {
                3.0 * x
            } else if is_count {
                value.max(0.2).ln() + scale * x
            } else {
                value + scale * x
            };
            output as f32
        };
        (0..rows * width).map(of).collect()
    });
    let learned = match second {
        Some(Second::Learned) => numbers(3, targets).iter().map(|x| (4.0 * x) as f32).collect(),
        Some(Second::Given) | None => Vec::new(),
    };
    let family = Family::Real(RealTargets::new(distribution, targets as u64).unwrap());
    let words = family.words(Targets::Values(&values)).unwrap();
    let case = Case { rows, examples: rows - rows / 10, samples, outputs: outputs.collect(), learned, words };
    Numbers { values, case }
}

fn check(distribution: Distribution, targets: usize, given: &Numbers) -> Option<()> {
    let Numbers { values, case } = given;
    let family = Family::Real(RealTargets::new(distribution, targets as u64).unwrap());
    let (width, second) = (family.outputs() as usize, second_of(distribution));
    let found = case.run_everywhere(|_| family.clone())?;
    let scale = SHARE * f64::from(LOSS_WEIGHT);
    let mut sums = vec![0.0; case.rows * targets];
    let mut along_learned = vec![(0.0, 0.0); case.learned.len()];
    for sample in 0..case.samples {
        for row in 0..case.rows {
            let along = &found.gradients[sample][row * width..][..width];
            if row >= case.examples {
                assert!(found.costs[sample][row] == 0.0 && along.iter().all(|number| *number == 0.0));
                continue;
            }
            let values = &values[row * targets..][..targets];
            let outputs = &case.outputs[sample][row * width..][..width];
            let (mut cost, mut size) = (0.0, 0.0);
            for (target, &y) in values.iter().enumerate() {
                let learned = || f64::from(case.learned[target]);
                let log = match second {
                    Some(Second::Given) => f64::from(outputs[targets + target]),
                    Some(Second::Learned) => learned(),
                    None => 0.0,
                };
                let first = f64::from(outputs[target]);
                let [own, along_first, along_second] = of(distribution, y, first, log);
                cost += own.0;
                size += own.1;
                let what = format!("{distribution:?} y {y} by {first} and {log}");
                close(along[target], scale * along_first.0, scale * along_first.1, &what);
                match second {
                    Some(Second::Given) => {
                        close(along[targets + target], scale * along_second.0, scale * along_second.1, &what);
                    }
                    Some(Second::Learned) => {
                        along_learned[target].0 += scale * along_second.0;
                        along_learned[target].1 += scale * along_second.1;
                    }
                    None => {}
                }
                sums[row * targets + target] += if second.is_none() { first.exp() } else { first };
            }
            let constant = family.constant(Targets::Values(values));
            let wanted = cost - constant;
            close(
                found.costs[sample][row],
                wanted,
                size,
                &format!("{distribution:?}, row {row}: {values:?} {outputs:?}"),
            );
        }
    }
    for (found, (wanted, size)) in found.learned.iter().zip(along_learned) {
        close(*found, wanted, size, "along what is learned");
    }
    for row in 0..case.examples {
        let places = row * targets..(row + 1) * targets;
        let mut error = (0.0, 0.0);
        for at in places {
            close(found.predictions[at], sums[at], sums[at].abs(), "a prediction");
            let mean = sums[at] / case.samples as f64;
            let distance = values[at] - mean;
            error.0 += distance * distance;
            error.1 += distance.abs() * (distance.abs() + mean.abs());
        }
        close(found.closeness[row], error.0, error.1, "a squared error");
    }
    assert!(found.closeness[case.examples..].iter().all(|number| *number == 0.0));
    Some(())
}

fn distributions() -> Vec<Distribution> {
    let mut all = vec![Distribution::Poisson];
    for second in [Second::Given, Second::Learned] {
        all.push(Distribution::Gaussian { log_variance: second });
        for df in [0.5, 3.5, 1e5] {
            let height =
                libm::lgamma(0.5 * (df + 1.0)) - libm::lgamma(0.5 * df) - 0.5 * (df * std::f64::consts::PI).ln();
            all.push(Distribution::StudentT { df, height, log_square: second });
        }
    }
    all
}

#[test]
fn costs_gradients_and_predictions_are_those_of_the_formulas() {
    for distribution in distributions() {
        for targets in [1, 2, 5] {
            for (rows, samples, centre, scale) in [(1, 1, 2.0, 1.0), (67, 2, 100.0, 5.0), (1000, 1, 1000.0, 0.01)] {
                let given = numbers_of(distribution, targets, rows, samples, centre, scale);
                let Some(()) = check(distribution, targets, &given) else { return };
            }
        }
    }
}

#[test]
fn large_targets_lose_nothing() {
    // Values about a million that single precision would round to sixteenths.
    for distribution in distributions() {
        let given = numbers_of(distribution, 2, 64, 1, 1e6, 1e-3);
        let Some(()) = check(distribution, 2, &given) else { return };
    }
}

#[test]
fn extreme_log_variances_have_their_costs() {
    for distribution in distributions() {
        let mut given = numbers_of(distribution, 1, 10, 1, 2.0, 1.0);
        for (row, log) in [-20.0, 20.0, -30.0, 30.0, 60.0].into_iter().enumerate() {
            match second_of(distribution) {
                Some(Second::Given) => given.case.outputs[0][2 * row + 1] = log,
                Some(Second::Learned) => given.case.learned[0] = log,
                None => given.case.outputs[0][row] = f32::min(log, 40.0),
            }
        }
        let Some(()) = check(distribution, 1, &given) else { return };
    }
}

#[test]
fn what_is_too_large_is_not_finite() {
    let Some(device) = device(&Opening::default()) else { return };
    for distribution in distributions() {
        let mut given = numbers_of(distribution, 1, 1, 1, 2.0, 1.0);
        given.case.examples = 1;
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            if distribution == Distribution::Poisson && bad == f32::NEG_INFINITY {
                // A rate of 0 costs ∞ only of a count above it.
                assert!(given.values[0] > 0.0);
            }
            given.case.outputs[0][0] = bad;
            let family = Family::Real(RealTargets::new(distribution, 1).unwrap());
            let found = given.case.run(&device, &family);
            assert!(!found.costs[0][0].is_finite(), "{distribution:?} {bad}: {found:?}");
        }
    }
    let poisson = Family::Real(RealTargets::new(Distribution::Poisson, 1).unwrap());
    for values in [[0.0], [1.0], [5.0]] {
        let words = poisson.words(Targets::Values(&values)).unwrap();
        let outputs = vec![vec![100.0]];
        let case = Case { rows: 1, examples: 1, samples: 1, outputs, learned: Vec::new(), words };
        let found = case.run(&device, &poisson);
        assert!(!found.costs[0][0].is_finite() && !found.gradients[0][0].is_finite(), "{found:?}");
    }
}
