//! Risk against coverage.

use super::plot::{Axis, Plot};
use super::{Figure, NumberTable, number, percent, range};
use crate::uncertainty::scores::RiskCoverage;

/// The error rate among the most confident inputs, against the share of inputs that is answered. `None` without points.
pub fn risk_coverage_figure(risk_coverage: &RiskCoverage) -> Option<Figure> {
    let curve = &risk_coverage.curve;
    let all = curve.last()?;
    let [_, highest] = range(curve.iter().map(|point| point.risk))?;
    let mut plot = Plot::new(
        370.0,
        &Axis::exact("coverage (share of inputs answered)", [0.0, 1.0]),
        &Axis::nice("risk (error rate among those answered)", [0.0, highest.max(1e-4)]),
        &[],
    );
    plot.guide((0.0, all.risk), (1.0, all.risk));
    let points: Vec<(f64, f64)> = curve.iter().map(|point| (point.coverage, point.risk)).collect();
    plot.series(0, &points);
    let rows = curve.iter().map(|point| vec![percent(point.coverage), percent(point.risk), number(point.threshold)]);
    Some(Figure {
        name: "risk-coverage".to_owned(),
        title: "Risk against coverage".to_owned(),
        caption: "What the error rate becomes when the least confident inputs are refused; the dashed line is the \
                  error rate without refusing any. The lower the curve at the left, the more confidence is worth."
            .to_owned(),
        description: format!(
            "All inputs answered, {} are wrong; the most confident 80 % answered, {}. The area under the curve is {}.",
            percent(all.risk),
            percent(1.0 - risk_coverage.accuracy_at_80_percent_coverage),
            number(risk_coverage.area_under_risk_coverage)
        ),
        table: NumberTable::new(&["coverage", "risk", "least confidence answered"], rows),
        drawing: plot.drawing,
    })
}
