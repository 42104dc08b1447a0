//! What the compiler and the runtime ask of every source of examples.

use crate::ir::{Shape, Target};
use crate::signature::{ReadArguments, Signature};

/// A kind of source whose arguments have been read. What a kind does not say holds for most kinds: its files are one's
/// own, and only they say what they hold.
pub trait SourceKind {
    /// Its name in specs, such as `csv`.
    fn name(&self) -> &'static str;

    /// Who made what it gives.
    fn origin(&self) -> Origin {
        Origin::Own
    }

    /// As the IR's text has it: with what is part of its meaning, and without names of files.
    fn in_text(&self) -> String {
        self.name().to_owned()
    }

    /// Every name of a file that the spec gives, the training examples first.
    fn files(&self) -> Vec<&String> {
        Vec::new()
    }

    /// The same, to be changed.
    fn files_mut(&mut self) -> Vec<&mut String> {
        Vec::new()
    }

    /// The share of its examples that is tested on, where no files are.
    fn test_share(&self) -> Option<f64> {
        None
    }

    /// Whether its examples are images of bytes, which can be damaged and made up.
    fn holds_pictures(&self) -> bool {
        false
    }

    /// The columns that are read, where it is a table.
    fn columns(&self) -> Option<TableColumns<'_>> {
        None
    }

    /// What to write for a target that is one of N classes, where the spec says it is a real number.
    fn counting_classes(&self) -> Option<&'static str> {
        None
    }

    /// Training examples of each class, of real targets all together, where they are known before files are opened.
    fn training_examples(&self) -> Option<Vec<usize>> {
        None
    }

    /// Test examples, where they are known before files are opened.
    fn test_examples(&self) -> Option<usize> {
        None
    }
}

/// Who made what a source gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A publisher: what the set holds is known.
    Published,
    /// This program: there is no file.
    Generated,
    /// Whoever wrote the spec: the files say what they hold.
    Own,
}

/// The columns of a table by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableColumns<'c> {
    /// What is read as features, in this order.
    pub features: &'c [String],
    /// What is to be predicted: one column of classes, or one or several of real numbers.
    pub targets: &'c [String],
}

/// A source as specs write it: its name and parameters, and how they are read.
#[derive(Debug)]
pub(crate) struct Declared<K> {
    pub signature: Signature,
    /// What the arguments say; `None` where it has reported an error.
    pub read: fn(&dyn ReadSource) -> Option<DeclaredSource<K>>,
}

impl<K> Clone for Declared<K> {
    fn clone(&self) -> Self {
        *self
    }
}

// Whatever the kind is, as none is held.
impl<K> Copy for Declared<K> {}

/// A checked source with what the spec says of its content.
pub(crate) struct DeclaredSource<K> {
    pub source: K,
    pub root: Option<String>,
    pub shape: Shape,
    pub target: Target,
}

impl<K> DeclaredSource<K> {
    /// A source whose files the spec names one by one.
    pub const fn new(source: K, shape: Shape, target: Target) -> Self {
        Self { source, root: None, shape, target }
    }

    /// The same as one of several kinds of sources.
    pub fn of<S>(self, one: impl FnOnce(K) -> S) -> DeclaredSource<S> {
        let Self { source, root, shape, target } = self;
        DeclaredSource { source: one(source), root, shape, target }
    }
}

/// The arguments of a source. `None` and `false` stand for what is wrong, which has been reported.
pub(crate) trait ReadSource: ReadArguments {
    /// The name of the source.
    fn function(&self) -> &'static str;

    /// A string.
    fn text(&self, name: &str) -> Option<String>;

    /// A whole number within the parameter's range.
    fn whole(&self, name: &str) -> Option<i64>;

    /// Names of columns, at least one and each another.
    fn columns(&self, name: &str) -> Option<Vec<String>>;

    /// How many classes there are, or their names.
    fn classes(&self, name: &str) -> Option<Target>;

    /// The shape of one example.
    fn shape(&self, name: &str) -> Option<Shape>;

    /// Whether at most one of two parameters is given.
    fn at_most_one(&self, first: &str, second: &str) -> bool;

    /// Whether the file of test examples that a parameter names, if it is given, is another than that of the training
    /// examples.
    fn differs(&self, parameter: &str, test: &str, training: &str) -> bool;

    /// Reports that the source needs `what`.
    fn lacks(&self, what: &str, help: &str);

    /// Reports that the source names something twice.
    fn repeats(&self, message: String, label: &str);
}

impl dyn ReadSource + '_ {
    /// What is read of a parameter that may be missing.
    #[expect(clippy::option_option, reason = "the outer `None` is an error that has been reported")]
    pub fn optional<T>(&self, name: &str, read: impl FnOnce(&Self, &str) -> Option<T>) -> Option<Option<T>> {
        if self.is_given(name) { read(self, name).map(Some) } else { Some(None) }
    }
}
