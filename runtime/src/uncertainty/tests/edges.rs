//! What is at the edge of being defined: nothing in a report may be NaN or infinite.

use crate::uncertainty::scores::{CalibrationTest, Edges, Histograms, OtherHistograms, Scheme, TopLabel, detection};
use crate::uncertainty::{
    DrawGroups, DrawnScores, Evaluation, Extremes, FittedTemperature, InputScores, Intervals, Predictive, Replicates,
    SampleCurve,
};
use elbo_compiler::ir::{Metric, ProbabilityLink::Softmax};
use serde::Serialize;

/// Draws of `rows`, each a little nearer to even than the one before, by class scores.
fn groups(rows: &[Vec<f64>], labels: &[u32], samples: usize) -> DrawGroups {
    let classes = rows[0].len();
    let groups = DrawGroups::new(rows.len(), classes, samples);
    let mut groups = groups.labelled(labels).expect("labels fit");
    for draw in 0..samples {
        let share = draw as f64 / 8.0;
        let row =
            |row: &Vec<f64>| -> Vec<f64> { row.iter().map(|p| (1.0 - share) * p + share / classes as f64).collect() };
        // Of nothing a score of −10⁶, whose probability is far below the smallest number.
        let score = |p: f64| p.ln().max(-1e6) as f32;
        let scores: Vec<f32> = rows.iter().flat_map(row).map(score).collect();
        groups.add_scores(Softmax, &scores).expect("the right size");
    }
    groups
}

fn evaluated(rows: &[Vec<f64>], labels: &[u32], samples: usize) -> (Evaluation, Predictive, Vec<InputScores>) {
    let groups = groups(rows, labels, samples);
    let (predictive, left_out) = groups.finish().expect("draws were added");
    let mut replicates = Replicates::default();
    replicates.add(&left_out, labels).expect("labels fit");
    replicates.resample(&groups, labels).expect("labels fit");
    let metrics = [Metric::RiskCoverage, Metric::PerClass, Metric::Confusion, Metric::Reliability { bins: 15 }];
    let evaluation = Evaluation::new(&predictive, labels, &metrics, &replicates).expect("everything fits");
    let inputs = predictive.score(labels).expect("labels fit");
    let mut curve = SampleCurve::default();
    curve.add(rows.len(), groups.prefixes());
    finite("the curve", &curve.finish(&evaluation));
    (evaluation, predictive, inputs)
}

/// JSON has no number that is not finite: serde_json writes null, which then cannot be read as a number.
fn finite<T: Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(what: &str, value: &T) {
    let text = serde_json::to_string(value).expect("serialisable");
    let again: T =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{what} holds no number: {error}\n{text}"));
    assert_eq!(&again, value, "{what}");
}

