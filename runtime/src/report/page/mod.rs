//! `report.html`: one file to look at, without scripts, fonts or anything else from elsewhere.

mod class_names;
pub(in crate::report) mod classes;
mod document;
pub(in crate::report) mod headline;
mod input;
mod picture;
pub(in crate::report) mod real_numbers;
mod tables;

pub use super::conclusions::Conclusion;
pub use class_names::{class_names, given_class_names};
pub(in crate::report) use document::{Section, document, figures as figures_side_by_side, table};
pub(in crate::report) use input::interval;
pub use input::{PageInput, Picture};

use super::figure::{
    Figure, class_uncertainty_figure, confusion_figure, detection_figure, epistemic_by_samples_figure, grouped,
    learning_figures, number, percent, regression_figure, reliability_figure, risk_coverage_figure,
    signal_to_noise_figure,
};
use super::sections::section;
use crate::uncertainty::BONFERRONI;
use crate::uncertainty::scores::ReliabilityBin;
use maud::{Markup, html};

/// The name of the file.
pub const PAGE: &str = "report.html";

/// What to conclude from a run.
pub fn conclusions(input: &PageInput) -> Vec<Conclusion> {
    section(&input.report.scores).conclusions(input)
}

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
        class_figures(input),
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
    classes::histograms(input).into_iter().chain(samples).collect()
}

/// The fit, where the input is one number, and whatever else shows how predictions fit the targets.
fn fit(input: &PageInput) -> Vec<Figure> {
    let fitted = regression_figure(&input.fitted, input.report.test_examples());
    fitted.into_iter().chain(section(&input.report.scores).fit()).collect()
}

fn foreign(input: &PageInput) -> Vec<Figure> {
    detection_figure(&input.report.out_of_distribution).into_iter().collect()
}

fn class_figures(input: &PageInput) -> Vec<Figure> {
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
    let of_scores = section(&input.report.scores);
    let mut sections = vec![Section { id: "scores", title: "Scores", body: of_scores.scores(input) }];
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
    let inputs = of_scores.inputs(input);
    add("inputs", "Inputs to look at", inputs.is_some(), inputs.unwrap_or_default());
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
            @if let Some(test) = input.report.scores.classes() { " The test split itself has a mean entropy of " (number(test.entropy)) " nats." } }
        (table("What the network says of out-of-distribution inputs: means", &tables::foreign_means(input)))
        (figures_side_by_side(&foreign(input)))
        (table("Telling out-of-distribution inputs from the test split", &tables::detection(input)))
    }
}

fn classes_section(input: &PageInput) -> Markup {
    html! {
        (table("Scores by class", &tables::per_class(input)))
        (figures_side_by_side(&class_figures(input)))
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
        (table("Provenance", &tables::provenance(input, &section(&input.report.scores).predicted(input))))
    }
}

#[cfg(test)]
pub(in crate::report) mod tests;
