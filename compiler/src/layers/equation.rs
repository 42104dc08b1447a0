//! Layers as LaTeX.

use crate::ir::Shape;
use crate::numbers::short;

/// What the equation of a layer is made of.
pub(crate) struct Equation<'e> {
    /// What the layer is called.
    pub layer: &'e str,
    /// Its input as LaTeX, such as `h_{3}`.
    pub input: &'e str,
    /// The shape of its input.
    pub shape: Shape,
    /// The output of another layer as LaTeX.
    pub output_of: &'e dyn Fn(&str) -> String,
}

impl Equation<'_> {
    /// The layer's weights.
    pub(super) fn weights(&self) -> String {
        format!("W_{{{}}}", name(self.layer))
    }

    /// The layer's biases, added.
    pub(super) fn biases(&self, bias: bool) -> String {
        if bias { format!(" + b_{{{}}}", name(self.layer)) } else { String::new() }
    }

    /// A function of the input by its name, perhaps with a subscript.
    pub(super) fn function(&self, function: &str, subscript: Option<&str>) -> String {
        let subscript = subscript.map(|text| format!("_{{{text}}}")).unwrap_or_default();
        format!("\\operatorname{{{function}}}{subscript}({})", self.input)
    }
}

/// A number: `10^{-3}`-style exponents, no grouping.
pub(crate) fn floating(value: f64) -> String {
    let text = short(value).replace(',', "\\,");
    match text.split_once('e') {
        Some((mantissa, exponent)) => format!("{mantissa} \\cdot 10^{{{exponent}}}"),
        None => text,
    }
}

/// A name as upright text; the characters of names that LaTeX reads as commands are escaped.
pub(crate) fn name(name: &str) -> String {
    let escaped: String = name
        .chars()
        .flat_map(|character| match character {
            '_' | '#' => vec!['\\', character],
            _ => vec![character],
        })
        .collect();
    format!("\\text{{{escaped}}}")
}
