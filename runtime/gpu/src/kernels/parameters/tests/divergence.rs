use super::*;

const PRIORS: [ClosedPrior; 3] = [
    ClosedPrior::Normal { mean: 0.125, std: 0.3 },
    ClosedPrior::Laplace { mean: -0.0625, scale: 0.2 },
    ClosedPrior::None,
];
const WEIGHT: f32 = 0.37;

/// KL(q‖p), its derivatives along μ and σ, and the size of the terms of each.
fn of(prior: ClosedPrior, mean: f64, rho: f64) -> [(f64, f64); 3] {
    let deviation = softplus(rho);
    let ln = if rho < -30.0 { rho } else { deviation.ln() };
    match prior {
        ClosedPrior::Normal { mean: centre, std } => {
            let (distance, ratio) = ((mean - centre) / std, deviation / std);
            let value = std.ln() - ln + 0.5 * (ratio * ratio + distance * distance) - 0.5;
            let size = (ln - std.ln()).abs() + 0.5 * ((ratio * ratio - 1.0).abs() + distance * distance);
            let along = [distance / std, ratio / std - 1.0 / deviation];
            [(value, size), (along[0], mean.abs().max(0.1) / (std * std)), (along[1], ratio / std + 1.0 / deviation)]
        }
        ClosedPrior::Laplace { mean: centre, scale } => {
            let distance = mean - centre;
            let z = distance / deviation;
            let decay = (2.0 / std::f64::consts::PI).sqrt() * (-0.5 * z * z).exp();
            let error = libm::erf(z * std::f64::consts::FRAC_1_SQRT_2);
            let absolute = deviation * decay + distance * error;
            let constant = (2.0 * scale).ln() - 0.5 * (2.0 * std::f64::consts::PI).ln() - 0.5;
            let size = ln.abs() + constant.abs() + absolute.abs() / scale + mean.abs() / scale;
            // The width of the peak magnifies the rounding of the distance.
            let along = error.abs() / scale + decay / scale * (mean.abs().max(0.05) / deviation).min(1e3);
            [
                (constant - ln + absolute / scale, size),
                (error / scale, along),
                (decay / scale - 1.0 / deviation, decay / scale * (1.0 + z * z) + 1.0 / deviation),
            ]
        }
        ClosedPrior::None => [(0.0, 0.0); 3],
    }
}

struct Case {
    kinds: Vec<(ClosedPrior, Along)>,
    means: Vec<Vec<f32>>,
    rhos: Vec<Vec<f32>>,
    gradients: [Vec<Vec<f32>>; 2],
}

/// Every prior with both sorts of gradients, in lengths that divide nothing; ρ from −30 to 30 and absent ones.
fn case() -> Case {
    let kinds: Vec<_> =
        PRIORS.into_iter().flat_map(|prior| [(prior, Along::Variance), (prior, Along::Deviation)]).collect();
    let of = |seed: u64, scale: f32| {
        let tensors = LENGTHS.iter().zip(seed..);
        tensors
            .map(|(length, seed)| numbers(seed, *length).iter().map(|x| x * scale).collect())
            .collect::<Vec<Vec<_>>>()
    };
    let mut rhos = of(100, 30.0);
    let (mut means, mut gradients) = (of(200, 1.0), [of(300, 2.0), of(400, 2.0)]);
    for tensor in 1..LENGTHS.len() {
        // Small deviations are the usual ones, and gradients may be 0.
        rhos[tensor].iter_mut().skip(3).step_by(2).for_each(|rho| *rho = *rho * 0.1 - 4.0);
        rhos[tensor][..3].copy_from_slice(&[-30.0, 30.0, ABSENT]);
        rhos[tensor][7..12].fill(ABSENT);
        for at in (7..12).chain([2]) {
            means[tensor][at] = 0.0;
        }
        gradients.iter_mut().for_each(|gradient| gradient[tensor][20..40].fill(0.0));
        means[tensor][50..60].fill(-0.0625);
    }
    Case { kinds, means, rhos, gradients }
}

impl Case {
    /// Both gradients, and the records.
    fn run(&self, opening: &Opening, whole: bool, weight: f32) -> Option<Vec<Vec<f32>>> {
        let device = device(opening)?;
        let kinds = self.kinds.iter().map(|&(prior, along)| Kind::Gaussian { prior, along });
        let all: Vec<_> = LENGTHS.into_iter().zip(kinds).map(|(numbers, kind)| Segment { numbers, kind }).collect();
        let segments = Segments::new(&device, &all).unwrap();
        let place = |what: &str, tensors: &[Vec<f32>]| buffer(&device, what, &laid_out(&segments, tensors));
        let [means, rhos] = [place("means", &self.means), place("rhos", &self.rhos)];
        let [first, second] = self.gradients.each_ref().map(|gradient| place("gradient", gradient));
        let records = device.zeros("records", 4 * segments.blocks()).unwrap();
        let mut recording = Recording::new(&device);
        let kernel = Divergence {
            segments: &segments,
            whole,
            means: &means.all(),
            rhos: &rhos.all(),
            mean_gradient: &first.all(),
            second_gradient: &second.all(),
            records: Records { all: &records.all(), first: 0 },
        };
        kernel.record(&mut recording).unwrap();
        let varying = Varying { divergence_weight: weight, ..Varying::default() };
        Some(device.run(&[&recording], &varying, &[first.all(), second.all(), records.all()]).unwrap())
    }
}

