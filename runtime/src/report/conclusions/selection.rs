//! By what the scored weights were chosen.

use crate::report::Report;
use elbo_compiler::ir::Monitor;

/// Draws below which the noise of a choice is worth a word.
const FEW_DRAWS: usize = 10;

/// By how few draws of a random network its epoch was chosen, or its training ended.
pub fn note(report: &Report) -> Option<String> {
    let selection = report.fit.selection?;
    let random = !report.fit.random_layers.is_empty();
    if !random || selection.draws >= FEW_DRAWS {
        return None;
    }
    let draws = if selection.draws == 1 { "one draw".to_owned() } else { format!("{} draws", selection.draws) };
    let (figure, key) = match selection.monitor {
        Monitor::TrainLoss => ("`train.loss`", "samples"),
        Monitor::ValidationNegativeLogLikelihood => ("`validation.nll`", "validation_samples"),
        Monitor::ValidationAccuracy => ("`validation.accuracy`", "validation_samples"),
    };
    let what = if selection.best {
        format!("epoch {} was chosen", report.training.selected_epoch)
    } else if report.training.stopped_early {
        "training was ended early".to_owned()
    } else {
        return None;
    };
    Some(format!(
        "{what} by {figure} from {draws} of the network an epoch, so other draws may choose another; `{key}` in `train` \
         sets how many"
    ))
}
