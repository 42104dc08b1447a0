//! `elbo explain FILE#NAME`

use crate::outcome::Outcome;
use crate::project::{Project, cache_folder};
use crate::target::{Declaration, Target, compile_declaration};
use crate::terminal::Terminal;
use elbo_compiler::explain::{Section, Subject, latex, text};
use elbo_compiler::ir::Run;
use elbo_runtime::backend::{BackendChoice, BackendError, DeviceChoice};
use elbo_runtime::forecast::{Counts, Forecast, MachineKey, calibration, forecast};
use std::path::Path;

/// Prints what a model or run means: layers, counts, KL ledger, objective; or its equations.
pub fn execute(target: &str, latex_wanted: bool, terminal: &Terminal) -> Outcome {
    let target: Target = match target.parse() {
        Ok(target) => target,
        Err(message) => {
            terminal.error(&message);
            return Outcome::Usage;
        }
    };
    let Some((compilation, declaration)) = compile_declaration(&target, terminal) else { return Outcome::Wrong };
    let project = match Project::open(Path::new(&target.file), terminal) {
        Ok(project) => project,
        Err(outcome) => return outcome,
    };
    let subject = match &declaration {
        Declaration::Run(run) => Subject::run(run, &compilation.sources),
        Declaration::Model(model) => Subject::model(model, &compilation.sources),
    };
    let further: Vec<Section> = match &declaration {
        Declaration::Run(run) => cost(&run.run, &project).into_iter().collect(),
        Declaration::Model(_) => Vec::new(),
    };
    terminal.text(&if latex_wanted { latex(&subject) } else { text(&subject, &further) });
    Outcome::Done
}

/// What the run will cost on this machine's processor; in time only if the machine has been calibrated.
fn cost(run: &Run, project: &Project) -> Option<Section> {
    let body = match expected(run, project)? {
        Ok(forecast) => forecast.to_string(),
        Err(error) => format!("  unknown: {error}\n"),
    };
    Some(Section { heading: "Cost".to_owned(), body })
}

/// The same in a few words, without the settings of a project; `None` where it is not known.
pub fn cost_line(run: &Run) -> Option<String> {
    expected(run, &Project::default())?.ok().map(|forecast| forecast.line())
}

/// `None` where nobody knows how many examples there are.
fn expected(run: &Run, project: &Project) -> Option<Result<Forecast, BackendError>> {
    let backend = BackendChoice::of_device(DeviceChoice::Cpu);
    // Where threads cannot be had, what they would do is not known.
    let threads = elbo_runtime::threads::use_threads(project.threads(None)).ok();
    let key = threads.and_then(|threads| MachineKey::new(backend, DeviceChoice::Cpu, threads).ok());
    let calibration = key.and_then(|key| calibration(&cache_folder()?, &key).ok());
    Some(forecast(run, backend, Counts::published(&run.data)?, calibration.as_ref()))
}
