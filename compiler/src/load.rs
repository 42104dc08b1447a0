//! Reads a file and everything it uses, and parses each.

use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::layout::statement_removal;
use crate::sources::{Parsed, SourceMap, Sources};
use crate::syntax::syntax_diagnostic;
use elbo_grammar::ast::DeclarationKind;
use elbo_grammar::{Span, Spanned};
use std::collections::HashSet;

/// The version of the language this compiler reads.
const LANGUAGE_VERSION: u64 = 1;

/// How many members of a circle a message lists.
const LONGEST_CIRCLE: usize = 8;

/// Parsed files with what was wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    /// The texts.
    pub sources: SourceMap,
    /// The syntax tree of each text, in the same order.
    pub files: Vec<Parsed>,
    /// Unreadable files, syntax errors and circles of `use`.
    pub diagnostics: Vec<Diagnostic>,
    /// The files of circles that were reported.
    circular: HashSet<SourceId>,
}

/// A `use` line: the path it names, and the whole declaration.
type Use = (Spanned<String>, Span);

/// A file whose `use` lines are being followed.
struct Open {
    source: SourceId,
    /// Those still to follow.
    uses: std::vec::IntoIter<Use>,
}

/// Reads `path` and, transitively, what it uses; each file once.
pub(crate) fn load(path: &str, sources: &dyn Sources) -> Loaded {
    let mut loaded = Loaded::default();
    let text = sources.resolve(None, path).and_then(|resolved| sources.read(&resolved).map(|text| (resolved, text)));
    let (resolved, text) = match text {
        Ok(read) => read,
        Err(reason) => {
            let source = loaded.sources.add(path, "");
            loaded.files.push(Parsed::default());
            loaded.diagnostics.push(Diagnostic::new(
                Code::UnreadableSource,
                format!("`{path}` cannot be read: {reason}"),
                source,
                Span::default(),
                "",
            ));
            return loaded;
        }
    };
    // A list of what is open, not calls within calls: a chain of `use` may be of any length.
    let mut open = vec![loaded.add(resolved, text, sources)];
    while let Some(file) = open.last_mut() {
        let source = file.source;
        match file.uses.next() {
            Some(used) => {
                let next = loaded.follow(source, &used, sources, &open);
                open.extend(next);
            }
            None => drop(open.pop()),
        }
    }
    loaded
}

/// The file at `path` and, transitively, what it uses, parsed and unchecked: each text with its tree. What cannot be
/// read is left out; the first text is empty if that is `path` itself.
pub fn parse_all(path: &str, sources: &dyn Sources) -> (SourceMap, Vec<Parsed>) {
    let Loaded { sources, files, .. } = load(path, sources);
    (sources, files)
}

impl Loaded {
    /// Takes one text in and lists its `use` lines.
    fn add(&mut self, resolved: String, text: String, sources: &dyn Sources) -> Open {
        let parsed = sources.parse(&resolved, &text);
        let (file, errors) = &*parsed;
        let source = self.sources.add(resolved, text);
        self.diagnostics.extend(errors.iter().map(|error| syntax_diagnostic(source, error.clone())));
        if let Some(version) = &file.language
            && version.value != LANGUAGE_VERSION
        {
            self.diagnostics.push(
                Diagnostic::new(
                    Code::BadLanguageLine,
                    format!(
                        "the file is written in version {} of the language, which this elbo does not know",
                        version.value
                    ),
                    source,
                    version.span,
                    "an unknown version",
                )
                .help(format!("this elbo knows `language {LANGUAGE_VERSION}`; a newer one may know more")),
            );
        }
        let uses: Vec<Use> = file
            .declarations
            .iter()
            .filter_map(|declaration| match &declaration.kind {
                DeclarationKind::Use { path } => Some((path.clone(), declaration.span)),
                _ => None,
            })
            .collect();
        self.files.push(parsed);
        Open { source, uses: uses.into_iter() }
    }

    /// Reads what a `use` names, unless that has been read already; reports circles and what cannot be read.
    fn follow(
        &mut self,
        source: SourceId,
        (path, declaration): &Use,
        sources: &dyn Sources,
        open: &[Open],
    ) -> Option<Open> {
        let from = &self.sources.get(source).path;
        let found = sources.resolve(Some(from), &path.value).and_then(|resolved| match self.sources.find(&resolved) {
            Some(known) => Ok(Err(known)),
            None => sources.read(&resolved).map(|text| Ok((resolved, text))),
        });
        match found {
            Ok(Ok((resolved, text))) => return Some(self.add(resolved, text, sources)),
            Ok(Err(known)) if known == source => {
                let removed = statement_removal(&self.sources.get(source).text, *declaration);
                self.diagnostics.push(
                    Diagnostic::new(Code::UseCycle, "a file cannot use itself", source, path.span, "closes the cycle")
                        .help("remove this `use`")
                        .edit(source, removed, ""),
                );
            }
            Ok(Err(known)) => {
                // Where both ends are part of reported circles, this is one more way round.
                let is_new = !self.circular.contains(&source) || !self.circular.contains(&known);
                if is_new && let Some(position) = open.iter().position(|file| file.source == known) {
                    self.circular.extend(open[position..].iter().map(|file| file.source));
                    let message = format!("files use each other in a cycle: {}", self.circle(&open[position..], known));
                    self.diagnostics.push(
                        Diagnostic::new(Code::UseCycle, message, source, path.span, "closes the cycle")
                            .help("remove this `use`, or move what both files need into a third"),
                    );
                }
            }
            Err(reason) => self.diagnostics.push(Diagnostic::new(
                Code::UnreadableSource,
                format!("`{}` cannot be used: {reason}", path.value),
                source,
                path.span,
                "used here",
            )),
        }
        None
    }

    /// `` `a.elbo` → `b.elbo` → `a.elbo` ``, a long one without its middle.
    fn circle(&self, members: &[Open], last: SourceId) -> String {
        let shown = |id: SourceId| format!("`{}`", self.sources.get(id).path);
        let mut names: Vec<String> = members.iter().map(|file| shown(file.source)).collect();
        if names.len() > LONGEST_CIRCLE {
            let left_out = names.len() - LONGEST_CIRCLE;
            let half = LONGEST_CIRCLE / 2;
            names.splice(half..half + left_out, [format!("{left_out} more")]);
        }
        names.push(shown(last));
        names.join(" → ")
    }
}
