//! `report.html`: one file to look at, without scripts, fonts or anything else from elsewhere.

mod class_names;
mod document;
mod headline;
mod input;
mod picture;
mod regression;
mod tables;

pub use class_names::{class_names, given_class_names};
pub(in crate::report) use document::{Section, document, figures as figures_side_by_side, table};
pub use headline::{Conclusion, conclusions};
pub(in crate::report) use input::interval;
pub use input::{PageInput, Picture, score_in_words};

use super::figure::{
    Figure, class_uncertainty_figure, confusion_figure, coverage_figure, detection_figure, epistemic_by_samples_figure,
    grouped, histogram_figure, learning_figures, number, percent, regression_figure, reliability_figure,
    risk_coverage_figure, signal_to_noise_figure,
};
use crate::uncertainty::scores::{Histogram, OtherHistogram, OtherHistograms, ReliabilityBin};
use crate::uncertainty::{BONFERRONI, ExtremeInput};
use maud::{Markup, html};
use picture::data_address;

/// The name of the file.
pub const PAGE: &str = "report.html";

/// Classes whose probability is shown beside a picture.
const BARS: usize = 5;

/// The page of a run.
pub fn page(input: &PageInput) -> String {
    let run = &input.report.run;
    let draws =
        if input.report.draws() == 1 { "one pass".to_owned() } else { format!("{} draws", input.report.draws()) };
    let lead = format!(
        "{} on {} test examples of {}, {draws} a prediction",
        run.name,
        grouped(input.report.test_examples() as f64),
        run.data.called()
    );
    let closing = format!("Written by elbo {}; the run's identity is {}.", run.elbo_version, run.identity.as_str());
    document(&run.name, &lead, &opening(input), &sections(input), &closing)
}

/// Every figure of a run, in the order of its page.
pub fn figures(input: &PageInput) -> Vec<Figure> {
    let groups = [
        learning(input),
        fit(input),
        calibration(input),
        uncertainty(input),
        foreign(input),
        classes(input),
        weights(input),
    ];
    groups.into_iter().flatten().collect()
}

fn learning(input: &PageInput) -> Vec<Figure> {
    learning_figures(&input.epochs, input.report.training.selected_epoch)
}

fn calibration(input: &PageInput) -> Vec<Figure> {
    let selective = input.risk_coverage.as_ref().and_then(risk_coverage_figure);
    [reliability_figure(&input.reliability, scaled(input)), selective].into_iter().flatten().collect()
}

/// The reliability table of scaled predictions, if it has the bins of the raw one.
fn scaled(input: &PageInput) -> Option<&[ReliabilityBin]> {
    let table = &input.report.temperature_scaling.as_ref()?.test.reliability;
    (table.len() == input.reliability.len()).then_some(table.as_slice())
}

fn uncertainty(input: &PageInput) -> Vec<Figure> {
    let samples = epistemic_by_samples_figure(&input.report.epistemic_by_samples);
    histograms(input).into_iter().chain(samples).collect()
}

/// The fit, where the input is one number, and how often targets lie in the intervals that should hold them.
fn fit(input: &PageInput) -> Vec<Figure> {
    let scores = input.report.regression.as_ref();
    let coverage = scores.map(|scores| coverage_figure(&scores.coverage));
    let examples = scores.map_or(0, |scores| scores.examples);
    regression_figure(&input.fitted, examples).into_iter().chain(coverage).collect()
}

