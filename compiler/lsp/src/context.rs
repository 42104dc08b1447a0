//! What may stand at a place, read off the tokens before it, so that it is known in broken texts, too.

use elbo_compiler::resolution::Names;
use elbo_compiler::vocabulary::{self, Parameter, Signature};
use elbo_grammar::ast::SettingsKind;
use elbo_grammar::reserved::DECLARATIONS;
use elbo_grammar::{Span, TokenKind, tokens};

/// An open bracket before the place.
#[derive(Debug, Clone)]
pub(crate) struct Open<'t> {
    /// The function that is called; empty for a list or a group.
    pub function: &'t str,
    /// The argument that the place is in, by position.
    pub argument: usize,
    /// The argument that the place is in, by name.
    pub name: Option<&'t str>,
    /// The names of all arguments before the place.
    pub given: Vec<&'t str>,
}

/// The surroundings of a place.
#[derive(Debug, Clone)]
pub(crate) struct Context<'t> {
    /// The word at the place; empty if there is none.
    pub word: Span,
    /// Whether the place is in a comment or a string.
    pub inert: bool,
    /// The first words of the statements whose bodies the place is in, from the outside.
    pub bodies: Vec<Vec<&'t str>>,
    /// The tokens of the statement before the place that stand in no bracket.
    pub head: Vec<&'t str>,
    /// The brackets open at the place, from the outside.
    pub open: Vec<Open<'t>>,
    /// The token behind the word, if it is on its line.
    pub next: &'t str,
}

impl<'t> Context<'t> {
    /// The surroundings of a byte offset.
    pub fn at(text: &'t str, offset: usize) -> Self {
        let mut word = Span::new(offset, offset);
        let mut inert = false;
        let mut next = "";
        let mut scan = Scan::default();
        for token in tokens(text) {
            let written = token.span.text(text);
            if token.span.start > offset || (token.span.start == offset && token.kind != TokenKind::Word) {
                if token.kind != TokenKind::Space {
                    next = if token.kind == TokenKind::Newline { "" } else { written };
                    break;
                }
                continue;
            }
            if token.kind == TokenKind::Word && token.span.end >= offset {
                word = token.span;
                continue;
            }
            let within = token.span.end > offset || (token.span.end == offset && token.span.start < offset);
            inert = match token.kind {
                TokenKind::Comment | TokenKind::OpenText => within,
                TokenKind::Text => token.span.end > offset,
                _ => false,
            };
            if inert {
                break;
            }
            scan.take(token.kind, written, text[..token.span.start].ends_with('\n') || token.span.start == 0);
        }
        let Scan { bodies, head, open, .. } = scan;
        Self { word, inert, bodies, head, open, next }
    }

    /// The kind of block of keys that the place is in.
    pub fn settings(&self) -> Option<SettingsKind> {
        use SettingsKind::{Dataset, Report, Run, Sweep, Train};
        let opened = *self.bodies.first()?.first()?;
        [Dataset, Train, Report, Run, Sweep].into_iter().find(|kind| kind.keyword() == opened)
    }

    /// The model or block that the place is in.
    pub fn network(&self) -> Option<&'t str> {
        let opened = self.bodies.first().unwrap_or(&self.head);
        match opened.as_slice() {
            ["model" | "block", name, ..] => Some(name),
            _ => None,
        }
    }

    fn has(&self, word: &str) -> bool {
        self.head.contains(&word)
    }
}

#[derive(Default)]
struct Scan<'t> {
    bodies: Vec<Vec<&'t str>>,
    head: Vec<&'t str>,
    open: Vec<Open<'t>>,
    last: &'t str,
    last_is_word: bool,
}

impl<'t> Scan<'t> {
    fn take(&mut self, kind: TokenKind, written: &'t str, begins_line: bool) {
        if begins_line && kind == TokenKind::Word && DECLARATIONS.contains(&written) && !self.is_statement(written) {
            // Whatever was left open before a declaration is a mistake there.
            *self = Self::default();
        }
        match kind {
            TokenKind::Space | TokenKind::Comment => return,
            TokenKind::Newline => {
                if self.open.is_empty() {
                    self.head.clear();
                }
                return;
            }
            _ => {}
        }
        match written {
            "(" | "[" => {
                let function = if written == "(" && self.last_is_word { self.last } else { "" };
                self.open.push(Open { function, argument: 0, name: None, given: Vec::new() });
            }
            ")" | "]" => drop(self.open.pop()),
            "{" if self.open.is_empty() => self.bodies.push(std::mem::take(&mut self.head)),
            "}" if self.open.is_empty() => {
                self.bodies.pop();
                self.head.clear();
            }
            ";" if self.open.is_empty() => self.head.clear(),
            "," => match self.open.last_mut() {
                Some(open) => {
                    open.argument += 1;
                    open.name = None;
                }
                None => self.head.push(written),
            },
            "=" => match self.open.last_mut() {
                Some(open) => {
                    open.name = Some(self.last);
                    open.given.push(self.last);
                }
                None => self.head.push(written),
            },
            ":" if !self.open.is_empty() => {
                if let Some(open) = self.open.last_mut() {
                    open.name = Some(":");
                }
            }
            _ if self.open.is_empty() => self.head.push(written),
            _ => {}
        }
        self.last = written;
        self.last_is_word = kind == TokenKind::Word;
    }

