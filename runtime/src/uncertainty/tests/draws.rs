use crate::uncertainty::{DrawGroups, Predictive, PredictiveMoments, Replicates, UncertaintyError, probabilities};
use elbo_compiler::ir::ProbabilityLink::{self, Softmax, Softplus};

const CLASSES: usize = 7;

fn draw(number: usize, inputs: usize) -> Vec<f32> {
    (0..inputs * CLASSES).map(|place| ((number * 911 + place * 37) as f32 * 0.61).sin() * 9.0).collect()
}

/// One draw after the other, on one thread.
fn one_by_one(link: ProbabilityLink, inputs: usize, samples: usize) -> (Predictive, Vec<Predictive>) {
    let mut groups = DrawGroups::new(inputs, CLASSES, samples);
    for number in 0..samples {
        let row = probabilities(link, CLASSES, &draw(number, inputs)).expect("finite scores");
        groups.add(&row).expect("the right size");
    }
    groups.finish().expect("draws were added")
}

#[test]
fn no_bit_depends_on_threads_or_on_how_many_draws_come_at_once() {
    for (link, inputs, samples) in [(Softmax, 1, 1), (Softplus, 16, 5), (Softmax, 77, 40), (Softmax, 200, 25)] {
        let (all, left_out) = one_by_one(link, inputs, samples);
        let labels: Vec<u32> = (0..inputs as u32).map(|input| input % CLASSES as u32).collect();
        let mut replicates = Replicates::default();
        replicates.add(&left_out, &labels).expect("labels fit");
        for (threads, at_once) in [(1, 1), (2, 3), (8, samples)] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool can be made");
            pool.install(|| {
                let mut groups = DrawGroups::new(inputs, CLASSES, samples);
                for first in (0..samples).step_by(at_once) {
                    let numbers = first..samples.min(first + at_once);
                    let scores: Vec<f32> = numbers.flat_map(|number| draw(number, inputs)).collect();
                    groups.add_scores(link, &scores).expect("the right size");
                }
                let (found, found_left_out) = groups.finish().expect("draws were added");
                assert_eq!((&found, &found_left_out), (&all, &left_out));
                assert_eq!(found.score(&labels).expect("labels fit"), all.score(&labels).expect("labels fit"));
                let mut again = Replicates::default();
                again.add(&found_left_out, &labels).expect("labels fit");
                assert_eq!(again, replicates);
            });
        }
    }
}

#[test]
fn together_they_are_one_sum_of_all_draws() {
    let (inputs, samples) = (20, 40);
    let mut moments = PredictiveMoments::new(inputs, CLASSES);
    let mut groups = DrawGroups::together(inputs, CLASSES, samples);
    for number in 0..samples {
        let scores = draw(number, inputs);
        moments.add(&probabilities(Softmax, CLASSES, &scores).expect("finite scores")).expect("the right size");
        groups.add_scores(Softmax, &scores).expect("the right size");
    }
    assert_eq!(groups.finish(), Ok((moments.finish().expect("draws were added"), vec![])));
}

#[test]
fn the_first_score_that_is_no_number_is_named_on_any_number_of_threads() {
    let mut scores = [draw(0, 50), draw(1, 50)].concat();
    scores[50 * CLASSES + 3] = f32::NAN; // the second draw's first input
    scores[40 * CLASSES + 2] = f32::INFINITY; // the first draw's input 40
    let mut groups = DrawGroups::new(50, CLASSES, 2);
    assert_eq!(groups.add_scores(Softmax, &scores), Err(UncertaintyError::NotFinite { input: 40, class: 2 }));
}

#[test]
fn what_fills_no_whole_draw_is_refused() {
    let mut groups = DrawGroups::new(3, CLASSES, 2);
    for count in [1, 3 * CLASSES - 1, 3 * CLASSES + 1] {
        let refused = groups.add_scores(Softmax, &vec![0.0; count]);
        assert!(matches!(refused, Err(UncertaintyError::Size { found, .. }) if found == count), "{refused:?}");
    }
    assert_eq!(groups.finish(), Err(UncertaintyError::Empty));
    assert_eq!(DrawGroups::new(0, CLASSES, 2).finish(), Err(UncertaintyError::Empty));
}
