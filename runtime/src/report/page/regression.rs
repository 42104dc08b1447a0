//! What a page says of real targets.

use super::document::{number_table, table};
use super::headline::Conclusion;
use super::input::PageInput;
use crate::report::figure::{NumberTable, grouped, number, percent};
use crate::uncertainty::{IntervalCoverage, RegressionEvaluation, RegressionExtreme};
use maud::{Markup, html};

const NONE: &str = "—";

fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), number)
}

/// The scores, with what stands behind them.
pub fn scores(scores: &RegressionEvaluation) -> Markup {
    html! {
        (table("Scores on the test split", &score_table(scores)))
        p { "All figures are in the targets\u{2019} own units. Intervals tell how far another test set of this size would be, \
             standard errors over draws how far other draws of the weights would be. The likelihood is that of the \
             mixture of all draws; epistemic variance is in the form whose expectation does not depend on the number of \
             draws." }
        (table("Central intervals", &coverage_table(&scores.coverage)))
        @if !scores.by_target.is_empty() { (table("Scores by target", &target_table(scores))) }
    }
}

fn score_table(scores: &RegressionEvaluation) -> NumberTable {
    let (intervals, draws) = (scores.intervals.as_ref(), &scores.monte_carlo_standard_errors);
    let summed = if scores.targets.len() > 1 { ", summed over targets" } else { "" };
    let rows = [
        (
            "root mean squared error".to_owned(),
            Some(scores.root_mean_squared_error),
            intervals.map(|all| all.root_mean_squared_error),
            draws.root_mean_squared_error,
        ),
        (
            "mean absolute error".to_owned(),
            Some(scores.mean_absolute_error),
            intervals.map(|all| all.mean_absolute_error),
            draws.mean_absolute_error,
        ),
        (
            "negative log-likelihood (nats)".to_owned(),
            Some(scores.negative_log_likelihood),
            intervals.map(|all| all.negative_log_likelihood),
            draws.negative_log_likelihood,
        ),
        ("R²".to_owned(), scores.r_squared, None, None),
        (
            format!("aleatoric variance{summed}"),
            Some(scores.aleatoric),
            intervals.map(|all| all.aleatoric),
            draws.aleatoric,
        ),
        (
            format!("epistemic variance{summed}"),
            scores.epistemic_unbiased,
            intervals.and_then(|all| all.epistemic_unbiased),
            draws.epistemic_unbiased,
        ),
    ];
    let rows = rows.into_iter().map(|(name, value, interval, error)| {
        let interval =
            interval.map_or_else(|| NONE.to_owned(), |[low, high]| format!("{} to {}", number(low), number(high)));
        vec![name, optional(value), interval, optional(error)]
    });
    number_table(&["score", "value", "95 % interval over inputs", "standard error over draws"], rows)
}

fn coverage_table(coverage: &[IntervalCoverage]) -> NumberTable {
    let rows = coverage.iter().map(|level| {
        let error = level.standard_error.map_or_else(|| NONE.to_owned(), percent);
        vec![percent(level.level), percent(level.coverage), error, number(level.mean_width)]
    });
    number_table(&["probability", "share of targets in it", "standard error over inputs", "mean width"], rows)
}

fn target_table(scores: &RegressionEvaluation) -> NumberTable {
    let rows = scores.by_target.iter().map(|target| {
        vec![
            target.name.clone(),
            number(target.root_mean_squared_error),
            number(target.mean_absolute_error),
            number(target.aleatoric),
            optional(target.epistemic_unbiased),
        ]
    });
    let columns =
        ["target", "root mean squared error", "mean absolute error", "aleatoric variance", "epistemic variance"];
    number_table(&columns, rows)
}

/// The inputs at either end.
pub fn extremes(scores: &RegressionEvaluation) -> Markup {
    let groups = [
        ("Most surprising targets", &scores.extremes.most_surprising),
        ("Least certain", &scores.extremes.least_certain),
        ("Most certain", &scores.extremes.most_certain),
    ];
    html! {
        @for (title, inputs) in groups.into_iter().filter(|(_, inputs)| !inputs.is_empty()) {
            (table(title, &extreme_table(scores, inputs)))
        }
    }
}

