//! Figures by class: the confusion matrix as a heat map, uncertainty by class.

use super::drawing::{Anchor, Drawing, shortened};
use super::palette::DEEPEST_CELL;
use super::plot::{WIDTH, legend};
use super::scale::Scale;
use super::{Figure, NumberTable, grouped, number, optional, percent};
use crate::uncertainty::scores::ClassSummary;

/// The most classes a confusion matrix is drawn of.
pub const LARGEST_CONFUSION: usize = 20;

/// Up to this many classes a cell is wide enough for its count.
const COUNTED: usize = 12;

/// Counts by true class (row) and predicted class (column). `None` for no class and for more than
/// [`LARGEST_CONFUSION`].
pub fn confusion_figure(counts: &[Vec<usize>], names: &[String]) -> Option<Figure> {
    let classes = counts.len();
    if classes == 0 || classes > LARGEST_CONFUSION || names.len() != classes {
        return None;
    }
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(1).min(11);
    let left = 30.0 + 6.6 * longest as f64;
    let side = (WIDTH - left - 6.0) / classes as f64;
    // Names of a letter or two stand level above their column, longer ones are left to the rows.
    let top = 40.0;
    let height = top + side * classes as f64 + 10.0;
    let mut drawing = Drawing::new(WIDTH, height);
    drawing.text("faint", Anchor::Start, [left, 14.0], "predicted class, in the order of the rows");
    drawing.text("faint", Anchor::Start, [4.0, 32.0], "true class");
    for (row, line) in counts.iter().enumerate() {
        let y = top + side * row as f64;
        drawing.text("", Anchor::End, [left - 6.0, y + side / 2.0 + 4.0], &shortened(&names[row], 11));
        let letters = (side / 6.6) as usize;
        let column_name = shortened(&names[row], letters.max(1));
        let x = left + side * (row as f64 + 0.5);
        drawing.text("faint small", Anchor::Middle, [x, top - 6.0], &column_name);
        let support: usize = line.iter().sum();
        for (column, &count) in line.iter().enumerate() {
            let x = left + side * column as f64;
            let share = if support == 0 { 0.0 } else { count as f64 / support as f64 };
            let series = usize::from(row != column);
            // The square root lifts rare errors to where they are seen.
            let opacity = DEEPEST_CELL * share.sqrt();
            drawing.rectangle(&format!("fill-{series}"), opacity, [x + 0.5, y + 0.5], [side - 1.0, side - 1.0]);
            if classes <= COUNTED && count > 0 {
                let place = [x + side / 2.0, y + side / 2.0 + 4.0];
                drawing.text("small", Anchor::Middle, place, &count.to_string());
            }
        }
    }
    drawing.line("axis", [left, top], [left + side * classes as f64, top]);
    drawing.line("axis", [left, top], [left, top + side * classes as f64]);
    let errors = (0..classes).flat_map(|row| (0..classes).map(move |column| (row, column)));
    let errors = errors.filter(|(row, column)| row != column && counts[*row][*column] > 0);
    let worst = errors.max_by_key(|&(row, column)| (counts[row][column], std::cmp::Reverse((row, column))));
    let description = worst.map_or_else(
        || "No input is confused.".to_owned(),
        |(row, column)| {
            format!(
                "The most frequent confusion: {} inputs of class {} taken for {}.",
                counts[row][column], names[row], names[column]
            )
        },
    );
    let columns: Vec<&str> = std::iter::once("true class").chain(names.iter().map(String::as_str)).collect();
    let rows = counts
        .iter()
        .zip(names)
        .map(|(line, name)| std::iter::once(name.clone()).chain(line.iter().map(|&n| grouped(n as f64))).collect());
    Some(Figure {
        name: "confusion".to_owned(),
        title: "Confusion: true class against predicted class".to_owned(),
        caption: "Blue on the diagonal is right, orange beside it wrong; the deeper, the larger the share of the row \
                  (by its square root, so that rare errors are seen)."
            .to_owned(),
        description,
        table: NumberTable::new(&columns, rows),
        drawing,
    })
}

/// Mean aleatoric and epistemic uncertainty of the inputs of each class, side by side in one bar. `None` for more than
/// [`LARGEST_CONFUSION`] classes or none with inputs.
pub fn class_uncertainty_figure(classes: &[ClassSummary], names: &[String]) -> Option<Figure> {
    let with_inputs: Vec<(&ClassSummary, f64)> =
        classes.iter().filter_map(|class| Some((class, class.aleatoric?))).collect();
    if with_inputs.is_empty() || classes.len() > LARGEST_CONFUSION || names.len() != classes.len() {
        return None;
    }
    let epistemic = |class: &ClassSummary| class.epistemic.unwrap_or(0.0);
    let longest = with_inputs.iter().map(|(class, aleatoric)| aleatoric + epistemic(class)).fold(1e-9, f64::max);
    let kinds: &[&str] = if classes.iter().any(|class| class.epistemic.is_some()) {
        &["aleatoric", "epistemic"]
    } else {
        &["aleatoric"]
    };
    let (left, row, top) = (104.0, 22.0, 30.0);
    let ground = top + row * with_inputs.len() as f64;
    let height = ground + 38.0;
    let mut drawing = Drawing::new(WIDTH, height);
    legend(&mut drawing, kinds, 14.0);
    let x = Scale::linear([0.0, longest], [left, WIDTH - 16.0]);
    for (value, label) in x.ticks(4.0) {
        let place = x.place(value);
        drawing.line("grid", [place, top], [place, ground]);
        drawing.text("faint", Anchor::Middle, [place, ground + 16.0], &label);
    }
    drawing.text("faint", Anchor::Middle, [(left + WIDTH) / 2.0, height - 5.0], "mean trace of the covariance");
    for (place, (class, aleatoric)) in with_inputs.iter().enumerate() {
        let y = top + row * place as f64 + 3.0;
        drawing.text("", Anchor::End, [left - 6.0, y + 12.0], &shortened(&names[class.class], 14));
        let (start, middle) = (x.place(0.0), x.place(*aleatoric));
        drawing.rectangle("fill-0", 0.85, [start, y], [middle - start, row - 6.0]);
        let end = x.place(aleatoric + epistemic(class));
        drawing.rectangle("fill-1", 0.85, [middle, y], [end - middle, row - 6.0]);
    }
    let most = with_inputs.iter().max_by(|left, right| left.1.total_cmp(&right.1))?;
    let rows = with_inputs.iter().map(|(class, aleatoric)| {
        vec![
            names[class.class].clone(),
            number(*aleatoric),
            optional(class.epistemic),
            optional(class.recall.map(|recall| 1.0 - recall)),
        ]
    });
    Some(Figure {
        name: "class-uncertainty".to_owned(),
        title: "Uncertainty by true class".to_owned(),
        caption: "The mean over the test inputs of each class; both parts add up to the total.".to_owned(),
        description: format!(
            "The class with the most aleatoric uncertainty is {}, with {}; its error rate is {}.",
            names[most.0.class],
            number(most.1),
            most.0.recall.map_or_else(|| "not known".to_owned(), |recall| percent(1.0 - recall))
        ),
        table: NumberTable::new(&["class", "aleatoric", "epistemic", "error rate"], rows),
        drawing,
    })
}
