//! The runs that `elbo report` is given, and what is claimed of them.

use crate::files::FileSources;
use crate::outcome::Outcome;
use crate::session::report_error;
use crate::target::Target;
use crate::terminal::Terminal;
use elbo_compiler::ir::{Claim, digest};
use elbo_compiler::{Compilation, CompiledRun, compile};
use elbo_runtime::execute::ExecuteError;
use elbo_runtime::finished::{ComparedRun, FinishedRun, ResultsByMeaning, SideBySide, evaluate_claims, results_at};
use elbo_runtime::report::page::PAGE;
use elbo_runtime::report::{ClaimError, ClaimOutcome, Report};
use elbo_runtime::store::Store;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The runs that are reported on, and what is claimed of them.
pub struct Reported {
    /// The runs.
    pub runs: SideBySide,
    /// Their directories.
    directories: Vec<PathBuf>,
    /// What the spec files claim.
    claims: Vec<Claim>,
    /// The runs by the names claims use.
    named: BTreeMap<String, Vec<ComparedRun>>,
}

impl Reported {
    /// Finds and reads the runs. What went wrong has been printed.
    pub fn find(arguments: &[String], store: &Store, terminal: &Terminal) -> Result<Self, Outcome> {
        let mut found = Self {
            runs: SideBySide::new(Vec::new()),
            directories: Vec::new(),
            claims: Vec::new(),
            named: BTreeMap::new(),
        };
        let mut runs = Vec::new();
        for argument in arguments {
            let path = Path::new(argument);
            let added = if path.is_dir() {
                results_at(path)
                    .and_then(|results| results.iter().try_for_each(|result| found.add(&mut runs, result, None)))
            } else {
                let compilation = compiled(argument, terminal)?;
                found.add_spec(&mut runs, argument, &compilation, (store, terminal))
            };
            added.map_err(|error| report_error(&error, terminal))?;
        }
        found.runs = SideBySide::new(runs);
        Ok(found)
    }

    /// What becomes of the claims.
    pub fn claims(&self) -> Vec<(String, Result<ClaimOutcome, ClaimError>)> {
        evaluate_claims(&self.claims, &self.named)
    }

    /// The only run with its directory, if there is only one.
    pub fn only(&self) -> Option<(&Report, &Path)> {
        match (self.runs.runs.as_slice(), self.directories.as_slice()) {
            ([run], [directory]) => Some((&run.report, directory)),
            _ => None,
        }
    }

    /// The page of the only run, which shows its images, if there is only one.
    pub fn only_page(&self) -> Option<Result<String, ExecuteError>> {
        let (_, directory) = self.only()?;
        let path = directory.join(PAGE);
        let read = std::fs::read_to_string(&path);
        Some(read.map_err(|source| elbo_runtime::store::StoreError::Read { path, source }.into()))
    }

    /// Adds a result, unless it is among the runs already.
    fn add(
        &mut self,
        runs: &mut Vec<ComparedRun>,
        directory: &Path,
        claimed_as: Option<&str>,
    ) -> Result<(), ExecuteError> {
        let known = self.directories.iter().position(|other| other == directory);
        let run = match known {
            Some(place) => runs[place].clone(),
            None => ComparedRun::new(&FinishedRun::open(directory)?)?,
        };
        if let Some(name) = claimed_as {
            self.named.entry(name.to_owned()).or_default().push(run.clone());
        }
        if known.is_none() {
            self.directories.push(directory.to_owned());
            runs.push(run);
        }
        Ok(())
    }

    /// Adds the finished runs of a spec file, or the one that is named, and what the file claims.
    fn add_spec(
        &mut self,
        runs: &mut Vec<ComparedRun>,
        argument: &str,
        compilation: &Compilation,
        (store, terminal): (&Store, &Terminal),
    ) -> Result<(), ExecuteError> {
        let results = ResultsByMeaning::of(store)?;
        let target: Target = argument.parse().unwrap_or(Target { file: argument.to_owned(), name: None });
        let mut missing = Vec::new();
        let mut any = false;
        for (claimed_as, run) in meant(compilation, target.name.as_deref()) {
            let meaning = digest(&run.run);
            let mut found = results.of_run(&meaning);
            let others = found.len().saturating_sub(1);
            let Some(directory) = found.next() else {
                missing.push(run.name.as_str());
                continue;
            };
            if others > 0 {
                terminal.note(&format!(
                    "`{}` has {others} other results, of another backend or other data; this is the last finished: {}",
                    run.name,
                    directory.display()
                ));
            }
            self.add(runs, directory, Some(claimed_as))?;
            any = true;
        }
        if !any {
            return Err(ExecuteError::NoResult { path: PathBuf::from(argument) });
        }
        if !missing.is_empty() {
            terminal.note(&format!("not finished yet: {}", missing.join(", ")));
        }
        if target.name.is_none() {
            self.claims.extend(compilation.claims.iter().map(|claim| claim.claim.clone()));
        }
        Ok(())
    }
}

/// The runs that a name means, or all of the file, each with the name claims use of it.
fn meant<'c>(compilation: &'c Compilation, name: Option<&str>) -> Vec<(&'c str, &'c CompiledRun)> {
    let runs = compilation.runs.iter().map(|run| (run.name.as_str(), run.name.as_str(), run));
    let members = compilation
        .sweeps
        .iter()
        .flat_map(|sweep| sweep.members.iter().map(|member| (sweep.name.as_str(), member.name.as_str(), &member.run)));
    runs.chain(members)
        .filter(|(claimed_as, own, _)| name.is_none_or(|name| name == *claimed_as || name == *own))
        .map(|(claimed_as, _, run)| (claimed_as, run))
        .collect()
}

/// Compiles the file of a target and prints its errors.
fn compiled(argument: &str, terminal: &Terminal) -> Result<Compilation, Outcome> {
    let target: Target = argument.parse().map_err(|message: String| {
        terminal.error(&message);
        Outcome::Usage
    })?;
    let compilation = compile(&target.file, &FileSources::default(), target.name.as_deref(), &[]);
    let errors: Vec<_> = compilation
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == elbo_compiler::diagnostic::Severity::Error)
        .cloned()
        .collect();
    terminal.diagnostics(&errors, &compilation.sources, terminal.default_format());
    if compilation.has_errors() { Err(Outcome::Wrong) } else { Ok(compilation) }
}
