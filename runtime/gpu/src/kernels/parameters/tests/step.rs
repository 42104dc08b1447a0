//! A whole step in one submission: values and Gaussians, penalty, divergence, clipping, verdict, updates.

use super::*;

const L2: f64 = 0.01;
const WEIGHT: f32 = 0.2;
const RATE: f64 = 0.1;
const COUNT: usize = 5000;
const PRIOR: ClosedPrior = ClosedPrior::Normal { mean: 0.0, std: 0.5 };

struct Given {
    /// Values, μ, ρ.
    numbers: [Vec<f32>; 3],
    /// Along values, μ, σ².
    gradients: [Vec<f32>; 3],
    costs: Vec<f32>,
}

fn given() -> Given {
    let of = |seed| numbers(seed, COUNT as u64);
    let rhos = of(3).iter().map(|x| x - 3.0).collect();
    Given { numbers: [of(1), of(2), rhos], gradients: [of(4), of(5), of(6)], costs: vec![1.0; 100] }
}

/// The verdict, the numbers after the step, and σ².
fn step(given: &Given, clip: Option<f64>) -> Option<(Decision, Vec<Vec<f32>>)> {
    let device = device(&Opening::default())?;
    let of = |kind| Segments::new(&device, &[Segment { numbers: COUNT as u64, kind }]).unwrap();
    let points = of(Kind::Weight);
    let gaussians = of(Kind::Gaussian { prior: PRIOR, along: Along::Variance });
    let place =
        |numbers: &Vec<f32>| buffer(&device, "numbers", &laid_out(&points, std::slice::from_ref(numbers))).all();
    let [values, means, rhos] = given.numbers.each_ref().map(place);
    let [along, along_mean, along_second] = given.gradients.each_ref().map(place);
    let variances = device.zeros("variances", gaussians.numbers()).unwrap().all();
    let costs = buffer(&device, "costs", &given.costs).all();
    let all = device.zeros("records", 4 * (points.blocks() + gaussians.blocks() + 1)).unwrap().all();
    let verdict = device.zeros("verdict", VERDICT).unwrap().all();
    let optimizer = Optimizer::Sgd { momentum: 0.0, nesterov: false, weight_decay: 0.0 };
    let mut recording = Recording::new(&device);
    let records = |first| Records { all: &all, first };
    let penalty = Penalty { segments: &points, l2: L2, values: &values, gradient: &along, records: records(0) };
    penalty.record(&mut recording).unwrap();
    let divergence = Divergence {
        segments: &gaussians,
        whole: false,
        means: &means,
        rhos: &rhos,
        mean_gradient: &along_mean,
        second_gradient: &along_second,
        records: records(points.blocks()),
    };
    divergence.record(&mut recording).unwrap();
    let last = records(points.blocks() + gaussians.blocks());
    Finite { numbers: &costs, finding: Finding::Cost, records: last }.record(&mut recording).unwrap();
    Verdict { records: &all, clip, verdict: &verdict }.record(&mut recording).unwrap();
    for (segments, gradient, values, variances) in [
        (&points, &along, &values, None),
        (&gaussians, &along_mean, &means, None),
        (&gaussians, &along_second, &rhos, Some(&variances)),
    ] {
        let (optimizer, verdict) = (&optimizer, &verdict);
        let update = Update { optimizer, segments, verdict, gradient, values, moments: &[], variances };
        update.record(&mut recording).unwrap();
    }
    let mut varying = Varying { divergence_weight: WEIGHT, ..Varying::default() };
    optimizer.set(RATE, 1, &mut varying);
    let mut read = device.run(&[&recording], &varying, &[verdict, values, means, rhos, variances]).unwrap();
    let decision = Decision::of(&read.remove(0)).unwrap();
    Some((decision, read.iter().map(|all| all[..COUNT].to_vec()).collect()))
}

/// The gradients of the whole objective.
fn whole(given: &Given) -> [Vec<f64>; 3] {
    let at = |of: &[Vec<f32>; 3], which: usize, at: usize| f64::from(of[which][at]);
    let all = 0..COUNT;
    let along = all.clone().map(|i| at(&given.gradients, 0, i) + L2 * at(&given.numbers, 0, i)).collect();
    let weight = f64::from(WEIGHT);
    let along_mean =
        all.clone().map(|i| at(&given.gradients, 1, i) + weight * at(&given.numbers, 1, i) / 0.25).collect();
    let along_rho = all.map(|i| {
        let rho = at(&given.numbers, 2, i);
        let deviation = softplus(rho);
        let of_deviation = 2.0 * deviation * at(&given.gradients, 2, i) + weight * (deviation / 0.25 - 1.0 / deviation);
        of_deviation * sigmoid(rho)
    });
    [along, along_mean, along_rho.collect()]
}

#[test]
fn a_step_is_that_of_the_objective() {
    let given = given();
    let gradients = whole(&given);
    let norm = gradients.iter().flatten().map(|g| g * g).sum::<f64>().sqrt();
    for clip in [None, Some(2.0), Some(1e9)] {
        let Some((decision, found)) = step(&given, clip) else { return };
        assert_eq!(decision.findings, []);
        close(decision.norm, norm, norm, "the norm");
        let scale = clip.map_or(1.0, |maximum| (maximum / (norm + 1e-6)).min(1.0));
        close(decision.scale, scale, scale, "the scale");
        for ((found, before), gradients) in found.iter().zip(&given.numbers).zip(&gradients) {
            for ((found, before), gradient) in found.iter().zip(before).zip(gradients) {
                let before = f64::from(*before);
                close(*found, before - RATE * scale * gradient, before.abs() + RATE * scale, "a number after the step");
            }
        }
        for (variance, rho) in found[3].iter().zip(&found[2]) {
            let wanted = softplus(f64::from(*rho)).powi(2);
            close(*variance, wanted, wanted, "σ²");
        }
        // KL(q‖p) of what was there before the step.
        let parts = given.numbers[1].iter().zip(&given.numbers[2]).map(|(mean, rho)| {
            let (mean, ratio) = (f64::from(*mean) / 0.5, softplus(f64::from(*rho)) / 0.5);
            -ratio.ln() + 0.5 * (ratio * ratio + mean * mean - 1.0)
        });
        let divergence: f64 = parts.sum();
        assert!((decision.divergence / divergence - 1.0).abs() < 1e-6, "{} {divergence}", decision.divergence);
        let squares: f64 = given.numbers[0].iter().map(|w| f64::from(*w).powi(2)).sum();
        assert!((decision.squares / squares - 1.0).abs() < 1e-6);
    }
}

#[test]
fn whatever_is_not_finite_keeps_everything_where_it_is() {
    for (finding, spoil) in [
        (Finding::Gradient, (|given| given.gradients[0][4999] = f32::NAN) as fn(&mut Given)),
        (Finding::Gradient, |given| given.gradients[2][0] = f32::INFINITY),
        (Finding::Cost, |given| given.costs[99] = f32::INFINITY),
        (Finding::Parameter, |given| given.numbers[0][17] = f32::NAN),
        (Finding::Parameter, |given| given.numbers[2][4100] = f32::NAN),
    ] {
        let mut given = given();
        spoil(&mut given);
        let Some((decision, found)) = step(&given, Some(1.0)) else { return };
        assert_eq!(decision.findings[0], finding);
        let bits = |numbers: &[Vec<f32>]| numbers.iter().flatten().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert!(bits(&found[..3]) == bits(&given.numbers));
    }
}
