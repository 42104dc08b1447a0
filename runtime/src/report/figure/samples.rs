//! Epistemic uncertainty against the number of samples.

use super::plot::{Axis, Plot};
use super::{Figure, NumberTable, number, optional, range};
use crate::uncertainty::EpistemicBySamples;

/// How the epistemic figures settle as draws are added, with two standard errors each way. `None` without points.
pub fn epistemic_by_samples_figure(points: &[EpistemicBySamples]) -> Option<Figure> {
    let (first, last) = (points.first()?, points.last()?);
    type Line = fn(&EpistemicBySamples) -> (f64, Option<f64>);
    let lines: [(&str, Line); 2] = [
        ("epistemic (trace)", |point| (point.epistemic_unbiased, point.epistemic_standard_error)),
        ("mutual information (nats)", |point| {
            (point.mutual_information_corrected, point.mutual_information_standard_error)
        }),
    ];
    let ends = |(value, error): (f64, Option<f64>)| {
        let reach = 2.0 * error.unwrap_or(0.0);
        [(value - reach).max(0.0), value + reach]
    };
    let [_, highest] = range(points.iter().flat_map(|point| lines.iter().flat_map(|(_, of)| ends(of(point)))))?;
    let mut plot = Plot::new(
        260.0,
        &Axis::logarithmic("samples T", [first.samples as f64, last.samples as f64]),
        &Axis::nice("uncertainty, free of bias in T", [0.0, highest.max(1e-9)]),
        &lines.map(|(name, _)| name),
    );
    for (series, (_, of)) in lines.iter().enumerate() {
        for point in points.iter().filter(|point| of(point).1.is_some()) {
            plot.error_bar(series, point.samples as f64, ends(of(point)));
        }
        let line: Vec<(f64, f64)> = points.iter().map(|point| (point.samples as f64, of(point).0)).collect();
        plot.series(series, &line);
    }
    let columns = ["samples", "epistemic (trace)", "standard error", "mutual information", "standard error"];
    let rows = points.iter().map(|point| {
        vec![
            point.samples.to_string(),
            number(point.epistemic_unbiased),
            optional(point.epistemic_standard_error),
            number(point.mutual_information_corrected),
            optional(point.mutual_information_standard_error),
        ]
    });
    Some(Figure {
        name: "epistemic-by-samples".to_owned(),
        title: "Epistemic uncertainty against the number of samples".to_owned(),
        caption: "Each point takes the first T draws. Where the lines are level, more draws would change nothing; \
                  strokes reach two standard errors each way."
            .to_owned(),
        description: format!(
            "From {} to {} samples the epistemic trace goes from {} to {}, the mutual information from {} to {} nats.",
            first.samples,
            last.samples,
            number(first.epistemic_unbiased),
            number(last.epistemic_unbiased),
            number(first.mutual_information_corrected),
            number(last.mutual_information_corrected)
        ),
        table: NumberTable::new(&columns, rows),
        drawing: plot.drawing,
    })
}
