//! The IR for people to read: a layer a line, then data, training and report.
//!
//! Programs read the JSON or TOML form, which hold the same and can be read back.

use super::counts::{count, multiply_accumulates, weight_tensors};
use super::{
    Clip, Data, DropoutUnit, EarlyStopping, Initialization, KlWeighting, Layer, Mark, Network, Objective, Operation,
    PosteriorMean, Run, Select, Shape, StartingFile, Target,
};
pub use crate::numbers::grouped;
pub(crate) use crate::numbers::number;
use serde::Serialize;

/// The run as text: equal meaning, equal bytes.
pub fn text(run: &Run) -> String {
    let mut lines = vec![format!("elbo-ir {}", run.version), format!("digest {}", super::digest(run)), String::new()];
    lines.extend(network_lines(&run.network));
    lines.push(String::new());
    lines.extend(data_lines(&run.data));
    lines.push(String::new());
    lines.extend(training_lines(run));
    lines.push(String::new());
    lines.push(format!("report samples={} estimator={}", run.report.samples, plain(&run.report.estimator)));
    let metrics: Vec<String> = run.report.metrics.iter().map(plain).collect();
    lines.push(format!("metrics {}", metrics.join(", ")));
    if !run.report.out_of_distribution.is_empty() {
        let names: Vec<&str> = run.report.out_of_distribution.iter().map(|other| other.name.as_str()).collect();
        lines.push(format!("out_of_distribution {}", names.join(", ")));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// The network alone as text: a layer a line, its output and its counts.
pub fn network_text(network: &Network) -> String {
    let mut lines = network_lines(network);
    lines.push(String::new());
    lines.join("\n")
}

fn network_lines(network: &Network) -> Vec<String> {
    let mut lines = vec![format!("input {}", network.input)];
    lines.extend(layer_table(&network.layers));
    lines.extend(legend(&network.layers));
    lines.push(format!("output {}", network.output.family().in_text()));
    let total = count(network);
    lines.push(format!("parameters {}", grouped(total.parameters)));
    lines.push(format!("multiply_accumulates {} an image and pass", grouped(total.multiply_accumulates)));
    lines
}

/// The layers as an aligned table: name, operation, mark, output shape, parameters, work.
fn layer_table(layers: &[Layer]) -> Vec<String> {
    let header = ["layer", "operation", "mark", "output", "parameters", "multiply_accumulates"].map(str::to_owned);
    let marks = distinct_bayes_marks(layers);
    let rows: Vec<[String; 6]> = layers
        .iter()
        .map(|layer| {
            let parameters: usize = weight_tensors(layer).iter().map(|tensor| tensor.elements()).sum();
            [
                layer.name.clone(),
                layer.from.as_ref().map_or_else(
                    || operation(&layer.operation, layer.input),
                    |from| format!("{} of {from}", operation(&layer.operation, layer.input)),
                ),
                treatment(layer, &marks),
                layer.output.to_string(),
                grouped(parameters),
                grouped(multiply_accumulates(layer)),
            ]
        })
        .collect();
    let mut widths = [0; 6];
    for row in std::iter::once(&header).chain(&rows) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    std::iter::once(&header)
        .chain(&rows)
        .map(|row| {
            let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, width))| {
                if column < 4 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect()
}

/// The different `bayes` marks, in order of appearance: too wide for a column, so they stand below the table.
pub(crate) fn distinct_bayes_marks(layers: &[Layer]) -> Vec<String> {
    let mut marks: Vec<String> = Vec::new();
    for layer_mark in layers.iter().filter_map(|layer| layer.mark.as_ref()) {
        let text = mark(layer_mark);
        if matches!(layer_mark, Mark::Bayes { .. }) && !marks.contains(&text) {
            marks.push(text);
        }
    }
    marks
}

/// How the numbers of a layer are treated, as the table has it: its mark, or the file that a normalisation starts from.
pub(crate) fn treatment(layer: &Layer, marks: &[String]) -> String {
    match (&layer.mark, &layer.start) {
        (Some(layer_mark), _) => short(layer_mark, marks),
        (None, Some(start)) => format!("init={}", starting_file(start)),
        (None, None) => String::new(),
    }
}

/// A mark as the table has it: `bayes` where all such marks are the same, else with its number in the legend.
fn short(layer_mark: &Mark, marks: &[String]) -> String {
    let text = mark(layer_mark);
    match (layer_mark, marks) {
        (Mark::Bayes { .. }, [_]) => "bayes".to_owned(),
        (Mark::Bayes { .. }, _) => {
            let number = marks.iter().position(|known| *known == text).map_or(0, |index| index + 1);
            format!("bayes#{number}")
        }
        _ => text,
    }
}

pub(crate) fn legend(layers: &[Layer]) -> Vec<String> {
    match distinct_bayes_marks(layers).as_slice() {
        [only] => vec![format!("bayes = {only}")],
        marks => marks.iter().enumerate().map(|(index, text)| format!("bayes#{} = {text}", index + 1)).collect(),
    }
}

/// Numbers as arguments.
fn numbers(values: &[f64]) -> String {
    values.iter().map(|value| number(*value)).collect::<Vec<_>>().join(", ")
}

/// What a layer computes of `input`, as a spec would write it.
pub fn operation(operation: &Operation, input: Shape) -> String {
    operation.kind().text(input)
}

/// A mark with all its arguments, as a spec would write it.
pub fn mark(mark: &Mark) -> String {
    match mark {
        Mark::Point { initialization: Initialization::Default } => "point".to_owned(),
        Mark::Point { initialization } => format!("point(init={})", start(initialization)),
        Mark::Bayes { prior: before, posterior, estimator } => {
            format!(
                "bayes(prior={}, posterior=gaussian(mean={}, rho={}), estimator={})",
                before.family().text(),
                posterior_mean(&posterior.mean),
                number(posterior.rho),
                plain(estimator)
            )
        }
        Mark::Dropout { probability, on, unit, at_prediction, initialization } => {
            let unit = match unit {
                DropoutUnit::Element => "",
                DropoutUnit::Channel => ", unit=channel",
            };
            let at_prediction = if *at_prediction { "" } else { ", at_prediction=false" };
            let init = match initialization {
                Initialization::Default => String::new(),
                initialization => format!(", init={}", start(initialization)),
            };
            format!("dropout(p={}, on={}{unit}{at_prediction}{init})", number(*probability), plain(on))
        }
    }
}

pub(crate) fn posterior_mean(mean: &PosteriorMean) -> String {
    match mean {
        PosteriorMean::Zeros => "zeros()".to_owned(),
        PosteriorMean::Normal { mean, std } => format!("normal({})", numbers(&[*mean, *std])),
        PosteriorMean::LecunNormal => "lecun_normal()".to_owned(),
        PosteriorMean::KaimingNormal => "kaiming_normal()".to_owned(),
        PosteriorMean::Weights(file) => starting_file(file),
    }
}

pub(crate) fn start(initialization: &Initialization) -> String {
    match initialization {
        Initialization::Default => "default()".to_owned(),
        Initialization::Zeros => "zeros()".to_owned(),
        Initialization::Normal { mean, std } => format!("normal({})", numbers(&[*mean, *std])),
        Initialization::LecunNormal => "lecun_normal()".to_owned(),
        Initialization::KaimingNormal => "kaiming_normal()".to_owned(),
        Initialization::Weights(file) => starting_file(file),
    }
}

/// The file that a layer starts from, as a spec writes it.
pub(crate) fn starting_file(StartingFile { file, layer }: &StartingFile) -> String {
    match layer {
        Some(layer) => format!("weights({file:?}, layer={layer:?})"),
        None => format!("weights({file:?})"),
    }
}

fn data_lines(data: &Data) -> Vec<String> {
    let transforms: Vec<String> = data.transform.iter().map(plain).collect();
    let augmentations: Vec<String> = data.augment.iter().map(plain).collect();
    let none = |list: Vec<String>| if list.is_empty() { "none".to_owned() } else { list.join(", ") };
    vec![
        format!("data {} {} {}", data.source.kind().in_text(), data.shape, target(&data.target)),
        format!("subset {} split train={} validation={}", plain(&data.subset), data.split.train, data.split.validation),
        format!("transform {}", none(transforms)),
        format!("augment {}", none(augmentations)),
    ]
}

fn training_lines(run: &Run) -> Vec<String> {
    let training = &run.training;
    let mut further = Vec::new();
    if training.likelihood.label_smoothing != 0.0 {
        further.push(format!("label_smoothing={}", number(training.likelihood.label_smoothing)));
    }
    if let Some(weights) = &training.likelihood.class_weights {
        further.push(format!("class_weights={}", plain(weights)));
    }
    if let Some(Clip::Norm { maximum }) = training.clip {
        further.push(format!("clip=norm({})", number(maximum)));
    }
    if let Some(EarlyStopping { monitor, patience }) = training.early_stopping {
        further.push(format!("early_stopping(monitor={}, patience={patience})", plain(&monitor)));
    }
    if let Select::Best { monitor } = training.select {
        further.push(format!("select=best({})", plain(&monitor)));
    }
    let steps = training.max_steps.map_or_else(|| "none".to_owned(), |steps| steps.to_string());
    let mut lines = vec![
        format!("objective {}", objective(&training.objective)),
        format!("optimizer {}", training.optimizer.text()),
        format!("learning_rate {}", training.learning_rate.text()),
        format!(
            "epochs={} batch={} samples={} validation_samples={} max_steps={steps} seed={}",
            training.epochs, training.batch, training.samples, training.validation_samples, training.seed
        ),
    ];
    if !further.is_empty() {
        lines.push(further.join(" "));
    }
    lines
}

/// What is minimised, with all its arguments.
pub(crate) fn objective(objective: &Objective) -> String {
    match objective {
        Objective::MaximumLikelihood => "maximum_likelihood".to_owned(),
        Objective::Map { l2 } => format!("map l2={}", number(*l2)),
        Objective::Elbo { kl, temperature, anneal, l2 } => {
            let kl = match kl {
                KlWeighting::Exact => "exact".to_owned(),
                KlWeighting::Blundell => "blundell".to_owned(),
                KlWeighting::Soenderby { warmup } => format!("soenderby(warmup={warmup})"),
                KlWeighting::Scale { beta } => format!("scale({})", number(*beta)),
            };
            format!("elbo kl={kl} temperature={} anneal={} l2={}", number(*temperature), plain(anneal), number(*l2))
        }
    }
}

/// A small value in its serialised form without quotes, such as `local_reparameterization`, `none` or
/// `expected_calibration_error(bins=15)`.
pub(crate) fn plain<T: Serialize>(value: &T) -> String {
    fn show(value: &serde_json::Value) -> String {
        match value {
            serde_json::Value::Null => "none".to_owned(),
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Object(map) => {
                let fields = |inner: &serde_json::Map<String, serde_json::Value>| {
                    inner.iter().map(|(key, value)| format!("{key}={}", show(value))).collect::<Vec<_>>().join(", ")
                };
                let parts: Vec<String> = map
                    .iter()
                    .map(|(name, value)| match value {
                        serde_json::Value::Object(inner) => format!("{name}({})", fields(inner)),
                        other => format!("{name}({})", show(other)),
                    })
                    .collect();
                parts.join(", ")
            }
            serde_json::Value::Array(items) => {
                format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", "))
            }
            other => other.to_string(),
        }
    }
    show(&serde_json::to_value(value).expect("the IR has only string keys and finite numbers"))
}

fn target(target: &Target) -> String {
    match target {
        Target::Classes { count, names } if names.is_empty() => format!("classes={count}"),
        Target::Classes { names, .. } => format!("classes=[{}]", names.join(", ")),
        Target::Values { names, normalize } => {
            format!("targets=[{}]{}", names.join(", "), if *normalize { " normalized" } else { "" })
        }
    }
}
