//! `elbo batch plan`

use super::manifest::{Opened, Planned};
use crate::outcome::Outcome;
use crate::terminal::Terminal;
use clap::ValueEnum;
use elbo_batch::table::{Prospect, plan_json, plan_text};
use elbo_batch::{Plan, PlannedRun};
use elbo_runtime::machine::available_to_each;

/// What `elbo batch plan` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    planned: Planned,
    /// How the plan is printed.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
}

/// The forms of a plan and of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// A table for people.
    Text,
    /// One object of JSON.
    Json,
}

/// Prints what would be done.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let planned = &arguments.planned;
    let result = planned.named.open(terminal).and_then(|opened| {
        let plan = opened.planned(planned, terminal)?;
        show(&opened, planned, &plan, arguments.format, terminal);
        Ok(())
    });
    result.err().unwrap_or(Outcome::Done)
}

/// Prints a plan.
pub fn show(opened: &Opened, planned: &Planned, plan: &Plan, form: Form, terminal: &Terminal) {
    prospect(opened, planned, plan, |prospect| match form {
        Form::Text => terminal.text(&plan_text(plan, prospect)),
        Form::Json => terminal.data(&format!("{}\n", plan_json(plan, prospect))),
    })
}

/// Looks at what of a plan is done, and at what it would be worked at with.
pub fn prospect(opened: &Opened, planned: &Planned, plan: &Plan, tell: impl FnOnce(Prospect<'_>)) {
    let store = opened.store();
    // Of a run whose result cannot be read `elbo batch status` says why; it is not finished.
    let is_finished = |run: &PlannedRun| store.find_evaluation(&run.keys).is_ok_and(|result| result.is_some());
    let finished: Vec<bool> = plan.runs.iter().map(is_finished).collect();
    let pool = opened.pool(planned);
    tell(Prospect { name: &opened.manifest.name, finished: &finished, pool: &pool, available: available_to_each() });
}
