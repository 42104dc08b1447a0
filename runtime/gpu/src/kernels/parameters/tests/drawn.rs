use super::*;

const WEIGHT: f32 = 0.37;
const DENSITIES: [Density; 5] = [
    Density::ScaleMixture { share: 0.25, deviations: [1.0, 0.0025] },
    Density::ScaleMixture { share: 0.5, deviations: [0.1, 0.2] },
    Density::StudentT { df: 1.0, scale: 0.1, mean: 0.02, height: 1.157_855_207_144_662_7 },
    Density::StudentT { df: 0.01, scale: 1.0, mean: 0.0, height: 0.0 },
    Density::StudentT { df: 1e5, scale: 0.5, mean: -1.0, height: -0.225_793_852_7 },
];

/// ln p and its slope by the densities themselves, and how far rounding w by one part may take each.
fn density(of: Density, w: f64) -> [f64; 2] {
    let half_ln_two_pi = 0.5 * (2.0 * std::f64::consts::PI).ln();
    match of {
        Density::ScaleMixture { share, deviations } => {
            let ln_part = |share: f64, std: f64| share.ln() - std.ln() - 0.5 * (w / std).powi(2) - half_ln_two_pi;
            let [first, second] = [ln_part(share, deviations[0]), ln_part(1.0 - share, deviations[1])];
            let largest = first.max(second);
            let sum = (first - largest).exp() + (second - largest).exp();
            let shares = [first, second].map(|part| (part - largest).exp() / sum);
            let slope = -w * (shares[0] / deviations[0].powi(2) + shares[1] / deviations[1].powi(2));
            [largest + sum.ln(), slope]
        }
        Density::StudentT { df, scale, mean, height } => {
            let z = (w - mean) / scale;
            let value = height - 0.5 * (df + 1.0) * (1.0 + z * z / df).ln();
            [value, -(df + 1.0) * (w - mean) / (df * scale * scale + (w - mean).powi(2))]
        }
    }
}

struct Case {
    numbers: [Vec<f32>; 5],
}

fn case(length: u64, density: Density) -> Case {
    // Small enough that the narrow component counts.
    let scale = if density == DENSITIES[0] { 0.01 } else { 1.0 };
    let means = numbers(1, length).iter().map(|x| x * scale).collect();
    let mut rhos: Vec<f32> = numbers(2, length).iter().map(|x| x * 3.0 - 6.0).collect();
    let draws = numbers(3, length).iter().map(|x| x * 2.0).collect();
    if length > 10 {
        rhos[..6].copy_from_slice(&[-30.0, 30.0, ABSENT, -16.0, -15.0, -14.0]);
    }
    Case { numbers: [means, rhos, draws, numbers(4, length), numbers(5, length)] }
}

impl Case {
    fn run(&self, opening: &Opening, density: Density, samples: u32) -> Option<Vec<Vec<f32>>> {
        let device = device(opening)?;
        let length = self.numbers[0].len() as u64;
        let [means, rhos, noise, first, second] =
            self.numbers.each_ref().map(|numbers| buffer(&device, "operand", numbers));
        let records = device.zeros("records", 4 * (blocks(length) + 1)).unwrap();
        let mut recording = Recording::new(&device);
        for sample in 0..samples {
            let kernel = DrawnDivergence {
                density,
                share: 0.5,
                add: sample > 0,
                means: &means.all(),
                rhos: &rhos.all(),
                noise: &noise.all(),
                mean_gradient: &first.all(),
                second_gradient: &second.all(),
                records: Records { all: &records.all(), first: 1 },
            };
            kernel.record(&mut recording).unwrap();
        }
        let varying = Varying { divergence_weight: WEIGHT, ..Varying::default() };
        Some(device.run(&[&recording], &varying, &[first.all(), second.all(), records.all()]).unwrap())
    }
}

#[test]
fn gradients_and_values_are_those_of_the_densities() {
    for of in DENSITIES {
        for length in LENGTHS {
            let case = case(length, of);
            let [means, rhos, draws, first, second] = &case.numbers;
            let Some(found) = case.run(&Opening::default(), of, 1) else { return };
            let (mut wanted, mut size) = (vec![0.0; blocks(length) as usize], vec![0.0; blocks(length) as usize]);
            for at in 0..length as usize {
                if rhos[at] == ABSENT {
                    assert_eq!([found[0][at], found[1][at]], [first[at], second[at]]);
                    continue;
                }
                let [mean, rho, draw] = [means, rhos, draws].map(|numbers| f64::from(numbers[at]));
                let deviation = softplus(rho);
                let w = mean + deviation * draw;
                let [value, slope] = density(of, w);
                // What rounding does to w and to its square in units of the narrow component.
                let moved = 0.2 * (mean.abs() + (deviation * draw).abs());
                let curve = (density(of, w + 1e-6 * moved)[1] - density(of, w - 1e-6 * moved)[1]).abs() * 1e6;
                let share = 0.5 * f64::from(WEIGHT);
                let what = format!("{of:?} μ {mean} ρ {rho} ε {draw}");
                let slope_size = slope.abs() * steepness(of, w) + curve;
                let given = f64::from(first[at]);
                close(found[0][at], given - share * slope, given.abs() + share * slope_size, &what);
                let given = f64::from(second[at]);
                let along = share * (1.0 / deviation + draw * slope);
                let along_size = share * (1.0 / deviation + draw.abs() * slope_size);
                close(found[1][at], given - along, given.abs() + along_size, &what);
                let ln = if rho < -30.0 { rho } else { deviation.ln() };
                let block = at / BLOCK as usize;
                wanted[block] += 0.5 * (-ln - 0.5 * (draw * draw + (2.0 * std::f64::consts::PI).ln()) - value);
                size[block] += 0.5 * (ln.abs() + value.abs() * steepness(of, w) + 4.0 + (slope * w).abs());
            }
            for (block, (wanted, size)) in wanted.into_iter().zip(size).enumerate() {
                close(found[2][4 * (block + 1)], wanted, size, &format!("{of:?}: a block"));
                assert_eq!(found[2][4 * (block + 1) + 1..4 * (block + 1) + 4], [0.0; 3]);
            }
        }
    }
}

/// How much larger the exponents are than what is left of them: roundings of those are magnified.
fn steepness(of: Density, w: f64) -> f64 {
    match of {
        Density::ScaleMixture { deviations, .. } => {
            1.0 + deviations.map(|std| 0.5 * (w / std).powi(2)).iter().sum::<f64>().min(60.0)
        }
        Density::StudentT { .. } => 1.0,
    }
}

#[test]
fn samples_are_added_up() {
    let (case, density) = (case(5000, DENSITIES[1]), DENSITIES[1]);
    let Some(one) = case.run(&Opening::default(), density, 1) else { return };
    let two = case.run(&Opening::default(), density, 2).unwrap();
    for block in 1..3 {
        assert_eq!(two[2][4 * block], 2.0 * one[2][4 * block]);
    }
}

#[test]
fn bits_are_the_same_for_every_division() {
    let case = case(100_003, DENSITIES[0]);
    let Some(first) = case.run(&Opening::default(), DENSITIES[0], 1) else { return };
    for opening in openings() {
        same_bits(&first, &case.run(&opening, DENSITIES[0], 1).unwrap());
    }
}
