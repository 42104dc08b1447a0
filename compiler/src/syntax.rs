//! Syntax errors as findings.

use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use elbo_grammar::{SyntaxError, SyntaxErrorKind};

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
        SyntaxErrorKind::TooLong => Code::TooLong,
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
    for (span, text) in error.edits {
        diagnostic = diagnostic.edit(source, span, text);
    }
    diagnostic
}
