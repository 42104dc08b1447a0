//! Histograms of an uncertainty score, a row for each group of inputs.

use super::drawing::{Anchor, Drawing, shortened};
use super::plot::WIDTH;
use super::scale::Scale;
use super::{Figure, NumberTable, grouped, number};

/// Height of a row of bars.
const ROW: f64 = 46.0;
/// Height of a row's name.
const NAME: f64 = 18.0;
/// Rows that are drawn; the table has all.
const ROWS: usize = 12;

/// Inputs by an uncertainty score: a row of bars for each group, all over the same bins. `score` is its name in files,
/// `title` in words; `groups` have a name and a count for each of the `edges.len() − 1` bins. `None` without inputs.
pub fn histogram_figure(
    score: &str,
    title: &str,
    unit: &str,
    edges: &[f64],
    groups: &[(String, &[usize])],
) -> Option<Figure> {
    let filled = |counts: &&[usize]| counts.len() + 1 == edges.len() && counts.iter().any(|&count| count > 0);
    let groups: Vec<(&str, &[usize])> =
        groups.iter().map(|(name, counts)| (name.as_str(), *counts)).filter(|(_, counts)| filled(counts)).collect();
    let (&first, &last) = (edges.first()?, edges.last()?);
    if groups.is_empty() {
        return None;
    }
    let drawn = &groups[..groups.len().min(ROWS)];
    let height = 6.0 + drawn.len() as f64 * (ROW + NAME) + 40.0;
    let mut drawing = Drawing::new(WIDTH, height);
    let x = Scale::linear([first, last], [10.0, WIDTH - 14.0]);
    let ground = height - 38.0;
    for (value, label) in x.ticks(6.0) {
        let place = x.place(value);
        drawing.line("grid", [place, 8.0], [place, ground]);
        drawing.text("faint", Anchor::Middle, [place, ground + 16.0], &label);
    }
    drawing.text("faint", Anchor::Middle, [WIDTH / 2.0, height - 5.0], unit);
    for (row, (name, counts)) in drawn.iter().enumerate() {
        let base = 6.0 + (row + 1) as f64 * (ROW + NAME);
        draw_row(&mut drawing, &x, base, edges, counts, row.min(2));
        let text = format!(
            "{} · {} inputs, mean {}",
            shortened(name, 34),
            grouped(total(counts)),
            number(mean(edges, counts))
        );
        drawing.text("", Anchor::Start, [10.0, base - ROW - 4.0], &text);
    }
    let description: Vec<String> = groups
        .iter()
        .map(|(name, counts)| {
            format!("{name}: {} inputs around {}.", grouped(total(counts)), number(mean(edges, counts)))
        })
        .collect();
    let columns: Vec<&str> = ["from", "to"].into_iter().chain(groups.iter().map(|(name, _)| *name)).collect();
    let rows = edges.windows(2).enumerate().map(|(bin, ends)| {
        let counts = groups.iter().map(|(_, counts)| grouped(counts[bin] as f64));
        [number(ends[0]), number(ends[1])].into_iter().chain(counts).collect()
    });
    let more = if groups.len() > ROWS {
        format!(" The first {ROWS} of {} groups are drawn; the table has all.", groups.len())
    } else {
        String::new()
    };
    Some(Figure {
        name: format!("histogram-{}", score.replace('_', "-")),
        title: title.to_owned(),
        caption: format!(
            "Each row has its own height, its fullest bin. An upright stroke marks the row's mean, taken from the \
             bins' middles.{more}"
        ),
        description: description.join(" "),
        table: NumberTable::new(&columns, rows),
        drawing,
    })
}

fn draw_row(drawing: &mut Drawing, x: &Scale, base: f64, edges: &[f64], counts: &[usize], series: usize) {
    let fullest = counts.iter().copied().max().unwrap_or(1).max(1) as f64;
    for (ends, &count) in edges.windows(2).zip(counts).filter(|(_, count)| **count > 0) {
        let (left, right) = (x.place(ends[0]), x.place(ends[1]));
        // A single input among thousands is still seen.
        let height = (ROW * count as f64 / fullest).max(1.0);
        drawing.rectangle(
            &format!("fill-{series}"),
            0.8,
            [left, base - height],
            [(right - left - 0.5).max(0.5), height],
        );
    }
    drawing.line("axis", [x.place(edges[0]), base], [x.place(edges[edges.len() - 1]), base]);
    let place = x.place(mean(edges, counts));
    drawing.line(&format!("mark-{series}"), [place, base - ROW], [place, base + 4.0]);
}

fn total(counts: &[usize]) -> f64 {
    counts.iter().sum::<usize>() as f64
}

/// The mean, each input at its bin's middle.
fn mean(edges: &[f64], counts: &[usize]) -> f64 {
    let sum: f64 = edges.windows(2).zip(counts).map(|(ends, &count)| (ends[0] + ends[1]) / 2.0 * count as f64).sum();
    sum / total(counts).max(1.0)
}
