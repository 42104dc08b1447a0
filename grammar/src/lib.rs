//! The elbo language's form: text in, a spanned syntax tree and syntax errors out.
//!
//! Parsing cannot fail: [`parse`] returns a tree of everything it could read and an error for
//! everything it could not. A broken statement costs that statement. [`parse_expression`] reads a
//! single value, as the command line's `--set key=value` needs it. [`format`](fn@format) lays a text out again.
//!
//! ```
//! let (file, errors) = elbo_grammar::parse("model tiny {\n  head: linear(10\n  relu\n}\n");
//! assert_eq!(file.declarations.len(), 1);
//! assert_eq!(errors[0].message, "this `(` is never closed");
//! ```
//!
//! Invariants:
//!
//! * [`parse`] takes linear time and bounded stack on any text; what nests deeper than
//!   [`MAXIMUM_DEPTH`] is refused before it is read.
//! * Every span lies within its source and on character boundaries.
//! * The tree holds no meaning: an unknown layer or key parses.

pub mod ast;
mod format;
pub mod habits;
pub mod layer_names;
mod nearest;
mod parse;
pub mod reserved;
mod span;
mod syntax_error;
mod token;

pub use format::format;
pub use parse::{MAXIMUM_DEPTH, MAXIMUM_ERRORS, MAXIMUM_NAME, MAXIMUM_STRING, parse, parse_expression};
pub use reserved::{RESERVED, is_reserved};
pub use span::{Span, Spanned};
pub use syntax_error::{SyntaxError, SyntaxErrorKind};
pub use token::{Token, TokenKind, Tokens, tokens};
