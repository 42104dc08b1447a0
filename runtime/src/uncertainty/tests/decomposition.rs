use crate::uncertainty::{Decomposition, PredictiveMoments, entropy};
use proptest::prelude::*;

/// T draws over C classes, rows that sum to 1.
fn draws() -> impl Strategy<Value = (usize, Vec<f64>)> {
    (2_usize..7, 1_usize..9).prop_flat_map(|(classes, samples)| {
        let weights = proptest::collection::vec(prop_oneof![Just(0.0), 1e-9..1.0_f64], classes * samples);
        weights.prop_map(move |mut weights| {
            for row in weights.chunks_exact_mut(classes) {
                row[0] += 1e-6;
                let sum: f64 = row.iter().sum();
                row.iter_mut().for_each(|weight| *weight /= sum);
            }
            (classes, weights)
        })
    })
}

proptest! {
    #[test]
    fn parts_sum_to_the_covariance_of_the_mean((classes, draws) in draws()) {
        let parts = Decomposition::of(classes, &draws).expect("whole rows");
        let mean = parts.mean();
        for row in 0..classes {
            for column in 0..classes {
                let place = row * classes + column;
                let total = f64::from(u8::from(row == column)) * mean[row] - mean[row] * mean[column];
                let sum = parts.aleatoric()[place] + parts.epistemic().map_or(0.0, |matrix| matrix[place]);
                prop_assert!((sum - total).abs() <= 1e-12, "({row}, {column}): {sum} against {total}");
                let mirrored = parts.aleatoric()[column * classes + row];
                prop_assert_eq!(parts.aleatoric()[place].to_bits(), mirrored.to_bits());
            }
        }
        prop_assert!(parts.epistemic().is_some() == (parts.samples() > 1));
    }

    #[test]
    fn moments_are_the_diagonals((classes, draws) in draws()) {
        let parts = Decomposition::of(classes, &draws).expect("whole rows");
        let mut moments = PredictiveMoments::new(1, classes);
        for draw in draws.chunks_exact(classes) {
            moments.add(draw).expect("the right size");
        }
        let predictive = moments.finish().expect("draws were added");
        let close = |left: &[f64], right: &[f64]| left.iter().zip(right).all(|(a, b)| (a - b).abs() <= 1e-12);
        prop_assert!(close(&predictive.mean, parts.mean()));
        prop_assert!(close(&predictive.aleatoric, &parts.aleatoric_per_class()));
        prop_assert_eq!(predictive.epistemic.is_some(), parts.epistemic().is_some());
        if let (Some(left), Some(right)) = (&predictive.epistemic, parts.epistemic_per_class()) {
            prop_assert!(close(left, &right));
        }
        // Jensen: the entropy of the mean is no less than the mean entropy.
        prop_assert!(entropy(&predictive.mean) >= predictive.expected_entropy[0] - 1e-12);
    }
}

#[test]
fn unbiased_form_is_the_sample_variance() {
    // Two draws: the sample variance of {0.2, 0.6} is 0.08, of a whole population 0.04.
    let parts = Decomposition::of(2, &[0.2, 0.8, 0.6, 0.4]).expect("whole rows");
    let close = |left: f64, right: f64| assert!((left - right).abs() < 1e-15, "{left} against {right}");
    close(parts.epistemic().expect("two draws")[0], 0.04);
    close(parts.epistemic().expect("two draws")[1], -0.04);
    close(parts.epistemic_unbiased().expect("two draws")[0], 0.08);
    close(parts.epistemic_trace().expect("two draws"), 0.08);
    close(parts.epistemic_trace_unbiased().expect("two draws"), 0.16);
    close(parts.aleatoric_trace(), 2.0 * (0.16 + 0.24) / 2.0);
    let single = Decomposition::of(2, &[0.2, 0.8]).expect("whole rows");
    assert_eq!((single.epistemic(), single.epistemic_trace_unbiased()), (None, None));
}
