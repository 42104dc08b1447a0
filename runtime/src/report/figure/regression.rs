//! A one-dimensional regression: data, fit, and both kinds of uncertainty around it.

use super::plot::{Axis, Plot};
use super::{Figure, NumberTable, grouped, number, range};

/// An input, its target, the predicted mean, and the aleatoric and epistemic variance around that.
pub type FittedPoint = (f64, f64, f64, f64, f64);

/// Points that are drawn and listed; more are thinned evenly.
const POINTS: usize = 400;

/// The fit over the input with two standard deviations each way: the inner band epistemic alone, the outer one both
/// together. `examples` says how many inputs the points were chosen from, evenly in order of the input. `None` without
/// a finite point.
pub fn regression_figure(points: &[FittedPoint], examples: usize) -> Option<Figure> {
    let is_finite = |&&(x, target, mean, aleatoric, epistemic): &&FittedPoint| {
        [x, target, mean, aleatoric, epistemic].iter().all(|value| value.is_finite())
    };
    let mut points: Vec<FittedPoint> = points.iter().filter(is_finite).copied().collect();
    points.sort_by(|left, right| left.0.total_cmp(&right.0));
    let stride = points.len().div_ceil(POINTS).max(1);
    let points: Vec<FittedPoint> = points.into_iter().step_by(stride).collect();
    let band = |variance: fn(&FittedPoint) -> f64| -> Vec<(f64, f64, f64)> {
        let ends = |point: &FittedPoint| {
            let reach = 2.0 * variance(point).max(0.0).sqrt();
            (point.0, point.2 - reach, point.2 + reach)
        };
        points.iter().map(ends).collect()
    };
    let total = band(|point| point.3 + point.4);
    let heights = total.iter().flat_map(|&(_, low, high)| [low, high]).chain(points.iter().map(|point| point.1));
    let heights = range(heights)?;
    let widths = range(points.iter().map(|point| point.0))?;
    let names = ["mean ± 2 s.d., both kinds", "epistemic alone", "target"];
    let mut plot = Plot::new(340.0, &Axis::exact("input", widths), &Axis::nice("target", heights), &names);
    plot.band(0, 0.18, &total);
    plot.band(1, 0.35, &band(|point| point.4));
    let mean: Vec<[f64; 2]> = points.iter().map(|point| plot.place((point.0, point.2))).collect();
    plot.drawing.polyline("line-0", &mean);
    for point in &points {
        let place = plot.place((point.0, point.1));
        plot.drawing.marker(2, false, place);
    }
    let covered = points.iter().zip(&total).filter(|(point, band)| (band.1..=band.2).contains(&point.1)).count();
    let rows = points
        .iter()
        .map(|&(x, target, mean, aleatoric, epistemic)| [x, target, mean, aleatoric, epistemic].map(number).to_vec());
    let (drawn, is_thinned) = (points.len(), examples > points.len());
    let thinned = if is_thinned {
        format!(
            " {} of {} test inputs are drawn, evenly in order of the input.",
            grouped(drawn as f64),
            grouped(examples as f64)
        )
    } else {
        String::new()
    };
    Some(Figure {
        name: "regression".to_owned(),
        title: "Fit with aleatoric and epistemic uncertainty".to_owned(),
        caption: format!(
            "The line is the predicted mean. The outer band is two standard deviations of both kinds together, the \
             inner one of the epistemic kind alone: it widens where there were no data.{thinned}"
        ),
        description: format!(
            "{covered} of {}{drawn} targets{} lie within two standard deviations of the predicted mean.",
            if is_thinned { "the " } else { "" },
            if is_thinned { " drawn" } else { "" },
        ),
        table: NumberTable::new(&["input", "target", "mean", "aleatoric variance", "epistemic variance"], rows),
        drawing: plot.drawing,
    })
}
