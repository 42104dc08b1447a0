//! Reads a file and everything it uses, and parses each.

use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::sources::{SourceMap, Sources};
use elbo_grammar::ast::{DeclarationKind, File};
use elbo_grammar::{Span, Spanned, SyntaxError, SyntaxErrorKind};

/// The version of the language this compiler reads.
const LANGUAGE_VERSION: u64 = 1;

/// Parsed files with what was wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    /// The texts.
    pub sources: SourceMap,
    /// The syntax tree of each text, in the same order.
    pub files: Vec<File>,
    /// Unreadable files, syntax errors and circles of `use`.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads `path` and, transitively, what it uses; each file once.
pub(crate) fn load(path: &str, sources: &dyn Sources) -> Loaded {
    let mut loaded = Loaded::default();
    let text = sources.resolve(None, path).and_then(|resolved| sources.read(&resolved).map(|text| (resolved, text)));
    match text {
        Ok((resolved, text)) => {
            let mut open = Vec::new();
            add(resolved, text, sources, &mut loaded, &mut open);
        }
        Err(reason) => {
            let source = loaded.sources.add(path, "");
            loaded.files.push(File::default());
            loaded.diagnostics.push(Diagnostic::new(
                Code::UnreadableSource,
                format!("`{path}` cannot be read: {reason}"),
                source,
                Span::default(),
                "",
            ));
        }
    }
    loaded
}

/// Parses one text and follows its `use` lines. `open` holds the chain of files being read.
fn add(resolved: String, text: String, sources: &dyn Sources, loaded: &mut Loaded, open: &mut Vec<SourceId>) {
    let (file, errors) = elbo_grammar::parse(&text);
    let source = loaded.sources.add(resolved, text);
    loaded.diagnostics.extend(errors.into_iter().map(|error| syntax_diagnostic(source, error)));
    if let Some(version) = &file.language
        && version.value != LANGUAGE_VERSION
    {
        loaded.diagnostics.push(
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
    let uses: Vec<Spanned<String>> = file
        .declarations
        .iter()
        .filter_map(|declaration| match &declaration.kind {
            DeclarationKind::Use { path } => Some(path.clone()),
            _ => None,
        })
        .collect();
    loaded.files.push(file);
    open.push(source);
    for path in uses {
        follow(source, &path, sources, loaded, open);
    }
    open.pop();
}

fn follow(
    source: SourceId,
    path: &Spanned<String>,
    sources: &dyn Sources,
    loaded: &mut Loaded,
    open: &mut Vec<SourceId>,
) {
    let from = loaded.sources.get(source).path.clone();
    let found = sources.resolve(Some(&from), &path.value).and_then(|resolved| {
        if loaded.sources.find(&resolved).is_some() {
            return Ok((resolved, None));
        }
        sources.read(&resolved).map(|text| (resolved, Some(text)))
    });
    match found {
        Ok((resolved, Some(text))) => add(resolved, text, sources, loaded, open),
        Ok((resolved, None)) => {
            let known = loaded.sources.find(&resolved).expect("it was found a moment ago");
            if let Some(position) = open.iter().position(|id| *id == known) {
                let circle: Vec<String> = open[position..]
                    .iter()
                    .chain([&known])
                    .map(|id| format!("`{}`", loaded.sources.get(*id).path))
                    .collect();
                let message = if known == source {
                    "a file cannot use itself".to_owned()
                } else {
                    format!("files use each other in a circle: {}", circle.join(" → "))
                };
                loaded.diagnostics.push(
                    Diagnostic::new(Code::UseCycle, message, source, path.span, "closes the circle")
                        .help("remove this `use`, or move what both files need into a third"),
                );
            }
        }
        Err(reason) => loaded.diagnostics.push(Diagnostic::new(
            Code::UnreadableSource,
            format!("`{}` cannot be used: {reason}", path.value),
            source,
            path.span,
            "used here",
        )),
    }
}

/// Gives a syntax error its code.
pub(crate) fn syntax_diagnostic(source: SourceId, error: SyntaxError) -> Diagnostic {
    let code = match error.kind {
        SyntaxErrorKind::Unexpected => Code::Syntax,
        SyntaxErrorKind::UnknownDeclaration => Code::UnknownDeclaration,
        SyntaxErrorKind::UnknownStatement => Code::UnknownStatement,
        SyntaxErrorKind::Unclosed => Code::Unclosed,
        SyntaxErrorKind::Unopened => Code::Unopened,
        SyntaxErrorKind::BadString => Code::BadString,
        SyntaxErrorKind::BadNumber => Code::BadNumber,
        SyntaxErrorKind::TooDeep => Code::TooDeep,
        SyntaxErrorKind::BadCharacter => Code::BadCharacter,
        SyntaxErrorKind::ReservedName => Code::ReservedName,
        SyntaxErrorKind::BadLanguageLine => Code::BadLanguageLine,
    };
    let mut diagnostic = Diagnostic::new(code, error.message, source, error.span, error.label);
    if let Some((span, message)) = error.related {
        diagnostic = diagnostic.label(source, span, message);
    }
    if let Some(help) = error.help {
        diagnostic = diagnostic.help(help);
    }
    diagnostic
}
