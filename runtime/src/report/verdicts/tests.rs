use super::*;
use crate::random::{Key, Purpose};
use crate::uncertainty::scores::{Edges, OtherHistograms, TopLabel, detection, reliability};
use crate::uncertainty::{
    DrawGroups, DrawnScores, FittedTemperature, InputScores, OtherKind, Replicates, ScaledPredictions,
};
use elbo_compiler::ir::ProbabilityLink::Softmax;

/// Numbers that look random between 0 and 1.
fn uniform(name: &str, count: usize) -> Vec<f64> {
    let mut numbers = vec![0.0_f32; count];
    Key::new(3).stream(Purpose::GeneratedData, name).fill_uniform(0, 0, 0, &mut numbers);
    numbers.into_iter().map(f64::from).collect()
}

/// Two classes, of which each input is given the first with a confidence; `right` says how often that is right.
fn two_classes(confidences: &[f64], right: impl Fn(f64) -> f64) -> (Vec<f32>, Vec<u32>) {
    let scores = confidences.iter().flat_map(|p| [(p / (1.0 - p)).ln() as f32, 0.0]).collect();
    let chances = uniform("labels", confidences.len());
    let labels = confidences.iter().zip(chances).map(|(&p, chance)| u32::from(chance >= right(p)));
    (scores, labels.collect())
}

fn scored(scores: &[f32], labels: &[u32]) -> (Evaluation, Vec<InputScores>) {
    let classes = scores.len() / labels.len();
    let mut groups = DrawGroups::new(labels.len(), classes, 1).labelled(labels).expect("labels fit");
    groups.add_scores(Softmax, scores).expect("the right size");
    let predictive = groups.finish().expect("draws were added").0;
    let test = Evaluation::new(&predictive, labels, &[], &Replicates::default()).expect("everything fits");
    (test, predictive.score(labels).expect("labels fit"))
}

fn verdict(scores: &[f32], labels: &[u32]) -> (String, String) {
    let (test, inputs) = scored(scores, labels);
    let top: Vec<TopLabel> = inputs.iter().map(TopLabel::from).collect();
    calibration_verdict(&test, &reliability(&top, 15).expect("fifteen bins"))
}

#[test]
fn half_too_sure_and_half_not_sure_enough_is_badly_calibrated() {
    let confidences: Vec<f64> = (0..2_000).map(|at| if at < 1_000 { 0.6 } else { 0.9 }).collect();
    let (scores, labels) = two_classes(&confidences, |p| if p < 0.75 { 0.9 } else { 0.6 });
    let (verdict, text) = verdict(&scores, &labels);
    assert_eq!(verdict, "over- and underconfident in different bins");
    for said in [
        "consistency resampling over 15 bins (p < 0.002",
        "n = 2000",
        "below confidence for confidences in 0.87–0.93",
        "above confidence for confidences in 0.53–0.60",
    ] {
        assert!(text.contains(said), "{text}");
    }
}

#[test]
fn a_calibrated_network_is_not_called_so_but_what_could_be_seen_is_told() {
    let confidences: Vec<f64> = uniform("confidences", 500).into_iter().map(|u| 0.5 + 0.49 * u).collect();
    let (scores, labels) = two_classes(&confidences, |p| p);
    let (verdict, text) = verdict(&scores, &labels);
    assert_eq!(verdict, "no miscalibration detected");
    assert!(text.contains("percentage points below confidence in every bin would be detected"), "{text}");
    let (scores, labels) = two_classes(&confidences, |p| p - 0.2);
    let (verdict, text) = self::verdict(&scores, &labels);
    assert!(verdict == "overconfident" && !text.contains("would be detected"), "{verdict} {text}");
}

fn scaling(validation: (&[f32], &[u32]), test: (&[f32], &[u32])) -> (TemperatureScaling, Evaluation) {
    let classes = validation.0.len() / validation.1.len();
    let drawn = DrawnScores { scores: validation.0.to_vec(), labels: validation.1.to_vec() };
    let fitted = FittedTemperature::fit(Softmax, classes, &[drawn]).expect("there are examples");
    let mut scaled = ScaledPredictions::new(Softmax, classes, fitted.temperature);
    scaled.add(test.1, test.0).expect("whole draws");
    (fitted.with_test(scaled.score(15).expect("there are inputs")), scored(test.0, test.1).0)
}

