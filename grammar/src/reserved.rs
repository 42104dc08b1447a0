//! The words that cannot be names.

/// Words that open a declaration.
pub const DECLARATIONS: &[&str] =
    &["use", "prior", "posterior", "block", "model", "dataset", "train", "report", "run", "sweep", "claim"];

/// Words that open a statement of a model or block.
pub const STATEMENTS: &[&str] =
    &["input", "output", "default", "repeat", "residual", "shortcut", "mark", "replace", "insert"];

/// Marks of layers with weights.
pub const MARKS: &[&str] = &["point", "bayes", "dropout"];

/// Words that join the parts of a declaration or statement, and the two truth values.
pub const CONNECTIVES: &[&str] = &["language", "extends", "as", "with", "before", "after", "true", "false"];

const KINDS: [(&str, &[&str]); 4] = [
    ("it opens a declaration", DECLARATIONS),
    ("it opens a statement", STATEMENTS),
    ("it is a mark", MARKS),
    ("it is a word of the language", CONNECTIVES),
];

const COUNT: usize = DECLARATIONS.len() + STATEMENTS.len() + MARKS.len() + CONNECTIVES.len();

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

/// What a word that opens a declaration or statement, or joins their parts, means; `None` for any other.
pub fn meaning(word: &str) -> Option<&'static str> {
    Some(match word {
        "use" => "`use \"file.elbo\"`: makes another file's declarations known; the path is relative to this file.",
        "prior" => "`prior NAME = …`: a distribution of weights before any data, by name.",
        "posterior" => "`posterior NAME = gaussian(…)`: where the Gaussians of `bayes` layers start, by name.",
        "block" => "`block NAME(PARAMETERS) { … }`: a reusable run of layers; an instance of it is named.",
        "model" => {
            "`model NAME(PARAMETERS) extends BASE { … }`: a network: input, layers in order of execution, output."
        }
        "dataset" => "`dataset NAME { … }`: what is trained and scored on, how it is split and transformed.",
        "train" => "`train NAME { … }`: how a network is trained.",
        "report" => "`report NAME { … }`: what is computed once training has ended.",
        "run" => "`run NAME { model = …, data = …, train = … }`: what `elbo run` does.",
        "sweep" => "`sweep NAME { run = …, vary.PATH = … }`: one run many times over.",
        "claim" => "`claim \"TEXT\": LEFT > RIGHT of networks`: what finished runs are expected to show.",
        "input" => "`input image[channels, height, width]`, `sequence[channels, length]` or `vector[features]`.",
        "output" => "`output categorical` or `gaussian(noise=…)`: how the last layer's numbers are read.",
        "default" => "`default MARK`: the mark of every layer with weights that has none of its own.",
        "repeat" => "`repeat N { … }`: its body N times; names in it are numbered from 0.",
        "residual" => "`residual { … }`: adds its input to its body's output.",
        "shortcut" => "`shortcut { … }`: what the input of a residual passes through before it is added.",
        "branch" => "`branch { … }`: one of the branches of what stands around it; an empty one passes on its input.",
        "mark" => "`mark PATHS as MARK`: marks layers of the model this one extends.",
        "replace" => "`replace PATH with LAYER`: the new layer takes the old one's name.",
        "insert" => "`insert before PATH: LAYER` or `insert after PATH: LAYER`.",
        "language" => "`language 1`: the version of the language, at the top of a file.",
        "extends" => "`extends BASE`: starts from another declaration of the same kind.",
        "as" => "Joins paths and their mark: `mark head as bayes`.",
        "with" => "Joins a path and the layer that takes its place: `replace head with linear(7)`.",
        "before" => "`insert before PATH: LAYER`",
        "after" => "`insert after PATH: LAYER`",
        "true" => "The truth value.",
        "false" => "The other truth value.",
        _ => return None,
    })
}

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
        for word in ["model", "insert", "bayes", "residual", "true", "sweep"] {
            assert!(is_reserved(word), "{word}");
        }
        for word in ["alexnet", "stage", "normal", "gaussian", "image", "samples", "conv2d", "relu", ""] {
            assert!(!is_reserved(word), "{word}");
        }
    }

    #[test]
    fn every_keyword_has_a_meaning() {
        for word in DECLARATIONS.iter().chain(STATEMENTS).chain(CONNECTIVES) {
            assert!(meaning(word).is_some(), "{word}");
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
