//! The entries of a block of keys: its own over those it extends, under the command line's overrides.

use crate::check::Checker;
use crate::check::arguments::{Parameter, call};
use crate::check::chains::Link;
use crate::check::environment::Environment;
use crate::check::overrides::{Below, with_argument};
use crate::check::values::{Values, Written};
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::suggest;
use crate::symbols::Declared;
use elbo_grammar::ast::{Argument, Expression, Name, Settings, SettingsKind};
use elbo_grammar::{Span, habits};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A range of a source.
pub(crate) type Place = (SourceId, Span);

/// The value of a key and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Value<'a> {
    pub expression: Cow<'a, Expression>,
    pub environment: Environment,
}

impl Value<'_> {
    /// Where it stands.
    pub fn place(&self) -> Place {
        (self.environment.source, self.expression.span)
    }

    /// Where the argument `parameter` of its call stands, else where the whole value does.
    pub fn part(&self, parameter: &str) -> Place {
        let arguments = call(&self.expression).map_or(&[][..], |call| call.arguments);
        let named = |argument: &&Argument| argument.name.as_ref().is_some_and(|name| name.value == parameter);
        let span = arguments.iter().find(named).map_or(self.expression.span, |argument| argument.span);
        (self.environment.source, span)
    }
}

/// All keys of one block.
#[derive(Debug)]
pub(crate) struct Entries<'a> {
    values: BTreeMap<&'static str, Value<'a>>,
}

impl<'a> Entries<'a> {
    /// A block in which nothing is written.
    pub fn none() -> Self {
        Self { values: BTreeMap::new() }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.values.get(key)
    }

    /// Where the value of a key stands.
    pub fn place(&self, key: &str) -> Option<Place> {
        self.get(key).map(Value::place)
    }

    /// What they come to; where a key is not written, its default.
    pub fn read<'e>(&'e self, checker: &'e Checker<'a>, keys: Keys) -> Values<'e, 'a> {
        let written = |(parameter, value): (&&'static str, &'e Value<'a>)| Written {
            parameter,
            expression: &value.expression,
            environment: &value.environment,
        };
        Values::new(checker, keys.all, self.values.iter().map(written).collect())
    }

    /// Puts the value that an override gives in place of what stands there.
    fn replace(&mut self, key: &'static str, value: Expression, below: &Below<'_>) {
        let environment = Environment::empty(below.source);
        self.values.insert(key, Value { expression: Cow::Owned(value), environment });
    }
}

/// The keys a kind of block has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keys {
    /// All of them.
    pub all: &'static [Parameter],
    /// Those without a default.
    pub required: &'static [&'static str],
}

