//! How well out-of-distribution inputs are told from the test split.

use super::drawing::{Anchor, Drawing, shortened};
use super::plot::{WIDTH, legend};
use super::scale::Scale;
use super::{Figure, NumberTable, number, range};
use crate::report::page::score_in_words;
use crate::uncertainty::OutOfDistribution;

/// A row of the figure.
struct Point<'s> {
    set: &'s str,
    score: &'static str,
    area_under_roc: f64,
    interval: [f64; 2],
}

/// Sets that are drawn; the table has all.
const SETS: usize = 14;
/// Room for a set's name.
const LEFT: f64 = 150.0;

fn points(set: &OutOfDistribution) -> impl Iterator<Item = Point<'_>> {
    set.detection.iter().map(|detection| Point {
        set: &set.name,
        score: score_in_words(detection.score),
        area_under_roc: detection.area_under_roc,
        interval: detection.interval_of_area_under_roc,
    })
}

/// The area under the ROC curve of each score on each set, with its interval. `None` without any.
pub fn detection_figure(others: &[OutOfDistribution]) -> Option<Figure> {
    let points: Vec<Point<'_>> = others.iter().flat_map(points).collect();
    let mut sets: Vec<&str> = Vec::new();
    let mut scores: Vec<&str> = Vec::new();
    for point in &points {
        for (list, name) in [(&mut sets, point.set), (&mut scores, point.score)] {
            if !list.contains(&name) {
                list.push(name);
            }
        }
    }
    let ends = points.iter().flat_map(|point| point.interval);
    let [lowest, _] = range(ends)?;
    let drawn = &sets[..sets.len().min(SETS)];
    let row = 12.0 * scores.len() as f64 + 10.0;
    let rows_height = row * drawn.len() as f64;
    // The legend may take several rows, so its drawing is begun with room enough and its height found first.
    let top = legend(&mut Drawing::new(WIDTH, 0.0), &scores, 14.0) + 4.0;
    let height = top + rows_height + 40.0;
    let mut drawing = Drawing::new(WIDTH, height);
    legend(&mut drawing, &scores, 14.0);
    let x = Scale::linear([((lowest.min(0.5)) * 10.0).floor() / 10.0, 1.0], [LEFT, WIDTH - 16.0]);
    let ground = top + rows_height;
    for (value, label) in x.ticks(5.0) {
        let place = x.place(value);
        drawing.line("grid", [place, top], [place, ground]);
        drawing.text("faint", Anchor::Middle, [place, ground + 16.0], &label);
    }
    drawing.line("guide", [x.place(0.5), top], [x.place(0.5), ground]);
    drawing.text("faint", Anchor::Middle, [(LEFT + WIDTH - 16.0) / 2.0, height - 5.0], "area under the ROC curve");
    for (place, set) in drawn.iter().enumerate() {
        let first = top + row * place as f64;
        drawing.text("", Anchor::End, [LEFT - 8.0, first + row / 2.0 + 4.0], &shortened(set, 22));
        drawing.line("grid", [4.0, first + row], [WIDTH - 16.0, first + row]);
        for point in points.iter().filter(|point| point.set == *set) {
            let series = scores.iter().position(|score| *score == point.score).unwrap_or(0);
            let y = first + 11.0 + 12.0 * series as f64;
            let [low, high] = point.interval.map(|end| x.place(end));
            drawing.line(&format!("mark-{series}"), [low, y], [high, y]);
            drawing.marker(series, false, [x.place(point.area_under_roc), y]);
        }
    }
    let best = points.iter().max_by(|left, right| left.area_under_roc.total_cmp(&right.area_under_roc))?;
    let worst = points.iter().min_by(|left, right| left.area_under_roc.total_cmp(&right.area_under_roc))?;
    let rows = points.iter().map(|point| {
        let [low, high] = point.interval.map(number);
        vec![point.set.to_owned(), point.score.to_owned(), number(point.area_under_roc), low, high]
    });
    let more =
        if sets.len() > SETS { format!(" The first {SETS} of {} sets are drawn.", sets.len()) } else { String::new() };
    Some(Figure {
        name: "detection".to_owned(),
        title: "Telling foreign inputs from the test split".to_owned(),
        caption: format!(
            "1 tells every foreign input from every test input, 0.5 (dashed) is chance, below it foreign inputs look \
             more certain than the test split. Strokes are 95 % intervals.{more}"
        ),
        description: format!(
            "Highest area under the ROC curve: {} for {} by {}. Lowest: {} for {} by {}.",
            number(best.area_under_roc),
            best.set,
            best.score,
            number(worst.area_under_roc),
            worst.set,
            worst.score
        ),
        table: NumberTable::new(&["set", "score", "area under ROC", "from", "to"], rows),
        drawing,
    })
}
