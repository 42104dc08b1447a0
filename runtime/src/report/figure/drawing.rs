//! Shapes and text as SVG. Colours are classes, so that one drawing serves light, dark and paper.

use super::palette::SERIES;
use crate::foreign_text;
use std::fmt::Write;

/// The width of a letter of 12 pixels, on average; widths of text are estimates.
pub(super) const LETTER: f64 = 6.4;

/// A drawing under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    width: f64,
    height: f64,
    body: String,
}

/// Where a text stands from its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// To the right.
    Start,
    /// Around.
    Middle,
    /// To the left.
    End,
}

/// A coordinate to a hundredth.
fn at(value: f64) -> f64 {
    let rounded = (value * 100.0).round() / 100.0;
    if rounded == 0.0 || !rounded.is_finite() { 0.0 } else { rounded }
}

impl Drawing {
    /// An empty one of this size in pixels.
    pub fn new(width: f64, height: f64) -> Self {
        Self { width, height, body: String::new() }
    }

    /// Its size in pixels.
    pub fn size(&self) -> [f64; 2] {
        [self.width, self.height]
    }

    /// Its elements.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// A straight line.
    pub fn line(&mut self, class: &str, from: [f64; 2], to: [f64; 2]) {
        let [x1, y1, x2, y2] = [from[0], from[1], to[0], to[1]].map(at);
        let _ = write!(self.body, r#"<line class="{class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#);
    }

    /// A line through points.
    pub fn polyline(&mut self, class: &str, points: &[[f64; 2]]) {
        let _ = write!(self.body, r#"<polyline class="{class}" points="{}"/>"#, list(points));
    }

    /// The area inside points.
    pub fn polygon(&mut self, class: &str, opacity: f64, points: &[[f64; 2]]) {
        let opacity = at(opacity);
        let _ = write!(self.body, r#"<polygon class="{class}" fill-opacity="{opacity}" points="{}"/>"#, list(points));
    }

    /// A rectangle by its corner and size.
    pub fn rectangle(&mut self, class: &str, opacity: f64, corner: [f64; 2], size: [f64; 2]) {
        let [x, y, width, height] = [corner[0], corner[1], size[0].max(0.0), size[1].max(0.0)].map(at);
        let _ = write!(
            self.body,
            r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}" fill-opacity="{}"/>"#,
            at(opacity)
        );
    }

    /// The marker of a series: circle, square, diamond, triangle, and again; `hollow` shows the ground.
    pub fn marker(&mut self, series: usize, hollow: bool, [x, y]: [f64; 2]) {
        let series = series % SERIES;
        let fill = if hollow { "hollow".to_owned() } else { format!("fill-{series}") };
        let class = format!("{fill} mark-{series}");
        let around = |points: [[f64; 2]; 4]| points.map(|point| [x + point[0], y + point[1]]);
        match series % 4 {
            0 => {
                let (x, y) = (at(x), at(y));
                let _ = write!(self.body, r#"<circle class="{class}" cx="{x}" cy="{y}" r="3.2"/>"#);
            }
            1 => self.polygon(&class, 1.0, &around([[-3.0, -3.0], [3.0, -3.0], [3.0, 3.0], [-3.0, 3.0]])),
            2 => self.polygon(&class, 1.0, &around([[0.0, -4.2], [4.2, 0.0], [0.0, 4.2], [-4.2, 0.0]])),
            _ => self.polygon(&class, 1.0, &around([[0.0, -4.0], [4.0, 3.2], [-4.0, 3.2], [0.0, -4.0]])),
        }
    }

    /// A line of text.
    pub fn text(&mut self, class: &str, anchor: Anchor, [x, y]: [f64; 2], text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let (x, y, text) = (at(x), at(y), foreign_text::html(text));
        let _ = write!(self.body, r#"<text class="{class}" x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>"#);
    }
}

fn list(points: &[[f64; 2]]) -> String {
    let mut list = String::with_capacity(points.len() * 12);
    for (index, point) in points.iter().enumerate() {
        let [x, y] = point.map(at);
        let _ = write!(list, "{}{x},{y}", if index == 0 { "" } else { " " });
    }
    list
}

/// A text no longer than `letters`, its end replaced by an ellipsis.
pub fn shortened(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    text.chars().take(letters.saturating_sub(1)).chain(['…']).collect()
}
