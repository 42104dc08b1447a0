//! Tables of what may stand at a place: each row is a function or a word of the language with what it comes to.

use super::Checker;
use super::arguments::{Arguments, Call};
use super::environment::Environment;
use super::values::Values;
use crate::signature::{Declared, Signature};
use elbo_grammar::ast::Expression;

/// A word of the language with what it stands for, or a function with how its arguments are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<M> {
    pub signature: Signature,
    pub meaning: M,
}

/// How the arguments of a function are read; `None` where it has reported an error.
pub(crate) type Reading<T> = fn(&Arguments<'_, '_>) -> Option<T>;

impl<M: Copy> Row<M> {
    /// A word that stands alone.
    pub const fn word(name: &'static str, documentation: &'static str, meaning: M) -> Self {
        Self { signature: Signature::constant(name, documentation), meaning }
    }
}

impl<T> Row<Reading<T>> {
    /// A function.
    pub const fn new(signature: Signature, reading: Reading<T>) -> Self {
        Self { signature, meaning: reading }
    }

    /// A function without parameters.
    pub const fn plain(name: &'static str, documentation: &'static str, reading: Reading<T>) -> Self {
        Self { signature: Signature::constant(name, documentation), meaning: reading }
    }
}

/// Words with what each stands for.
pub(crate) const fn words<M: Copy, const N: usize>(signatures: &[Signature], meanings: [M; N]) -> [Row<M>; N] {
    assert!(signatures.len() == N, "every word has a meaning");
    let mut rows = [Row { signature: signatures[0], meaning: meanings[0] }; N];
    let mut index = 0;
    while index < N {
        rows[index] = Row { signature: signatures[index], meaning: meanings[index] };
        index += 1;
    }
    rows
}

/// The signatures of rows, for [`crate::signature::Parameter::values`].
pub(crate) const fn signatures<M, const N: usize>(rows: &[Row<M>; N]) -> [Signature; N] {
    let mut signatures = [Signature::constant("", ""); N];
    let mut index = 0;
    while index < N {
        signatures[index] = rows[index].signature;
        index += 1;
    }
    signatures
}

/// The functions that may stand at a place.
pub(crate) struct Table<T: 'static> {
    /// What something else than a name or a call is told: a noun with its article, perhaps with an example between
    /// commas, to stand before "is wanted here".
    pub wanted: &'static str,
    /// What an unknown name is said not to be, to stand after "is no".
    pub noun: &'static str,
    pub rows: &'static [Row<Reading<T>>],
}

impl<T> Table<T> {
    /// The names of its functions, in their order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.rows.iter().map(|row| row.signature.name)
    }

    /// The row of this name.
    pub fn row(&self, name: &str) -> Option<&'static Row<Reading<T>>> {
        self.rows.iter().find(|row| row.signature.name == name)
    }
}

impl Checker<'_> {
    /// What an expression comes to by a table.
    pub fn chosen<T>(&self, expression: &Expression, environment: &Environment, table: &Table<T>) -> Option<T> {
        let call = self.expect_call(expression, environment.source, table.wanted)?;
        self.called(call, environment, table)
    }

    /// What a call comes to by a table.
    pub fn called<T>(&self, call: Call<'_>, environment: &Environment, table: &Table<T>) -> Option<T> {
        let Some(row) = table.row(&call.function.value) else {
            self.unknown_value(environment.source, call.function, table.noun, table.names());
            return None;
        };
        (row.meaning)(&self.bind(call, environment, &row.signature)?)
    }

    /// What a call comes to by the functions that the language declares; `noun` is what an unknown name is said not to be.
    pub fn declared<T>(
        &self,
        call: Call<'_>,
        environment: &Environment,
        noun: &str,
        functions: &[Declared<T>],
    ) -> Option<T> {
        let Some(function) = functions.iter().find(|function| function.signature.name == call.function.value) else {
            let names = functions.iter().map(|function| function.signature.name);
            self.unknown_value(environment.source, call.function, noun, names);
            return None;
        };
        (function.read)(&self.bind(call, environment, &function.signature)?)
    }

    /// One of a few words, as [`Checker::choice`] reads it.
    pub fn word<T: Copy>(
        &self,
        expression: &Expression,
        environment: &Environment,
        what: &str,
        words: &[Row<T>],
    ) -> Option<T> {
        let choices: Vec<(&str, T)> = words.iter().map(|row| (row.signature.name, row.meaning)).collect();
        self.choice(expression, environment, what, &choices)
    }
}

impl Values<'_, '_> {
    /// One of a few words.
    pub fn word<T: Copy>(&self, name: &str, words: &[Row<T>]) -> Option<T> {
        let what = format!("`{name}`");
        self.read(name, |expression, environment| self.checker.word(expression, environment, &what, words))
    }

    /// What one of the functions comes to that the language declares. `wanted` and `noun` are as in [`Table`].
    pub fn declared<T>(&self, name: &str, (wanted, noun): (&str, &str), functions: &[Declared<T>]) -> Option<T> {
        self.read(name, |expression, environment| {
            let call = self.checker.expect_call(expression, environment.source, wanted)?;
            self.checker.declared(call, environment, noun, functions)
        })
    }

    /// What a function of a table comes to.
    pub fn choice<T>(&self, name: &str, table: &Table<T>) -> Option<T> {
        self.read(name, |expression, environment| self.checker.chosen(expression, environment, table))
    }
}
