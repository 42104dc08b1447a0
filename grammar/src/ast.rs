//! The syntax tree: what the author wrote, statement by statement, with byte spans.
//!
//! The tree holds no meaning. Whether a key exists, a name resolves or a shape fits is the
//! compiler's business, so that every file that parses has a tree, however wrong it is.

use crate::span::{Span, Spanned};

/// A name as written, `[a-z_][a-z0-9_]*`.
pub type Name = Spanned<String>;

/// One source file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct File {
    /// The `language N` line, if the file begins with one.
    pub language: Option<Spanned<u64>>,
    /// Every declaration that could be read, in source order.
    pub declarations: Vec<Declaration>,
    /// Every comment, in source order; doc comments are also found on their declaration.
    pub comments: Vec<Comment>,
}

/// A `#` or `##` comment.
#[derive(Debug, Clone, PartialEq)]
pub struct Comment {
    /// True for `##`.
    pub doc: bool,
    /// The text after the marker, as written.
    pub text: String,
    /// From the marker to the end of the line.
    pub span: Span,
}

/// `@allow(CODE)`, silencing one warning for what follows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Allow {
    /// The code, for example `W0106`.
    pub code: Spanned<String>,
    /// The whole annotation.
    pub span: Span,
}

/// A top-level declaration.
#[derive(Debug, Clone, PartialEq)]
pub struct Declaration {
    /// The lines of the doc comment above it, without markers, joined by newlines.
    pub doc: Option<String>,
    /// Warnings silenced for it.
    pub allows: Vec<Allow>,
    /// What it declares.
    pub kind: DeclarationKind,
    /// From its keyword to its last byte.
    pub span: Span,
}

/// What a declaration declares.
#[derive(Debug, Clone, PartialEq)]
pub enum DeclarationKind {
    /// `use "file.elbo"`
    Use {
        /// The path between the quotes.
        path: Spanned<String>,
    },
    /// `prior NAME = VALUE`
    Prior(Definition),
    /// `posterior NAME = VALUE`
    Posterior(Definition),
    /// `block NAME(PARAMETERS) { … }`
    Block(Block),
    /// `model NAME(PARAMETERS) extends REFERENCE { … }`
    Model(Model),
    /// `dataset`, `train`, `report`, `run` and `sweep`: a name and keys with values.
    Settings(Settings),
    /// `claim "TEXT": CONDITION within MARGIN points of ESTIMAND`
    Claim {
        /// The sentence between the quotes.
        text: Spanned<String>,
        /// A comparison.
        condition: Expression,
        /// How far apart its sides may be, after `within`.
        margin: Option<Margin>,
        /// `networks` or `procedures`, after `of`, unchecked here.
        estimand: Option<Name>,
    },
}

/// `within 1.5 points`
#[derive(Debug, Clone, PartialEq)]
pub struct Margin {
    /// The number.
    pub value: Expression,
    /// Where `points` stands, if it does.
    pub points: Option<Span>,
    /// The whole of it.
    pub span: Span,
}

/// A named value, `prior narrow = normal(mean=0, std=0.1)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// The name that is defined.
    pub name: Name,
    /// Its value.
    pub value: Expression,
}

/// A reusable run of layers.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Its name.
    pub name: Name,
    /// Its parameters; `None` where no parentheses were written.
    pub parameters: Option<Vec<Parameter>>,
    /// Its statements.
    pub body: Vec<Statement>,
}

/// A network.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Its name.
    pub name: Name,
    /// Its parameters; `None` where no parentheses were written.
    pub parameters: Option<Vec<Parameter>>,
    /// The model it is a variant of.
    pub extends: Option<Reference>,
    /// Its statements.
    pub body: Vec<Statement>,
}

/// `name: type = default`
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// The parameter's name.
    pub name: Name,
    /// Its type: `int float bool string activation mark prior posterior`, unchecked here.
    pub kind: Name,
    /// Its default value.
    pub default: Option<Expression>,
    /// The whole parameter.
    pub span: Span,
}

/// A name with optional arguments, `alexnet(classes=100)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// What is referred to.
    pub name: Name,
    /// Its arguments; `None` where no parentheses were written.
    pub arguments: Option<Vec<Argument>>,
    /// The whole reference.
    pub span: Span,
}

/// Which kind of settings a block holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SettingsKind {
    /// `dataset`
    Dataset,
    /// `train`
    Train,
    /// `report`
    Report,
    /// `run`
    Run,
    /// `sweep`
    Sweep,
}

impl SettingsKind {
    /// The keyword that opens such a block.
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Dataset => "dataset",
            Self::Train => "train",
            Self::Report => "report",
            Self::Run => "run",
            Self::Sweep => "sweep",
        }
    }
}

/// `KIND NAME extends REFERENCE { KEY = VALUE … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Which kind.
    pub kind: SettingsKind,
    /// Its name.
    pub name: Name,
    /// The settings it starts from.
    pub extends: Option<Reference>,
    /// Its entries in source order, repeated keys included.
    pub entries: Vec<Entry>,
}

/// `key = value`, `vary.train.seed = value`, or a bare call such as
/// `early_stopping(monitor=validation.nll)`, which reads as `early_stopping = early_stopping(…)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Warnings silenced for it.
    pub allows: Vec<Allow>,
    /// The key: one name, or several joined by dots.
    pub key: Vec<Name>,
    /// Its value.
    pub value: Expression,
    /// The whole entry.
    pub span: Span,
}

/// One statement of a model or block.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The lines of a `##` comment right above it.
    pub doc: Option<String>,
    /// Warnings silenced for it.
    pub allows: Vec<Allow>,
    /// What it says.
    pub kind: StatementKind,
    /// The whole statement.
    pub span: Span,
}

