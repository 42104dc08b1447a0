//! Files of test examples: others than those of the training examples.

use super::entries::Place;
use crate::check::Checker;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use std::path::{Component, Path};

impl Checker<'_> {
    /// Whether a file of test examples is another than that of the training examples.
    pub(super) fn differs_from_training(
        &self,
        test: &str,
        training: &str,
        (source, span): Place,
        parameter: &str,
    ) -> bool {
        if plain_path(test) != plain_path(training) {
            return true;
        }
        self.report(
            Diagnostic::new(
                Code::TestIsTraining,
                format!("`{parameter}` names the file of the training examples, `{training}`"),
                source,
                span,
                "the same file",
            )
            .note("scores on examples that were trained on say nothing of new ones")
            .help(format!("name another file, or leave `{parameter}` out: `test_share=0.2` keeps a share to test on")),
        );
        false
    }
}

/// The parts of a path without detours: `a/./b/../c` is `a/c`. Links are not followed, as nothing is read here.
fn plain_path(path: &str) -> Vec<Component<'_>> {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in Path::new(path).components() {
        match (part, parts.last()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::plain_path;

    #[test]
    fn a_path_is_the_same_by_every_spelling() {
        for other in ["a/b.csv", "./a/b.csv", "a/./b.csv", "a//b.csv", "a/c/../b.csv"] {
            assert_eq!(plain_path(other), plain_path("a/b.csv"), "{other}");
        }
        for other in ["b.csv", "../a/b.csv", "/a/b.csv", "a/b.csv.gz"] {
            assert_ne!(plain_path(other), plain_path("a/b.csv"), "{other}");
        }
    }
}
