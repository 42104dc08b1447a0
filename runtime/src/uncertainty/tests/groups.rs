use crate::uncertainty::{DrawGroups, PredictiveMoments, group_of_draw, groups_of_draws};

#[test]
fn groups_are_draws_up_to_32_and_of_equal_size_beyond() {
    let expected = [(1, 0), (2, 2), (25, 25), (32, 32), (33, 17), (64, 32), (100, 25), (1000, 32)];
    for (samples, groups) in expected {
        assert_eq!(groups_of_draws(samples), groups, "{samples} draws");
        if groups > 0 {
            assert_eq!(group_of_draw(samples - 1, samples), groups - 1, "the last of {samples} draws");
        }
    }
}

#[test]
fn leaving_a_group_out_is_not_having_drawn_it() {
    let samples = 40; // groups of two
    let draw = |number: usize| {
        let p = (number as f64 * 0.37).fract();
        [p, 1.0 - p]
    };
    let mut groups = DrawGroups::new(1, 2, samples);
    for number in 0..samples {
        groups.add(&draw(number)).expect("the right size");
    }
    let (all, left_out) = groups.finish().expect("draws were added");
    assert_eq!((all.samples, left_out.len()), (40, 20));
    let mut expected = PredictiveMoments::new(1, 2);
    for number in (0..samples).filter(|number| number / 2 != 7) {
        expected.add(&draw(number)).expect("the right size");
    }
    let expected = expected.finish().expect("draws were added");
    assert_eq!(left_out[7].samples, 38);
    let close = |left: &[f64], right: &[f64]| left.iter().zip(right).all(|(a, b)| (a - b).abs() < 1e-13);
    assert!(close(&left_out[7].mean, &expected.mean));
    assert!(close(&left_out[7].expected_entropy, &expected.expected_entropy));
    let variance = |predictive: &crate::uncertainty::Predictive| predictive.epistemic.clone().expect("38 draws");
    assert!(close(&variance(&left_out[7]), &variance(&expected)));
}
