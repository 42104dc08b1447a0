//! `sweep`: one run many times over, with what varies.

use super::run::{CheckedRun, Networks};
use super::values::{LOGSPACE, Named, RANGE};
use crate::check::Checker;
use crate::check::arguments::{Parameter, Signature};
use crate::check::environment::Environment;
use crate::check::overrides::{Change, Overrides, ROOTS, addresses_nothing};
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::limits::MOST_MEMBERS;
use crate::suggest;
use crate::symbols::Declared;
use elbo_grammar::Span;
use elbo_grammar::ast::{Entry, Expression, ExpressionKind, Name, Settings, SettingsKind};
use std::rc::Rc;

/// The most layers that all members together may have, as each holds its network: some 400 MB.
const MOST_LAYERS: usize = 1 << 20;
/// Members with errors after which the others are left unchecked.
const MOST_FAILURES: usize = 32;

const RANGED: &[Signature] = &[RANGE, LOGSPACE];

/// The keys of a sweep; behind `vary` stands a path.
pub(super) const KEYS: &[Parameter] = &[
    Parameter::new("run", "The run that every member starts from.").refers_to("run"),
    Parameter::new(
        "vary",
        "`vary.PATH = VALUES`: what varies. The path addresses the run as `--set` does, for example `vary.train.seed`.",
    )
    .values(RANGED),
    Parameter::new("zip", "`zip(PATH=VALUES, …)`: paths that vary together, with equally many values.").values(RANGED),
];

/// A sweep whose members passed every check.
#[derive(Debug)]
pub(crate) struct CheckedSweep {
    /// The name of the run it starts from.
    pub run: String,
    pub members: Vec<CheckedMember>,
}

/// One member of a sweep.
#[derive(Debug)]
pub(crate) struct CheckedMember {
    /// What varies and how, such as `train.seed` and `0`, in the order written.
    pub varied: Vec<(String, String)>,
    pub run: CheckedRun,
}

/// Values that change together: those of one path, or of the paths of one `zip`.
struct Axis {
    /// One row a value; in each, one change a path.
    rows: Vec<Vec<(Rc<Change>, String)>>,
}

/// A path that varies, and its values' place.
struct Varied<'e> {
    path: Vec<Name>,
    values: &'e Expression,
}

impl<'a> Checker<'a> {
    /// Checks a sweep and each of its members under `overrides`. `sound` says whether a run by itself is
    /// without errors; where it is not, nothing is said of its members.
    pub fn sweep(
        &self,
        settings: Declared<'a, Settings>,
        overrides: &Overrides,
        sound: impl Fn(&str) -> bool,
    ) -> Option<CheckedSweep> {
        let (node, source) = (settings.node, settings.source);
        if let Some(base) = &node.extends {
            self.report(
                Diagnostic::new(
                    Code::MisplacedStatement,
                    "a sweep extends no other",
                    source,
                    base.span,
                    "does not belong here",
                )
                .help("write the paths that vary in each sweep"),
            );
            return None;
        }
        let base = self.base_run(settings);
        let axes = self.axes(settings);
        let ((base, name), axes) = (base?, axes?);
        self.check_size(node, source, &axes)?;
        self.check_overridden(&axes, overrides).then_some(())?;
        if !sound(name) {
            return None;
        }
        let members = self.members(settings, base, &axes, overrides)?;
        Some(CheckedSweep { run: name.to_owned(), members })
    }

    fn base_run(&self, settings: Declared<'a, Settings>) -> Option<(Declared<'a, Settings>, &'a str)> {
        let (node, source) = (settings.node, settings.source);
        let mut runs = node.entries.iter().filter(|entry| entry.key.len() == 1 && entry.key[0].value == "run");
        let Some(entry) = runs.next() else {
            self.report(
                Diagnostic::new(
                    Code::MissingKey,
                    format!("sweep `{}` has no `run`", node.name.value),
                    source,
                    node.name.span,
                    "needs `run = …`",
                )
                .note("the run is what every member starts from"),
            );
            return None;
        };
        if let Some(again) = runs.next() {
            self.repeated("run", source, again.key[0].span, entry.key[0].span);
            return None;
        }
        let call = self.expect_call(&entry.value, source, "the name of a run")?;
        self.bind(call, &Environment::empty(source), &Signature::constant("run", ""))?;
        let name = call.function;
        let found = self.symbols.find_settings(SettingsKind::Run, &name.value);
        if found.is_none() {
            let names: Vec<&str> = self.symbols.settings(SettingsKind::Run).map(|(name, _)| name).collect();
            self.unknown_name(source, name, "run", names);
        }
        found.map(|found| (found, found.node.name.value.as_str()))
    }

