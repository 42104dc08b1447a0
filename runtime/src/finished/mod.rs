//! What can be done with finished runs: find them, score them again, predict with them, lay them side by side.

mod evaluate;
mod meant;
mod other_set;
mod predict;
mod prediction;
mod prediction_forms;
mod run;
mod scored_data;
mod search;
mod side_by_side;
mod stored;

pub use evaluate::{EvaluatedAgain, EvaluationRequest, evaluate_again};
pub use meant::Meant;
pub use other_set::parse_other_set;
pub use predict::{PredictionRequest, predict_examples, predict_files};
pub use prediction::{ClassPrediction, ExampleSource, FilePredictions, PredictedExample, Prediction, UnpredictedFile};
pub use run::{Computing, FinishedRun};
pub use scored_data::{ScoredData, parse_scored_data};
pub use search::{StoredRuns, results_at};
pub use side_by_side::{ComparedRun, NamedRuns, SideBySide, evaluate_claims, one_of_each_training};
pub use stored::Stored;