/// A histogram for each score that is defined: right, wrong, and each set of another distribution.
fn histograms(input: &PageInput) -> Vec<Figure> {
    let Some(own) = input.report.test.as_ref().map(|test| &test.histograms) else { return Vec::new() };
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

fn foreign(input: &PageInput) -> Vec<Figure> {
    detection_figure(&input.report.out_of_distribution).into_iter().collect()
}

fn classes(input: &PageInput) -> Vec<Figure> {
    let names = &input.class_names;
    [confusion_figure(&input.confusion, names), class_uncertainty_figure(&input.per_class, names)]
        .into_iter()
        .flatten()
        .collect()
}

fn weights(input: &PageInput) -> Vec<Figure> {
    signal_to_noise_figure(&input.report.layers).into_iter().collect()
}

fn opening(input: &PageInput) -> Markup {
    html! {
        h2 id="conclusions" { "What to conclude" }
        dl class="conclusions" {
            @for conclusion in conclusions(input) {
                div { dt { (conclusion.about) } dd { strong { (conclusion.verdict) } (conclusion.text) } }
            }
        }
        @if !input.report.warnings.is_empty() {
            h3 { "What a reader must know" }
            ul class="warnings" { @for warning in &input.report.warnings { li { (warning) } } }
        }
    }
}

/// The sections that have something to show.
fn sections(input: &PageInput) -> Vec<Section> {
    let mut sections: Vec<Section> = input
        .report
        .test
        .iter()
        .map(|test| Section {
            id: "scores",
            title: "Scores",
            body: html! {
                (table("Scores on the test split", &tables::scores(input, test)))
                p { "Intervals tell how far another test set of this size would be, standard errors over draws how far \
                     other draws of the weights would be. Epistemic uncertainty and mutual information are in the form \
                     whose expectation does not depend on the number of draws." }
            },
        })
        .collect();
    if let Some(scores) = &input.report.regression {
        sections.push(Section { id: "scores", title: "Scores", body: regression::scores(scores) });
    }
    if let Some(under) = input.report.under_weight_draws.as_ref().filter(|under| !under.metrics.is_empty()) {
        sections.push(Section {
            id: "weight-draws",
            title: "Under draws of the weights",
            body: html! {
                (table("The same network and test split, both ways", &tables::weight_draws(under)))
                p { "The standard error is of the difference: over test inputs, which are the same, and over the draws of \
                     both. A difference beyond " (number(BONFERRONI)) " of them is called one, which happens by chance in \
                     5 % of comparisons of all these figures." }
            },
        });
    }
    let mut add = |id, title, there: bool, body: Markup| {
        if there {
            sections.push(Section { id, title, body });
        }
    };
    let drawn = learning(input);
    add("training", "Training", !drawn.is_empty(), figures_side_by_side(&drawn));
    let drawn = fit(input);
    add("fit", "Fit", !drawn.is_empty(), figures_side_by_side(&drawn));
    let drawn = calibration(input);
    add("calibration", "Calibration", !drawn.is_empty(), figures_side_by_side(&drawn));
    let drawn = uncertainty(input);
    add("uncertainty", "Uncertainty", !drawn.is_empty(), figures_side_by_side(&drawn));
    add("foreign", "Out-of-distribution inputs", !input.report.out_of_distribution.is_empty(), foreign_section(input));
    add("inputs", "Inputs to look at", !input.pictured().is_empty(), extremes(input));
    if let Some(scores) = &input.report.regression {
        add("inputs", "Inputs to look at", true, regression::extremes(scores));
    }
    add("classes", "Classes", !input.per_class.is_empty(), classes_section(input));
    add("weights", "Weights", !input.report.layers.is_empty(), weights_section(input));
    add(
        "spec",
        "Spec",
        !input.spec.is_empty(),
        html! {
            div class="scroll" role="region" tabindex="0" aria-label="Text of the spec" { pre { code { (input.spec) } } }
        },
    );
    add("provenance", "Provenance", true, provenance(input));
    sections
}

fn foreign_section(input: &PageInput) -> Markup {
    html! {
        p { "Sets of another distribution pass through the run's own transforms."
            @if let Some(test) = &input.report.test { " The test split itself has a mean entropy of " (number(test.entropy)) " nats." } }
        (table("What the network says of out-of-distribution inputs: means", &tables::foreign_means(input)))
        (figures_side_by_side(&foreign(input)))
        (table("Telling out-of-distribution inputs from the test split", &tables::detection(input)))
    }
}

fn classes_section(input: &PageInput) -> Markup {
    html! {
        (table("Scores by class", &tables::per_class(input)))
        (figures_side_by_side(&classes(input)))
    }
}

fn weights_section(input: &PageInput) -> Markup {
    let total: f64 = input.report.layers.iter().map(|tensor| tensor.kl).sum();
    html! {
        p { "After training the variational weights stand " (number(total)) " nats of KL(q‖p) from their prior, where \
             they began with " (number(input.report.training.initial_kl)) "."
            @if !input.report.fit.surrogate_layers.is_empty() {
                " The training loss of this network is a surrogate and no bound for this q (W0160)."
            }
        }
        (table("KL ledger after training", &tables::ledger(input)))
        (figures_side_by_side(&weights(input)))
    }
}

fn extremes(input: &PageInput) -> Markup {
    let Some(extremes) = input.report.test.as_ref().map(|test| &test.extremes) else { return html! {} };
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

fn provenance(input: &PageInput) -> Markup {
    let training = &input.report.training;
    html! {
        @if let Some(validation) = training.validation {
            p { "The weights scored are those after epoch " (training.selected_epoch)
                @match validation.accuracy {
                    Some(accuracy) => { ", with a validation accuracy of " (percent(accuracy)) "." }
                    None => {
                        ", with a validation negative log-likelihood of " (number(validation.negative_log_likelihood))
                        " nats in the units of training."
                    }
                }
            }
        }
        (table("Provenance", &tables::provenance(input)))
    }
}

#[cfg(test)]
pub(in crate::report) mod tests;