/// What a statement of a model or block says.
#[derive(Debug, Clone, PartialEq)]
pub enum StatementKind {
    /// `input image[3, 32, 32]`
    Input {
        /// `image`, `sequence` or `vector`, unchecked here.
        kind: Name,
        /// The sizes between the brackets.
        sizes: Vec<Expression>,
    },
    /// `output categorical`
    Output {
        /// A name or a call.
        value: Expression,
    },
    /// `default bayes(prior=narrow)`
    Default {
        /// A name or a call.
        mark: Expression,
    },
    /// `bayes conv1: conv2d(64, kernel=5)`
    Layer(Layer),
    /// `repeat 3 { … }`
    Repeat {
        /// How often.
        count: Expression,
        /// What is repeated.
        body: Vec<Statement>,
    },
    /// `residual { … shortcut { … } }` or `concat { branch { … } branch { … } }`
    Branches(Branches),
    /// `mark s5.*, fc1 as bayes`
    Mark {
        /// Which layers.
        patterns: Vec<LayerPattern>,
        /// A name or a call.
        mark: Expression,
    },
    /// `replace head with linear(100)`
    Replace {
        /// Which layer.
        path: Path,
        /// The layer that takes its place. A name, if written, is kept for the compiler to judge.
        layer: Layer,
    },
    /// `insert after s3: norm3: batchnorm()`
    Insert {
        /// On which side of `path`.
        position: Position,
        /// Next to which layer or block instance.
        path: Path,
        /// The new layer.
        layer: Layer,
    },
}

/// Branches that all receive the same value, and the word for how they meet.
#[derive(Debug, Clone, PartialEq)]
pub struct Branches {
    /// The word before the brace, unchecked here but for `residual`.
    pub container: Name,
    /// In the order written. Those of a `residual` are its own layers, and its `shortcut` if it has one.
    pub branches: Vec<Branch>,
}

/// One of several branches.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// `branch` or `shortcut`; `None` for the layers of a `residual` itself.
    pub keyword: Option<Span>,
    /// Warnings silenced for it.
    pub allows: Vec<Allow>,
    /// Its layers; without any it passes on what it receives.
    pub body: Vec<Statement>,
    /// The whole branch.
    pub span: Span,
}

/// Where `insert` puts a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// In front of it.
    Before,
    /// Behind it.
    After,
}

/// A layer or block instance: optional mark, optional name, operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// The mark written before the name: a name or a call.
    pub mark: Option<Expression>,
    /// The layer's name, with its number where it is written with one, `features[0]`.
    pub name: Option<Name>,
    /// What it does: a name (`relu`) or a call (`conv2d(64, kernel=3)`).
    pub operation: Expression,
    /// From the mark or name to the end of the operation.
    pub span: Span,
}

/// A path to a layer, `s5.conv[2]`; in values also a plain name or a metric (`validation.nll`).
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// At least one segment.
    pub segments: Vec<Segment>,
    /// The whole path.
    pub span: Span,
}

impl Path {
    /// The name, if the path is a single segment without an index.
    pub fn as_name(&self) -> Option<&Name> {
        match self.segments.as_slice() {
            [Segment { name, index: None }] => Some(name),
            _ => None,
        }
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (position, segment) in self.segments.iter().enumerate() {
            if position > 0 {
                formatter.write_str(".")?;
            }
            formatter.write_str(&segment.name.value)?;
            if let Some(index) = &segment.index {
                write!(formatter, "[{}]", index.value)?;
            }
        }
        Ok(())
    }
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// Its name.
    pub name: Name,
    /// The number between brackets behind it.
    pub index: Option<Spanned<u64>>,
}

/// Which layers a `mark` statement means.
#[derive(Debug, Clone, PartialEq)]
pub enum LayerPattern {
    /// `head`
    One(Path),
    /// `s5.*`
    Below {
        /// What stands before `.*`.
        path: Path,
        /// The whole pattern.
        span: Span,
    },
    /// `conv1..conv5`, inclusive.
    Range {
        /// The first layer.
        first: Path,
        /// The last layer.
        last: Path,
    },
}

/// An argument of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// Its name, if it was written with one; for a sweep it may be names joined by dots, `train.seed`.
    pub name: Option<Name>,
    /// Its value.
    pub value: Expression,
    /// The whole argument.
    pub span: Span,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    /// What it is.
    pub kind: ExpressionKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of value.
#[derive(Debug, Clone, PartialEq)]
pub enum ExpressionKind {
    /// `10`, `1e-3`, `5_000`, `4GiB`
    Number(Number),
    /// `"text"`, escapes resolved.
    Text(String),
    /// `true` or `false`
    Boolean(bool),
    /// `alexnet`, `validation.nll`
    Path(Path),
    /// `normal(mean=0, std=0.1)`
    Call {
        /// What is called.
        function: Name,
        /// With what.
        arguments: Vec<Argument>,
    },
    /// `[1, 2, 3]`
    List(Vec<Expression>),
    /// `width / 2`
    Binary {
        /// The left operand.
        left: Box<Expression>,
        /// What is done.
        operator: Operator,
        /// The right operand.
        right: Box<Expression>,
    },
    /// `-5`
    Negate(Box<Expression>),
}

/// A number as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    /// Its value; infinite where the literal is beyond the range of a double.
    pub value: f64,
    /// Its value as a whole number, where it was written as one and fits.
    pub whole: Option<i64>,
    /// The unit written behind it, for example `min` or `GiB`, unchecked here.
    pub unit: Option<Name>,
}

/// An infix operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `≈` or `~`
    Equivalent,
}
