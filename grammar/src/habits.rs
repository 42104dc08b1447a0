//! What people bring from PyTorch, Keras, TensorFlow Probability, Pyro, Python, C, YAML and JSON, and what elbo has for it.
//!
//! The table is `habits.txt`, one habit a line; its head says how it is written. It is read when the first mistake is
//! explained, so that a text without mistakes pays nothing.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The table as it is written.
const TABLE: &str = include_str!("habits.txt");

/// A habit from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Habit {
    /// Where its words stand: `layer`, `surplus`, `call top`, `argument FUNCTIONS`, `key BLOCK`, `value KIND`, `instead KIND`,
    /// `word`, `boolean` or `form PLACE`.
    pub slot: &'static str,
    /// The spec that it is compiled in by a test.
    pub context: &'static str,
    /// What it stands under in the documentation.
    pub heading: &'static str,
    /// The words it is known by.
    pub words: Vec<&'static str>,
    /// How it is written elsewhere.
    pub written: Vec<&'static str>,
    /// What to know, as a part of a sentence.
    pub because: &'static str,
    /// What compiles in its place; a comment where nothing is written.
    pub line: &'static str,
    /// Those of the words that differ from elbo's by their spelling alone.
    spellings: Vec<&'static str>,
}

impl Habit {
    /// The help of the diagnostic.
    pub fn help(&self) -> String {
        let (because, line) = (self.because, self.line);
        if line.starts_with('#') || because.contains(&format!("`{line}`")) {
            because.to_owned()
        } else {
            format!("{because}, for example `{line}`")
        }
    }

    /// What elbo writes for this word, if the two differ by their spelling alone.
    pub fn spelled(&self, word: &str) -> Option<String> {
        self.spellings.contains(&word).then(|| word.to_ascii_lowercase())
    }
}

/// All habits in the order of the table.
pub fn all() -> &'static [Habit] {
    &INDEX.habits
}

/// A layer that elbo does not have by this name.
pub fn layer(word: &str) -> Option<&'static Habit> {
    find("layer", word).or_else(|| form("layers", word))
}

/// An argument that a function does not have.
pub fn argument(function: &str, word: &str) -> Option<&'static Habit> {
    find(&format!("argument {function}"), word)
}

/// An argument by position that a function does not take.
pub fn surplus(function: &str) -> Option<&'static Habit> {
    find("surplus", function)
}

/// A key that a kind of block does not have.
pub fn key(block: &str, word: &str) -> Option<&'static Habit> {
    find(&format!("key {block}"), word)
}

/// A value that is none of a kind's, such as `optimizer` or `schedule`.
pub fn value(kind: &str, word: &str) -> Option<&'static Habit> {
    find(&format!("value {kind}"), word)
}

/// A `string`, `number`, `list` or `boolean` in the place of a kind of value.
pub fn instead(kind: &str, written: &str) -> Option<&'static Habit> {
    find(&format!("instead {kind}"), written)
}

/// A truth value of another language.
pub fn boolean(word: &str) -> Option<&'static Habit> {
    find("boolean", word)
}

/// A way of writing, by its sign or first word.
pub(crate) fn form(place: &str, word: &str) -> Option<&'static Habit> {
    find(&format!("form {place}"), word)
}

/// A function that is called by a path outside of any declaration.
pub(crate) fn call(word: &str) -> Option<&'static Habit> {
    find("call top", word)
}

/// A layer or value by its name alone, on a line that begins with `first`, which may be a key.
pub(crate) fn named(first: &str, word: &str) -> Option<&'static Habit> {
    let kind = match first {
        "optimizer" | "objective" | "prior" | "posterior" => first,
        "learning_rate" => "schedule",
        "source" => "data source",
        "transform" => "transform",
        "augment" => "augmentation",
        "metrics" => "metric",
        "output" => "output",
        "default" => "mark",
        _ => "",
    };
    value(kind, word).or_else(|| INDEX.names.get(&plain(word)).map(|habit| &INDEX.habits[*habit]))
}

