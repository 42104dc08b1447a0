//! `FILE` or `FILE#NAME` on the command line, and the run or sweep it means.

use crate::terminal::Terminal;
use crate::wording::counted;
use elbo_compiler::codes::Code;
use elbo_compiler::diagnostic::{Diagnostic, Severity};
use elbo_compiler::{Compilation, CompiledModel, CompiledRun, CompiledSweep, Override, compile};
use elbo_runtime::spec_files::{FileSources, absolute};

/// A file and, perhaps, a declaration in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The file.
    pub file: String,
    /// The declaration's name.
    pub name: Option<String>,
}

impl std::str::FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A folder's name may hold the sign, too.
        if std::path::Path::new(text).is_file() {
            return Ok(Self { file: text.to_owned(), name: None });
        }
        match text.rsplit_once('#') {
            Some((file, name)) if !file.is_empty() && !name.is_empty() => {
                Ok(Self { file: file.to_owned(), name: Some(name.to_owned()) })
            }
            Some(_) => Err("write `FILE` or `FILE#NAME`".to_owned()),
            None => Ok(Self { file: text.to_owned(), name: None }),
        }
    }
}

/// What a target means.
#[derive(Debug, Clone)]
pub enum Chosen {
    /// A run, or one member of a sweep.
    Run(Box<CompiledRun>),
    /// Every member of a sweep.
    Sweep(CompiledSweep),
}

/// Compiles the file, prints what was found, and picks the run or sweep that is meant. `None` where there are
/// errors, or where it is not clear what is meant; that has been printed.
pub fn compile_target(target: &Target, overrides: &[Override], terminal: &Terminal) -> Option<(Compilation, Chosen)> {
    let mut compilation = compile(&target.file, &FileSources::default(), target.name.as_deref(), overrides);
    compilation.place_weights(&absolute);
    // Notes and warnings about other runs of the file are for `elbo check`.
    let shown: Vec<_> = compilation
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error || !terminal.is_quiet())
        .filter(|diagnostic| diagnostic.severity != Severity::Note)
        .cloned()
        .collect();
    terminal.diagnostics(&shown, &compilation.sources, terminal.default_format());
    if compilation.has_errors() {
        return None;
    }
    let chosen = match &target.name {
        Some(name) => named(&compilation, name),
        None => only_run(&compilation, &target.file, terminal),
    }?;
    Some((compilation, chosen))
}

fn named(compilation: &Compilation, name: &str) -> Option<Chosen> {
    let members = || compilation.sweeps.iter().flat_map(|sweep| &sweep.members).map(|member| &member.run);
    let run = compilation.runs.iter().chain(members()).find(|run| run.name == name);
    let sweep = || compilation.sweeps.iter().find(|sweep| sweep.name == name);
    run.map(|run| Chosen::Run(Box::new(run.clone()))).or_else(|| sweep().cloned().map(Chosen::Sweep))
}

/// The run of a file that has exactly one.
fn only_run(compilation: &Compilation, file: &str, terminal: &Terminal) -> Option<Chosen> {
    let message = match compilation.run_names.as_slice() {
        [only] => return named(compilation, only),
        [] => format!("`{file}` declares no run\n  help: declare one: `run NAME {{ model = …; data = …; train = … }}`"),
        [first, ..] => {
            let sweeps: Vec<&str> = compilation.sweeps.iter().map(|sweep| sweep.name.as_str()).collect();
            let sweeps = if sweeps.is_empty() { String::new() } else { format!("; its sweeps: {}", sweeps.join(", ")) };
            format!(
                "`{file}` declares several runs, so one must be named\n  help: write `{file}#{first}`; its runs: {}{sweeps}",
                compilation.run_names.join(", ")
            )
        }
    };
    terminal.error(&message);
    None
}

/// A declaration that `FILE#NAME` may name.
#[derive(Debug, Clone)]
pub enum Declaration {
    /// A run.
    Run(Box<CompiledRun>),
    /// A model, with the defaults of its parameters.
    Model(CompiledModel),
}

/// Whether an error may change what every declaration means: one of the text's form, of the files it uses, or of which
/// declaration a name stands for.
fn of_whole_files(diagnostic: &Diagnostic) -> bool {
    let code = diagnostic.code;
    code.is_syntax() || matches!(code, Code::UnreadableSource | Code::UseCycle | Code::DuplicateName)
}

/// Compiles the file, prints the errors that were found, and picks the run or model that is meant; without a
/// name the only run. `None` where that has errors or nothing is meant; it has been printed. Errors of other
/// declarations do not matter to one that is named.
pub fn compile_declaration(target: &Target, terminal: &Terminal) -> Option<(Compilation, Declaration)> {
    let mut compilation = compile(&target.file, &FileSources::default(), None, &[]);
    compilation.place_weights(&absolute);
    let is_error = |diagnostic: &&Diagnostic| diagnostic.severity == Severity::Error;
    let errors: Vec<_> = compilation.diagnostics.iter().filter(is_error).cloned().collect();
    let apart = target.name.is_some() && !errors.iter().any(of_whole_files);
    if !apart {
        terminal.diagnostics(&errors, &compilation.sources, terminal.default_format());
        if compilation.has_errors() {
            return None;
        }
    }
    let only = match compilation.run_names.as_slice() {
        [only] => Some(only),
        _ => None,
    };
    let name = target.name.as_ref().or(only);
    let run = |name: &String| match named(&compilation, name)? {
        Chosen::Run(run) => Some(Declaration::Run(run)),
        Chosen::Sweep(_) => None,
    };
    let model =
        |name: &String| compilation.models.iter().find(|model| model.name == *name).cloned().map(Declaration::Model);
    let found = name.and_then(|name| run(name).or_else(|| model(name)));
    if apart && !errors.is_empty() {
        if found.is_none() {
            terminal.diagnostics(&errors, &compilation.sources, terminal.default_format());
            return None;
        }
        let file = &target.file;
        terminal.note(&format!(
            "`{file}` has {} elsewhere; `elbo check {file}` shows what is wrong",
            counted(errors.len(), "error")
        ));
    }
    if found.is_none() {
        let problem = match name {
            Some(name) => format!("`{}` has neither a run nor a model `{name}` that needs no arguments", target.file),
            None => format!("`{}` has not exactly one run, so a run or model must be named", target.file),
        };
        let names = |names: Vec<&str>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        terminal.error(&format!(
            "{problem}\n  help: write `{}#NAME`; its runs: {}; its models: {}",
            target.file,
            names(compilation.runs.iter().map(|run| run.name.as_str()).collect()),
            names(compilation.models.iter().map(|model| model.name.as_str()).collect()),
        ));
    }
    found.map(|found| (compilation, found))
}
