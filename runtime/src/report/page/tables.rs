//! The tables of a page.

use super::document::number_table;
use super::input::{PageInput, interval};
use crate::report::figure::{NumberTable, grouped, number, percent};
use crate::report::score_names::score_in_words;
use crate::report::verdicts::share_in_words;
use crate::uncertainty::{Evaluation, UnderWeightDraws};

const NONE: &str = "—";

fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), number)
}

/// A score: in words, in `report.json`, its value, its standard error over draws, its value after temperature scaling.
type Score<'n> = (&'n str, &'n str, Option<f64>, Option<f64>, Option<f64>);

/// The scores with their intervals, and what temperature scaling makes of them.
pub fn scores(input: &PageInput, test: &Evaluation) -> NumberTable {
    let (draws, scaled) =
        (&test.monte_carlo_standard_errors, input.report.temperature_scaling.as_ref().map(|scaling| &scaling.test));
    let rows: [Score<'_>; 8] = [
        ("accuracy", "accuracy", Some(test.accuracy), draws.accuracy, scaled.map(|s| s.accuracy)),
        (
            "negative log-likelihood (nats)",
            "negative_log_likelihood",
            Some(test.negative_log_likelihood),
            draws.negative_log_likelihood,
            scaled.map(|s| s.negative_log_likelihood),
        ),
        ("Brier score", "brier", Some(test.brier), draws.brier, scaled.map(|s| s.brier)),
        (
            "expected calibration error",
            "expected_calibration_error",
            Some(test.expected_calibration_error),
            draws.expected_calibration_error,
            scaled.map(|s| s.expected_calibration_error),
        ),
        ("aleatoric uncertainty (trace)", "aleatoric", Some(test.aleatoric), draws.aleatoric, None),
        (
            "epistemic uncertainty (trace)",
            "epistemic_unbiased",
            test.epistemic_unbiased,
            draws.epistemic_unbiased,
            None,
        ),
        ("entropy (nats)", "entropy", Some(test.entropy), draws.entropy, None),
        (
            "mutual information (nats)",
            "mutual_information_corrected",
            test.mutual_information_corrected,
            draws.mutual_information_corrected,
            None,
        ),
    ];
    let mut columns = vec!["score", "value", "95 % interval over inputs", "standard error over draws"];
    if scaled.is_some() {
        columns.push("after temperature scaling");
    }
    let rows = rows.into_iter().map(|(name, key, value, error, scaled_value)| {
        let shown = |value: f64| if key == "accuracy" { percent(value) } else { number(value) };
        let show = |value: Option<f64>| value.map_or_else(|| NONE.to_owned(), shown);
        let interval = interval(test.intervals.as_ref(), key)
            .map_or_else(|| NONE.to_owned(), |[low, high]| format!("{} to {}", shown(low), shown(high)));
        let mut row = vec![name.to_owned(), show(value), interval, show(error)];
        if scaled.is_some() {
            row.push(show(scaled_value));
        }
        row
    });
    number_table(&columns, rows)
}

/// Precision, recall and uncertainty by class.
pub fn per_class(input: &PageInput) -> NumberTable {
    let columns =
        ["class", "examples", "predicted", "precision", "recall (95 % interval)", "F1", "aleatoric", "epistemic"];
    let share = |value: Option<f64>| value.map_or_else(|| NONE.to_owned(), percent);
    let rows = input.per_class.iter().map(|class| {
        vec![
            input.class_names[class.class].clone(),
            grouped(class.support as f64),
            grouped(class.predicted as f64),
            share(class.precision),
            class.recall.map_or_else(|| NONE.to_owned(), |recall| share_in_words(recall, class.recall_interval)),
            share(class.f1),
            optional(class.aleatoric),
            optional(class.epistemic),
        ]
    });
    number_table(&columns, rows)
}