/// A name, the draws, each a distribution over the classes for every input, and the labels.
type Case = (&'static str, Vec<Vec<f64>>, Vec<u32>);

#[test]
fn every_odd_case_gives_numbers_or_nulls() {
    let sure = |class: usize| (0..3).map(|other| f64::from(u8::from(other == class))).collect::<Vec<f64>>();
    let even = vec![1.0 / 3.0; 3];
    let cases: Vec<Case> = vec![
        ("a class without an example", vec![sure(0), sure(1), even.clone()], vec![0, 1, 1]),
        ("one class predicted", vec![sure(1); 4], vec![0, 1, 2, 1]),
        ("one class in the data", vec![sure(0), sure(1), even.clone()], vec![2, 2, 2]),
        ("one input", vec![even.clone()], vec![0]),
        ("nothing uncertain", vec![sure(2); 5], vec![2; 5]),
        ("everything wrong and sure", vec![sure(2); 5], vec![1; 5]),
        ("everything even", vec![even.clone(); 5], vec![0, 1, 2, 0, 1]),
        ("one class at all", vec![vec![1.0]; 3], vec![0; 3]),
    ];
    for (case, rows, labels) in cases {
        for samples in [1, 2, 3, 5] {
            let (evaluation, predictive, inputs) = evaluated(&rows, &labels, samples);
            finite(case, &evaluation);
            assert_eq!(evaluation.epistemic.is_none(), samples == 1);
            assert_eq!(evaluation.histograms.epistemic.is_none(), samples == 1);
            assert_eq!(evaluation.intervals.is_none(), rows.len() < 2, "{case}");
            let edges = Edges::new(predictive.classes, &[&inputs]);
            finite(case, &OtherHistograms::new(&inputs, &edges));
            let found = detection(&inputs, &inputs);
            assert_eq!(found.len(), if samples == 1 { 2 } else { 4 }, "{case}");
            finite(case, &found);
            // A set is not told from itself.
            assert!(found.iter().all(|found| found.area_under_roc == 0.5), "{case}: {found:?}");
            assert!(detection(&inputs, &[]).is_empty() && detection(&[], &inputs).is_empty());
        }
    }
}

#[test]
fn intervals_are_as_wide_as_the_standard_error_says() {
    let rows: Vec<Vec<f64>> = (0..600).map(|input| vec![0.5 + 0.49 * (f64::from(input) * 0.7).sin(), 0.0]).collect();
    let rows: Vec<Vec<f64>> = rows.into_iter().map(|row| vec![row[0], 1.0 - row[0]]).collect();
    let labels: Vec<u32> = (0..600).map(|input| input % 3 % 2).collect();
    let (evaluation, ..) = evaluated(&rows, &labels, 3);
    let intervals = evaluation.intervals.as_ref().expect("there are inputs");
    let (errors, test) = (&evaluation.standard_errors, &evaluation);
    for (name, interval, figure, error) in [
        ("accuracy", intervals.accuracy, test.accuracy, errors.accuracy),
        (
            "nll",
            intervals.negative_log_likelihood.expect("mistakes were seen"),
            test.negative_log_likelihood,
            errors.negative_log_likelihood,
        ),
        ("brier", intervals.brier, test.brier, errors.brier),
        ("aleatoric", intervals.aleatoric, test.aleatoric, errors.aleatoric),
        ("entropy", intervals.entropy, test.entropy, errors.entropy),
        (
            "epistemic",
            intervals.epistemic_unbiased.expect("three draws"),
            test.epistemic_unbiased.expect("three draws"),
            errors.epistemic_unbiased,
        ),
        (
            "mutual information",
            intervals.mutual_information_corrected.expect("three draws"),
            test.mutual_information_corrected.expect("three draws"),
            errors.mutual_information_corrected,
        ),
    ] {
        let half = 1.96 * error.expect("there are inputs");
        for (end, expected) in interval.into_iter().zip([figure - half, figure + half]) {
            assert!((end - expected).abs() < 0.2 * half, "{name}: {interval:?} about {figure} ± {half}");
        }
    }
    let [low, high] = intervals.expected_calibration_error;
    assert!(low < high && high < 1.0 && high > evaluation.expected_calibration_error);
    assert!(low <= evaluation.calibration_test.debiased && evaluation.calibration_test.debiased <= high);
    let inputs = evaluated(&rows, &labels, 3).2;
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool can be made");
        let again = pool.install(|| {
            let top: Vec<TopLabel> = inputs.iter().map(TopLabel::from).collect();
            Intervals::new(&inputs, 3, &CalibrationTest::new(&top, Scheme::EqualWidth, 15))
        });
        assert_eq!(again.as_ref(), Some(intervals));
    }
}

#[test]
fn histograms_count_every_input_once() {
    let rows: Vec<Vec<f64>> = (0..50).map(|input| f64::from(input) / 49.0).map(|p| vec![p, 1.0 - p]).collect();
    let labels = vec![0; 50];
    let (_, _, inputs) = evaluated(&rows, &labels, 3);
    let edges = Edges::new(2, &[&inputs]);
    let histograms = Histograms::new(&inputs, &edges);
    for histogram in
        [histograms.max_probability, histograms.entropy, histograms.mutual_information, histograms.epistemic]
    {
        let histogram = histogram.expect("three draws");
        assert_eq!(histogram.edges.len(), histogram.right.len() + 1);
        let [right, wrong] = [&histogram.right, &histogram.wrong].map(|counts| counts.iter().sum::<usize>());
        assert_eq!((right, wrong), (25, 25));
        assert!(histogram.edges.is_sorted());
    }
}

