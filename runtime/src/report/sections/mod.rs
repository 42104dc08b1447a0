//! What reports say of the scores, for each kind of thing that is predicted: on a terminal, in tables, on the page.

mod classes;
mod numbers;
mod real_numbers;
mod section;

pub use section::Section;

use crate::outputs::Scores;

/// What reports say of these scores.
pub fn section(scores: &Scores) -> &dyn Section {
    match scores {
        Scores::Classes(scores) => scores.as_ref(),
        Scores::RealNumbers(scores) => scores.as_ref(),
    }
}

/// Every [`Section::key`].
pub const KEYS: [&str; 2] = [classes::KEY, real_numbers::KEY];