    /// What varies, in the order written.
    fn axes(&self, settings: Declared<'a, Settings>) -> Option<Vec<Axis>> {
        let (node, source) = (settings.node, settings.source);
        let mut complete = true;
        let mut known: Vec<(String, Span)> = Vec::new();
        let mut axes = Vec::new();
        for entry in &node.entries {
            let varied = match self.varied(entry, source) {
                Some(varied) if varied.is_empty() => continue,
                Some(varied) => varied,
                None => {
                    complete = false;
                    continue;
                }
            };
            for path in varied.iter().map(|varied| &varied.path) {
                let (text, span) = (joined(path), path[0].span.to(path[path.len() - 1].span));
                match known.iter().find(|(other, _)| *other == text) {
                    Some((_, first)) => {
                        self.repeated(&text, source, span, *first);
                        complete = false;
                    }
                    None => known.push((text, span)),
                }
            }
            match self.axis(&varied, source) {
                Some(axis) => axes.push(axis),
                None => complete = false,
            }
        }
        if complete && axes.is_empty() {
            self.report(
                Diagnostic::new(
                    Code::EmptySweep,
                    format!("nothing varies in sweep `{}`", node.name.value),
                    source,
                    node.name.span,
                    "has no members",
                )
                .help("say what varies, for example `vary.train.seed = range(0, 5)`"),
            );
            return None;
        }
        complete.then_some(axes)
    }

