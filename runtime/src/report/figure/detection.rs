//! How well out-of-distribution inputs are told from the test split.

use super::drawing::{Anchor, Drawing, shortened};
use super::plot::{WIDTH, legend};
use super::scale::Scale;
use super::{Figure, NumberTable, number, range};
use crate::report::score_names::score_in_words;
use crate::uncertainty::OutOfDistribution;
use crate::uncertainty::scores::DetectionScore;

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
    let stated = score_in_words(DetectionScore::STATED);
    let by_stated = points.iter().filter(|point| point.score == stated);
    let by_stated = by_stated.map(|point| format!("{} for {}", number(point.area_under_roc), point.set));
    let backwards = points.iter().filter(|point| point.interval[1] < 0.5).count();
    let rows = points.iter().map(|point| {
        let [low, high] = point.interval.map(number);
        let backwards = if point.interval[1] < 0.5 { "yes" } else { "no" };
        let area = number(point.area_under_roc);
        vec![point.set.to_owned(), point.score.to_owned(), area, low, high, backwards.to_owned()]
    });
    let more =
        if sets.len() > SETS { format!(" The first {SETS} of {} sets are drawn.", sets.len()) } else { String::new() };
    Some(Figure {
        name: "detection".to_owned(),
        title: "Telling out-of-distribution inputs from the test split".to_owned(),
        caption: format!(
            "1 tells every out-of-distribution input from every test input, 0.5 (dashed) is chance, below it such inputs \
             look more certain than the test split. Strokes are 95 % intervals.{more}"
        ),
        description: format!(
            "Area under the ROC curve by {stated}, the score stated before looking: {}. Of {} areas {backwards} lie below 0.5 \
             with their whole interval.",
            by_stated.collect::<Vec<String>>().join(", "),
            points.len()
        ),
        table: NumberTable::new(&["set", "score", "area under ROC", "from", "to", "ranks backwards"], rows),
        drawing,
    })
}