#[test]
fn extremes_are_ordered_and_few() {
    let rows: Vec<Vec<f64>> = (0..65).map(|input| f64::from(input) / 64.0).map(|p| vec![p, 1.0 - p]).collect();
    let labels = vec![0; 65];
    let (evaluation, ..) = evaluated(&rows, &labels, 1);
    let Extremes { most_certain, least_certain, most_confident_errors } = evaluation.extremes;
    let places = |list: &[crate::uncertainty::ExtremeInput]| list.iter().map(|input| input.index).collect::<Vec<_>>();
    assert_eq!(places(&most_certain)[..4], [0, 64, 1, 63]);
    assert_eq!(places(&least_certain)[..4], [32, 31, 33, 30]);
    assert_eq!(places(&most_confident_errors), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(most_certain[1].probabilities.iter().map(|of| of.class).collect::<Vec<_>>(), [0, 1]);
    let many: Vec<f64> = (0..12).map(|class| f64::from(class) / 66.0).collect();
    let (evaluation, ..) = evaluated(&[many], &[3], 1);
    let classes: Vec<usize> = evaluation.extremes.most_certain[0].probabilities.iter().map(|of| of.class).collect();
    assert_eq!(classes, [11, 10, 9, 8, 7]);
}

#[test]
fn the_curve_ends_in_the_evaluation_and_is_what_fewer_draws_would_have_given() {
    let rows = vec![vec![0.7, 0.2, 0.1], vec![0.1, 0.1, 0.8]];
    for samples in [2, 5, 8] {
        let all = groups(&rows, &[0, 1], samples);
        let (evaluation, ..) = evaluated(&rows, &[0, 1], samples);
        let mut curve = SampleCurve::default();
        curve.add(2, all.prefixes());
        let points = curve.finish(&evaluation);
        let expected: &[usize] = match samples {
            2 => &[2],
            5 => &[2, 4, 5],
            _ => &[2, 4, 8],
        };
        assert_eq!(points.iter().map(|point| point.samples).collect::<Vec<_>>(), expected);
        for point in &points {
            let (fewer, ..) = evaluated(&rows, &[0, 1], point.samples);
            let close = |left: f64, right: Option<f64>| (left - right.expect("several draws")).abs() < 1e-12;
            assert!(close(point.epistemic_unbiased, fewer.epistemic_unbiased));
            assert!(close(point.mutual_information_corrected, fewer.mutual_information_corrected));
            let errors = &fewer.monte_carlo_standard_errors;
            let (found, expected) = (point.epistemic_standard_error, errors.epistemic_unbiased);
            assert_eq!(found.is_some(), expected.is_some());
            assert!(found.is_none_or(|found| close(found, expected)));
            let found = point.mutual_information_standard_error;
            assert!(found.is_none_or(|found| close(found, errors.mutual_information_corrected)));
        }
    }
}

#[test]
fn temperatures_of_odd_validation_splits() {
    let fit =
        |scores: Vec<f32>, labels: Vec<u32>| FittedTemperature::fit(Softmax, 2, &[DrawnScores { scores, labels }]);
    assert_eq!(FittedTemperature::fit(Softmax, 2, &[]), None);
    assert_eq!(fit(vec![], vec![]), None);
    // All right or all wrong: likelihood alone would go to an end of the range.
    for labels in [vec![0, 1], vec![1, 0]] {
        let found = fit(vec![4.0, 0.0, 0.0, 4.0], labels).expect("there are inputs");
        assert!((0.5..4.0).contains(&found.temperature), "{found:?}");
        assert!(found.interval[0] < found.temperature && found.temperature < found.interval[1]);
    }
    // Nothing to choose by but the prior.
    let even = fit(vec![0.0; 4], vec![1, 0]).expect("there are inputs");
    assert!((even.temperature - 1.0).abs() < 1e-6, "{even:?}");
    let one = fit(vec![1.0, 0.0], vec![0]).expect("there is an input");
    assert_eq!(one.cross_fitted, None);
    let far = fit(vec![3e38, -3e38, 3e38, -3e38], vec![0, 1]).expect("there are inputs");
    assert!(far.negative_log_likelihood[1].is_finite() && far.negative_log_likelihood[0] > 1e38, "{far:?}");
}

/// Without a mistake seen the spread says nothing; the share of those to come does.
#[test]
fn mistakes_not_seen_widen_the_intervals_of_a_report() {
    let intervals = |confidence: f64| {
        let rows = vec![vec![confidence, 1.0 - confidence]; 5];
        let (evaluation, _, inputs) = evaluated(&rows, &[0; 5], 1);
        Intervals::new(&inputs, 1, &evaluation.calibration_test).expect("five inputs")
    };
    let found = intervals(0.99);
    // Clopper & Pearson: of five, none wrong, up to 1 − 0.025^(1/5) = 52.2 % may be; each costs ln 99.
    let share = 1.0 - 0.025_f64.powf(0.2);
    let expected = -0.99_f64.ln() + share * 99.0_f64.ln();
    let [low, high] = found.negative_log_likelihood.expect("a confidence of 0.99 tells what a mistake costs");
    assert!((high - expected).abs() < 1e-6, "{high} for {expected}");
    assert!(low >= 0.0 && low <= -0.99_f64.ln(), "{low}");
    let brier = 2.0 * 0.01_f64.powi(2) + share * 2.0 * (0.99_f64.powi(2) - 0.01_f64.powi(2));
    assert!((found.brier[1] - brier).abs() < 1e-6, "{:?} for {brier}", found.brier);
    let sure = intervals(1.0);
    assert_eq!(sure.negative_log_likelihood, None, "nothing tells what a mistake costs");
    assert!((sure.brier[1] - 2.0 * share).abs() < 1e-6, "{:?}", sure.brier);
}
