//! One file as a request is about it.

use crate::positions::Lines;
use crate::refusal::Refusal;
use crate::workspace::{Syntax, Workspace};
use elbo_compiler::Compilation;
use elbo_grammar::Span;
use elbo_grammar::ast::File;
use gen_lsp_types::{Position, Range, Uri};
use lsp_server::ErrorCode;
use std::path::PathBuf;
use std::sync::Arc;

/// A file, open or not, with everything it uses.
pub(crate) struct Document<'w> {
    pub workspace: &'w Workspace,
    pub path: PathBuf,
    pub syntax: Arc<Syntax>,
}

impl<'w> Document<'w> {
    /// The file that a URI names.
    ///
    /// # Errors
    /// If it is neither open nor can be read.
    pub fn open(workspace: &'w Workspace, uri: &Uri) -> Result<Self, Refusal> {
        let path = workspace.path(uri);
        if !workspace.buffers.contains_key(&path)
            && let Err(problem) = workspace.host.read(&path)
        {
            let message = format!("`{uri}` is not open and cannot be read: {problem}");
            return Err(Refusal::new(ErrorCode::InvalidParams, message));
        }
        let syntax = workspace.syntax(&path);
        Ok(Self { workspace, path, syntax })
    }

    /// Its text.
    pub fn text(&self) -> &str {
        self.syntax.text()
    }

    /// Its tree.
    pub fn tree(&self) -> &File {
        self.syntax.tree()
    }

    /// Its lines.
    pub fn lines(&self) -> Lines<'_> {
        self.workspace.lines(self.text())
    }

    /// What the compiler says of it.
    pub fn compilation(&self) -> Arc<Compilation> {
        self.workspace.compilation(&self.path)
    }

    /// The byte offset of a position.
    ///
    /// # Errors
    /// If the text has no such line.
    pub fn offset(&self, position: Position) -> Result<usize, Refusal> {
        let outside = || {
            let message = format!("the text has no line {}", position.line);
            Refusal::new(ErrorCode::InvalidParams, message)
        };
        self.lines().offset(position).ok_or_else(outside)
    }

    /// The span of a range; one that ends behind the text ends with it.
    ///
    /// # Errors
    /// If the text does not have its first line.
    pub fn span(&self, range: Range) -> Result<Span, Refusal> {
        let start = self.offset(range.start)?;
        let end = self.lines().offset(range.end).unwrap_or(self.text().len());
        Ok(Span::new(start, end.max(start)))
    }
}
