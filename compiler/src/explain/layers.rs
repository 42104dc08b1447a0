//! The layers, what they hold and what they take.

use super::table::{Side, paragraph, table};
use super::{Section, Subject};
use crate::analysis::{WeightTensor, count, layer_memory, multiply_accumulates, network_memory, weight_tensors};
use crate::ir::text;
use crate::quantity::bytes;

/// Name, operation, mark, output shape and where the mark came from.
pub(super) fn section(subject: &Subject<'_>) -> Section {
    let network = subject.network;
    let marks = text::distinct_bayes_marks(&network.layers);
    let rows: Vec<[String; 5]> = network
        .layers
        .iter()
        .enumerate()
        .map(|(index, layer)| {
            let operation = text::operation(&layer.operation, layer.input);
            [
                layer.name.clone(),
                layer.from.as_ref().map_or_else(|| operation.clone(), |from| format!("{operation} of {from}")),
                text::treatment(layer, &marks),
                layer.output.to_string(),
                subject.origins.get(index).cloned().unwrap_or_default(),
            ]
        })
        .collect();
    let header = ["layer", "operation", "mark", "output", "mark from"].map(|title| (title, Side::Left));
    let reading = network.output.family().phrases().reading;
    let legend: String = text::legend(&network.layers).iter().map(|line| paragraph(line)).collect();
    let body = format!("  input {}\n{}  output {reading}\n{legend}", network.input, table(header, &rows));
    Section { heading: "Layers".to_owned(), body }
}

/// Counts and memory by layer.
pub(super) fn memory(subject: &Subject<'_>) -> Section {
    let network = subject.network;
    let training = subject.run.map(|run| &run.training);
    let optimizer = training.map(|training| &training.optimizer);
    let mut rows: Vec<[String; 6]> = network
        .layers
        .iter()
        .map(|layer| {
            let parameters = weight_tensors(layer).iter().map(WeightTensor::elements).fold(0, usize::saturating_add);
            let memory = layer_memory(layer, optimizer);
            [
                layer.name.clone(),
                text::grouped(parameters),
                text::grouped(multiply_accumulates(layer)),
                bytes(memory.activation),
                bytes(memory.parameters),
                bytes(memory.training()),
            ]
        })
        .collect();
    let (counts, total) = (count(network), network_memory(network, optimizer));
    rows.push([
        "total".to_owned(),
        text::grouped(counts.parameters),
        text::grouped(counts.multiply_accumulates),
        bytes(total.activation),
        bytes(total.parameters),
        bytes(total.training()),
    ]);
    let header = [
        ("layer", Side::Left),
        ("parameters", Side::Right),
        ("multiply-accumulates", Side::Right),
        ("output memory", Side::Right),
        ("parameter memory", Side::Right),
        (if training.is_some() { "+ gradients + optimizer" } else { "+ gradients" }, Side::Right),
    ];
    let batch = match training {
        Some(training) => format!(
            " A batch of {} keeps {} of outputs for the backward pass, per draw.",
            text::grouped(training.batch),
            bytes(total.activation.saturating_mul(training.batch))
        ),
        None => String::new(),
    };
    let words = format!(
        "Counts and outputs are those of one example and pass; a number takes 4 bytes, and a `bayes` weight is two \
         numbers, μ and ρ.{batch}"
    );
    Section {
        heading: "Parameters, work and memory".to_owned(),
        body: format!("{}{}", table(header, &rows), paragraph(&words)),
    }
}
