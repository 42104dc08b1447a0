//! `elbo explain FILE#NAME`

use crate::outcome::Outcome;
use crate::target::{Declaration, Target, compile_declaration};
use crate::terminal::Terminal;
use elbo_compiler::explain::{Subject, latex, text};

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
    let subject = match &declaration {
        Declaration::Run(run) => Subject::run(run, &compilation.sources),
        Declaration::Model(model) => Subject::model(model, &compilation.sources),
    };
    terminal.result(&if latex_wanted { latex(&subject) } else { text(&subject, &[]) });
    Outcome::Done
}
