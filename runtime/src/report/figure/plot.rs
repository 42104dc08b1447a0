//! A frame with two axes, and series in it.

use super::drawing::{Anchor, Drawing, LETTER};
use super::palette::SERIES;
use super::scale::Scale;

/// The width of every figure, which a telephone shows at about its size.
pub const WIDTH: f64 = 420.0;

/// Room at the left for labels of ticks.
const LEFT: f64 = 48.0;
/// Room at the right, for half a label.
const RIGHT: f64 = 16.0;
/// Room below for labels of ticks and of the axis.
const BELOW: f64 = 38.0;

/// What an axis shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis<'a> {
    /// What it measures, with its unit.
    pub label: &'a str,
    /// Its least and greatest value.
    pub range: [f64; 2],
    /// Whether its ends move out to ticks.
    pub nice: bool,
    /// Whether it is logarithmic.
    pub logarithmic: bool,
}

impl<'a> Axis<'a> {
    /// With exactly these ends.
    pub fn exact(label: &'a str, range: [f64; 2]) -> Self {
        Self { label, range, nice: false, logarithmic: false }
    }

    /// With ends at ticks.
    pub fn nice(label: &'a str, range: [f64; 2]) -> Self {
        Self { nice: true, ..Self::exact(label, range) }
    }

    /// Of logarithms.
    pub fn logarithmic(label: &'a str, range: [f64; 2]) -> Self {
        Self { logarithmic: true, ..Self::exact(label, range) }
    }

    fn scale(&self, places: [f64; 2]) -> Scale {
        if self.logarithmic {
            Scale::logarithmic(self.range, places)
        } else if self.nice {
            Scale::nice(self.range, places)
        } else {
            Scale::linear(self.range, places)
        }
    }
}

/// Two axes and what is drawn between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// All of it.
    pub drawing: Drawing,
    /// Along the width.
    pub x: Scale,
    /// Along the height.
    pub y: Scale,
}

impl Plot {
    /// Axes in a drawing of `height`, with a legend of `names` above; the label of y stands above its axis, level, so
    /// that it can be read.
    pub fn new(height: f64, x: &Axis<'_>, y: &Axis<'_>, names: &[&str]) -> Self {
        let mut drawing = Drawing::new(WIDTH, height);
        let below_legend = legend(&mut drawing, names, 14.0);
        let top = below_legend + 20.0;
        drawing.text("faint", Anchor::Start, [4.0, below_legend + 6.0], y.label);
        let y_scale = y.scale([height - BELOW, top]);
        let x_scale = x.scale([LEFT, WIDTH - RIGHT]);
        for (value, label) in y_scale.ticks(5.0) {
            let place = y_scale.place(value);
            drawing.line("grid", [LEFT, place], [WIDTH - RIGHT, place]);
            drawing.text("faint", Anchor::End, [LEFT - 6.0, place + 4.0], &label);
        }
        drawing.line("axis", [LEFT, height - BELOW], [WIDTH - RIGHT, height - BELOW]);
        for (value, label) in x_scale.ticks(6.0) {
            let place = x_scale.place(value);
            drawing.line("axis", [place, height - BELOW], [place, height - BELOW + 4.0]);
            drawing.text("faint", Anchor::Middle, [place, height - BELOW + 17.0], &label);
        }
        drawing.text("faint", Anchor::Middle, [(LEFT + WIDTH - RIGHT) / 2.0, height - 5.0], x.label);
        Self { drawing, x: x_scale, y: y_scale }
    }

    /// The place of a point.
    pub fn place(&self, (x, y): (f64, f64)) -> [f64; 2] {
        [self.x.place(x), self.y.place(y)]
    }

    /// A line with markers where they stay apart. Points that are no finite numbers are left out.
    pub fn series(&mut self, series: usize, points: &[(f64, f64)]) {
        let finite = points.iter().filter(|(x, y)| x.is_finite() && y.is_finite());
        let places: Vec<[f64; 2]> = finite.map(|&point| self.place(point)).collect();
        self.drawing.polyline(&format!("line-{}", series % SERIES), &places);
        if places.len() <= 40 {
            places.iter().for_each(|&place| self.drawing.marker(series, false, place));
        }
    }

    /// The area between two lines over the same x: `(x, lower, upper)`.
    pub fn band(&mut self, series: usize, opacity: f64, points: &[(f64, f64, f64)]) {
        let lower = points.iter().map(|&(x, low, _)| self.place((x, low)));
        let upper = points.iter().rev().map(|&(x, _, high)| self.place((x, high)));
        let places: Vec<[f64; 2]> = lower.chain(upper).collect();
        self.drawing.polygon(&format!("fill-{}", series % SERIES), opacity, &places);
    }

    /// A vertical bar from `low` to `high` at `x`.
    pub fn error_bar(&mut self, series: usize, x: f64, [low, high]: [f64; 2]) {
        let (from, to) = (self.place((x, low)), self.place((x, high)));
        let class = format!("mark-{}", series % SERIES);
        self.drawing.line(&class, from, to);
        for [x, y] in [from, to] {
            self.drawing.line(&class, [x - 3.0, y], [x + 3.0, y]);
        }
    }

    /// A dashed line without a series.
    pub fn guide(&mut self, from: (f64, f64), to: (f64, f64)) {
        let (from, to) = (self.place(from), self.place(to));
        self.drawing.line("guide", from, to);
    }
}

/// Draws a line, marker and name for each series, as many in a row as there is room for; returns where it ends.
pub(super) fn legend(drawing: &mut Drawing, names: &[&str], top: f64) -> f64 {
    let [width, _] = drawing.size();
    let (mut x, mut y) = (4.0, top);
    for (series, name) in names.iter().enumerate() {
        let length = 26.0 + LETTER * name.chars().count() as f64 + 14.0;
        if x > 4.0 && x + length > width {
            (x, y) = (4.0, y + 17.0);
        }
        drawing.line(&format!("line-{}", series % SERIES), [x, y - 4.0], [x + 20.0, y - 4.0]);
        drawing.marker(series, false, [x + 10.0, y - 4.0]);
        drawing.text("", Anchor::Start, [x + 26.0, y], name);
        x += length;
    }
    if names.is_empty() { top - 8.0 } else { y + 10.0 }
}
