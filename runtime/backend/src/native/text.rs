//! A plan as text, so that a reader sees what will run and what memory it takes.

use super::network::{Network, Value};
use super::plan::{Mode, Plan};
use super::stage::{Stage, Stages};
use elbo_compiler::ir::grouped;
use std::fmt::Write;

/// Stages and buffers of a plan.
pub(super) fn text(network: &Network, stages: &Stages, plan: &Plan) -> String {
    let mut text = String::new();
    let what = match plan.mode {
        Mode::Training => format!("a training step of {} examples", plan.capacity),
        Mode::Prediction { samples: 1 } => format!("a draw of {} examples", plan.capacity),
        Mode::Prediction { samples } => format!("{samples} draws of {} examples in one pass", plan.capacity),
    };
    let _ = writeln!(text, "plan of {what}: {} of buffers\n", mebibytes(plan.bytes_in_all()));
    let names: Vec<&str> = network.sites.iter().map(|site| site.name.as_str()).collect();
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max("stage".len());
    let shapes: Vec<String> = network.values.iter().map(|value| shape(*value)).collect();
    let widest = shapes.iter().map(String::len).max().unwrap_or(0).max("output".len());
    let _ = writeln!(text, "  {:<longest$}  {:<widest$}  what runs", "stage", "output");
    let _ = writeln!(text, "  {:<longest$}  {:<widest$}", "input", shapes[0]);
    for (number, (stage, site)) in stages.iter().zip(&network.sites).enumerate() {
        let shape = &shapes[number + 1];
        let _ = writeln!(text, "  {:<longest$}  {shape:<widest$}  {}", site.name, work(network, plan, number, stage));
    }
    let _ = writeln!(text, "\n  {:>12}  {:>10}  {:<9}  buffer", "offset", "MiB", "moments");
    let mut buffers: Vec<_> = plan.numbers.buffers().collect();
    buffers.sort_by_key(|(buffer, offset)| (buffer.life, *offset));
    for (buffer, offset) in buffers {
        let (first, last) = buffer.life.unwrap_or_default();
        let moments = format!("{first}-{last}");
        let size = format!("{:.3}", (buffer.length * size_of::<f32>()) as f64 / f64::from(1 << 20));
        let offset = grouped(offset * size_of::<f32>());
        let _ = writeln!(text, "  {offset:>12}  {size:>10}  {moments:<9}  {}", buffer.name);
    }
    for (buffer, offset) in plan.bytes.buffers() {
        let (first, last) = buffer.life.unwrap_or_default();
        let moments = format!("{first}-{last}");
        let size = format!("{:.3}", buffer.length as f64 / f64::from(1 << 20));
        let _ = writeln!(text, "  {:>12}  {size:>10}  {moments:<9}  {} (bytes)", grouped(offset), buffer.name);
    }
    text
}

fn mebibytes(bytes: usize) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

fn shape(value: Value) -> String {
    match value.size {
        [1, 1] => format!("{}", value.channels),
        [rows, columns] => format!("{} x {rows} x {columns}", value.channels),
    }
}

fn work(network: &Network, plan: &Plan, number: usize, stage: &dyn Stage) -> String {
    let mut text = stage.description(network, plan, number);
    if plan.shares_part[number] {
        text.push_str("; products shared by all samples");
    } else if plan.shared[number] {
        text.push_str("; shared by all samples");
    }
    text
}
