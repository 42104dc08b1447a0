//! What to conclude, in words.

use super::input::{PageInput, interval, score_in_words};
use crate::report::figure::{grouped, number, percent};
use crate::uncertainty::{Evaluation, OtherKind, OutOfDistribution};

/// Below this mean gap between confidence and accuracy nobody needs to act.
const NEGLIGIBLE_GAP: f64 = 0.005;

/// A conclusion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conclusion {
    /// What it is about.
    pub about: &'static str,
    /// The conclusion in a word or two.
    pub verdict: String,
    /// The figures behind it.
    pub text: String,
}

/// What to conclude from a run.
pub fn conclusions(input: &PageInput) -> Vec<Conclusion> {
    if let Some(scores) = &input.report.regression {
        return super::regression::conclusions(input, scores);
    }
    let Some(test) = &input.report.test else { return Vec::new() };
    [Some(quality(input, test)), calibration(input, test), Some(kinds(test)), weakness(input), Some(foreign(input))]
        .into_iter()
        .flatten()
        .collect()
}

fn quality(input: &PageInput, test: &Evaluation) -> Conclusion {
    let interval = interval(test.intervals.as_ref(), "accuracy").map_or_else(
        || {
            test.standard_errors
                .accuracy
                .map_or_else(String::new, |error| format!(" (standard error {})", percent(error)))
        },
        |[low, high]| format!(" (95 % interval {} to {})", percent(low), percent(high)),
    );
    let most_frequent = input.per_class.iter().map(|class| class.support).max();
    let guess = most_frequent.map_or_else(String::new, |support| {
        let share = percent(support as f64 / test.examples as f64);
        format!(" Always naming the most frequent class would give {share}.")
    });
    Conclusion {
        about: "How good it is",
        verdict: format!("{} right", percent(test.accuracy)),
        text: format!(
            "of {} test examples{interval}. Negative log-likelihood {} nats, Brier score {}.{guess}",
            grouped(test.examples as f64),
            number(test.negative_log_likelihood),
            number(test.brier)
        ),
    }
}

/// Mean confidence less accuracy over the inputs of the reliability table.
fn confidence_gap(input: &PageInput) -> Option<f64> {
    let total: usize = input.reliability.iter().map(|bin| bin.count).sum();
    let gaps = input.reliability.iter().filter_map(|bin| Some(bin.count as f64 * (bin.confidence? - bin.accuracy?)));
    (total > 0).then(|| gaps.sum::<f64>() / total as f64)
}

fn calibration(input: &PageInput, test: &Evaluation) -> Option<Conclusion> {
    let gap = confidence_gap(input)?;
    let noise = (2.0 * test.standard_errors.accuracy.unwrap_or(0.0)).max(NEGLIGIBLE_GAP);
    let points = format!("{:.2} percentage points", 100.0 * gap.abs());
    let (verdict, text) = if gap.abs() <= noise {
        (
            "confidence means accuracy".to_owned(),
            format!("to within what this test split can tell: on average confidence and accuracy differ by {points}."),
        )
    } else if gap > 0.0 {
        (format!("over-confident by {points}"), "on average: it is right less often than it says.".to_owned())
    } else {
        (format!("under-confident by {points}"), "on average: it is right more often than it says.".to_owned())
    };
    let scaled = input.report.temperature_scaling.as_ref().map_or_else(String::new, |scaled| {
        format!(
            " Dividing all class scores by {}, fitted on {} validation examples, turns an expected calibration error \
             of {} into {}.",
            number(scaled.temperature),
            grouped(scaled.examples as f64),
            number(test.expected_calibration_error),
            number(scaled.test.expected_calibration_error)
        )
    });
    Some(Conclusion {
        about: "How far its confidence can be trusted",
        verdict,
        text: format!(
            "{text} Expected calibration error {} over {} bins.{scaled}",
            number(test.expected_calibration_error),
            test.expected_calibration_error_bins
        ),
    })
}

