//! Whether draws were draws of the posterior: in training, and at prediction.

use super::conclusion::{Conclusion, named};
use crate::report::Report;
use crate::report::figure::{grouped, number, percent, with_error};
use crate::report::fit::predicts_otherwise;
use crate::uncertainty::{ComparedMetric, UnderWeightDraws};

/// The conclusion of a page about scores under draws of the weights; `None` where training drew from its posterior.
pub fn conclusion(report: &Report) -> Option<Conclusion> {
    let under = report.under_weight_draws.as_ref()?;
    let about = "What draws of the weights say";
    let layers = named(&report.fit.surrogate_layers);
    let verdict = match (under.metrics.is_empty(), under.metrics.iter().any(|metric| metric.differs)) {
        (true, _) => "the scores above",
        (false, true) => "another prediction",
        (false, false) => "no difference beyond the error",
    };
    let trained = format!(
        "{layers} trained with local reparameterization: independent noise at each position, not draws of q(w), so the \
         training loss is a surrogate."
    );
    let text = if under.metrics.is_empty() {
        format!("{trained} This report predicts with draws from q(w). {}", elbo(under))
    } else {
        let figures = under.metrics.iter().map(figure).collect::<Vec<_>>().join(", ");
        format!(
            "{trained} The scores of this report use the same noise. With {} draws of whole weight sets from q(w) the \
             same network has {figures} (* beyond the error of the difference, over test inputs and draws, at 5 % over \
             all figures together). {}",
            under.samples,
            elbo(under)
        )
    };
    Some(Conclusion { about, verdict: verdict.to_owned(), text })
}

/// What a reader must know of how draws were made in training.
pub fn training_note(report: &Report) -> Option<String> {
    let layers = &report.fit.surrogate_layers;
    (!layers.is_empty()).then(|| {
        format!(
            "{} trained with local reparameterization, whose noise is independent at each position and no draw of q(w): \
             the training loss is a surrogate, not −ELBO (W0160)",
            named(layers)
        )
    })
}

/// What a reader must know of how the draws were made that the report's scores are of.
pub fn prediction_notes(report: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    let fit = &report.fit;
    if predicts_otherwise(fit) {
        notes.push(if fit.position_noise_at_prediction.is_empty() {
            "predictions draw from q(w), which training did not: the network that is scored is not the one that was trained"
                .to_owned()
        } else {
            format!(
                "predictions add independent noise at each position of {}, where training drew from q(w): the network \
                 that is scored is not the one that was trained",
                named(&fit.position_noise_at_prediction)
            )
        });
    }
    let Some(under) = &report.under_weight_draws else { return notes };
    let differing: Vec<String> = under.metrics.iter().filter(|metric| metric.differs).map(changed).collect();
    if !differing.is_empty() {
        notes.push(format!(
            "with {} draws of whole weight sets from q(w) the scores differ by more than their error: {}",
            under.samples,
            differing.join(", ")
        ));
    }
    let elbo = &under.elbo;
    notes.push(format!(
        "−ELBO of q(w) is {} nats per training example{}, {} of it KL",
        with_error(elbo.negative_elbo, elbo.standard_error),
        if elbo.examples < elbo.of {
            format!(" (measured on {})", grouped(elbo.examples as f64))
        } else {
            String::new()
        },
        number(elbo.kl / elbo.of as f64)
    ));
    notes
}

/// The final ELBO with its error.
fn elbo(under: &UnderWeightDraws) -> String {
    let elbo = &under.elbo;
    let on = if elbo.examples < elbo.of {
        format!("{} of {} training examples", grouped(elbo.examples as f64), grouped(elbo.of as f64))
    } else {
        format!("all {} training examples", grouped(elbo.of as f64))
    };
    format!(
        "−ELBO of q(w) per training example is {} nats: expected negative log-likelihood {}, KL {} ({on}, {} \
         draws, temperature 1; ± is one Monte Carlo standard error).",
        with_error(elbo.negative_elbo, elbo.standard_error),
        number(elbo.negative_log_likelihood),
        number(elbo.kl / elbo.of as f64),
        elbo.draws
    )
}

/// A metric of `report.json` in words.
fn in_words(metric: &str) -> &str {
    match metric {
        "negative_log_likelihood" => "negative log-likelihood",
        "brier" => "Brier score",
        "expected_calibration_error" => "expected calibration error",
        "epistemic_unbiased" => "epistemic",
        "mutual_information_corrected" => "mutual information",
        "root_mean_squared_error" => "root mean squared error",
        "mean_absolute_error" => "mean absolute error",
        other => other,
    }
}

fn value(metric: &str, value: f64) -> String {
    if metric == "accuracy" { percent(value) } else { number(value) }
}

fn figure(metric: &ComparedMetric) -> String {
    format!(
        "{} {} for {}{}",
        in_words(&metric.metric),
        value(&metric.metric, metric.under_weight_draws),
        value(&metric.metric, metric.reported),
        if metric.differs { "*" } else { "" }
    )
}

fn changed(metric: &ComparedMetric) -> String {
    format!(
        "{} {} (not {})",
        in_words(&metric.metric),
        value(&metric.metric, metric.under_weight_draws),
        value(&metric.metric, metric.reported)
    )
}
