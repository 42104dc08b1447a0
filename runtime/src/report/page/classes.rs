//! What a page says of classes.

use super::document::table;
use super::input::PageInput;
use super::picture::data_address;
use super::tables;
use crate::report::figure::{Figure, histogram_figure, number};
use crate::uncertainty::scores::{Histogram, OtherHistogram, OtherHistograms};
use crate::uncertainty::{Evaluation, ExtremeInput};
use maud::{Markup, html};

/// Classes whose probability is shown beside a picture.
const BARS: usize = 5;

/// The scores, with what stands behind them.
pub fn scores(input: &PageInput, test: &Evaluation) -> Markup {
    html! {
        (table("Scores on the test split", &tables::scores(input, test)))
        p { "Intervals tell how far another test set of this size would be, standard errors over draws how far \
             other draws of the weights would be. Epistemic uncertainty and mutual information are in the form \
             whose expectation does not depend on the number of draws." }
    }
}

/// A histogram for each score that is defined: right, wrong, and each set of another distribution.
pub fn histograms(input: &PageInput) -> Vec<Figure> {
    let Some(own) = input.report.scores.classes().map(|test| &test.histograms) else { return Vec::new() };
    type Choice = fn(&OtherHistograms) -> Option<&OtherHistogram>;
    let scores: [(&str, &str, &str, Option<&Histogram>, Choice); 4] = [
        ("entropy", "Entropy of the prediction", "entropy (nats)", own.entropy.as_ref(), |all| all.entropy.as_ref()),
        ("max_probability", "Largest probability", "largest probability", own.max_probability.as_ref(), |all| {
            all.max_probability.as_ref()
        }),
        (
            "mutual_information",
            "Mutual information",
            "mutual information (nats)",
            own.mutual_information.as_ref(),
            |all| all.mutual_information.as_ref(),
        ),
        ("epistemic", "Epistemic uncertainty", "trace of the epistemic covariance", own.epistemic.as_ref(), |all| {
            all.epistemic.as_ref()
        }),
    ];
    let figure = |(score, title, unit, own, of_others): (&str, &str, &str, Option<&Histogram>, Choice)| {
        let own = own?;
        let mut groups = vec![("right".to_owned(), own.right.as_slice()), ("wrong".to_owned(), own.wrong.as_slice())];
        let others = input.report.out_of_distribution.iter();
        groups.extend(others.filter_map(|set| Some((set.name.clone(), of_others(&set.histograms)?.counts.as_slice()))));
        histogram_figure(score, title, unit, &own.edges, &groups)
    };
    scores.into_iter().filter_map(figure).collect()
}

/// The inputs at either end, with their images.
pub fn extremes(input: &PageInput, test: &Evaluation) -> Markup {
    let extremes = &test.extremes;
    let groups = [
        ("Most confident errors", &extremes.most_confident_errors),
        ("Least certain", &extremes.least_certain),
        ("Most certain", &extremes.most_certain),
    ];
    html! {
        @for (title, inputs) in groups.into_iter().filter(|(_, inputs)| !inputs.is_empty()) {
            h3 { (title) }
            ul class="pictures" { @for extreme in inputs { li { (extreme_input(input, extreme)) } } }
        }
    }
}

fn extreme_input(input: &PageInput, extreme: &ExtremeInput) -> Markup {
    let name = |class: usize| input.class_names.get(class).cloned().unwrap_or_else(|| class.to_string());
    let mut probabilities: Vec<(usize, f64)> =
        extreme.probabilities.iter().map(|one| (one.class, one.probability)).collect();
    probabilities.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    probabilities.truncate(BARS);
    let (truth, predicted) = (name(extreme.label), name(extreme.predicted));
    let alternative = format!("Test example {}, of class {truth}", extreme.index);
    html! {
        @if let Some(address) = input.pictures.get(&extreme.index).and_then(data_address) {
            img src=(address) alt=(alternative) width="72" height="72";
        }
        div class="body" {
            div {
                "No. " (extreme.index) @if let Some(name) = &extreme.name { " (" (name) ")" } ": " (truth)
                @if extreme.label != extreme.predicted { ", " span class="wrong" { "taken for " (predicted) } }
            }
            ol class="bars" {
                @for (class, probability) in probabilities {
                    li {
                        span class=(if class == extreme.label { "name truth" } else { "name" }) { (name(class)) }
                        span class="track" { span class="bar" style={ "width:" (format!("{:.1}", 100.0 * probability)) "%" } {} }
                        span class="value" { (format!("{probability:.3}")) }
                    }
                }
            }
            div {
                "entropy " (number(extreme.entropy))
                @if let Some(epistemic) = extreme.epistemic { ", epistemic " (number(epistemic)) }
            }
        }
    }
}
