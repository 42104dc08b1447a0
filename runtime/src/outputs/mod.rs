//! What is made of a network's outputs over whole splits: a file for each kind of thing that is predicted, and which family
//! is of which kind. What a family means in numbers is in the backends' crate.

mod assessment;
mod classes;
mod evaluator;
mod real_numbers;
mod scores;

pub use assessment::{Assessment, Predicted, Scored};
pub(crate) use classes::MOST_KEPT_SCORES;
pub(crate) use evaluator::Evaluator;
pub use scores::Scores;

use elbo_compiler::ir::{Output, Run};

/// How the outputs of a run are evaluated.
pub(crate) fn evaluator(run: &Run) -> Box<dyn Evaluator + '_> {
    match &run.network.output {
        Output::Categorical(family) => Box::new(classes::Classes::new(run, *family)),
        Output::Gaussian(family) => Box::new(real_numbers::RealNumbers::new(run, family)),
    }
}