/// An argument by its name alone.
pub(crate) fn any_argument(word: &str) -> Option<&'static Habit> {
    INDEX.arguments.get(&plain(word)).map(|habit| &INDEX.habits[*habit])
}

fn find(slot: &str, word: &str) -> Option<&'static Habit> {
    // No word of the table is this long.
    if word.len() > 64 {
        return None;
    }
    INDEX.slots.get(&format!("{slot} {}", plain(word))).map(|habit| &INDEX.habits[*habit])
}

/// A word without case and underscores: `MaxPool2d`, `max_pool2d` and `maxpool2d` are one.
fn plain(word: &str) -> String {
    word.chars().filter(|letter| *letter != '_').flat_map(char::to_lowercase).collect()
}

/// The table by its words; of two habits with one word the first counts.
#[derive(Default)]
struct Index {
    habits: Vec<Habit>,
    /// By slot and word.
    slots: HashMap<String, usize>,
    /// Layers and values by word.
    names: HashMap<String, usize>,
    /// Arguments by word.
    arguments: HashMap<String, usize>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index::default();
    let mut section = ["", "", ""];
    for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with("# ") && *line != "#") {
        let fields = || line.split(" | ").map(str::trim);
        if let Some(header) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            let mut parts = header.split(" | ");
            section = std::array::from_fn(|_| parts.next().unwrap_or_default());
            continue;
        }
        let [words, written, because, line] = std::array::from_fn(|field| fields().nth(field).unwrap_or_default());
        let [slot, context, heading] = section;
        let spellings = words.split(' ').filter_map(|word| word.strip_suffix('!')).collect();
        let words: Vec<&str> = words.split(' ').map(|word| word.trim_end_matches('!')).collect();
        let written = written.split(" ~ ").collect();
        index.add(Habit { slot, context, heading, words, written, because, line, spellings });
    }
    index
});

impl Index {
    fn add(&mut self, habit: Habit) {
        let number = self.habits.len();
        for word in habit.words.iter().map(|word| plain(word)) {
            let mut note = |slot: &str| {
                self.slots.entry(format!("{slot} {word}")).or_insert(number);
            };
            match habit.slot.strip_prefix("argument ") {
                Some(functions) => {
                    functions.split(' ').for_each(|function| note(&format!("argument {function}")));
                    self.arguments.entry(word).or_insert(number);
                }
                None => {
                    note(habit.slot);
                    if matches!(habit.slot, "layer" | "word") || habit.slot.starts_with("value ") {
                        self.names.entry(word).or_insert(number);
                    }
                }
            }
        }
        self.habits.push(habit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_table_is_well_formed() {
        for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with("# ") && *line != "#") {
            let fields = if line.starts_with('[') { 3 } else { 4 };
            assert_eq!(line.split(" | ").count(), fields, "{line}");
        }
        assert!(all().len() >= 120, "only {} habits", all().len());
        for habit in all() {
            assert!(!habit.slot.is_empty() && !habit.words.contains(&""), "{habit:?}");
            assert!(habit.because.split(' ').count() <= 25, "too long: {}", habit.because);
        }
    }

    #[test]
    fn no_word_stands_twice_in_a_slot() {
        let mut seen = HashSet::new();
        for habit in all() {
            let mut own = HashSet::new();
            for word in &habit.words {
                assert!(own.insert(plain(word)), "`{word}` stands twice in one line");
                assert!(seen.insert((habit.slot, plain(word))), "`{word}` stands twice under `{}`", habit.slot);
            }
        }
    }

    #[test]
    fn words_are_found_whatever_their_spelling() {
        let pool = layer("MaxPool2d").expect("it is in the table");
        assert_eq!(layer("max_pool2d"), Some(pool));
        assert_eq!(layer("pool3d"), None);
        assert_eq!(argument("conv2d", "kernel_size").map(|habit| habit.line), Some("conv: conv2d(32, kernel=3)"));
        assert_eq!(argument("linear", "kernel_size"), None);
        assert_eq!(named("", "True").and_then(|habit| habit.spelled("True")).as_deref(), Some("true"));
    }
}
