//! What stands around branches.

use crate::check::Checker;
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::layers::container::{Container, RESIDUAL};
use crate::layers::{self, CONTAINER_SIGNATURES, Operation};
use crate::signature::names;
use crate::suggest;
use elbo_grammar::ast::Branches;

impl Checker<'_> {
    /// What the word before branches means, if that many can be joined.
    pub(super) fn container(&self, branches: &Branches, source: SourceId) -> Option<&'static Container<Operation>> {
        let (name, branches) = (&branches.container, &branches.branches);
        let Some(container) = layers::container(&name.value) else {
            let diagnostic = Diagnostic::new(
                Code::UnknownLayer,
                format!("nothing called `{}` joins branches", name.value),
                source,
                name.span,
                "not known",
            );
            let known = names(CONTAINER_SIGNATURES);
            self.report(suggest::propose(diagnostic, source, name, "what joins branches", known));
            return None;
        };
        if name.value == RESIDUAL {
            if branches.first().is_some_and(|body| body.body.is_empty()) {
                self.report(
                    Diagnostic::new(
                        Code::MissingStatement,
                        "a `residual` without layers adds its input to itself",
                        source,
                        name.span,
                        "needs a layer",
                    )
                    .help("write the layers whose output is added to their input"),
                );
                return None;
            }
        } else if branches.len() < 2 {
            self.report(
                Diagnostic::new(
                    Code::MissingStatement,
                    format!("`{}` joins two branches or more, and here is one", name.value),
                    source,
                    name.span,
                    "needs another `branch`",
                )
                .help("write `branch { }` for one that passes on its input"),
            );
            return None;
        }
        Some(container)
    }
}
