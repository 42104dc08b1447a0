use super::*;

const STEPS: u64 = 5;
const RATE: f64 = 0.01;

fn optimizers() -> Vec<Optimizer> {
    let adam =
        |decoupled, weight_decay| Optimizer::Adam { betas: [0.9, 0.999], epsilon: 1e-8, weight_decay, decoupled };
    let sgd = |momentum, nesterov, weight_decay| Optimizer::Sgd { momentum, nesterov, weight_decay };
    let rmsprop = |momentum, centered, weight_decay| {
        let (beta, epsilon) = (0.99, 1e-8);
        Optimizer::RmsProp { beta, epsilon, momentum, centered, weight_decay }
    };
    vec![
        adam(false, 0.0),
        adam(false, 0.1),
        adam(true, 0.1),
        sgd(0.0, false, 0.0),
        sgd(0.9, false, 0.1),
        sgd(0.9, true, 0.0),
        rmsprop(0.0, false, 0.0),
        rmsprop(0.9, false, 0.1),
        rmsprop(0.0, true, 0.0),
        rmsprop(0.9, true, 0.1),
    ]
}

/// One number after so many steps along its gradient of each step, as the algorithms are published and PyTorch has
/// them.
fn moved(optimizer: &Optimizer, decays: bool, mut value: f64, gradients: &[f64]) -> f64 {
    let [mut first, mut second, mut velocity] = [0.0; 3];
    for (step, &gradient) in (1..).zip(gradients) {
        let decay = |weight_decay: f64| if decays { weight_decay } else { 0.0 };
        match *optimizer {
            Optimizer::Adam { betas, epsilon, weight_decay, decoupled } => {
                let mut gradient = gradient;
                if decoupled {
                    value -= RATE * decay(weight_decay) * value;
                } else {
                    gradient += decay(weight_decay) * value;
                }
                first = betas[0] * first + (1.0 - betas[0]) * gradient;
                second = betas[1] * second + (1.0 - betas[1]) * gradient * gradient;
                let corrected: [f64; 2] = [first / (1.0 - betas[0].powi(step)), second / (1.0 - betas[1].powi(step))];
                value -= RATE * corrected[0] / (corrected[1].sqrt() + epsilon);
            }
            Optimizer::Sgd { momentum, nesterov, weight_decay } => {
                let gradient = gradient + decay(weight_decay) * value;
                velocity = momentum * velocity + gradient;
                value -= RATE * if nesterov { gradient + momentum * velocity } else { velocity };
            }
            Optimizer::RmsProp { beta, epsilon, momentum, centered, weight_decay } => {
                let gradient = gradient + decay(weight_decay) * value;
                second = beta * second + (1.0 - beta) * gradient * gradient;
                first = beta * first + (1.0 - beta) * gradient;
                let spread: f64 = if centered { second - first * first } else { second };
                velocity = momentum * velocity + gradient / (spread.max(0.0).sqrt() + epsilon);
                value -= RATE * velocity;
            }
        }
    }
    value
}

/// What the buffers of a set hold: the numbers, then σ² and what is remembered.
struct Set {
    recording: Recording,
    device: Device,
    gradient: Buffer,
    verdict: Buffer,
    reads: Vec<crate::Slice>,
}

fn set(opening: &Opening, optimizer: &Optimizer, kinds: [Kind; 6], values: &[Vec<f32>]) -> Option<Set> {
    let device = device(opening)?;
    let all: Vec<_> = LENGTHS.into_iter().zip(kinds).map(|(numbers, kind)| Segment { numbers, kind }).collect();
    let segments = Segments::new(&device, &all).unwrap();
    let numbers = segments.numbers();
    let values = buffer(&device, "values", &laid_out(&segments, values));
    let zeros = |what: &str, numbers| device.zeros(what, numbers).unwrap();
    let [gradient, variances] = ["gradient", "variances"].map(|what| zeros(what, numbers));
    let verdict = zeros("verdict", VERDICT);
    let moments: Vec<_> = (0..optimizer.moments()).map(|_| zeros("moment", numbers).all()).collect();
    let mut recording = Recording::new(&device);
    let with_variances = matches!(kinds[0], Kind::Gaussian { .. }).then(|| variances.all());
    Update {
        optimizer,
        segments: &segments,
        verdict: &verdict.all(),
        gradient: &gradient.all(),
        values: &values.all(),
        moments: &moments.iter().collect::<Vec<_>>(),
        variances: with_variances.as_ref(),
    }
    .record(&mut recording)
    .unwrap();
    let reads = [values.all(), variances.all()].into_iter().chain(moments).collect();
    Some(Set { recording, device, gradient, verdict, reads })
}

/// Gradients of every step, among them zeros.
fn gradients() -> Vec<Vec<Vec<f32>>> {
    let of_step = |step: u64| {
        let of = |(tensor, &length): (usize, &u64)| {
            let mut gradient = numbers(1000 * step + tensor as u64, length);
            gradient.iter_mut().skip(1).step_by(7).for_each(|number| *number = 0.0);
            gradient
        };
        LENGTHS.iter().enumerate().map(of).collect()
    };
    (1..=STEPS).map(of_step).collect()
}

impl Set {
    /// Takes steps with gradients scaled by so much.
    fn steps(&self, optimizer: &Optimizer, scale: f32, bits: u32) -> Vec<Vec<f32>> {
        let mut verdict = vec![0.0; VERDICT as usize];
        verdict[..2].copy_from_slice(&[f32::from_bits(bits), scale]);
        self.device.write(&self.verdict.all(), &verdict).unwrap();
        let mut last = Vec::new();
        for (step, gradient) in (1..).zip(gradients()) {
            let mut all = Vec::new();
            for mut tensor in gradient {
                tensor.resize(tensor.len().next_multiple_of(BLOCK as usize), 0.0);
                all.extend(tensor);
            }
            self.device.write(&self.gradient.all(), &all).unwrap();
            let mut varying = Varying::default();
            optimizer.set(RATE, step, &mut varying);
            last = self.device.run(&[&self.recording], &varying, &self.reads).unwrap();
        }
        last
    }
}

