//! The documented defaults of parameters as expressions.

use super::environment::Environment;
use crate::diagnostic::SourceId;
use elbo_grammar::ast::Expression;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// The documented defaults, each parsed once.
#[derive(Debug)]
pub(crate) struct Defaults {
    parsed: RefCell<HashMap<&'static str, Rc<Expression>>>,
    /// Defaults use no names of a spec.
    pub environment: Environment,
}

impl Defaults {
    /// None parsed yet.
    pub fn new() -> Self {
        Self { parsed: RefCell::default(), environment: Environment::empty(SourceId(0)) }
    }

    /// The default that is written so.
    pub fn parsed(&self, text: &'static str) -> Rc<Expression> {
        let mut parsed = self.parsed.borrow_mut();
        let parse = || {
            let expression = elbo_grammar::parse_expression(text);
            Rc::new(expression.unwrap_or_else(|_| unreachable!("the default `{text}` is no value of the language")))
        };
        Rc::clone(parsed.entry(text).or_insert_with(parse))
    }
}
