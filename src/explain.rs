//! `elbo explain`

use crate::outcome::Outcome;
use crate::terminal::Terminal;
use elbo_compiler::codes::Code;
use elbo_compiler::page::Page;
use elbo_compiler::render::page;

/// What `elbo explain` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  elbo explain E0302\n  elbo explain")]
pub struct Arguments {
    /// The code of a diagnostic, such as E0302; without it all codes are listed.
    #[arg(value_name = "CODE")]
    subject: Option<String>,
}

/// Prints a code's page, or the list of codes.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let color = terminal.colors_results();
    let Some(subject) = arguments.subject.as_deref() else {
        terminal.result(&page::list(color));
        return Outcome::Done;
    };
    if let Some(code) = Code::find(subject) {
        terminal.result(&page::render(&Page::of(code), color));
        return Outcome::Done;
    }
    let help = match (Code::is_code_like(subject), Code::nearest(subject).as_slice()) {
        (false, _) => "a code is a letter and four digits, such as `E0302`".to_owned(),
        (true, []) => "`elbo explain` alone lists all codes".to_owned(),
        (true, near) => {
            let near: Vec<String> = near.iter().map(|code| format!("`{code}` ({})", code.title())).collect();
            format!("near it are {}", near.join(", "))
        }
    };
    terminal.error(&format!("there is no code `{subject}`\n  help: {help}"));
    Outcome::Usage
}
