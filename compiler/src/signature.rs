//! What the functions, words and keys of the language take: the one place of each parameter's type, bounds and default.

use crate::bounds::{Bounds, LARGEST_SIZE};
use crate::limits::MOST_DRAWS;
use crate::monitor::Monitor;
use std::fmt;

/// A function of the language, such as `conv2d(…)`, or a word that stands alone, such as `exact`.
#[derive(Debug, Clone, Copy)]
pub struct Signature {
    /// Its name.
    pub name: &'static str,
    /// What it means, in a sentence or two of Markdown.
    pub documentation: &'static str,
    /// All parameters; the first `positional` may be given without a name.
    pub parameters: &'static [Parameter],
    /// How many may be given by position.
    pub positional: usize,
    /// How many, from the front, must be given.
    pub required: usize,
}

impl Signature {
    /// A function whose parameters all have defaults and may all be given by position.
    pub const fn optional(name: &'static str, documentation: &'static str, parameters: &'static [Parameter]) -> Self {
        Self { name, documentation, parameters, positional: parameters.len(), required: 0 }
    }

    /// A function without parameters.
    pub const fn constant(name: &'static str, documentation: &'static str) -> Self {
        Self::optional(name, documentation, &[])
    }

    /// The same, but the first `required` must be given.
    pub const fn required(mut self, required: usize) -> Self {
        self.required = required;
        self
    }

    /// The same, but only the first `positional` may be given by position.
    pub const fn positional(mut self, positional: usize) -> Self {
        self.positional = positional;
        self
    }

    /// The parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }
}

/// A parameter of a function, or a key of a block.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it means and counts in, in a sentence or two of Markdown.
    pub documentation: &'static str,
    /// What holds where it is not given; `None` where it must be given, or nothing holds.
    pub default: Option<DefaultValue>,
    /// The functions that may stand there; none where something else may.
    pub values: &'static [Signature],
    /// The kind of declaration whose name may stand there: `prior`, `model`, ….
    pub refers_to: Option<&'static str>,
    /// How it is read.
    pub(crate) kind: Kind,
}

/// What holds where a parameter is not given. It displays as the documentation shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultValue {
    /// As a spec would write it. The compiler reads this text, so it cannot differ from what holds.
    Written(&'static str),
    /// What this other parameter of the same function has.
    SameAs(&'static str),
    /// In words, because it depends on what else the spec says.
    InWords(&'static str),
}

impl fmt::Display for DefaultValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Written(text) | Self::SameAs(text) | Self::InWords(text)) = self;
        formatter.write_str(text)
    }
}

/// How a parameter is read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// By a function of its own: a list, a choice from a table, the name of a declaration.
    Own,
    /// As a number within bounds.
    Number(Bounds),
    /// As a whole number, both ends included.
    Whole { least: i64, most: i64 },
    /// As one size for both axes, or `[vertical, horizontal]`.
    Pair { least: usize },
    /// As `true` or `false`.
    Flag,
    /// As a string.
    Text,
}

impl Parameter {
    const fn of(name: &'static str, documentation: &'static str, kind: Kind) -> Self {
        Self { name, documentation, default: None, values: &[], refers_to: None, kind }
    }

    /// A parameter that is read by a function of its own.
    pub const fn new(name: &'static str, documentation: &'static str) -> Self {
        Self::of(name, documentation, Kind::Own)
    }

    /// A number.
    pub(crate) const fn number(name: &'static str, documentation: &'static str, bounds: Bounds) -> Self {
        Self::of(name, documentation, Kind::Number(bounds))
    }

    /// A whole number from `least` to `most`.
    pub(crate) const fn whole(name: &'static str, documentation: &'static str, least: i64, most: i64) -> Self {
        Self::of(name, documentation, Kind::Whole { least, most })
    }

    /// A whole number of at least `least`, as a size.
    pub(crate) const fn size(name: &'static str, documentation: &'static str, least: usize) -> Self {
        Self::whole(name, documentation, least as i64, LARGEST_SIZE as i64)
    }

