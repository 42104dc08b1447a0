//! The reliability diagram.

use super::plot::{Axis, Plot};
use super::{Figure, NumberTable, optional};
use crate::uncertainty::scores::ReliabilityBin;

/// Height of the part that shows how many inputs a bin has.
const COUNTS: f64 = 56.0;

/// Bins with fewer inputs are hollow: their accuracy is mostly chance.
const FEW: usize = 10;

/// Accuracy against confidence by bin, over the number of inputs in each bin. `None` if all bins are empty.
pub fn reliability_figure(bins: &[ReliabilityBin]) -> Option<Figure> {
    let total: usize = bins.iter().map(|bin| bin.count).sum();
    if total == 0 {
        return None;
    }
    let unit = [0.0, 1.0];
    let mut plot = Plot::new(
        370.0,
        &Axis::exact("confidence (probability of the predicted class)", unit),
        &Axis::exact("accuracy in the bin", [0.0, 1.0]),
        &[],
    );
    let ground = plot.y.place(0.0);
    // Below, behind the points: the share of inputs in each bin.
    for bin in bins {
        let (left, right) = (plot.x.place(bin.lower), plot.x.place(bin.upper));
        let height = COUNTS * bin.count as f64 / total as f64;
        plot.drawing.rectangle("fill-5", 0.35, [left + 0.5, ground - height], [right - left - 1.0, height]);
    }
    plot.guide((0.0, 0.0), (1.0, 1.0));
    let points = bins.iter().filter_map(|bin| Some((bin, (bin.confidence?, bin.accuracy?))));
    let points: Vec<(&ReliabilityBin, (f64, f64))> = points.collect();
    for (_, (confidence, accuracy)) in &points {
        let (from, to) = (plot.place((*confidence, *confidence)), plot.place((*confidence, *accuracy)));
        plot.drawing.line("mark-1", from, to);
    }
    let places: Vec<[f64; 2]> = points.iter().map(|&(_, point)| plot.place(point)).collect();
    plot.drawing.polyline("line-0", &places);
    for ((bin, _), place) in points.iter().zip(&places) {
        plot.drawing.marker(0, bin.count < FEW, *place);
    }
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
    let columns = ["confidence from", "to", "inputs", "mean confidence", "accuracy", "accuracy − confidence"];
    let rows = bins.iter().map(|bin| {
        vec![
            format!("{:.3}", bin.lower),
            format!("{:.3}", bin.upper),
            bin.count.to_string(),
            optional(bin.confidence),
            optional(bin.accuracy),
            gap(bin).map_or_else(|| "—".to_owned(), |gap| format!("{gap:+.4}")),
        ]
    });
    Some(Figure {
        name: "reliability".to_owned(),
        title: "Reliability: accuracy against confidence".to_owned(),
        caption: format!(
            "On the dashed diagonal confidence means accuracy; below it the network is over-confident, above it \
             under-confident. Upright strokes are the gaps, hollow points bins of fewer than {FEW} inputs; grey bars \
             show the share of inputs in each bin."
        ),
        description,
        table: NumberTable::new(&columns, rows),
        drawing: plot.drawing,
    })
}
