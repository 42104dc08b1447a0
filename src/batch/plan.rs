//! `elbo batch plan`

use super::manifest::{Opened, Planned};
use crate::outcome::Outcome;
use crate::session::report_error;
use crate::terminal::Terminal;
use clap::ValueEnum;
use elbo_batch::Plan;
use elbo_batch::table::{Prospect, plan_json, plan_text};
use elbo_runtime::machine::available_memory;

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
        show(&opened, planned, &plan, arguments.format, terminal)
    });
    result.err().unwrap_or(Outcome::Done)
}

/// Prints a plan.
pub fn show(opened: &Opened, planned: &Planned, plan: &Plan, form: Form, terminal: &Terminal) -> Result<(), Outcome> {
    prospect(opened, planned, plan, terminal, |prospect| match form {
        Form::Text => terminal.text(&plan_text(plan, prospect)),
        Form::Json => terminal.result(&format!("{}\n", plan_json(plan, prospect))),
    })
}

/// Looks at what of a plan is done, and at what it would be worked at with.
pub fn prospect(
    opened: &Opened,
    planned: &Planned,
    plan: &Plan,
    terminal: &Terminal,
    tell: impl FnOnce(Prospect<'_>),
) -> Result<(), Outcome> {
    let store = opened.store();
    let finished: Result<Vec<bool>, _> =
        plan.runs.iter().map(|run| store.find_evaluation(&run.keys).map(|result| result.is_some())).collect();
    let finished = finished.map_err(|error| report_error(&error.into(), terminal))?;
    let pool = opened.pool(planned);
    let available = available_memory();
    tell(Prospect { name: &opened.manifest.name, finished: &finished, pool: &pool, available });
    Ok(())
}
