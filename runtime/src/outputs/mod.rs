//! What is made of a network's outputs over whole splits: a file for each kind of thing that is predicted. Which family
//! is of which kind, and what it means in numbers, is in the backends' crate.

mod assessment;
mod classes;
mod evaluator;
mod real_numbers;
mod scores;

pub use assessment::{Assessment, Predicted, Scored};
pub(crate) use classes::MOST_KEPT_SCORES;
pub(crate) use evaluator::Evaluator;
pub use scores::Scores;

use crate::backend::outputs::{RealFamily, TakesFamily, with_family};
use elbo_compiler::ir::{Categorical, Run};

/// Makes the evaluator of a run.
struct EvaluatorOf<'r>(&'r Run);

impl<'r> TakesFamily<'r> for EvaluatorOf<'r> {
    type Made = Box<dyn Evaluator + 'r>;

    fn classes(self, family: Categorical) -> Self::Made {
        Box::new(classes::Classes::new(self.0, family))
    }

    fn real_numbers<F: RealFamily>(self, family: &'r F) -> Self::Made {
        Box::new(real_numbers::RealNumbers::new(self.0, family))
    }
}

/// How the outputs of a run are evaluated.
pub(crate) fn evaluator(run: &Run) -> Box<dyn Evaluator + '_> {
    with_family(&run.network.output, EvaluatorOf(run))
}