/// What the network says of sets of another distribution, beside the test split.
pub fn foreign_means(input: &PageInput) -> NumberTable {
    let columns = ["set", "inputs", "largest probability", "entropy", "mutual information", "epistemic", "accuracy"];
    let rows = input.report.out_of_distribution.iter().map(|set| {
        vec![
            set.name.clone(),
            grouped(set.examples as f64),
            number(set.mean_max_probability),
            number(set.mean_entropy),
            optional(set.mean_mutual_information),
            optional(set.mean_epistemic),
            set.accuracy.map_or_else(|| NONE.to_owned(), percent),
        ]
    });
    number_table(&columns, rows)
}

/// How well each score tells each set from the test split.
pub fn detection(input: &PageInput) -> NumberTable {
    let columns = ["set", "score", "AUROC", "95 % interval", "AUPR", "FPR at 95 % recall"];
    let rows = input.report.out_of_distribution.iter().flat_map(|set| {
        set.detection.iter().map(|detection| {
            let [low, high] = detection.interval_of_area_under_roc;
            vec![
                set.name.clone(),
                score_in_words(detection.score).to_owned(),
                number(detection.area_under_roc),
                format!("{} to {}", number(low), number(high)),
                number(detection.area_under_precision_recall),
                percent(detection.false_positive_rate_at_95_recall),
            ]
        })
    });
    number_table(&columns, rows)
}

/// The figures of the report beside those from draws of the weights.
pub fn weight_draws(under: &UnderWeightDraws) -> NumberTable {
    let columns = ["metric", "as reported", "under draws of the weights", "difference", "standard error", "differs"];
    let rows = under.metrics.iter().map(|metric| {
        vec![
            metric.metric.replace('_', " "),
            number(metric.reported),
            number(metric.under_weight_draws),
            number(metric.under_weight_draws - metric.reported),
            optional(metric.standard_error),
            if metric.differs { "yes".to_owned() } else { "no".to_owned() },
        ]
    });
    number_table(&columns, rows)
}

/// The KL ledger after training.
pub fn ledger(input: &PageInput) -> NumberTable {
    let columns = ["tensor", "weights", "KL (nats)", "KL a weight", "share of KL", "mean σ", "median |μ|/σ"];
    let total: f64 = input.report.layers.iter().map(|tensor| tensor.kl).sum();
    let rows = input.report.layers.iter().map(|tensor| {
        vec![
            tensor.tensor.clone(),
            grouped(tensor.elements as f64),
            number(tensor.kl),
            number(tensor.kl_per_weight),
            if total > 0.0 { percent(tensor.kl / total) } else { NONE.to_owned() },
            number(tensor.mean_sigma),
            number(tensor.signal_to_noise.median),
        ]
    });
    number_table(&columns, rows)
}

/// Where the result comes from; `predicted` says what is.
pub fn provenance(input: &PageInput, predicted: &str) -> NumberTable {
    let (run, training) = (&input.report.run, &input.report.training);
    let mut rows = vec![
        ("run", run.name.clone()),
        ("identity", run.identity.as_str().to_owned()),
        ("elbo", run.elbo_version.clone()),
        ("backend", format!("{}, {} kernels, {}", run.backend, run.kernel_table, run.device_kind)),
        ("seed", run.seed.to_string()),
        ("parameters", grouped(run.network.parameters as f64)),
        ("with a variational posterior", grouped(run.network.variational_parameters as f64)),
        ("multiply-accumulates an input", grouped(run.network.multiply_accumulates as f64)),
        ("data", format!("{}, {predicted}", run.data.called())),
        (
            "examples",
            format!(
                "{} training, {} validation, {} test",
                grouped(training.examples as f64),
                grouped(training.validation_examples as f64),
                grouped(input.report.test_examples() as f64)
            ),
        ),
        ("training", format!("{} epochs, {} steps", training.epochs, grouped(training.steps as f64))),
        ("draws a prediction", input.report.draws().to_string()),
    ];
    if let Some(temperature) = training.effective_temperature {
        rows.push(("effective temperature of the scored weights", number(temperature)));
    }
    let digests = run.data.digests.iter().map(|(file, digest)| vec![format!("SHA-256 of {file}"), digest.clone()]);
    let rows = rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]);
    number_table(&["fact", "value"], rows.chain(digests))
}
