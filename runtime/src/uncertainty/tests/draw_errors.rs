//! Errors over draws against the truth: what other draws of the same network give.

use crate::random::{Key, Purpose};
use crate::uncertainty::{DrawGroups, Evaluation, Replicates};
use elbo_compiler::ir::{Metric, ProbabilityLink::Softmax};

const INPUTS: usize = 400;
const CLASSES: usize = 3;

/// `samples` draws of a network whose scores scatter about their means, numbered `trial`.
fn evaluation(trial: u32, samples: usize) -> Evaluation {
    let key = Key::new(7);
    let mut means = vec![0.0_f32; INPUTS * CLASSES];
    key.stream(Purpose::GeneratedData, "means").fill_normal(0, 0, 0, &mut means);
    let labels: Vec<u32> = (0..INPUTS).map(|input| (input % CLASSES) as u32).collect();
    for (row, &label) in means.chunks_exact_mut(CLASSES).zip(&labels) {
        row[label as usize] += 0.8;
    }
    let groups = DrawGroups::new(INPUTS, CLASSES, samples);
    let mut groups = groups.labelled(&labels).expect("labels fit");
    let noise = key.stream(Purpose::PredictionNoise, "scores");
    let mut scores = vec![0.0_f32; INPUTS * CLASSES];
    for draw in 0..samples {
        noise.fill_normal(trial, draw as u32, 0, &mut scores);
        scores.iter_mut().zip(&means).for_each(|(score, mean)| *score = *mean + 1.5 * *score);
        groups.add_scores(Softmax, &scores).expect("the right size");
    }
    let (predictive, left_out) = groups.finish().expect("draws were added");
    let mut replicates = Replicates::default();
    replicates.resample(&groups, &labels).expect("labels fit");
    replicates.add(&left_out, &labels).expect("labels fit");
    let metrics = [Metric::AdaptiveCalibrationError { bins: 15 }];
    Evaluation::new(&predictive, &labels, &metrics, &replicates).expect("everything fits")
}

#[test]
fn errors_over_draws_are_those_of_other_draws() {
    // 20 draws, each a group, and 80 in 27 groups of three.
    for samples in [20, 80] {
        let trials: Vec<Evaluation> = (0..40).map(|trial| evaluation(trial, samples)).collect();
        type Figure = fn(&Evaluation) -> (f64, Option<f64>);
        let figures: [(&str, Figure); 5] = [
            ("accuracy", |of| (of.accuracy, of.monte_carlo_standard_errors.accuracy)),
            ("calibration", |of| {
                (of.expected_calibration_error, of.monte_carlo_standard_errors.expected_calibration_error)
            }),
            ("adaptive", |of| (of.calibration[0].value, of.calibration[0].monte_carlo_standard_error)),
            ("likelihood", |of| (of.negative_log_likelihood, of.monte_carlo_standard_errors.negative_log_likelihood)),
            ("epistemic", |of| {
                (of.epistemic_unbiased.unwrap_or(0.0), of.monte_carlo_standard_errors.epistemic_unbiased)
            }),
        ];
        for (name, figure) in figures {
            let values: Vec<f64> = trials.iter().map(|trial| figure(trial).0).collect();
            let mean = values.iter().sum::<f64>() / 40.0;
            let truth = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 39.0).sqrt();
            let stated = trials.iter().map(|trial| figure(trial).1.expect("several draws")).sum::<f64>() / 40.0;
            // The truth of 40 trials is itself known to 11 %.
            assert!(
                (0.7..1.45).contains(&(stated / truth)),
                "{name} of {samples}: {stated} where the truth is {truth}"
            );
        }
    }
}
