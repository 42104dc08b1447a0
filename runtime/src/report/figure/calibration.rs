//! The reliability diagram.

use super::plot::{Axis, Plot};
use super::{Figure, NumberTable, optional};
use crate::uncertainty::scores::ReliabilityBin;
use crate::uncertainty::wilson_interval;

/// Height of the part that shows how many inputs a bin has.
const COUNTS: f64 = 56.0;

/// Bins with fewer inputs are hollow: their accuracy is mostly chance.
const FEW: usize = 10;

/// Accuracy against confidence by bin, over the number of inputs in each bin; beside it the curve of `scaled`
/// predictions, those whose class scores were divided by a temperature. `None` if all bins are empty.
pub fn reliability_figure(bins: &[ReliabilityBin], scaled: Option<&[ReliabilityBin]>) -> Option<Figure> {
    let total: usize = bins.iter().map(|bin| bin.count).sum();
    if total == 0 {
        return None;
    }
    let unit = [0.0, 1.0];
    let mut plot = Plot::new(
        370.0,
        &Axis::exact("confidence (probability of the predicted class)", unit),
        &Axis::exact("accuracy in the bin", [0.0, 1.0]),
        if scaled.is_some() { &["as predicted", "with temperature"] } else { &[] },
    );
    let ground = plot.y.place(0.0);
    // Below, behind the points: the share of inputs in each bin.
    for bin in bins {
        let (left, right) = (plot.x.place(bin.lower), plot.x.place(bin.upper));
        let height = COUNTS * bin.count as f64 / total as f64;
        plot.drawing.rectangle("fill-5", 0.35, [left + 0.5, ground - height], [right - left - 1.0, height]);
    }
    plot.guide((0.0, 0.0), (1.0, 1.0));
    let points = with_inputs(bins);
    for (bin, (confidence, _)) in &points {
        if let Some([low, high]) = interval(bin) {
            let (from, to) = (plot.place((*confidence, low)), plot.place((*confidence, high)));
            plot.drawing.line("mark-0", from, to);
        }
    }
    if let Some(scaled) = scaled {
        curve(&mut plot, 1, &with_inputs(scaled));
    }
    curve(&mut plot, 0, &points);
    let gap = |bin: &ReliabilityBin| Some(bin.accuracy? - bin.confidence?);
    let largest = bins.iter().filter(|bin| bin.count >= FEW).filter_map(|bin| Some((bin, gap(bin)?)));
    let largest = largest.max_by(|left, right| left.1.abs().total_cmp(&right.1.abs()));
    let description = match largest {
        Some((bin, gap)) => format!(
            "Of {} bins, {} hold inputs. The largest gap in a bin of {FEW} inputs or more is {:+.3} (accuracy less \
             confidence) for confidences from {:.2} to {:.2}.",
            bins.len(),
            points.len(),
            gap,
            bin.lower,
            bin.upper
        ),
        None => format!("Of {} bins, {} hold inputs, none of them {FEW} or more.", bins.len(), points.len()),
    };
    let mut columns =
        vec!["confidence from", "to", "inputs", "mean confidence", "accuracy", "from", "to", "accuracy − confidence"];
    if scaled.is_some() {
        columns.extend(["scaled: inputs", "scaled: mean confidence", "scaled: accuracy"]);
    }
    let rows = bins.iter().enumerate().map(|(place, bin)| {
        let mut row = vec![
            format!("{:.3}", bin.lower),
            format!("{:.3}", bin.upper),
            bin.count.to_string(),
            optional(bin.confidence),
            optional(bin.accuracy),
            optional(interval(bin).map(|[low, _]| low)),
            optional(interval(bin).map(|[_, high]| high)),
            gap(bin).map_or_else(|| "—".to_owned(), |gap| format!("{gap:+.4}")),
        ];
        if let Some(scaled) = scaled.map(|scaled| scaled.get(place)) {
            row.push(scaled.map_or(0, |bin| bin.count).to_string());
            row.extend([scaled.and_then(|bin| bin.confidence), scaled.and_then(|bin| bin.accuracy)].map(optional));
        }
        row
    });
    Some(Figure {
        name: "reliability".to_owned(),
        title: "Reliability: accuracy against confidence".to_owned(),
        caption: format!(
            "On the dashed diagonal confidence means accuracy; below it the network is over-confident, above it \
             under-confident. Upright strokes are 95 % intervals of the accuracy (Wilson's), hollow points bins of fewer \
             than {FEW} inputs; grey bars show the share of inputs in each bin.{}",
            if scaled.is_some() {
                " The second curve is that of the same draws with class scores divided by the temperature fitted on \
                 validation."
            } else {
                ""
            }
        ),
        description,
        table: NumberTable::new(&columns, rows),
        drawing: plot.drawing,
    })
}

/// The 95 % interval of a bin's accuracy.
fn interval(bin: &ReliabilityBin) -> Option<[f64; 2]> {
    let hits = (bin.accuracy? * bin.count as f64).round() as usize;
    Some(wilson_interval(hits.min(bin.count), bin.count))
}

type Point<'b> = (&'b ReliabilityBin, (f64, f64));

/// The bins with inputs, with their confidence and accuracy.
fn with_inputs(bins: &[ReliabilityBin]) -> Vec<Point<'_>> {
    bins.iter().filter_map(|bin| Some((bin, (bin.confidence?, bin.accuracy?)))).collect()
}

fn curve(plot: &mut Plot, series: usize, points: &[Point<'_>]) {
    let places: Vec<[f64; 2]> = points.iter().map(|&(_, point)| plot.place(point)).collect();
    plot.drawing.polyline(&format!("line-{series}"), &places);
    for ((bin, _), place) in points.iter().zip(&places) {
        plot.drawing.marker(series, bin.count < FEW, *place);
    }
}
