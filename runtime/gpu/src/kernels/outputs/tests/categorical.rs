use super::*;

struct Setting {
    link: Link,
    classes: usize,
    smoothing: f64,
    weights: Option<Vec<f64>>,
}

/// ln p of every class.
fn logarithms(link: Link, scores: &[f32]) -> Vec<f64> {
    let of = |&score: &f32| {
        let z = f64::from(score);
        match link {
            Link::Softmax => z,
            Link::Softplus if z < -36.0 => z,
            Link::Softplus => (z.max(0.0) + (-z.abs()).exp().ln_1p()).ln(),
        }
    };
    let scores: Vec<f64> = scores.iter().map(of).collect();
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Without the largest, so that nothing is lost where it is nearly all.
    let place = scores.iter().position(|score| *score == largest).unwrap();
    let others = scores.iter().enumerate().filter(|(at, _)| *at != place);
    let sum: f64 = others.map(|(_, score)| (score - largest).exp()).sum();
    scores.iter().map(|score| score - largest - sum.ln_1p()).collect()
}

fn slope(link: Link, score: f32) -> f64 {
    let z = f64::from(score);
    match link {
        Link::Softmax => 1.0,
        Link::Softplus if z < -36.0 => 1.0,
        Link::Softplus => 1.0 / (1.0 + (-z).exp()) / (z.max(0.0) + (-z.abs()).exp().ln_1p()),
    }
}

impl Setting {
    fn weight(&self, class: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| weights[class])
    }

    /// How much −ln p of each class counts.
    fn counts(&self, label: usize) -> Vec<f64> {
        let of = |class| {
            let own = if class == label { 1.0 - self.smoothing } else { 0.0 };
            self.weight(class) * (own + self.smoothing / self.classes as f64)
        };
        (0..self.classes).map(of).collect()
    }

    fn check(&self, case: &Case, labels: &[u32]) -> Option<()> {
        let Self { link, classes, smoothing, ref weights } = *self;
        let found = case.run_everywhere(|device| {
            let of = Categorical::upload(device, link, classes as u64, smoothing, weights.as_deref()).unwrap();
            Family::Categorical(of)
        })?;
        let mut sums = vec![0.0; case.rows * classes];
        for sample in 0..case.samples {
            for row in 0..case.rows {
                let places = row * classes..(row + 1) * classes;
                let along = &found.gradients[sample][places.clone()];
                if row >= case.examples {
                    assert!(found.costs[sample][row] == 0.0 && along.iter().all(|number| *number == 0.0));
                    continue;
                }
                let scores = &case.outputs[sample][places.clone()];
                let logarithms = logarithms(link, scores);
                let label = labels[row] as usize;
                let counts = self.counts(label);
                let terms = counts.iter().zip(&logarithms).filter(|(count, _)| **count != 0.0);
                let (cost, size) = terms.fold((0.0, 0.0), |(cost, size), (count, logarithm)| {
                    // What is left of 1 hangs on how far other scores are below; scores of softplus are rounded
                    // logarithms.
                    let below = 2.0 + 0.1 * logarithm.abs().max(1e-300).ln().abs();
                    let rounded = if link == Link::Softplus { 1.0 } else { 0.0 };
                    (cost - count * logarithm, size + count * (logarithm.abs() * below + rounded))
                });
                let what = format!("{link:?} {classes} classes, smoothing {smoothing}, {weights:?}, row {row}");
                close(found.costs[sample][row], cost, size, &what);
                let all: f64 = counts.iter().sum();
                let scale = SHARE * f64::from(LOSS_WEIGHT);
                let own: Vec<f64> = logarithms.iter().map(|logarithm| logarithm.exp()).collect();
                let rounded: Vec<f64> = logarithms.iter().map(|l| l.exp() * (2.0 + 0.1 * l.abs())).collect();
                let smoothed = |class: usize| self.weight(class) * smoothing / classes as f64;
                for class in 0..classes {
                    let others = (0..classes).filter(|&other| other != class);
                    let (wanted, size) = if class == label {
                        let size: f64 = others.clone().map(|other| all * rounded[other] + smoothed(other)).sum();
                        (others.map(|other| smoothed(other) - all * own[other]).sum(), size)
                    } else {
                        (own[class] * all - counts[class], all * rounded[class] + counts[class])
                    };
                    let slope = scale * slope(link, scores[class]);
                    close(
                        along[class],
                        slope * wanted,
                        slope * size,
                        &format!("{what}, class {class} of label {label}"),
                    );
                    sums[row * classes + class] += own[class];
                }
            }
        }
        for row in 0..case.examples {
            let own = &sums[row * classes..][..classes];
            for (found, wanted) in found.predictions[row * classes..][..classes].iter().zip(own) {
                let error = (f64::from(*found) - wanted).abs();
                assert!(error < 1e-6 * wanted * (2.0 + wanted.max(1e-300).ln().abs()) + 3e-37, "{found} {wanted}");
            }
            let best = own.iter().copied().fold(0.0, f64::max);
            let label = own[labels[row] as usize];
            let ahead = own.iter().enumerate().filter(|(class, _)| *class != labels[row] as usize);
            let next = ahead.map(|(_, p)| *p).fold(0.0, f64::max);
            // Where rounding decides, either is right.
            if (label - next).abs() > 1e-5 {
                assert_eq!(found.closeness[row], f32::from(u8::from(label == best)), "row {row}");
            }
        }
        assert!(found.predictions[case.examples * classes..].iter().all(|number| *number == 0.0));
        assert!(found.closeness[case.examples..].iter().all(|number| *number == 0.0));
        Some(())
    }
}