    /// A number of times something is done, from 1: epochs and steps are numbered in 32 bits.
    pub(crate) const fn count(name: &'static str, documentation: &'static str) -> Self {
        Self::whole(name, documentation, 1, (u32::MAX - 1) as i64)
    }

    /// A number of draws of the network.
    pub(crate) const fn draws(name: &'static str, documentation: &'static str) -> Self {
        Self::whole(name, documentation, 1, MOST_DRAWS as i64)
    }

    /// One size of at least `least` for both axes, or `[vertical, horizontal]`.
    pub(crate) const fn pair(name: &'static str, documentation: &'static str, least: usize) -> Self {
        Self::of(name, documentation, Kind::Pair { least })
    }

    /// `true` or `false`.
    pub(crate) const fn flag(name: &'static str, documentation: &'static str) -> Self {
        Self::of(name, documentation, Kind::Flag)
    }

    /// A string.
    pub(crate) const fn text(name: &'static str, documentation: &'static str) -> Self {
        Self::of(name, documentation, Kind::Text)
    }

    /// The same with a default, as a spec would write it.
    pub const fn default(mut self, default: &'static str) -> Self {
        self.default = Some(DefaultValue::Written(default));
        self
    }

    /// The same, with what another parameter has as its default.
    pub const fn same_as(mut self, other: &'static str) -> Self {
        self.default = Some(DefaultValue::SameAs(other));
        self
    }

    /// The same, with a default that depends on what else the spec says.
    pub const fn default_in_words(mut self, words: &'static str) -> Self {
        self.default = Some(DefaultValue::InWords(words));
        self
    }

    /// The same, for these functions.
    pub const fn values(mut self, values: &'static [Signature]) -> Self {
        self.values = values;
        self
    }

    /// The same, for names of this kind of declaration.
    pub const fn refers_to(mut self, kind: &'static str) -> Self {
        self.refers_to = Some(kind);
        self
    }
}

/// A function that a spec can call, with how its arguments are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Declared<T> {
    /// Its name and parameters.
    pub signature: Signature,
    /// What the arguments say; `None` where it has reported an error.
    pub read: fn(&dyn ReadArguments) -> Option<T>,
}

/// The signatures of functions, for [`Parameter::values`].
pub(crate) const fn signatures<T, const N: usize>(declared: &[Declared<T>; N]) -> [Signature; N] {
    let mut signatures = [Signature::constant("", ""); N];
    let mut index = 0;
    while index < N {
        signatures[index] = declared[index].signature;
        index += 1;
    }
    signatures
}

/// The names of functions, in their order.
pub(crate) fn names(signatures: &[Signature]) -> impl Iterator<Item = &str> {
    signatures.iter().map(|signature| signature.name)
}

/// The arguments of a call, each by the name of its parameter. `None` where one is wrong, which has been reported.
pub(crate) trait ReadArguments {
    /// A number within the parameter's bounds.
    fn number(&self, name: &str) -> Option<f64>;

    /// A size within the parameter's range.
    fn size(&self, name: &str) -> Option<usize>;

    /// A size for each axis, `[vertical, horizontal]`.
    fn pair(&self, name: &str) -> Option<[usize; 2]>;

    /// `true` or `false`.
    fn flag(&self, name: &str) -> Option<bool>;

    /// A list of two numbers, both within these bounds, such as `example`.
    fn two_numbers(&self, name: &str, bounds: Bounds, example: &str) -> Option<[f64; 2]>;

    /// A figure to watch.
    fn monitor(&self, name: &str) -> Option<Monitor>;

    /// Whether this word is written for a parameter that takes something else, too.
    fn is_word(&self, name: &str, word: &str) -> bool;

    /// Which of the words that may stand for a parameter is written there, by [`Parameter::values`].
    fn word(&self, name: &str) -> Option<&'static str>;

    /// Whether a value is written for a parameter.
    fn is_given(&self, name: &str) -> bool;

    /// Reports that the value of a parameter cannot be, where it is written.
    fn refuse(&self, name: &str, message: String, label: &str);

    /// The same, with what to write.
    fn refuse_with_help(&self, name: &str, message: String, label: &str, help: &str);

    /// Reports that a parameter must be given, with something to note.
    fn missing(&self, name: &str, note: &str);
}