    /// The paths of an entry; none for `run`. `None` where the entry is wrong.
    fn varied<'e>(&self, entry: &'e Entry, source: SourceId) -> Option<Vec<Varied<'e>>> {
        let key = &entry.key[0];
        let varied = match (key.value.as_str(), &entry.key[1..]) {
            ("run", []) => return Some(Vec::new()),
            ("vary", []) => {
                self.report(
                    Diagnostic::new(Code::NoSuchPath, "`vary` needs a path", source, key.span, "what varies?")
                        .help("for example `vary.train.seed = range(0, 5)`"),
                );
                return None;
            }
            ("vary", path) => vec![Varied { path: path.to_vec(), values: &entry.value }],
            ("zip", []) => self.zipped(entry, source)?,
            _ => {
                let message = format!("a sweep has no key `{}`", joined(&entry.key));
                let diagnostic = Diagnostic::new(Code::UnknownKey, message, source, key.span, "no such key");
                let diagnostic = if ROOTS.contains(&key.value.as_str()) {
                    diagnostic.help(format!("write `vary.{}`", joined(&entry.key)))
                } else {
                    suggest::propose(diagnostic, source, key, "its keys", ["run", "vary", "zip"])
                };
                self.report(diagnostic);
                return None;
            }
        };
        let mut complete = true;
        for Varied { path, values } in &varied {
            let root = path[0].value.as_str();
            let change = Change { source, path: path.clone(), value: (*values).clone() };
            let named = |known: bool| known && path.len() > 1;
            let addresses = match root {
                "prior" => named(path.get(1).is_some_and(|name| self.symbols.priors.contains_key(name.value.as_str()))),
                "posterior" => {
                    named(path.get(1).is_some_and(|name| self.symbols.posteriors.contains_key(name.value.as_str())))
                }
                _ => ROOTS.contains(&root),
            };
            if !addresses {
                self.report(addresses_nothing(&change, "a run", self.symbols));
                complete = false;
            }
        }
        complete.then_some(varied)
    }

    fn zipped<'e>(&self, entry: &'e Entry, source: SourceId) -> Option<Vec<Varied<'e>>> {
        let arguments = match &entry.value.kind {
            ExpressionKind::Call { function, arguments } if function.value == "zip" && !arguments.is_empty() => {
                arguments
            }
            _ => {
                self.report(
                    Diagnostic::new(
                        Code::WrongType,
                        "a `zip` pairs the values of several paths",
                        source,
                        entry.span,
                        "pairs nothing",
                    )
                    .help("for example `zip(model=[small, large], train.epochs=[10, 20])`"),
                );
                return None;
            }
        };
        let mut varied = Vec::new();
        for argument in arguments {
            let Some(name) = &argument.name else {
                self.report(
                    Diagnostic::new(
                        Code::NoSuchPath,
                        "each list of a `zip` needs the path it varies",
                        source,
                        argument.span,
                        "what varies?",
                    )
                    .help("for example `train.seed=[0, 1]`"),
                );
                return None;
            };
            varied.push(Varied { path: segments(name), values: &argument.value });
        }
        Some(varied)
    }

    /// The rows of a path, or of the paths of a `zip`.
    fn axis(&self, varied: &[Varied<'_>], source: SourceId) -> Option<Axis> {
        let environment = Environment::empty(source);
        let columns: Vec<Option<Vec<Named>>> =
            varied.iter().map(|varied| self.sweep_values(varied.values, &environment)).collect();
        let columns: Vec<Vec<Named>> = columns.into_iter().collect::<Option<_>>()?;
        let length = columns[0].len();
        if let Some(other) = columns.iter().position(|column| column.len() != length) {
            let span = varied[other].values.span;
            self.report(
                Diagnostic::new(
                    Code::UnequalLists,
                    format!(
                        "a `zip` pairs its lists value by value, but one has {length} and another {}",
                        columns[other].len()
                    ),
                    source,
                    span,
                    format!("{} values", columns[other].len()),
                )
                .label(source, varied[0].values.span, format!("{length} values")),
            );
            return None;
        }
        let rows: Vec<Vec<(Rc<Change>, String)>> = (0..length)
            .map(|row| {
                let cell = |(varied, column): (&Varied<'_>, &Vec<Named>)| {
                    let (value, text) = column[row].clone();
                    (Rc::new(Change { source, path: varied.path.clone(), value }), text)
                };
                varied.iter().zip(&columns).map(cell).collect()
            })
            .collect();
        let texts = |row: &[(Rc<Change>, String)]| row.iter().map(|(_, text)| text.clone()).collect::<Vec<_>>();
        let mut seen = std::collections::BTreeMap::new();
        for row in &rows {
            if let Some(first) = seen.insert(texts(row), row[0].0.value.span) {
                let span = row[0].0.value.span;
                self.report(
                    Diagnostic::new(
                        Code::EqualMembers,
                        format!("the value `{}` is listed twice", texts(row).join(", ")),
                        source,
                        span,
                        "listed again here",
                    )
                    .label(source, first, "first listed here")
                    .help("remove one of them: two members with the same values are the same run"),
                );
                return None;
            }
        }
        Some(Axis { rows })
    }

    fn check_size(&self, node: &Settings, source: SourceId, axes: &[Axis]) -> Option<()> {
        let members = axes.iter().try_fold(1_usize, |product, axis| product.checked_mul(axis.rows.len()));
        if members.is_some_and(|members| members <= MOST_MEMBERS) {
            return Some(());
        }
        let factors: Vec<String> = axes.iter().map(|axis| axis.rows.len().to_string()).collect();
        self.report(
            Diagnostic::new(
                Code::SweepTooLarge,
                format!("sweep `{}` has more than {MOST_MEMBERS} members", node.name.value),
                source,
                node.name.span,
                format!("{} members", factors.join(" × ")),
            )
            .help("vary fewer paths, pair some by `zip(…)`, or divide it into several sweeps"),
        );
        None
    }

    /// Whether the command line leaves alone what varies.
    fn check_overridden(&self, axes: &[Axis], overrides: &Overrides) -> bool {
        let mut untouched = true;
        for (varied, _) in axes.iter().flat_map(|axis| &axis.rows[0]) {
            let path = varied.path_text();
            for change in overrides.changes().iter().filter(|change| change.path_text() == path) {
                self.report(
                    Diagnostic::new(
                        Code::OverrideOfVaried,
                        format!("`{path}` is what the sweep varies, so it cannot be set for all members"),
                        change.source,
                        change.path_span(),
                        "would be overridden by each member",
                    )
                    .label(varied.source, varied.path_span(), "varies here")
                    .help("name one member, or leave the override out"),
                );
                untouched = false;
            }
        }
        untouched
    }

    /// Checks the members one after the other; those with the same network share it.
    fn members(
        &self,
        settings: Declared<'a, Settings>,
        base: Declared<'a, Settings>,
        axes: &[Axis],
        overrides: &Overrides,
    ) -> Option<Vec<CheckedMember>> {
        let networks = Networks::default();
        let paths: Vec<&Rc<Change>> =
            axes.iter().flat_map(|axis| axis.rows[0].iter().map(|(change, _)| change)).collect();
        let mut idle = vec![0; paths.len()];
        let mut members = Vec::new();
        let mut failures = 0;
        let total: usize = axes.iter().map(|axis| axis.rows.len()).product();
        for number in 0..total {
            let rows = rows_of(number, axes);
            let cells = || axes.iter().zip(&rows).flat_map(|(axis, row)| &axis.rows[*row]);
            let changes: Vec<Rc<Change>> = cells().map(|(change, _)| Rc::clone(change)).collect();
            let own = Rc::new(overrides.with(&changes));
            // What decides about the network, beside the estimator.
            let shapes = |axis: &Axis| {
                axis.rows[0]
                    .iter()
                    .any(|(change, _)| matches!(change.path[0].value.as_str(), "model" | "prior" | "posterior"))
            };
            let key: Vec<usize> =
                axes.iter().zip(&rows).filter(|(axis, _)| shapes(axis)).map(|(_, row)| *row).collect();
            let Some(run) = self.under(&own, || self.run_sharing(base, Some((&networks, &key)))) else {
                failures += 1;
                if failures == MOST_FAILURES {
                    return None;
                }
                continue;
            };
            overrides.mark_used(&own.used());
            let used = own.used_changes();
            for (path, idle) in changes.iter().zip(&mut idle) {
                *idle += usize::from(!used.iter().any(|change| Rc::ptr_eq(change, path)));
            }
            if run.run.network.layers.len().saturating_mul(total) > MOST_LAYERS {
                self.too_many_layers(settings, total, run.run.network.layers.len());
                return None;
            }
            let varied = cells().map(|(change, text)| (change.path_text(), text.clone())).collect();
            members.push(CheckedMember { varied, run });
        }
        if failures > 0 {
            return None;
        }
        self.check_idle(&paths, &idle, total).then_some(members)
    }

    fn too_many_layers(&self, settings: Declared<'a, Settings>, members: usize, layers: usize) {
        let name = &settings.node.name;
        let message = format!("{members} members of {layers} layers each are more than can be held at once");
        self.report(
            Diagnostic::new(Code::SweepTooLarge, message, settings.source, name.span, "too large")
                .help("divide it into several sweeps"),
        );
    }

    /// Whether every path changes some member. Reports those that do not, and notes those that change a part.
    fn check_idle(&self, paths: &[&Rc<Change>], idle: &[usize], total: usize) -> bool {
        let mut sound = true;
        for (change, idle) in paths.iter().zip(idle) {
            if *idle == total {
                self.report(addresses_nothing(change, "this run", self.symbols));
                sound = false;
            } else if *idle > 0 {
                self.report(
                    Diagnostic::new(
                        Code::VariesNothing,
                        format!("`{}` changes nothing in {idle} of the {total} members", change.path_text()),
                        change.source,
                        change.path_span(),
                        "addresses nothing there",
                    )
                    .note("those members differ in name only, and are run once"),
                );
            }
        }
        sound
    }

    fn repeated(&self, what: &str, source: SourceId, span: Span, first: Span) {
        self.report(
            Diagnostic::new(Code::RepeatedKey, format!("`{what}` is given twice"), source, span, "given again here")
                .label(source, first, "first given here")
                .help("remove one of them"),
        );
    }
}

/// Which row of each axis a member has; the last axis varies fastest.
fn rows_of(mut number: usize, axes: &[Axis]) -> Vec<usize> {
    let mut rows = vec![0; axes.len()];
    for (row, axis) in rows.iter_mut().zip(axes).rev() {
        *row = number % axis.rows.len();
        number /= axis.rows.len();
    }
    rows
}

fn joined(path: &[Name]) -> String {
    path.iter().map(|name| name.value.as_str()).collect::<Vec<_>>().join(".")
}

/// The names of a dotted name with their places.
fn segments(name: &Name) -> Vec<Name> {
    let mut start = name.span.start;
    name.value
        .split('.')
        .map(|part| {
            let segment = Name::new(part.to_owned(), Span::new(start, start + part.len()));
            start += part.len() + 1;
            segment
        })
        .collect()
}