fn case(classes: usize, samples: usize, scale: f64) -> (Case, Vec<u32>) {
    let (rows, examples) = (67, 65);
    let outputs = (0..samples).map(|sample| {
        let seed = sample as u32 + 10 * classes as u32;
        numbers(seed, rows * classes).iter().map(|x| (x * scale) as f32).collect()
    });
    let labels: Vec<u32> =
        numbers(99, rows).iter().map(|x| ((0.5 * x + 0.5) * classes as f64) as u32 % classes as u32).collect();
    let words = labels.clone();
    (Case { rows, examples, samples, outputs: outputs.collect(), learned: Vec::new(), words }, labels)
}

#[test]
fn costs_gradients_and_predictions_are_those_of_the_formulas() {
    for link in [Link::Softmax, Link::Softplus] {
        for classes in [1, 2, 3, 10, 257, 1000] {
            for (smoothing, weighted, scale, samples) in
                [(0.0, false, 4.0, 2), (0.0, false, 30.0, 1), (0.1, true, 1e4, 1), (0.25, true, 4.0, 1)]
            {
                let weights = weighted.then(|| numbers(5, classes).iter().map(|x| x.abs() + 0.1).collect());
                let setting = Setting { link, classes, smoothing, weights };
                let (case, labels) = case(classes, samples, scale);
                let Some(()) = setting.check(&case, &labels) else { return };
            }
        }
    }
}

#[test]
fn classes_that_do_not_count_cost_nothing() {
    let weights: Vec<f64> = (0..5).map(|class| if class == 2 { 0.0 } else { 1.5 }).collect();
    for smoothing in [0.0, 0.1] {
        let setting = Setting { link: Link::Softmax, classes: 5, smoothing, weights: Some(weights.clone()) };
        let (case, labels) = case(5, 1, 5.0);
        let Some(()) = setting.check(&case, &labels) else { return };
    }
}

#[test]
fn the_first_of_equals_is_predicted() {
    let Some(device) = device(&Opening::default()) else { return };
    let family = Family::Categorical(Categorical::upload(&device, Link::Softmax, 130, 0.0, None).unwrap());
    let outputs = vec![vec![0.25f32; 130 * 4]];
    let case = Case { rows: 4, examples: 4, samples: 1, outputs, learned: Vec::new(), words: vec![0, 1, 129, 0] };
    assert_eq!(case.run(&device, &family).closeness, [1.0, 0.0, 0.0, 1.0]);
}

#[test]
fn scores_that_are_no_numbers_are_seen_in_the_cost() {
    let Some(device) = device(&Opening::default()) else { return };
    for link in [Link::Softmax, Link::Softplus] {
        let family = Family::Categorical(Categorical::upload(&device, link, 5, 0.0, None).unwrap());
        for bad in [f32::NAN, f32::INFINITY] {
            for place in 0..5 {
                let mut outputs = vec![0.5; 5];
                outputs[place] = bad;
                let case =
                    Case { rows: 1, examples: 1, samples: 1, outputs: vec![outputs], learned: vec![], words: vec![2] };
                let found = case.run(&device, &family);
                assert!(!found.costs[0][0].is_finite(), "{link:?} {bad} {place}: {found:?}");
            }
        }
    }
}
