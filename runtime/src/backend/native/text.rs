//! A plan as text, so that a reader sees what will run and what memory it takes.

use super::network::{Kind, Network, Stage, Value};
use super::plan::{Mode, Plan, splits};
use super::tiling::Tiling;
use elbo_compiler::ir::{Estimator, grouped};
use elbo_kernels::Function;
use std::fmt::Write;

/// Stages and buffers of a plan.
pub(super) fn text(network: &Network, plan: &Plan) -> String {
    let mut text = String::new();
    let what = match plan.mode {
        Mode::Training => format!("a training step of {} examples", plan.capacity),
        Mode::Prediction { samples: 1 } => format!("a draw of {} examples", plan.capacity),
        Mode::Prediction { samples } => format!("{samples} draws of {} examples in one pass", plan.capacity),
    };
    let _ = writeln!(text, "plan of {what}: {} of buffers\n", mebibytes(plan.bytes_in_all()));
    let names: Vec<&str> = network.stages.iter().map(|stage| stage.name.as_str()).collect();
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max("stage".len());
    let shapes: Vec<String> = network.values.iter().map(|value| shape(*value)).collect();
    let widest = shapes.iter().map(String::len).max().unwrap_or(0).max("output".len());
    let _ = writeln!(text, "  {:<longest$}  {:<widest$}  what runs", "stage", "output");
    let _ = writeln!(text, "  {:<longest$}  {:<widest$}", "input", shapes[0]);
    for (number, stage) in network.stages.iter().enumerate() {
        let shape = &shapes[number + 1];
        let _ = writeln!(text, "  {:<longest$}  {shape:<widest$}  {}", stage.name, work(network, plan, number, stage));
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

fn tiles(tiling: Tiling) -> String {
    let (outputs, products) = (tiling.filter.outputs(), tiling.filter.products().pow(2));
    format!("{} tiles of {outputs} x {outputs} with {products} products", tiling.count())
}

fn work(network: &Network, plan: &Plan, number: usize, stage: &Stage) -> String {
    let mut text = match &stage.kind {
        Kind::Weighted(weighted) => {
            let products = match stage.estimator(plan.trains()) {
                None => "product".to_owned(),
                Some(Estimator::LocalReparameterization) => "products of means and variances, noise".to_owned(),
                Some(Estimator::Reparameterization) => "drawn weights, product".to_owned(),
                Some(Estimator::Flipout) => "products of means and drawn deviations, signs".to_owned(),
            };
            let mut text = products;
            if weighted.bias.is_some() {
                text.push_str(", bias");
            }
            if weighted.geometry.slots.depth() > 1 {
                let _ = write!(text, ", maximum of {}", weighted.geometry.slots.depth());
            }
            if weighted.function != Function::Identity {
                let _ = write!(text, ", {}", function_name(weighted.function));
            }
            if plan.squares[number + 1].is_some() {
                text.push_str(", squares");
            }
            if weighted.reads_images {
                text.push_str("; reads kernel rows of images");
            }
            let [tiling, turned] = plan.stages[number].tilings;
            if let Some(tiling) = tiling {
                let _ = write!(text, "; by {}", tiles(tiling));
            }
            if let (true, Some(turned)) = (plan.trains(), turned.filter(|_| turned != tiling)) {
                let _ = write!(text, "; input gradient by {}", tiles(turned));
            }
            let parts = splits(network, weighted, tiling);
            if plan.trains() && parts > 1 {
                let _ = write!(text, "; weight gradient in {parts} parts");
            }
            text
        }
        Kind::MaxPool(_) => "maximum over windows".to_owned(),
        Kind::Average(_) => "mean over windows".to_owned(),
        Kind::Activation(function) => function_name(*function).to_owned(),
        Kind::Flatten => "channels outermost".to_owned(),
        Kind::BatchNorm { .. } => "normalisation by channel".to_owned(),
        Kind::ExampleNorm { groups, .. } => format!("normalisation of each example in {groups} groups"),
        Kind::Add { .. } => "sum of two values".to_owned(),
        Kind::Dropout { probability, .. } => format!("mask with p = {probability}"),
    };
    if plan.has_moments(number) {
        text.push_str("; products shared by all samples");
    } else if plan.shared[number] {
        text.push_str("; shared by all samples");
    }
    text
}

fn function_name(function: Function) -> &'static str {
    match function {
        Function::Identity => "identity",
        Function::Relu => "relu",
        Function::LeakyRelu { .. } => "leaky_relu",
        Function::Softplus => "softplus",
        Function::Elu { .. } => "elu",
        Function::Tanh => "tanh",
        Function::Sigmoid => "sigmoid",
        Function::Gelu => "gelu",
        Function::Silu => "silu",
    }
}