fn extreme_table(scores: &RegressionEvaluation, inputs: &[RegressionExtreme]) -> NumberTable {
    let several = scores.targets.len() > 1;
    let rows = inputs.iter().flat_map(|input| {
        scores.targets.iter().enumerate().map(move |(target, name)| {
            vec![
                if several { format!("{}, {name}", input.index) } else { input.index.to_string() },
                number(input.target[target]),
                number(input.mean[target]),
                number(input.aleatoric_deviation[target]),
                optional(input.epistemic_deviation.as_ref().map(|parts| parts[target])),
                number(input.negative_log_likelihood),
            ]
        })
    });
    let columns = ["test input", "target", "mean", "aleatoric s.d.", "epistemic s.d.", "negative log-likelihood"];
    number_table(&columns, rows)
}

/// What to conclude from a run with real targets.
pub fn conclusions(input: &PageInput, scores: &RegressionEvaluation) -> Vec<Conclusion> {
    let worst = input.report.regression.as_ref().and_then(|scores| scores.extremes.most_surprising.first());
    let mut all = vec![quality(scores), calibration(scores), kinds(scores)];
    all.extend(worst.map(|worst| Conclusion {
        about: "Where it errs",
        verdict: format!("test input {}", worst.index),
        text: format!(
            "surprises it most, with a negative log-likelihood of {} nats where the mean is {}.",
            number(worst.negative_log_likelihood),
            number(scores.negative_log_likelihood)
        ),
    }));
    all
}

fn quality(scores: &RegressionEvaluation) -> Conclusion {
    let interval = scores.intervals.as_ref().map_or_else(String::new, |all| {
        let [low, high] = all.root_mean_squared_error;
        format!(" (95 % interval {} to {})", number(low), number(high))
    });
    let explained = scores.r_squared.map_or_else(String::new, |share| {
        if share > 0.0 {
            format!(" That leaves {} of the targets\u{2019} variance.", percent(1.0 - share))
        } else {
            " Always predicting the mean of the test targets would be no worse.".to_owned()
        }
    });
    Conclusion {
        about: "How good it is",
        verdict: format!("off by {}", number(scores.root_mean_squared_error)),
        text: format!(
            "in the root of the mean square over {} test examples{interval}. Negative log-likelihood {} nats.{explained}",
            grouped(scores.examples as f64),
            number(scores.negative_log_likelihood)
        ),
    }
}

/// By the widest interval, which is the one that is acted on.
fn calibration(scores: &RegressionEvaluation) -> Conclusion {
    let about = "How far its intervals can be trusted";
    let Some(widest) = scores.coverage.last() else {
        return Conclusion { about, verdict: "not measured".to_owned(), text: String::new() };
    };
    let gap = widest.coverage - widest.level;
    // The standard error where coverage is as it should be: none is measured where every target is covered.
    let expected = (widest.level * (1.0 - widest.level) / scores.examples as f64).sqrt();
    let noise = 2.0 * widest.standard_error.unwrap_or(0.0).max(expected);
    let verdict = if gap.abs() <= noise {
        "they hold what they should"
    } else if gap < 0.0 {
        "over-confident"
    } else {
        "under-confident"
    };
    let others =
        scores.coverage.iter().map(|level| format!("{} in the {} one", percent(level.coverage), percent(level.level)));
    Conclusion {
        about,
        verdict: verdict.to_owned(),
        text: format!(
            "Of the targets, {} lie in their central {} interval, to within {} by chance ({}).",
            percent(widest.coverage),
            percent(widest.level),
            percent(noise),
            others.collect::<Vec<_>>().join(", ")
        ),
    }
}

fn kinds(scores: &RegressionEvaluation) -> Conclusion {
    let about = "Why it is uncertain";
    let Some(epistemic) = scores.epistemic_unbiased else {
        return Conclusion {
            about,
            verdict: "cannot be told apart".to_owned(),
            text: format!(
                "With one prediction an input, what the network does not know shows nowhere. Aleatoric variance, from \
                 the data: {}.",
                number(scores.aleatoric)
            ),
        };
    };
    let total = scores.aleatoric + epistemic;
    let share = if total > 0.0 { epistemic / total } else { 0.0 };
    Conclusion {
        about,
        verdict: format!("{:.0} % aleatoric, {:.0} % epistemic", 100.0 * (1.0 - share), 100.0 * share),
        text: format!(
            "of the predictive variance: {} comes from the data and stays with more of them, {} from what the network \
             does not know ({} draws).",
            number(scores.aleatoric),
            number(epistemic),
            scores.samples
        ),
    }
}
