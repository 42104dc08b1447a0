//! What scores let one conclude, each conclusion with the test it rests on; for the page and the terminal alike.

use super::figure::{grouped, number, percent, with_error};
use super::score_names::score_in_words;
use crate::uncertainty::NORMAL_97_5;
use crate::uncertainty::scores::{Detection, DetectionScore, LEVEL, ReliabilityBin};
use crate::uncertainty::{
    Evaluation, OutOfDistribution, ProbabilityIntegralTransform, RegressionEvaluation, TemperatureScaling,
};

/// No smaller p-value is written out: a thousand resamples tell of none.
const SMALLEST_P: f64 = 0.002;

/// "p = 0.31" or "p < 0.002".
pub(super) fn p_equation(p_value: f64) -> String {
    if p_value < SMALLEST_P {
        format!("p < {SMALLEST_P}")
    } else if p_value >= 0.1 {
        format!("p = {p_value:.2}")
    } else {
        format!("p = {p_value:.3}")
    }
}

/// Whether confidence means accuracy, in a few words, and the text behind it. `reliability` is the table over the bins of the
/// test's calibration error; where it has others, bins are not named.
pub fn calibration_verdict(test: &Evaluation, reliability: &[ReliabilityBin]) -> (String, String) {
    let found = &test.calibration_test;
    let (over, under) = (&found.overconfident_bins, &found.underconfident_bins);
    let rejected = found.p_value <= LEVEL;
    // Only where the bins have rejected calibration: the mean alone proves nothing.
    let overall = if found.mean_gap.abs() > NORMAL_97_5 * found.mean_gap_error { found.mean_gap } else { 0.0 };
    let verdict = match (rejected, over.is_empty(), under.is_empty()) {
        (false, ..) => "no miscalibration detected",
        (true, false, false) => "over- and underconfident in different bins",
        (true, false, true) => "overconfident",
        (true, true, false) => "underconfident",
        (true, true, true) if overall < 0.0 => "overconfident over all, though no single bin stands out",
        (true, true, true) if overall > 0.0 => "underconfident over all, though no single bin stands out",
        (true, true, true) => "miscalibrated, though no single bin stands out",
    };
    let table = (reliability.len() == test.expected_calibration_error_bins).then_some(reliability);
    let ranges = |bins: &[usize]| {
        let range = |bin: &usize| {
            table.and_then(|table| table.get(*bin)).map(|bin| format!("{:.2}–{:.2}", bin.lower, bin.upper))
        };
        bins.iter().filter_map(range).collect::<Vec<String>>().join(", ")
    };
    let side = |bins: &[usize], side: &str| {
        let ranges = ranges(bins);
        if ranges.is_empty() {
            String::new()
        } else {
            format!(" Accuracy is {side} confidence for confidences in {ranges}.")
        }
    };
    let mut bins = if rejected { side(over, "below") + &side(under, "above") } else { String::new() };
    if rejected && overall != 0.0 && over.is_empty() && under.is_empty() {
        bins.push_str(&format!(
            " Mean accuracy is {} mean confidence by {:.1} percentage points, {} standard errors of a calibrated network.",
            if overall > 0.0 { "above" } else { "below" },
            100.0 * overall.abs(),
            number(overall.abs() / found.mean_gap_error),
        ));
    }
    let detectable = if rejected {
        String::new()
    } else if found.detectable_gap < 1.0 {
        format!(
            " Accuracy {:.1} percentage points below confidence in every bin would be detected with a probability of 80 %.",
            100.0 * found.detectable_gap
        )
    } else {
        " So few examples could not show any gap.".to_owned()
    };
    let [low, high] = found.interval.map(number);
    let [least, most] = found.band_if_calibrated.map(number);
    // The test has its 5 % above, the interval 2.5 % on each side.
    let cautious = if rejected && found.interval[0] == 0.0 {
        " (which still reaches 0, as it is wrong on either side in 2.5 % where the test is wrong in 5 %)"
    } else {
        ""
    };
    let text = format!(
        "by consistency resampling over {} bins ({}, n = {}).{bins} Expected calibration error {}, {} once debiased \
         (which leaves some bias), 95 % interval {low} to {high}{cautious}; 90 % of calibrated networks with these \
         confidences show {least} to {most}.{detectable}",
        test.expected_calibration_error_bins,
        p_equation(found.p_value),
        test.examples,
        number(test.expected_calibration_error),
        number(found.debiased),
    );
    (verdict.to_owned(), text)
}