const POINTS: [Kind; 6] = [Kind::Weight, Kind::Free, Kind::Noise, Kind::Weight, Kind::Free, Kind::Noise];

fn values() -> Vec<Vec<f32>> {
    LENGTHS.iter().zip(50..).map(|(length, seed)| numbers(seed, *length)).collect()
}

#[test]
fn numbers_move_as_the_algorithms_say() {
    let gradients = gradients();
    for optimizer in optimizers() {
        for scale in [1.0, 0.5f32] {
            let values = values();
            let Some(set) = set(&Opening::default(), &optimizer, POINTS, &values) else { return };
            let found = set.steps(&optimizer, scale, 0);
            for (tensor, found) in taken_out(&LENGTHS, &found[0]).iter().enumerate() {
                for (at, found) in found.iter().enumerate() {
                    let along: Vec<_> =
                        gradients.iter().map(|all| f64::from(scale) * f64::from(all[tensor][at])).collect();
                    let value = f64::from(values[tensor][at]);
                    let wanted = moved(&optimizer, POINTS[tensor] != Kind::Noise, value, &along);
                    // A variance of one gradient among zeros is a difference of squares.
                    let size = value.abs().max(1.0);
                    let what = format!("{optimizer:?} {:?} {value} {along:?}", POINTS[tensor]);
                    close(*found, wanted, 2.0 * size, &what);
                }
            }
        }
    }
}

#[test]
fn bits_are_the_same_for_every_division() {
    for optimizer in optimizers() {
        let run = |opening: &Opening| Some(set(opening, &optimizer, POINTS, &values())?.steps(&optimizer, 0.7, 0));
        let Some(first) = run(&Opening::default()) else { return };
        for opening in openings() {
            same_bits(&first, &run(&opening).unwrap());
        }
    }
}

#[test]
fn nothing_moves_where_something_was_not_finite() {
    for optimizer in optimizers() {
        let values = values();
        let Some(set) = set(&Opening::default(), &optimizer, POINTS, &values) else { return };
        let found = set.steps(&optimizer, f32::NAN, 2);
        assert_eq!(taken_out(&LENGTHS, &found[0]), values);
        assert!(found[1..].iter().flatten().all(|number| *number == 0.0));
    }
}

#[test]
fn deviations_follow_their_parameters_and_nothing_of_gaussians_decays() {
    let kinds = [Kind::Gaussian { prior: ClosedPrior::None, along: Along::Variance }; 6];
    for optimizer in optimizers() {
        let mut rhos: Vec<Vec<f32>> = values().iter().map(|all| all.iter().map(|x| 30.0 * x).collect()).collect();
        rhos[1][..6].copy_from_slice(&[-30.0, 30.0, ABSENT, 0.0, -100.0, ABSENT]);
        let Some(set) = set(&Opening::default(), &optimizer, kinds, &rhos) else { return };
        let gradients = gradients();
        let absent = |tensor: usize, at: usize| rhos[tensor][at] == ABSENT;
        let found = set.steps(&optimizer, 1.0, 0);
        let [numbers, variances] = [0, 1].map(|of| taken_out(&LENGTHS, &found[of]));
        for tensor in 0..LENGTHS.len() {
            for at in 0..LENGTHS[tensor] as usize {
                let (rho, variance) = (numbers[tensor][at], variances[tensor][at]);
                if absent(tensor, at) {
                    assert_eq!((rho, variance), (ABSENT, 0.0));
                    continue;
                }
                let along: Vec<_> = gradients.iter().map(|all| f64::from(all[tensor][at])).collect();
                let given = f64::from(rhos[tensor][at]);
                close(rho, moved(&optimizer, false, given, &along), given.abs().max(1.0) * 2.0, "ρ");
                let wanted = softplus(f64::from(rho)).powi(2);
                close(variance, wanted, wanted, "σ²");
            }
        }
    }
}

#[test]
fn variances_are_renewed() {
    let kinds = [Kind::Gaussian { prior: ClosedPrior::None, along: Along::Variance }; 6];
    for opening in openings() {
        let Some(device) = device(&opening) else { return };
        let all: Vec<_> = LENGTHS.into_iter().zip(kinds).map(|(numbers, kind)| Segment { numbers, kind }).collect();
        let segments = Segments::new(&device, &all).unwrap();
        let mut rhos: Vec<Vec<f32>> = values().iter().map(|all| all.iter().map(|x| 30.0 * x).collect()).collect();
        rhos[3][4000..].fill(ABSENT);
        let given = buffer(&device, "rhos", &laid_out(&segments, &rhos));
        let variances = buffer(&device, "variances", &vec![7.0; segments.numbers() as usize]);
        let mut recording = Recording::new(&device);
        let kernel = Variances { segments: &segments, rhos: &given.all(), variances: &variances.all() };
        kernel.record(&mut recording).unwrap();
        let found = device.run(&[&recording], &Varying::default(), &[variances.all()]).unwrap();
        for (found, rhos) in taken_out(&LENGTHS, &found[0]).iter().flatten().zip(rhos.iter().flatten()) {
            let wanted = if *rhos == ABSENT { 0.0 } else { softplus(f64::from(*rhos)).powi(2) };
            close(*found, wanted, wanted, "σ²");
        }
        let tail = segments.slice(&variances, 1).unwrap();
        assert_eq!(found[0][tail.first() as usize + 100..][..100], [0.0; 100]);
    }
}
