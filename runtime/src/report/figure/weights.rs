//! The signal-to-noise ratio of weights, tensor by tensor.

use super::drawing::{Anchor, Drawing, shortened};
use super::plot::WIDTH;
use super::scale::Scale;
use super::{Figure, NumberTable, number, range};
use crate::report::LayerPosterior;

/// Tensors that are drawn; the table has all.
const TENSORS: usize = 40;

/// A row for each tensor: a stroke from the 5 % to the 95 % quantile of |μ|/σ, a box between the quartiles, the median
/// in it (the signal-to-noise ratio of Blundell, Cornebise, Kavukcuoglu & Wierstra 2015, section 5.1). `None` without tensors.
pub fn signal_to_noise_figure(tensors: &[LayerPosterior]) -> Option<Figure> {
    let drawn = &tensors[..tensors.len().min(TENSORS)];
    let positive = drawn.iter().flat_map(quantiles).filter(|value| *value > 0.0);
    let [low, high] = range(positive.chain([1.0]))?;
    if drawn.is_empty() {
        return None;
    }
    let (left, row, top) = (122.0, 20.0, 8.0);
    let ground = top + row * drawn.len() as f64;
    let height = ground + 40.0;
    let mut drawing = Drawing::new(WIDTH, height);
    // Quantiles near zero would stretch the axis over many empty decades.
    let x = Scale::logarithmic([low.max(high * 1e-5) * 0.9, high * 1.1], [left, WIDTH - 16.0]);
    for (value, label) in x.ticks(5.0) {
        let place = x.place(value);
        drawing.line("grid", [place, top], [place, ground]);
        drawing.text("faint", Anchor::Middle, [place, ground + 16.0], &label);
    }
    drawing.line("guide", [x.place(1.0), top], [x.place(1.0), ground]);
    drawing.text("faint", Anchor::Middle, [(left + WIDTH) / 2.0, height - 5.0], "signal-to-noise ratio |μ|/σ");
    for (place, tensor) in drawn.iter().enumerate() {
        let y = top + row * place as f64 + row / 2.0;
        drawing.text("", Anchor::End, [left - 6.0, y + 4.0], &shortened(&tensor.tensor, 17));
        let [fifth, lower, median, upper, ninety_fifth] = quantiles(tensor).map(|value| x.place(value));
        drawing.line("mark-0", [fifth, y], [ninety_fifth, y]);
        drawing.rectangle("fill-0", 0.35, [lower, y - 5.0], [upper - lower, 10.0]);
        drawing.line("line-0", [median, y - 6.0], [median, y + 6.0]);
    }
    let medians = |better: fn(f64, f64) -> bool| {
        tensors.iter().reduce(|best, tensor| {
            if better(tensor.signal_to_noise.median, best.signal_to_noise.median) { tensor } else { best }
        })
    };
    let (most, least) = (medians(|left, right| left > right)?, medians(|left, right| left < right)?);
    let rows = tensors
        .iter()
        .map(|tensor| std::iter::once(tensor.tensor.clone()).chain(quantiles(tensor).map(number)).collect());
    Some(Figure {
        name: "signal-to-noise".to_owned(),
        title: "Signal-to-noise ratio of the weights by tensor".to_owned(),
        caption:
            "Left of the dashed line a weight's noise is larger than its mean, so that little of it is known. Boxes \
                  hold the middle half of the weights, strokes the middle 90 %."
                .to_owned(),
        description: format!(
            "The median of |μ|/σ is highest in {} with {} and lowest in {} with {}.",
            most.tensor,
            number(most.signal_to_noise.median),
            least.tensor,
            number(least.signal_to_noise.median)
        ),
        table: NumberTable::new(&["tensor", "5 %", "25 %", "median", "75 %", "95 %"], rows),
        drawing,
    })
}

fn quantiles(tensor: &LayerPosterior) -> [f64; 5] {
    let spread = &tensor.signal_to_noise;
    [spread.percentile_5, spread.percentile_25, spread.median, spread.percentile_75, spread.percentile_95]
}