#[test]
fn temperature_is_not_recommended_by_few_validation_examples_without_an_error() {
    // As a table of wines: 28 validation examples, all right; of 36 test examples two are wrong and sure.
    let rows = |count: usize, name: &str| -> Vec<f32> {
        let margins = uniform(name, count);
        let row = |(at, margin): (usize, &f64)| {
            let mut row = [0.0_f32; 3];
            row[at % 3] = 1.5 + 2.5 * *margin as f32;
            row
        };
        margins.iter().enumerate().flat_map(row).collect()
    };
    let (validation, mut test) = (rows(28, "validation"), rows(36, "test"));
    let labels = |count: u32| (0..count).map(|at| at % 3).collect::<Vec<u32>>();
    for wrong in [4, 17] {
        test[3 * wrong..3 * wrong + 3].rotate_right(1);
    }
    let (scaling, raw) = scaling((&validation, &labels(28)), (&test, &labels(36)));
    assert!(!scaling.recommended, "{scaling:?}");
    let cross_fitted = scaling.cross_fitted.expect("there are examples");
    // Without smoothing it would look like an improvement of every single example.
    assert!(cross_fitted.negative_log_likelihood[1] < cross_fitted.negative_log_likelihood[0], "{cross_fitted:?}");
    let sentence = temperature_sentence(&scaling, &raw);
    assert!(sentence.starts_with("Temperature scaling is not recommended: "), "{sentence}");
    assert!(scaling.temperature > 0.4, "{scaling:?}");
}

#[test]
fn temperature_is_recommended_where_it_helps() {
    // Right with the probability that a third of the class scores stands for.
    let confidences: Vec<f64> = uniform("confidences", 1_500).into_iter().map(|u| 0.5 + 0.499 * u).collect();
    let tempered = |p: f64| 1.0 / (1.0 + ((1.0 - p) / p).powf(1.0 / 3.0));
    let (scores, labels) = two_classes(&confidences, tempered);
    let (validation, test) = ((&scores[..2_000], &labels[..1_000]), (&scores[2_000..], &labels[1_000..]));
    let (mut scaling, raw) = scaling(validation, test);
    assert!(scaling.recommended && scaling.interval[0] < 3.0 && scaling.interval[1] > 3.0, "{scaling:?}");
    let sentence = temperature_sentence(&scaling, &raw);
    assert!(sentence.starts_with("Temperature scaling is recommended: ") && !sentence.contains("worse"), "{sentence}");
    // What gets worse is said beside it.
    scaling.test.expected_calibration_error = 1.0;
    assert!(temperature_sentence(&scaling, &raw).contains("into 1.000, which is worse on the test split."));
}

fn set(name: &str, test: &[InputScores], inputs: &[InputScores]) -> OutOfDistribution {
    OutOfDistribution {
        name: name.into(),
        kind: OtherKind::Noise,
        corruption: None,
        severity: None,
        examples: inputs.len(),
        samples: 2,
        mean_entropy: 0.0,
        mean_epistemic: None,
        mean_mutual_information: None,
        mean_max_probability: 0.0,
        accuracy: None,
        detection: detection(test, inputs),
        histograms: OtherHistograms::new(inputs, &Edges::new(2, &[test, inputs])),
    }
}

