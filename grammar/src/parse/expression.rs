//! Values.

use pest::iterators::Pair;

use super::builder::{Builder, children, span_of};
use super::rules::Rule;
use crate::ast::{Argument, Expression, ExpressionKind, Name, Number, Operator, Path, Reference, Segment};
use crate::span::{Span, Spanned};
use crate::syntax_error::{SyntaxError, SyntaxErrorKind};

/// How high a value's tree may be, so that whoever walks it may recurse. Brackets alone cannot reach it; only
/// a long chain of operators does.
const MAXIMUM_HEIGHT: usize = 128;

/// A value and the height of its tree.
type Measured = (Expression, usize);

impl Builder<'_> {
    /// A `value` or `inner`.
    pub(super) fn expression(&mut self, pair: Pair<'_, Rule>) -> Option<Expression> {
        self.operands(pair).map(|(expression, _)| expression)
    }

    /// A name, or a name with arguments, as a value.
    pub(super) fn reference_value(&mut self, pair: Pair<'_, Rule>) -> Option<Expression> {
        let span = span_of(&pair);
        let reference = self.reference(pair)?;
        let kind = match reference.arguments {
            Some(arguments) => ExpressionKind::Call { function: reference.name, arguments },
            None => ExpressionKind::Path(Path { segments: vec![Segment { name: reference.name, index: None }], span }),
        };
        Some(Expression { kind, span })
    }

    /// A name with optional arguments.
    pub(super) fn reference(&mut self, pair: Pair<'_, Rule>) -> Option<Reference> {
        let span = span_of(&pair);
        let mut parts = children(pair);
        let name = self.name(&parts.next()?);
        let arguments = match parts.next() {
            Some(arguments) => Some(self.arguments(arguments)?.0),
            None => None,
        };
        Some(Reference { name, arguments, span })
    }

    /// The elements of a `list`.
    pub(super) fn elements(&mut self, pair: Pair<'_, Rule>) -> Option<Vec<Expression>> {
        self.list(pair).map(|(elements, _)| elements)
    }

    /// A `path`.
    pub(super) fn path(&mut self, pair: Pair<'_, Rule>) -> Option<Path> {
        let span = span_of(&pair);
        let segments: Option<Vec<Segment>> = children(pair).map(|segment| self.segment(segment)).collect();
        Some(Path { segments: segments?, span })
    }

    fn segment(&mut self, pair: Pair<'_, Rule>) -> Option<Segment> {
        let mut parts = children(pair);
        let name = self.name(&parts.next()?);
        let index = match parts.next() {
            Some(index) => Some(self.whole(&index)?),
            None => None,
        };
        Some(Segment { name, index })
    }

    /// A whole number that counts something.
    pub(super) fn whole(&mut self, pair: &Pair<'_, Rule>) -> Option<Spanned<u64>> {
        let span = span_of(pair);
        let Ok(value) = pair.as_str().parse() else {
            self.errors.push(bad_number(span, format!("{} is too large", pair.as_str()), "more than 64 bits", None));
            return None;
        };
        Some(Spanned::new(value, span))
    }

    /// Operands and the operators between them, by the usual ranks: `* /`, then `+ -`, then comparisons;
    /// equal ranks from left to right.
    fn operands(&mut self, pair: Pair<'_, Rule>) -> Option<Measured> {
        let span = span_of(&pair);
        // Counted before anything is built: dropping a tree recurses as well.
        if pair.clone().into_inner().filter(|part| part.as_rule() == Rule::operator).count() > MAXIMUM_HEIGHT {
            self.errors.push(too_long(span));
            return None;
        }
        let mut values: Vec<Measured> = Vec::new();
        let mut waiting: Vec<Operator> = Vec::new();
        let mut minus: Option<Span> = None;
        let mut whole = true;
        for part in children(pair) {
            match part.as_rule() {
                Rule::minus => minus = Some(span_of(&part)),
                Rule::operator => {
                    let operator = operator(part.as_str());
                    while waiting.last().is_some_and(|last| rank(*last) >= rank(operator)) {
                        combine(&mut values, waiting.pop());
                    }
                    waiting.push(operator);
                }
                _ => {
                    let operand = self.primary(part);
                    whole &= operand.is_some();
                    values.extend(operand.map(|operand| negated(operand, minus.take())));
                }
            }
        }
        if !whole {
            return None;
        }
        while let Some(operator) = waiting.pop() {
            combine(&mut values, Some(operator));
        }
        let value = values.pop()?;
        if value.1 > MAXIMUM_HEIGHT {
            self.errors.push(too_long(span));
            return None;
        }
        Some(value)
    }

    fn primary(&mut self, pair: Pair<'_, Rule>) -> Option<Measured> {
        let span = span_of(&pair);
        let (kind, height) = match pair.as_rule() {
            Rule::number => (ExpressionKind::Number(self.number(&pair)), 1),
            Rule::text => (ExpressionKind::Text(self.text(&pair).value), 1),
            Rule::path => (named(self.path(pair)?), 1),
            Rule::call => {
                let mut parts = children(pair);
                let function = self.name(&parts.next()?);
                let (arguments, height) = self.arguments(parts.next()?)?;
                (ExpressionKind::Call { function, arguments }, height + 1)
            }
            Rule::list => {
                let (elements, height) = self.list(pair)?;
                (ExpressionKind::List(elements), height + 1)
            }
            // The span takes the brackets in, so that it can be cut out and read again.
            _ => {
                let (inner, height) = self.operands(children(pair).next()?)?;
                (inner.kind, height)
            }
        };
        Some((Expression { kind, span }, height))
    }

    fn list(&mut self, pair: Pair<'_, Rule>) -> Option<(Vec<Expression>, usize)> {
        let elements: Vec<Option<Measured>> = children(pair).map(|element| self.operands(element)).collect();
        let elements: Vec<Measured> = elements.into_iter().collect::<Option<_>>()?;
        let height = elements.iter().map(|(_, height)| *height).max().unwrap_or(0);
        Some((elements.into_iter().map(|(element, _)| element).collect(), height))
    }

    fn arguments(&mut self, pair: Pair<'_, Rule>) -> Option<(Vec<Argument>, usize)> {
        let mut arguments = Vec::new();
        let mut highest = 0;
        let mut whole = true;
        for argument in children(pair) {
            let span = span_of(&argument);
            let mut name = None;
            for part in children(argument) {
                if part.as_rule() == Rule::key {
                    name = Some(self.dotted(part));
                } else if let Some((value, height)) = self.operands(part) {
                    highest = highest.max(height);
                    arguments.push(Argument { name: name.take(), value, span });
                } else {
                    whole = false;
                }
            }
        }
        whole.then_some((arguments, highest))
    }

    /// The name of an argument; that of `train.seed = [0, 1]` keeps its dots.
    fn dotted(&mut self, pair: Pair<'_, Rule>) -> Name {
        let name = Spanned::new(pair.as_str().to_owned(), span_of(&pair));
        for part in children(pair) {
            self.argument_name(&part);
        }
        name
    }

    fn number(&mut self, pair: &Pair<'_, Rule>) -> Number {
        let span = span_of(pair);
        let unit = pair.clone().into_inner().find(|part| part.as_rule() == Rule::unit);
        let unit = unit.map(|unit| Spanned::new(unit.as_str().to_owned(), span_of(&unit)));
        let end = unit.as_ref().map_or(span.end, |unit| unit.span.start);
        let digits: String = Span::new(span.start, end).text(self.source).replace('_', "");
        let value: f64 = digits.parse().unwrap_or(f64::INFINITY);
        if value.is_infinite() {
            let message = format!("`{}` is beyond the largest number, about 1.8e308", shortened(pair.as_str()));
            self.errors.push(bad_number(span, message, "too large", None));
        }
        if unit.as_ref().is_some_and(|unit| matches!(unit.value.as_str(), "e" | "E")) {
            let help = format!("write `{digits}e-3` or `{digits}`");
            let message = format!("`{}` has no exponent after its `e`", pair.as_str());
            self.errors.push(bad_number(span, message, "digits are missing", Some(help)));
        }
        Number { value, whole: digits.parse().ok(), unit }
    }

    /// A string with its escapes resolved; unknown ones are reported and kept as written.
    pub(super) fn text(&mut self, pair: &Pair<'_, Rule>) -> Spanned<String> {
        let span = span_of(pair);
        let inner = Span::new(span.start + 1, span.end - 1);
        let mut value = String::new();
        // In a path such as `C:\data\new` the `\n` would stay a line break, so that one backslash alone is not doubled.
        let plain = !["\\n", "\\t", "\\\""].iter().any(|escape| inner.text(self.source).contains(escape));
        let mut characters = inner.text(self.source).char_indices();
        while let Some((offset, c)) = characters.next() {
            if c != '\\' {
                value.push(c);
                continue;
            }
            match characters.next().map(|(_, escaped)| escaped) {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some(quoted @ ('"' | '\\')) => value.push(quoted),
                Some(other) => {
                    value.extend(['\\', other]);
                    let start = inner.start + offset;
                    self.errors.push(SyntaxError {
                        kind: SyntaxErrorKind::BadString,
                        message: format!("`\\{}` is no escape", other.escape_debug()),
                        span: Span::new(start, start + 1 + other.len_utf8()),
                        label: "unknown escape".to_owned(),
                        related: None,
                        help: Some(
                            "the escapes are `\\\"`, `\\\\`, `\\n` and `\\t`; write `\\\\` for a backslash".to_owned(),
                        ),
                        edits: if plain { vec![(Span::new(start, start), "\\".to_owned())] } else { Vec::new() },
                    });
                }
                None => value.push('\\'),
            }
        }
        Spanned::new(value, span)
    }
}