    /// Whether the word at the start of a line is a key of the block around it rather than a declaration.
    fn is_statement(&self, word: &str) -> bool {
        let keys: &[&str] = match self.bodies.first().and_then(|body| body.first()) {
            Some(&"run") => &["model", "data", "train", "report"],
            Some(&"sweep") => &["run"],
            _ => return false,
        };
        keys.contains(&word)
    }
}

/// What may stand at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The beginning of a declaration.
    Declaration,
    /// The name of a declaration to extend.
    Base,
    /// The beginning of an entry.
    Key(SettingsKind),
    /// The beginning of a statement of a model or block.
    Statement,
    /// What a layer does.
    Operation,
    /// A mark.
    Mark,
    /// A path to a layer.
    LayerPath,
    /// The type of a parameter.
    Type,
    /// A path in a run, behind `vary`.
    RunPath,
    /// The code of a warning.
    Warning,
    /// A value, described by the rest.
    Value,
    /// A new name, or nothing that is known.
    Nothing,
}

/// A place with the words that may stand there.
pub(crate) struct Slot<'t> {
    pub place: Place,
    /// Functions and words.
    pub values: Vec<&'static Signature>,
    /// The kind of declaration whose name may stand there.
    pub refers_to: Option<&'static str>,
    /// The call of a function of the language that the place is directly in.
    pub call: Option<(&'static Signature, Open<'t>)>,
    /// The call of a block or model that the place is directly in.
    pub own_call: Option<Open<'t>>,
}

impl<'t> Slot<'t> {
    /// What may stand at a place.
    pub fn of(context: &Context<'t>, names: &Names<'_>) -> Self {
        let mut slot = Self::root(context);
        for open in &context.open {
            slot.enter(open, context, names);
        }
        slot
    }

    fn new(place: Place, values: impl IntoIterator<Item = &'static Signature>) -> Self {
        let values = values.into_iter().collect();
        Self { place, values, refers_to: None, call: None, own_call: None }
    }

    fn valued(parameter: &'static Parameter) -> Self {
        let refers_to = parameter.refers_to;
        Self { refers_to, ..Self::new(Place::Value, parameter.values) }
    }

    fn root(context: &Context<'t>) -> Self {
        let head = context.head.as_slice();
        if let Some(kind) = context.settings() {
            return Self::in_settings(kind, context);
        }
        if context.network().is_some() && !context.bodies.is_empty() {
            return Self::in_network(context);
        }
        match head {
            [.., "extends"] => Self::new(Place::Base, []),
            ["@", "allow"] => Self::new(Place::Warning, []),
            [] => Self::new(Place::Declaration, []),
            ["prior", _, "="] => Self { refers_to: Some("prior"), ..Self::new(Place::Value, vocabulary::PRIORS) },
            ["posterior", _, "="] => {
                Self { refers_to: Some("posterior"), ..Self::new(Place::Value, vocabulary::POSTERIORS) }
            }
            ["claim", .., "of"] if context.has(":") => Self::new(Place::Value, vocabulary::ESTIMANDS),
            ["claim", ..] if context.has(":") => Self::new(Place::Value, vocabulary::METRICS),
            ["prior", _, "=", ..] => Self::new(Place::Nothing, vocabulary::PRIORS),
            ["posterior", _, "=", ..] => Self::new(Place::Nothing, vocabulary::POSTERIORS),
            _ => Self::new(Place::Nothing, []),
        }
    }

