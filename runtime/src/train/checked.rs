//! Whether a training that was read back can be one of a run: every number in it is looked at before it is used.

use super::monitor::Watch;
use super::plan::Plan;
use super::state::{EpochEnd, EpochSums, Progress};
use super::{Schedule, TrainingData, TrainingState, read_epochs, read_steps};
use elbo_compiler::ir::{Monitor, Run, Select};

impl TrainingState {
    /// Refuses a state that no training of `run` on `data` comes to, and one that its `metrics` (the content of
    /// `metrics.jsonl`) do not lead to. Names and shapes of tensors are for the backend to judge.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self, run: &Run, data: &dyn TrainingData, metrics: &[u8]) -> Result<(), String> {
        let plan = Plan::new(&run.training, data).map_err(|error| error.to_string())?;
        let completed = check_position(&self.progress, &plan)?;
        check_sums(&self.progress.sums, seen(&self.progress, run, &plan), run.network.outputs())?;
        check_times(&self.progress)?;
        self.check_watches(run, completed)?;
        if self.optimizer.steps != self.progress.steps {
            return Err(format!(
                "its optimizer has taken {} steps, the training {}",
                self.optimizer.steps, self.progress.steps
            ));
        }
        let best = self.best.iter().flat_map(|best| best.iter());
        if let Some((name, _)) =
            self.parameters.iter().chain(best).find(|(_, tensor)| tensor.values.iter().any(|value| !value.is_finite()))
        {
            return Err(format!("its tensor `{name}` holds a number that is not finite"));
        }
        check_metrics(metrics, self.progress.steps, completed)
    }

    /// What the schedule, `select` and `early_stopping` remember, after `completed` epochs.
    fn check_watches(&self, run: &Run, completed: usize) -> Result<(), String> {
        let (progress, training) = (&self.progress, &run.training);
        let selection = &progress.selection;
        let schedule = Schedule::new(&training.learning_rate, 0.0, 0);
        let select = match training.select {
            Select::Last => None,
            Select::Best { monitor } => Some(monitor),
        };
        let stop = training.early_stopping.map(|stopping| stopping.monitor);
        let watches: [(&str, Option<Monitor>, Option<&Watch>); 3] = [
            ("the learning rate", schedule.monitor(), progress.plateau.as_ref().map(|plateau| &plateau.watch)),
            ("`select`", select, selection.select.as_ref()),
            ("`early_stopping`", stop, selection.stop.as_ref()),
        ];
        for (what, wanted, found) in watches {
            if found.map(Watch::monitor) != wanted {
                return Err(format!("what {what} watches is not what the run lets it watch"));
            }
            if found.is_some_and(|watch| watch.exceeds(completed)) {
                return Err(format!("{what} has waited longer than the {completed} epochs that were trained"));
            }
        }
        if let Some(plateau) = &progress.plateau
            && !(plateau.factor > 0.0 && plateau.factor <= 1.0)
        {
            return Err(format!("its factor of the learning rate is {}, not between 0 and 1", plateau.factor));
        }
        let wanted = select.is_some() && completed > 0;
        if selection.kept.is_some() != wanted || (self.best.is_some() != wanted && !self.parameters.is_empty()) {
            return Err("the weights of the best epoch are there without reason, or are not there".to_owned());
        }
        match selection.kept {
            Some(EpochEnd { epoch, .. }) if epoch == 0 || epoch > completed => {
                Err(format!("its best epoch is {epoch}, of {completed}"))
            }
            _ => Ok(()),
        }
    }
}

/// The epochs that have ended, where epoch, batch and step fit together and the plan.
fn check_position(progress: &Progress, plan: &Plan) -> Result<usize, String> {
    let &Progress { steps, epoch, batch, ended, .. } = progress;
    let place = format!("step {steps}, epoch {epoch}, batch {batch}");
    let planned = format!("{} steps in {} epochs of {} batches", plan.steps, plan.epochs, plan.batches);
    let wrong = || Err(format!("it stands at {place}, where no training of {planned} comes"));
    let Some(completed) = epoch.checked_sub(1) else { return wrong() };
    if completed > plan.epochs || batch > plan.batches || steps > plan.steps {
        return wrong();
    }
    // Below 2⁶⁴, as epochs and batches are below 2³².
    let whole = completed as u64 * plan.batches as u64;
    let is_cut_short = batch == 0 && completed == plan.epochs && steps == plan.steps;
    if steps != whole + batch as u64 && !is_cut_short {
        return wrong();
    }
    if ended && (batch != 0 || completed == 0) || !ended && completed == plan.epochs {
        return wrong();
    }
    if progress.last.map(|end| end.epoch) != (completed > 0).then_some(completed) {
        return Err(format!("the epoch that it says ended last is not epoch {completed}"));
    }
    Ok(completed)
}

/// Examples of the present epoch that have been seen.
fn seen(progress: &Progress, run: &Run, plan: &Plan) -> usize {
    progress.batch.saturating_mul(run.training.batch).min(plan.examples)
}

fn check_sums(sums: &EpochSums, seen: usize, outputs: usize) -> Result<(), String> {
    if sums.examples != seen {
        return Err(format!("its sums are over {} examples of the epoch, but {seen} have been seen", sums.examples));
    }
    if sums.correct().is_some_and(|correct| correct > seen) {
        return Err(format!("more of the epoch's {seen} examples are right than there are"));
    }
    if sums.targets().is_some_and(|targets| targets > seen.saturating_mul(outputs)) {
        return Err(format!("its errors are of more targets than the epoch's {seen} examples have"));
    }
    Ok(())
}

fn check_times(progress: &Progress) -> Result<(), String> {
    let times = [progress.seconds, progress.epoch_seconds];
    // A hundred years.
    if times.iter().all(|time| (0.0..=3.2e9).contains(time)) {
        Ok(())
    } else {
        Err(format!("it says that the training took {:e} s", progress.seconds))
    }
}

/// Whether `metrics.jsonl` has a line for each step and each epoch, in order.
fn check_metrics(metrics: &[u8], steps: u64, completed: usize) -> Result<(), String> {
    let text = std::str::from_utf8(metrics).map_err(|error| format!("its `metrics.jsonl` is no text: {error}"))?;
    let wrong = |problem: String| format!("its `metrics.jsonl` cannot be read: {problem}");
    let found = read_steps(text).map_err(wrong)?;
    if found.len() as u64 != steps || found.iter().zip(0_u64..).any(|(record, step)| record.step != step) {
        return Err(format!("its `metrics.jsonl` has {} lines of steps, but {steps} steps were taken", found.len()));
    }
    let epochs = read_epochs(text).map_err(wrong)?;
    if epochs.len() != completed || epochs.iter().zip(1..).any(|(record, epoch)| record.epoch != epoch) {
        let found = epochs.len();
        return Err(format!("its `metrics.jsonl` has {found} lines of epochs, but {completed} epochs have ended"));
    }
    Ok(())
}