#[test]
fn the_score_is_named_before_looking_and_what_ranks_backwards_is_told() {
    let input = |entropy: f64, information: f64| InputScores {
        predicted: 0,
        confidence: 0.5 + 0.5 * (1.0 - entropy),
        correct: true,
        negative_log_likelihood: 0.0,
        brier: 0.0,
        aleatoric: 0.1,
        epistemic: Some(information),
        entropy,
        expected_entropy: entropy - information,
    };
    let numbers = uniform("entropies", 300);
    let test: Vec<InputScores> = numbers[..200].iter().map(|u| input(0.4 + 0.2 * u, 0.1 * u)).collect();
    // The draws disagree more, and yet their mean is surer than on test inputs.
    let noise: Vec<InputScores> = numbers[200..].iter().map(|u| input(0.25 + 0.2 * u, 0.2 + 0.1 * u)).collect();
    let sets = [set("noise", &test, &noise)];
    let (verdict, text) = detection_verdict(sets.iter()).expect("there is a set");
    assert_eq!(verdict, "entropy ranks noise backwards");
    assert!(text.contains("stated before looking, is the predictive entropy"), "{text}");
    assert!(text.contains("Mutual information: 1.000 ("), "{text}");
    assert!(text.contains("noise by entropy, 0.0") && text.contains("noise by largest probability, 0.0"), "{text}");
    assert!(!text.contains("noise by mutual information"), "{text}");
    let sets = [set("same", &test[..100], &test[100..])];
    let (verdict, _) = detection_verdict(sets.iter()).expect("there is a set");
    assert_eq!(verdict, "not shown: entropy is no better than chance on same");
    assert_eq!(backwards_sentence(sets.iter()), None);
    assert_eq!(detection_verdict([].iter()), None);
}

#[test]
fn a_direction_is_named_where_only_the_mean_shows_one() {
    let (test, _) = scored(&[2.0, 0.0, 0.0, 2.0], &[0, 1]);
    let verdict = |gap: f64, error: f64| {
        let mut test = test.clone();
        let found = &mut test.calibration_test;
        (found.overconfident_bins, found.underconfident_bins) = (Vec::new(), Vec::new());
        (found.p_value, found.mean_gap, found.mean_gap_error) = (0.016, gap, error);
        calibration_verdict(&test, &[])
    };
    let (over, text) = verdict(-0.02, 0.008);
    assert_eq!(over, "overconfident over all, though no single bin stands out");
    assert!(text.contains("Mean accuracy is below mean confidence by 2.0 percentage points, 2.5"), "{text}");
    let (under, text) = verdict(0.02, 0.008);
    assert_eq!(under, "underconfident over all, though no single bin stands out");
    assert!(text.contains("Mean accuracy is above mean confidence"), "{text}");
    let (neither, text) = verdict(-0.02, 0.02);
    assert_eq!(neither, "miscalibrated, though no single bin stands out");
    assert!(!text.contains("Mean accuracy"), "{text}");
}

#[test]
fn intervals_are_called_narrow_or_wide_only_where_the_test_says_so() {
    let report = crate::report::tests::regression_report(4, 1);
    let scores = report.scores.real_numbers().expect("real targets");
    let verdict = |p_value: f64, interval: [f64; 2]| {
        let mut test = scores.clone();
        test.probability_integral_transform.as_mut().expect("of one target").p_value = p_value;
        for found in &mut test.coverage {
            found.interval = Some(interval);
        }
        interval_verdict(&test)
    };
    assert_eq!(verdict(0.3, [0.1, 0.2]).0, "no miscalibration detected");
    let (narrow, text) = verdict(0.01, [0.1, 0.2]);
    assert!(narrow == "intervals too narrow" && text.contains("holds too few of them"), "{narrow} {text}");
    let (wide, text) = verdict(0.01, [0.97, 1.0]);
    assert!(wide == "intervals too wide" && text.contains("holds too many of them"), "{wide} {text}");
    let (neither, text) = verdict(0.01, [0.0, 1.0]);
    assert_eq!(neither, "miscalibrated, though no interval shows it");
    assert!(!text.contains("holds too"), "{text}");
    // Of several targets together no interval has an error, so none can be said to show nothing.
    let mut several = scores.clone();
    several.probability_integral_transform.as_mut().expect("of one target").p_value = 0.01;
    several.coverage.iter_mut().for_each(|found| found.interval = None);
    assert_eq!(interval_verdict(&several).0, "miscalibrated");
}
