//! `elbo explain`

use crate::explain_declaration;
use crate::outcome::Outcome;
use crate::terminal::Terminal;
use elbo_compiler::codes::Code;
use elbo_compiler::page::Page;
use elbo_compiler::render::page;

/// What `elbo explain` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  elbo explain E0302\n  elbo explain specs/alexnet.elbo#alexnet_cifar10_bayes\n  \
    elbo explain specs/vgg16.elbo#vgg16_bayes --latex\n  elbo explain")]
pub struct Arguments {
    /// The code of a diagnostic, such as E0302, or a model or run; without it all codes are listed.
    #[arg(value_name = "CODE|FILE[#NAME]")]
    subject: Option<String>,
    /// Print a model or run as equations in LaTeX.
    #[arg(long, requires = "subject")]
    latex: bool,
}

/// Prints a code's page, a model or run, or the list of codes.
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
    let is_file = subject.contains(['#', '.', '/']) || std::path::Path::new(subject).is_file();
    if is_file {
        return explain_declaration::execute(subject, arguments.latex, terminal);
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