fn kinds(test: &Evaluation) -> Conclusion {
    let about = "Why it is uncertain";
    let Some(epistemic) = test.epistemic_unbiased else {
        return Conclusion {
            about,
            verdict: "cannot be told apart".to_owned(),
            text: format!(
                "With one prediction an input, what the network does not know shows nowhere. Aleatoric uncertainty, \
                 from the data: {}.",
                number(test.aleatoric)
            ),
        };
    };
    let total = test.aleatoric + epistemic;
    let share = if total > 0.0 { epistemic / total } else { 0.0 };
    Conclusion {
        about,
        verdict: format!("{:.0} % aleatoric, {:.0} % epistemic", 100.0 * (1.0 - share), 100.0 * share),
        text: format!(
            "of the predictive variance: {} comes from the data and stays with more of them, {} from what the network \
             does not know (traces of covariances, {} draws).",
            number(test.aleatoric),
            number(epistemic),
            test.samples
        ),
    }
}

fn weakness(input: &PageInput) -> Option<Conclusion> {
    let seen = input.per_class.iter().filter_map(|class| Some((class, class.recall?)));
    let (worst, recall) = seen.min_by(|left, right| left.1.total_cmp(&right.1))?;
    let name = &input.class_names[worst.class];
    let row = input.confusion.get(worst.class);
    let taken_for = row.and_then(|row| {
        let others = row.iter().enumerate().filter(|(class, count)| *class != worst.class && **count > 0);
        others.max_by_key(|(class, count)| (**count, std::cmp::Reverse(*class)))
    });
    let confused = taken_for.map_or_else(String::new, |(class, count)| {
        format!(", most often taken for {} ({count} times)", input.class_names[class])
    });
    let selective = input.risk_coverage.as_ref().map_or_else(String::new, |selective| {
        format!(
            " Answering only the 80 % it is most confident of gives {} right.",
            percent(selective.accuracy_at_80_percent_coverage)
        )
    });
    let without: Vec<&str> = input
        .per_class
        .iter()
        .filter(|class| class.support == 0)
        .map(|class| input.class_names[class.class].as_str())
        .collect();
    let missing = match without.len() {
        0 => String::new(),
        1 => format!(" Nothing is known of class {}, which no test example has.", without[0]),
        count => format!(" Nothing is known of {count} classes, which no test example has."),
    };
    Some(Conclusion {
        about: "Where it errs",
        verdict: if recall >= 1.0 { "no class more than another".to_owned() } else { format!("class {name}") },
        text: format!(
            "{} of {} examples of class {name} are found{confused}.{selective}{missing}",
            percent(recall),
            grouped(worst.support as f64)
        ),
    })
}

fn foreign(input: &PageInput) -> Conclusion {
    let about = "Whether it notices foreign inputs";
    let best_of = |set: &OutOfDistribution| {
        set.detection.iter().max_by(|left, right| left.area_under_roc.total_cmp(&right.area_under_roc)).copied()
    };
    // Corrupted test inputs need not be told apart; what is no test input must be.
    let sets = input.report.out_of_distribution.iter().filter(|set| set.kind != OtherKind::Corruption);
    let found: Vec<_> = sets.filter_map(|set| Some((set, best_of(set)?))).collect();
    let Some((set, detection)) =
        found.iter().min_by(|left, right| left.1.area_under_roc.total_cmp(&right.1.area_under_roc))
    else {
        return Conclusion {
            about,
            verdict: "not measured".to_owned(),
            text: "The spec names no data of another distribution (`ood`), so this report cannot say what the network \
                   does far from its training data."
                .to_owned(),
        };
    };
    let area = detection.area_under_roc;
    let verdict = match area {
        area if area >= 0.95 => "yes",
        area if area >= 0.8 => "mostly",
        area if area > 0.55 => "hardly",
        _ => "no",
    };
    Conclusion {
        about,
        verdict: verdict.to_owned(),
        text: format!(
            "The hardest of {} to tell from test inputs is {}: its best score, {}, ranks a foreign input above a test \
             input with probability {} (area under the ROC curve; 0.5 is chance).",
            if found.len() == 1 { "one set".to_owned() } else { format!("{} sets", found.len()) },
            set.name,
            score_in_words(detection.score),
            number(area)
        ),
    }
}
