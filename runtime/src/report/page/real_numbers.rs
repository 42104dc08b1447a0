//! What a page says of real targets.

use super::document::{number_table, table};
use super::input::PageInput;
use crate::report::conclusions::{Conclusion, Parts, of_fit, split};
use crate::report::figure::{NumberTable, grouped, number, percent};
use crate::report::interval_verdict;
use crate::uncertainty::{IntervalCoverage, ProbabilityIntegralTransform, RegressionEvaluation, RegressionExtreme};
use maud::{Markup, html};

const NONE: &str = "—";

fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), number)
}

/// The scores, with what stands behind them.
pub fn scores(scores: &RegressionEvaluation) -> Markup {
    html! {
        (table("Scores on the test split", &score_table(scores)))
        p { "All figures are in the targets\u{2019} own units. Intervals hold what unlimited inputs of this kind would give with \
             these draws, standard errors over draws tell how far other draws of the weights would be. The likelihood is that of the \
             mixture of all draws; epistemic variance is in the form whose expectation does not depend on the number of \
             draws." }
        @if scores.targets.len() > 1 {
            p { "Targets may have different units, so that what has a unit is given for each alone." }
        }
        (table("Central intervals", &coverage_table(&scores.coverage)))
        @if let Some(transform) = &scores.probability_integral_transform {
            p { "Right predictive distributions have as many targets in each tenth. Kolmogorov–Smirnov test of that: distance "
                (number(transform.kolmogorov_smirnov)) ", p = " (format!("{:.3}", transform.p_value)) "." }
            (table("Probability integral transform", &transform_table(transform)))
        }
        @if !scores.by_target.is_empty() { (table("Scores by target", &target_table(scores))) }
    }
}