impl<'a> Checker<'a> {
    /// Collects the entries of a block. Reports unknown, repeated and missing keys; `None` where one of
    /// them was reported.
    pub fn entries(&self, settings: Declared<'a, Settings>, keys: Keys) -> Option<Entries<'a>> {
        if !self.settings_end_in_time(settings) {
            return None;
        }
        let mut values = BTreeMap::new();
        let mut complete = self.collect(settings, keys, &mut values, &mut Vec::new());
        for key in keys.required {
            if complete && !values.contains_key(key) {
                let kind = settings.node.kind.keyword();
                let name = &settings.node.name;
                self.report(
                    Diagnostic::new(
                        Code::MissingKey,
                        format!("{kind} `{}` has no `{key}`", name.value),
                        settings.source,
                        name.span,
                        format!("needs `{key} = …`"),
                    )
                    .note(format!("every {kind} needs {}", suggest::listing(keys.required.iter().copied()))),
                );
                complete = false;
            }
        }
        complete.then_some(Entries { values })
    }

    fn collect(
        &self,
        settings: Declared<'a, Settings>,
        keys: Keys,
        values: &mut BTreeMap<&'static str, Value<'a>>,
        open: &mut Vec<(SourceId, &'a Name)>,
    ) -> bool {
        let (node, source) = (settings.node, settings.source);
        let kind = node.kind.keyword();
        if let Some(position) = open.iter().position(|(_, name)| name.value == node.name.value) {
            self.circle(&format!("{kind} blocks extend"), &open[position..]);
            return false;
        }
        open.push((source, &node.name));
        let mut complete = true;
        if let Some(base) = &node.extends {
            if let Some(arguments) = &base.arguments {
                let span = arguments.first().map_or(base.span, |argument| argument.span);
                let message = format!("a {kind} has no parameters");
                self.error(Code::TooManyArguments, source, span, message, "no argument belongs here");
                return false;
            }
            match self.symbols.find_settings(node.kind, &base.name.value) {
                Some(base) => complete &= self.collect(base, keys, values, open),
                None => {
                    let names: Vec<&str> = self.symbols.settings(node.kind).map(|(name, _)| name).collect();
                    self.unknown_name(source, &base.name, kind, names);
                    return false;
                }
            }
        }
        let mut own: BTreeMap<&str, Span> = BTreeMap::new();
        for entry in &node.entries {
            let key = joined(&entry.key);
            let Some(known) = self.known_key(&key, kind, source, keys) else {
                complete = false;
                continue;
            };
            if let Some(first) = own.insert(known, key.span) {
                self.report(
                    Diagnostic::new(
                        Code::RepeatedKey,
                        format!("`{known}` is given twice"),
                        source,
                        key.span,
                        "given again here",
                    )
                    .label(source, first, "first given here")
                    .help("remove one of them"),
                );
                complete = false;
                continue;
            }
            let environment = Environment::empty(source);
            values.insert(known, Value { expression: Cow::Borrowed(&entry.value), environment });
        }
        complete
    }

    /// Whether the chain of blocks that this one extends is short enough to be followed; reports it if not.
    fn settings_end_in_time(&self, settings: Declared<'a, Settings>) -> bool {
        let kind = settings.node.kind;
        let what = match kind {
            SettingsKind::Dataset => "dataset blocks",
            SettingsKind::Train => "train blocks",
            SettingsKind::Report => "report blocks",
            SettingsKind::Run => "run blocks",
            SettingsKind::Sweep => "sweep blocks",
        };
        let link = |settings: Declared<'a, Settings>| Link {
            source: settings.source,
            name: &settings.node.name,
            base: settings.node.extends.as_ref().map(|reference| reference.name.value.as_str()),
        };
        self.ends_in_time(what, link(settings), |name| self.symbols.find_settings(kind, name).map(link))
    }

    fn known_key(&self, key: &Name, kind: &str, source: SourceId, keys: Keys) -> Option<&'static str> {
        let known = keys.all.iter().map(|known| known.name).find(|known| *known == key.value);
        if known.is_none() {
            let diagnostic = Diagnostic::new(
                Code::UnknownKey,
                format!("a `{kind}` block has no key `{}`", key.value),
                source,
                key.span,
                "no such key",
            );
            if key.value.starts_with("augment.") {
                self.report(diagnostic.help(
                    "augmentation is for training alone: write `augment = […]` for the training images, and `transform` \
                     for what applies to every split",
                ));
                return None;
            }
            self.report(match habits::key(kind, &key.value) {
                Some(habit) => diagnostic.help(habit.help()),
                None => suggest::propose(diagnostic, source, key, "its keys", keys.all.iter().map(|known| known.name)),
            });
        }
        known
    }

    /// Applies overrides of a run's own key: `model=alexnet` as a whole, `model.classes=5` an argument of its
    /// value. The parts of the other keys belong to the blocks they name.
    pub fn override_reference(&self, entries: &mut Entries<'a>, key: &'static str) {
        let overrides = self.overrides();
        for below in overrides.below(key) {
            if !below.path.is_empty() && key != "model" {
                continue;
            }
            let changed = match entries.values.get(key) {
                Some(old) => with_argument(&old.expression, below.path, below.value),
                None => below.path.is_empty().then(|| below.value.clone()),
            };
            if let Some(changed) = changed {
                overrides.apply(&below);
                entries.replace(key, changed, &below);
            }
        }
    }

    /// Applies the overrides below `root` to `entries`.
    pub fn apply_overrides(&self, entries: &mut Entries<'a>, root: &str, keys: Keys) -> bool {
        let mut complete = true;
        let overrides = self.overrides();
        for below in overrides.below(root) {
            let [key, rest @ ..] = below.path else { continue };
            overrides.apply(&below);
            let Some(known) = self.known_key(key, root, below.source, keys) else {
                complete = false;
                continue;
            };
            let changed = match entries.values.get(known) {
                Some(old) => with_argument(&old.expression, rest, below.value),
                None => rest.is_empty().then(|| below.value.clone()),
            };
            let Some(changed) = changed else {
                self.report(
                    Diagnostic::new(
                        Code::UnknownKey,
                        format!("`{root}.{known}` has no part `{}` that could be set", rest[0].value),
                        below.source,
                        rest[0].span,
                        "no such part",
                    )
                    .help(format!("set it as a whole: `{root}.{known}=…`")),
                );
                complete = false;
                continue;
            };
            entries.replace(known, changed, &below);
        }
        complete
    }
}

/// A dotted key as one name.
fn joined(key: &[Name]) -> Name {
    let text: Vec<&str> = key.iter().map(|name| name.value.as_str()).collect();
    let span = key[0].span.to(key[key.len() - 1].span);
    Name::new(text.join("."), span)
}
