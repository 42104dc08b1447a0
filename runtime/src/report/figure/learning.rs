//! Learning curves.

use super::plot::{Axis, Plot};
use super::{Figure, NumberTable, number, optional, percent, range};
use crate::train::EpochRecord;

/// A named curve over epochs.
type Curve<'a> = (&'a str, Vec<(f64, f64)>);

/// Likelihood, accuracy or distance from the target and, where there is one, the KL divergence by epoch. None without epochs.
pub fn learning_figures(epochs: &[EpochRecord], selected: usize) -> Vec<Figure> {
    if epochs.is_empty() {
        return Vec::new();
    }
    let training = |value: fn(&EpochRecord) -> f64| curve(epochs, |epoch| Some(value(epoch)));
    let likelihood = vec![
        ("training", training(|epoch| epoch.train.negative_log_likelihood)),
        ("validation", curve(epochs, |epoch| Some(epoch.validation?.negative_log_likelihood))),
    ];
    let accuracy = vec![
        ("training", curve(epochs, |epoch| epoch.train.accuracy)),
        ("validation", curve(epochs, |epoch| epoch.validation?.accuracy)),
    ];
    let distance = vec![
        ("training", curve(epochs, |epoch| epoch.train.root_mean_squared_error)),
        ("validation", curve(epochs, |epoch| epoch.validation?.root_mean_squared_error)),
    ];
    let chosen = format!("The dashed upright line marks epoch {selected}, whose weights were scored.");
    let mut figures = vec![figure(
        ("learning-likelihood", "Negative log-likelihood by epoch"),
        "nats per example",
        &format!("Training values are means over the epoch's own steps, one draw each. {chosen}"),
        likelihood,
        (epochs, selected),
    )];
    if !accuracy[0].1.is_empty() {
        let names = ("learning-accuracy", "Accuracy by epoch");
        figures.push(figure(names, "share of examples", &chosen, accuracy, (epochs, selected)));
    }
    if !distance[0].1.is_empty() {
        let names = ("learning-error", "Root mean squared error by epoch");
        let caption = format!("In the units the network is trained in. {chosen}");
        figures.push(figure(names, "distance from the target", &caption, distance, (epochs, selected)));
    }
    if epochs.iter().any(|epoch| epoch.train.kl > 0.0) {
        let kl = vec![("KL(q‖p)", training(|epoch| epoch.train.kl))];
        figures.push(figure(
            ("learning-kl", "KL divergence from the prior by epoch"),
            "nats",
            "All variational weights together, not weighted.",
            kl,
            (epochs, selected),
        ));
    }
    figures
}

fn curve(epochs: &[EpochRecord], value: impl Fn(&EpochRecord) -> Option<f64>) -> Vec<(f64, f64)> {
    epochs.iter().filter_map(|epoch| Some((epoch.epoch as f64, value(epoch)?))).collect()
}

fn figure(
    (name, title): (&str, &str),
    unit: &str,
    caption: &str,
    curves: Vec<Curve<'_>>,
    (epochs, selected): (&[EpochRecord], usize),
) -> Figure {
    let curves: Vec<Curve<'_>> = curves.into_iter().filter(|(_, points)| !points.is_empty()).collect();
    let values = curves.iter().flat_map(|(_, points)| points.iter().map(|point| point.1));
    let values = range(values).unwrap_or([0.0, 1.0]);
    let last = epochs.last().map_or(1, |epoch| epoch.epoch) as f64;
    let names: Vec<&str> = curves.iter().map(|(name, _)| *name).collect();
    let x = if last > 1.0 { [1.0, last] } else { [0.0, 2.0] };
    let mut plot = Plot::new(250.0, &Axis::exact("epoch", x), &Axis::nice(unit, values), &names);
    if selected as f64 != last {
        let (low, high) = (plot.y.low(), plot.y.high());
        plot.guide((selected as f64, low), (selected as f64, high));
    }
    curves.iter().enumerate().for_each(|(series, (_, points))| plot.series(series, points));
    let form = if name == "learning-accuracy" { percent } else { number };
    let description = curves.iter().map(|(curve, points)| {
        let (first, last) = (points[0].1, points[points.len() - 1].1);
        format!("{curve}: {} after the first epoch, {} after the last.", form(first), form(last))
    });
    let columns: Vec<&str> = std::iter::once("epoch").chain(names.iter().copied()).collect();
    let rows = epochs.iter().map(|epoch| {
        let value_at = |points: &[(f64, f64)]| points.iter().find(|point| point.0 == epoch.epoch as f64).map(|p| p.1);
        let values = curves.iter().map(|(_, points)| optional(value_at(points)));
        std::iter::once(epoch.epoch.to_string()).chain(values).collect()
    });
    Figure {
        name: name.to_owned(),
        title: title.to_owned(),
        caption: caption.to_owned(),
        description: description.collect::<Vec<_>>().join(" "),
        table: NumberTable::new(&columns, rows),
        drawing: plot.drawing,
    }
}