fn score_table(scores: &RegressionEvaluation) -> NumberTable {
    let (intervals, draws) = (scores.intervals.as_ref(), &scores.monte_carlo_standard_errors);
    type Row = (&'static str, Option<f64>, Option<[f64; 2]>, Option<f64>);
    let rows: [Row; 7] = [
        (
            "root mean squared error",
            scores.root_mean_squared_error,
            intervals.and_then(|all| all.root_mean_squared_error),
            draws.root_mean_squared_error,
        ),
        (
            "mean absolute error",
            scores.mean_absolute_error,
            intervals.and_then(|all| all.mean_absolute_error),
            draws.mean_absolute_error,
        ),
        (
            "continuous ranked probability score",
            scores.continuous_ranked_probability_score,
            intervals.and_then(|all| all.continuous_ranked_probability_score),
            draws.continuous_ranked_probability_score,
        ),
        (
            "negative log-likelihood (nats)",
            Some(scores.negative_log_likelihood),
            intervals.map(|all| all.negative_log_likelihood),
            draws.negative_log_likelihood,
        ),
        ("R²", scores.r_squared, None, None),
        ("aleatoric variance", scores.aleatoric, intervals.and_then(|all| all.aleatoric), draws.aleatoric),
        (
            "epistemic variance",
            scores.epistemic_unbiased,
            intervals.and_then(|all| all.epistemic_unbiased),
            draws.epistemic_unbiased,
        ),
    ];
    let rows = rows.into_iter().filter(|(_, value, ..)| value.is_some() || scores.targets.len() == 1);
    let rows = rows.map(|(name, value, interval, error)| {
        vec![name.to_owned(), optional(value), ends(interval, number), optional(error)]
    });
    number_table(&["score", "value", "95 % interval over inputs", "standard error over draws"], rows)
}

/// The ends of an interval.
fn ends(interval: Option<[f64; 2]>, show: fn(f64) -> String) -> String {
    interval.map_or_else(|| NONE.to_owned(), |[low, high]| format!("{} to {}", show(low), show(high)))
}

fn coverage_table(coverage: &[IntervalCoverage]) -> NumberTable {
    let rows = coverage.iter().map(|level| {
        vec![
            percent(level.level),
            percent(level.coverage),
            ends(level.interval, percent),
            optional(level.mean_width),
            optional(level.mean_interval_score),
        ]
    });
    let columns =
        ["probability", "share of targets in it", "95 % interval over inputs", "mean width", "mean interval score"];
    number_table(&columns, rows)
}

fn target_table(scores: &RegressionEvaluation) -> NumberTable {
    let rows = scores.by_target.iter().map(|target| {
        vec![
            target.name.clone(),
            number(target.root_mean_squared_error),
            ends(target.intervals.as_ref().map(|all| all.root_mean_squared_error), number),
            number(target.mean_absolute_error),
            number(target.continuous_ranked_probability_score),
            number(target.aleatoric),
            optional(target.epistemic_unbiased),
            format!("{:.3}", target.probability_integral_transform.p_value),
        ]
    });
    let columns = [
        "target",
        "root mean squared error",
        "95 % interval",
        "mean absolute error",
        "ranked probability score",
        "aleatoric variance",
        "epistemic variance",
        "p of an even transform",
    ];
    number_table(&columns, rows)
}

/// How many targets lie in each tenth of their predictive distribution.
fn transform_table(transform: &ProbabilityIntegralTransform) -> NumberTable {
    let bins = transform.counts.len() as f64;
    let total = transform.counts.iter().sum::<usize>() as f64;
    let rows = transform.counts.iter().enumerate().map(|(bin, &count)| {
        let [from, to] = [bin as f64 / bins, (bin as f64 + 1.0) / bins].map(percent);
        vec![format!("{from} to {to}"), grouped(count as f64), percent(count as f64 / total)]
    });
    number_table(&["of the predictive distribution", "targets", "share"], rows)
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
    let worst = scores.extremes.most_surprising.first();
    let mut all = vec![quality(scores), calibration(scores)];
    all.extend(of_fit(&input.report));
    all.push(kinds(input, scores));
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
    let interval = scores.intervals.as_ref().and_then(|all| all.root_mean_squared_error);
    let interval = interval
        .map_or_else(String::new, |[low, high]| format!(" (95 % interval {} to {})", number(low), number(high)));
    let by_target =
        scores.by_target.iter().map(|target| format!("{} ({})", number(target.root_mean_squared_error), target.name));
    let off = scores.root_mean_squared_error.map_or_else(
        || format!("off by {}", by_target.collect::<Vec<String>>().join(", ")),
        |error| format!("off by {}", number(error)),
    );
    let explained = scores.r_squared.map_or_else(String::new, |share| {
        if share > 0.0 {
            format!(" That leaves {} of the targets\u{2019} variance.", percent(1.0 - share))
        } else {
            " Always predicting the mean of the test targets would be no worse.".to_owned()
        }
    });
    Conclusion {
        about: "How good it is",
        verdict: off,
        text: format!(
            "in the root of the mean square over {} test examples{interval}. Negative log-likelihood {} nats.{explained}",
            grouped(scores.examples as f64),
            number(scores.negative_log_likelihood)
        ),
    }
}

fn calibration(scores: &RegressionEvaluation) -> Conclusion {
    let (verdict, text) = interval_verdict(scores);
    Conclusion { about: "How far its intervals can be trusted", verdict, text }
}

fn kinds(input: &PageInput, scores: &RegressionEvaluation) -> Conclusion {
    let Some(aleatoric) = scores.aleatoric else {
        let parts = scores.by_target.iter().map(|target| {
            let epistemic =
                target.epistemic_unbiased.map_or_else(String::new, |part| format!(", epistemic {}", number(part)));
            format!("{} aleatoric {}{epistemic}", target.name, number(target.aleatoric))
        });
        let text = format!(
            "Mean predictive variance in the units of each, as this approximate posterior splits it: {}.",
            parts.collect::<Vec<String>>().join("; ")
        );
        return Conclusion { about: "How its uncertainty splits", verdict: "by target".to_owned(), text };
    };
    let parts = Parts { aleatoric, epistemic: scores.epistemic_unbiased, draws: scores.samples };
    split(&input.report, parts, "")
}