#[test]
fn gradients_and_divergence_are_those_of_the_formulas() {
    let case = case();
    let Some(found) = case.run(&Opening::default(), false, WEIGHT) else { return };
    let (firsts, seconds) = (taken_out(&LENGTHS, &found[0]), taken_out(&LENGTHS, &found[1]));
    let mut block = 0;
    for (tensor, &(prior, along)) in case.kinds.iter().enumerate() {
        let weight = f64::from(WEIGHT);
        for at in 0..LENGTHS[tensor] as usize {
            let [mean, rho] = [case.means[tensor][at], case.rhos[tensor][at]];
            let given = case.gradients.each_ref().map(|gradient| f64::from(gradient[tensor][at]));
            let found = [firsts[tensor][at], seconds[tensor][at]];
            if rho == ABSENT {
                assert_eq!(found, [0.0; 2]);
                continue;
            }
            let rho = f64::from(rho);
            let [_, along_mean, along_deviation] = of(prior, f64::from(mean), rho);
            let slope = sigmoid(rho);
            let own = match along {
                Along::Variance => 2.0 * softplus(rho) * given[1],
                Along::Deviation => given[1],
            };
            let what = format!("{prior:?} {along:?} μ {mean} ρ {rho} g {given:?}");
            close(found[0], given[0] + weight * along_mean.0, given[0].abs() + weight * along_mean.1, &what);
            let wanted = slope * (own + weight * along_deviation.0);
            close(found[1], wanted, slope * (own.abs() + weight * along_deviation.1), &what);
        }
        for first in (0..LENGTHS[tensor] as usize).step_by(BLOCK as usize) {
            let places = first..LENGTHS[tensor].min(first as u64 + BLOCK) as usize;
            let exist = places.clone().filter(|&at| case.rhos[tensor][at] != ABSENT);
            let parts =
                exist.map(|at| of(prior, f64::from(case.means[tensor][at]), f64::from(case.rhos[tensor][at]))[0]);
            let (wanted, size) = parts.fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
            close(found[2][4 * block], wanted, size, "divergence of a block");
            let gradients = [&firsts, &seconds].map(|all| &all[tensor][places.clone()]);
            let squares: f64 = gradients.into_iter().flatten().map(|&g| f64::from(g).powi(2)).sum();
            close(found[2][4 * block + 1], squares * 2f64.powi(-40), squares * 2f64.powi(-40), "squares of a block");
            assert_eq!(found[2][4 * block + 2..4 * block + 4], [0.0; 2]);
            block += 1;
        }
    }
}

#[test]
fn bits_are_the_same_twice_and_for_every_division() {
    let case = case();
    let Some(first) = case.run(&Opening::default(), false, WEIGHT) else { return };
    for opening in openings() {
        same_bits(&first, &case.run(&opening, false, WEIGHT).unwrap());
    }
}

#[test]
fn whole_gradients_stay_and_are_looked_at() {
    let mut case = case();
    for (tensor, rhos) in case.rhos.iter_mut().enumerate() {
        for (at, rho) in rhos.iter_mut().enumerate().filter(|(_, rho)| **rho == ABSENT) {
            *rho = -1.0;
            case.gradients.iter_mut().for_each(|gradient| gradient[tensor][at] = 0.0);
        }
    }
    let Some(whole) = case.run(&Opening::default(), true, WEIGHT) else { return };
    assert_eq!(taken_out(&LENGTHS, &whole[0]), case.gradients[0]);
    assert_eq!(taken_out(&LENGTHS, &whole[1]), case.gradients[1]);
    // Gradients that were completed here are those that are given back later, to the same bits.
    let completed = case.run(&Opening::default(), false, WEIGHT).unwrap();
    case.gradients = [0, 1].map(|of| taken_out(&LENGTHS, &completed[of]));
    same_bits(&completed, &case.run(&Opening::default(), true, 0.0).unwrap());
}

#[test]
fn without_a_weight_nothing_of_the_divergence_enters() {
    let case = case();
    let Some(found) = case.run(&Opening::default(), false, 0.0) else { return };
    for (tensor, found) in taken_out(&LENGTHS, &found[0]).iter().enumerate() {
        let exists = |(at, _): &(usize, &f32)| case.rhos[tensor][*at] != ABSENT;
        assert!(found.iter().enumerate().filter(exists).all(|(at, found)| *found == case.gradients[0][tensor][at]));
    }
}