/// Whether intervals of real targets hold as many of them as they say, in a few words, and the text behind it: by where
/// targets lie in their predictive distributions, and in which direction by the widest interval that shows one.
pub fn interval_verdict(scores: &RegressionEvaluation) -> (String, String) {
    if scores.coverage.is_empty() {
        return ("not measured".to_owned(), String::new());
    }
    let transforms: Vec<&ProbabilityIntegralTransform> = match &scores.probability_integral_transform {
        Some(transform) => vec![transform],
        None => scores.by_target.iter().map(|target| &target.probability_integral_transform).collect(),
    };
    // Holm: the smallest p-value times the number of tests.
    let smallest = transforms.iter().map(|transform| transform.p_value).fold(1.0, f64::min);
    let p_value = (smallest * transforms.len() as f64).min(1.0);
    let off = scores.coverage.iter().rev().find_map(|found| {
        let [low, high] = found.interval?;
        let too_few = if high < found.level {
            true
        } else if low > found.level {
            false
        } else {
            return None;
        };
        Some((too_few, found))
    });
    let verdict = match (p_value <= LEVEL, off) {
        (false, _) => "no miscalibration detected",
        (true, Some((true, _))) => "intervals too narrow",
        (true, Some((false, _))) => "intervals too wide",
        // Intervals of several targets together have no error, since targets of one input depend on each other.
        (true, None) if scores.coverage.iter().all(|found| found.interval.is_none()) => "miscalibrated",
        (true, None) => "miscalibrated, though no interval shows it",
    };
    let side = match off.filter(|_| p_value <= LEVEL) {
        Some((too_few, found)) => {
            let side = if too_few { "too few" } else { "too many" };
            format!(" The central {} interval holds {side} of them.", percent(found.level))
        }
        None => String::new(),
    };
    let each = scores.coverage.iter().map(|found| {
        let interval = found
            .interval
            .map_or_else(String::new, |[low, high]| format!(" (95 % interval {} to {})", percent(low), percent(high)));
        format!("{} in the {} one{interval}", percent(found.coverage), percent(found.level))
    });
    let randomized = if scores.randomized {
        " Where an interval ends at the count itself, a coin decides whether that lies in it, so that right distributions hold \
         just their share."
    } else {
        ""
    };
    let text = format!(
        "by the Kolmogorov–Smirnov test of the probability integral transform ({}, n = {}).{side} Of the targets, these lie in \
         central intervals: {}.{randomized}",
        p_equation(p_value),
        grouped(scores.examples as f64),
        each.collect::<Vec<_>>().join(", "),
    );
    (verdict.to_owned(), text)
}

/// What temperature scaling is worth, and what it does to the test split.
pub fn temperature_sentence(scaling: &TemperatureScaling, test: &Evaluation) -> String {
    let [low, high] = scaling.interval.map(number);
    let gain = scaling.cross_fitted.map_or_else(
        || "there are too few examples to cross-fit it".to_owned(),
        |found| {
            format!(
                "its cross-fitted improvement is {} nats (± one standard error; {} folds)",
                with_error(found.improvement, Some(found.standard_error)),
                found.folds
            )
        },
    );
    let change = |name: &str, from: f64, to: f64| {
        let worse = if to > from { ", which is worse" } else { "" };
        format!("{name} {} into {}{worse}", number(from), number(to))
    };
    let scaled = &scaling.test;
    format!(
        "Temperature scaling is {}recommended: {gain} on {} validation examples, where it has to exceed 1.96 standard \
         errors; dividing all class scores by {} (95 % interval {low} to {high}) turns {}, and {} on the test split.",
        if scaling.recommended { "" } else { "not " },
        scaling.examples,
        number(scaling.temperature),
        change("a negative log-likelihood of", test.negative_log_likelihood, scaled.negative_log_likelihood),
        change("an expected calibration error of", test.expected_calibration_error, scaled.expected_calibration_error),
    )
}

/// How well the stated score tells the hardest of some sets from the test split, in a few words, and the text behind it;
/// `None` without a set.
pub(super) fn detection_verdict<'s>(
    sets: impl Iterator<Item = &'s OutOfDistribution> + Clone,
) -> Option<(String, String)> {
    let by = |set: &OutOfDistribution, score| set.detection.iter().find(|found| found.score == score).copied();
    let stated = sets.clone().filter_map(|set| Some((set, by(set, DetectionScore::STATED)?)));
    let (set, found) = stated.min_by(|left, right| left.1.area_under_roc.total_cmp(&right.1.area_under_roc))?;
    let [low, high] = found.interval_of_area_under_roc;
    let score = score_in_words(found.score);
    let verdict = if found.is_backwards() {
        format!("{score} ranks {} backwards", set.name)
    } else if low <= 0.5 {
        format!("not shown: {score} is no better than chance on {}", set.name)
    } else {
        format!("AUROC {} by {score}", number(found.area_under_roc))
    };
    let count = sets.clone().count();
    let information = by(set, DetectionScore::MutualInformation)
        .map_or_else(String::new, |found| format!(" Mutual information: {}.", area(&found)));
    let text = format!(
        "The score for this, stated before looking, is the predictive {score}. {} {}: it ranks an out-of-distribution input \
         above a test input with a probability of {} (95 % interval {} to {}, DeLong; 0.5 is chance).{information}{}",
        if count == 1 { "The set is".to_owned() } else { format!("Of {count} sets the hardest for it is") },
        set.name,
        number(found.area_under_roc),
        number(low),
        number(high),
        backwards_sentence(sets).map_or_else(String::new, |sentence| format!(" {sentence}")),
    );
    Some((verdict, text))
}

/// An area with its interval.
fn area(found: &Detection) -> String {
    let [low, high] = found.interval_of_area_under_roc.map(number);
    format!("{} ({low} to {high})", number(found.area_under_roc))
}

/// Which scores rank which sets backwards, which take the intervals of their areas to lie below ½; `None` if none does.
pub fn backwards_sentence<'s>(sets: impl Iterator<Item = &'s OutOfDistribution>) -> Option<String> {
    let backwards: Vec<String> = sets
        .flat_map(|set| set.detection.iter().map(move |found| (set, found)))
        .filter(|(_, found)| found.is_backwards())
        .map(|(set, found)| format!("{} by {}, {}", set.name, score_in_words(found.score), area(found)))
        .collect();
    let list = backwards.join("; ");
    (!backwards.is_empty()).then(|| {
        format!("These rank backwards, which is to say that such inputs look more ordinary than test inputs: {list}.")
    })
}

/// The share with its interval, such as "94.29 % (81.39 % to 98.42 %)".
pub(super) fn share_in_words(share: f64, interval: Option<[f64; 2]>) -> String {
    let interval = interval.map(|[low, high]| format!(" ({} to {})", percent(low), percent(high)));
    percent(share) + &interval.unwrap_or_default()
}

#[cfg(test)]
mod tests;
