//! What can be done with finished runs: find them, score them again, predict with them, lay them side by side.

mod evaluate;
mod other_set;
mod predict;
mod prediction_forms;
mod run;
mod search;
mod side_by_side;

pub use evaluate::{EvaluationRequest, evaluate_again};
pub use other_set::parse_other_set;
pub use predict::{FilePredictions, PredictedExample, PredictionRequest, predict_files};
pub use run::{Computing, FinishedRun};
pub use search::{ResultsByMeaning, results_at};
pub use side_by_side::{ComparedRun, SideBySide, evaluate_claims};
