//! How often real targets lie in the intervals that should hold them.

use super::plot::{Axis, Plot};
use super::{Figure, NumberTable, number, percent};
use crate::uncertainty::IntervalCoverage;

/// The share of targets in each central interval against its probability, with its interval.
pub fn coverage_figure(coverage: &[IntervalCoverage]) -> Figure {
    let unit = [0.0, 1.0];
    let mut plot = Plot::new(
        340.0,
        &Axis::exact("probability of the interval", unit),
        &Axis::exact("share of targets in it", unit),
        &[],
    );
    plot.guide((0.0, 0.0), (1.0, 1.0));
    for level in coverage {
        plot.error_bar(0, level.level, reach(level));
    }
    let points: Vec<(f64, f64)> = coverage.iter().map(|level| (level.level, level.coverage)).collect();
    plot.series(0, &points);
    let words = coverage.iter().map(|level| format!("{} for {}", percent(level.coverage), percent(level.level)));
    let rows = coverage.iter().map(|level| {
        let [low, high] = reach(level).map(percent);
        let width = level.mean_width.map_or_else(|| "—".to_owned(), number);
        vec![percent(level.level), percent(level.coverage), low, high, width]
    });
    Figure {
        name: "coverage".to_owned(),
        title: "Coverage of central intervals".to_owned(),
        caption: "On the dashed diagonal intervals hold as many targets as they should; below it the network is \
                  over-confident, above it under-confident. Bars are 95 % intervals over the inputs."
            .to_owned(),
        description: format!("Targets in their central intervals: {}.", words.collect::<Vec<_>>().join(", ")),
        table: NumberTable::new(&["probability", "coverage", "from", "to", "mean width"], rows),
        drawing: plot.drawing,
    }
}

/// The 95 % interval of the coverage; over several targets two standard errors each way.
fn reach(level: &IntervalCoverage) -> [f64; 2] {
    let reach = 2.0 * level.standard_error.unwrap_or(0.0);
    level.interval.unwrap_or([level.coverage - reach, level.coverage + reach].map(|end| end.clamp(0.0, 1.0)))
}
