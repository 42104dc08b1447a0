//! The words that cannot be names.

/// Words that open a declaration.
pub const DECLARATIONS: &[&str] =
    &["use", "prior", "posterior", "block", "model", "dataset", "train", "report", "run", "sweep", "claim"];

/// Words that open a statement of a model or block.
pub const STATEMENTS: &[&str] =
    &["input", "output", "default", "repeat", "residual", "shortcut", "mark", "replace", "insert"];

/// Marks of layers with weights.
pub const MARKS: &[&str] = &["point", "bayes", "dropout"];

/// Layers that are built in.
pub const LAYERS: &[&str] = &[
    "conv1d",
    "conv2d",
    "linear",
    "maxpool",
    "avgpool",
    "global_avgpool",
    "adaptive_avgpool",
    "relu",
    "leaky_relu",
    "softplus",
    "gelu",
    "silu",
    "elu",
    "tanh",
    "sigmoid",
    "flatten",
    "batchnorm",
    "groupnorm",
    "layernorm",
];

/// Words that join the parts of a declaration or statement, and the two truth values.
pub const CONNECTIVES: &[&str] = &["language", "extends", "as", "with", "before", "after", "true", "false"];

const KINDS: [(&str, &[&str]); 5] = [
    ("it opens a declaration", DECLARATIONS),
    ("it opens a statement", STATEMENTS),
    ("it is a mark", MARKS),
    ("it is a layer", LAYERS),
    ("it is a word of the language", CONNECTIVES),
];

const COUNT: usize = DECLARATIONS.len() + STATEMENTS.len() + MARKS.len() + LAYERS.len() + CONNECTIVES.len();

/// Every reserved word.
pub const RESERVED: [&str; COUNT] = {
    let mut words = [""; COUNT];
    let (mut kind, mut count) = (0, 0);
    while kind < KINDS.len() {
        let mut word = 0;
        while word < KINDS[kind].1.len() {
            words[count] = KINDS[kind].1[word];
            word += 1;
            count += 1;
        }
        kind += 1;
    }
    words
};

/// Whether a word is reserved, so that no declaration, parameter or layer may be called by it.
pub fn is_reserved(word: &str) -> bool {
    why_reserved(word).is_some()
}

/// What a reserved word is, as the end of a sentence: `it is a mark`.
pub fn why_reserved(word: &str) -> Option<&'static str> {
    KINDS.iter().find(|(_, words)| words.contains(&word)).map(|(why, _)| *why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ast::SettingsKind;

    #[test]
    fn words_of_every_kind_are_reserved() {
        for word in ["model", "insert", "bayes", "conv2d", "residual", "true", "sweep"] {
            assert!(is_reserved(word), "{word}");
        }
        for word in ["alexnet", "stage", "normal", "gaussian", "image", "samples", ""] {
            assert!(!is_reserved(word), "{word}");
        }
    }

    #[test]
    fn no_word_is_listed_twice() {
        let mut words = RESERVED.to_vec();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), RESERVED.len());
        assert!(!words.contains(&""));
    }

    #[test]
    fn settings_kinds_are_declarations() {
        use SettingsKind::{Dataset, Report, Run, Sweep, Train};
        for kind in [Dataset, Train, Report, Run, Sweep] {
            assert!(DECLARATIONS.contains(&kind.keyword()));
        }
    }
}