    fn in_settings(kind: SettingsKind, context: &Context<'t>) -> Self {
        let key = |name: &str| vocabulary::keys(kind).iter().find(|key| key.name == name);
        match context.head.as_slice() {
            [] => Self::new(Place::Key(kind), []),
            ["@", "allow"] => Self::new(Place::Warning, []),
            ["vary", "."] | ["vary", ".", .., "."] => Self::new(Place::RunPath, []),
            ["vary", ".", path @ .., "="] => {
                let mut slot = key("vary").map_or_else(|| Self::new(Place::Value, []), Self::valued);
                if let [root] = path {
                    let varied = vocabulary::keys(SettingsKind::Run).iter().find(|key| key.name == *root);
                    slot.refers_to = varied.and_then(|key| key.refers_to);
                } else if let ["train" | "report" | "data", ".", name] = path {
                    let kind = match path[0] {
                        "train" => SettingsKind::Train,
                        "report" => SettingsKind::Report,
                        _ => SettingsKind::Dataset,
                    };
                    let varied = vocabulary::keys(kind).iter().find(|key| key.name == *name);
                    slot.values.extend(varied.map(|key| key.values).unwrap_or_default());
                }
                slot
            }
            [name, "="] => key(name).map_or_else(|| Self::new(Place::Nothing, []), Self::valued),
            // A bare call: the function is the key.
            [name] if !context.open.is_empty() => key(name).map_or_else(|| Self::new(Place::Nothing, []), Self::valued),
            [name, "=", ..] if !context.open.is_empty() => {
                key(name).map_or_else(|| Self::new(Place::Nothing, []), Self::valued)
            }
            _ => Self::new(Place::Nothing, []),
        }
    }

    fn in_network(context: &Context<'t>) -> Self {
        let layers = || vocabulary::MARKS.iter().chain(vocabulary::LAYERS);
        match context.head.as_slice() {
            [] => Self::new(Place::Statement, layers()),
            ["@", "allow"] => Self::new(Place::Warning, []),
            ["input", ..] => Self::new(Place::Value, vocabulary::INPUTS),
            ["output", ..] => Self::new(Place::Value, vocabulary::OUTPUTS),
            ["default", ..] => Self::new(Place::Mark, vocabulary::MARKS),
            ["mark", ..] if context.has("as") => Self::new(Place::Mark, vocabulary::MARKS),
            ["mark", ..] => Self::new(Place::LayerPath, []),
            ["replace", ..] if context.has("with") => Self::new(Place::Operation, layers()),
            ["replace", ..] => Self::new(Place::LayerPath, []),
            ["insert", "before" | "after", ..] if context.has(":") => Self::new(Place::Operation, layers()),
            ["insert", "before" | "after", ..] => Self::new(Place::LayerPath, []),
            ["insert"] => Self::new(Place::Nothing, []),
            ["repeat", ..] => Self::new(Place::Nothing, []),
            [.., ":"] => Self::new(Place::Operation, layers()),
            [_, ..] => Self::new(Place::Operation, layers()),
        }
    }

    /// Goes into a bracket.
    fn enter(&mut self, open: &Open<'t>, context: &Context<'t>, names: &Names<'_>) {
        (self.call, self.own_call) = (None, None);
        if open.function.is_empty() || self.place == Place::Warning {
            return;
        }
        if let Some(signature) = self.values.iter().find(|value| value.name == open.function) {
            let signature: &'static Signature = signature;
            let parameter = match open.name {
                Some(name) => signature.parameter(name),
                None => signature.parameters[..signature.positional].get(open.argument),
            };
            let refers_to = self.refers_to;
            *self = parameter.map_or_else(|| Self::new(Place::Value, []), Self::valued);
            // A figure of a claim takes a run.
            if signature.parameters.iter().all(|parameter| parameter.name == "bins")
                && context.head.first() == Some(&"claim")
            {
                self.refers_to = refers_to.or(Some("run"));
            }
            self.call = Some((signature, open.clone()));
        } else if context.bodies.is_empty()
            && matches!(context.head.as_slice(), ["model" | "block", name] if *name == open.function)
        {
            let place = if open.name == Some(":") { Place::Type } else { Place::Nothing };
            *self = Self::new(place, []);
        } else if matches!(names.kind(open.function), Some("model" | "block")) {
            let parameters = names.parameters(open.function);
            let parameter = match open.name {
                Some(name) => parameters.iter().find(|parameter| parameter.name.value == name),
                None => parameters.get(open.argument),
            };
            let kind = parameter.map(|parameter| parameter.kind.value.as_str());
            *self = match kind {
                Some("mark") => Self::new(Place::Mark, vocabulary::MARKS),
                Some("prior") => Self { refers_to: Some("prior"), ..Self::new(Place::Value, vocabulary::PRIORS) },
                Some("posterior") => {
                    Self { refers_to: Some("posterior"), ..Self::new(Place::Value, vocabulary::POSTERIORS) }
                }
                Some("activation") => Self::new(Place::Value, vocabulary::ACTIVATIONS),
                _ => Self::new(Place::Value, []),
            };
            self.own_call = Some(open.clone());
        } else {
            // An unknown function: nothing is known of what is in it, but calls within are looked up as before.
            self.place = Place::Nothing;
        }
    }
}