/// A path as a value: the two truth values are written like names.
fn named(path: Path) -> ExpressionKind {
    match path.as_name().map(|name| name.value.as_str()) {
        Some("true") => ExpressionKind::Boolean(true),
        Some("false") => ExpressionKind::Boolean(false),
        _ => ExpressionKind::Path(path),
    }
}

fn negated((operand, height): Measured, minus: Option<Span>) -> Measured {
    match minus {
        None => (operand, height),
        Some(minus) => {
            let span = minus.to(operand.span);
            (Expression { kind: ExpressionKind::Negate(Box::new(operand)), span }, height + 1)
        }
    }
}

fn combine(values: &mut Vec<Measured>, operator: Option<Operator>) {
    // The grammar puts an operator between two operands only, so all three are there.
    if let (Some((right, right_height)), Some((left, left_height)), Some(operator)) =
        (values.pop(), values.pop(), operator)
    {
        let span = left.span.to(right.span);
        let kind = ExpressionKind::Binary { left: Box::new(left), operator, right: Box::new(right) };
        values.push((Expression { kind, span }, 1 + left_height.max(right_height)));
    }
}

fn operator(text: &str) -> Operator {
    match text {
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        "<" => Operator::Less,
        "≈" | "~" => Operator::Equivalent,
        _ => Operator::LessOrEqual,
    }
}

fn rank(operator: Operator) -> u8 {
    match operator {
        Operator::Multiply | Operator::Divide => 3,
        Operator::Add | Operator::Subtract => 2,
        Operator::Greater
        | Operator::GreaterOrEqual
        | Operator::Less
        | Operator::LessOrEqual
        | Operator::Equivalent => 1,
    }
}

fn too_long(span: Span) -> SyntaxError {
    SyntaxError {
        kind: SyntaxErrorKind::TooDeep,
        message: format!("this value is a chain of more than {MAXIMUM_HEIGHT} operations"),
        span,
        label: "too long".to_owned(),
        related: None,
        help: Some("write the result instead".to_owned()),
        edits: Vec::new(),
    }
}

fn bad_number(span: Span, message: String, label: &str, help: Option<String>) -> SyntaxError {
    SyntaxError {
        kind: SyntaxErrorKind::BadNumber,
        message,
        span,
        label: label.to_owned(),
        related: None,
        help,
        edits: Vec::new(),
    }
}

/// A literal short enough for a message.
fn shortened(text: &str) -> String {
    if text.len() <= 24 { text.to_owned() } else { format!("{}…", &text[..20]) }
}
