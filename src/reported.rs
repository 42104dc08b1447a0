//! The runs that `elbo report` is given, and what is claimed of them.

use crate::finished::by_name;
use crate::outcome::Outcome;
use crate::session::{folder_of, report_error};
use crate::target::Target;
use crate::terminal::Terminal;
use elbo_compiler::ir::Claim;
use elbo_compiler::{Compilation, CompiledRun, SweepMember, compile};
use elbo_runtime::execute::{DataSets, ExecuteError};
use elbo_runtime::finished::{
    ComparedRun, FinishedRun, NamedRuns, SideBySide, StoredRuns, evaluate_claims, results_at,
};
use elbo_runtime::output::Output;
use elbo_runtime::report::page::PAGE;
use elbo_runtime::report::{ClaimError, ClaimOutcome, Report, RunNames};
use elbo_runtime::spec_files::{FileSources, absolute};
use elbo_runtime::store::Store;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The runs that are reported on, and what is claimed of them.
pub struct Reported {
    /// The runs.
    pub runs: SideBySide,
    /// Their directories.
    directories: Vec<PathBuf>,
    /// The files and folders that their data came from.
    data_files: Vec<PathBuf>,
    /// The name that the last of them was published under and the one it was asked for by, where these differ.
    renamed: Option<(String, String)>,
    /// What the spec files claim.
    claims: Vec<Claim>,
    /// The runs by the names claims use.
    named: BTreeMap<String, NamedRuns>,
}

impl Reported {
    /// Finds and reads the runs. What went wrong has been printed.
    pub fn find(
        arguments: &[String],
        (store, data_roots): (&Store, &[PathBuf]),
        terminal: &Terminal,
    ) -> Result<Self, Outcome> {
        let mut found = Self {
            runs: SideBySide::new(Vec::new()),
            directories: Vec::new(),
            data_files: Vec::new(),
            renamed: None,
            claims: Vec::new(),
            named: BTreeMap::new(),
        };
        let mut runs = Vec::new();
        let mut sets = DataSets::new(data_roots);
        for argument in arguments {
            let path = Path::new(argument);
            let is_spec = |target: Target| Path::new(&target.file).is_file() || argument.ends_with(".elbo");
            let added = if path.is_dir() {
                note_older(path, terminal);
                results_at(path).and_then(|results| found.add_all(&mut runs, &results, (data_roots, terminal)))
            } else if argument.parse::<Target>().is_ok_and(is_spec) || argument.contains('#') {
                let compilation = compiled(argument, terminal)?;
                found.add_spec(&mut runs, argument, &compilation, (store, &mut sets, data_roots, terminal))
            } else {
                by_name(argument, store, terminal)
                    .and_then(|(result, names)| found.add(&mut runs, &result, (names, None), data_roots))
            };
            added.map_err(|error| report_error(&error, terminal))?;
        }
        found.runs = SideBySide::new(runs);
        found.runs.shared_trainings().iter().for_each(|shared| terminal.note(shared));
        Ok(found)
    }

    /// Refuses outputs that would replace the data of one of the runs.
    ///
    /// # Errors
    /// [`ExecuteError::Output`].
    pub fn spare_data<'o>(&self, mut outputs: impl Iterator<Item = &'o Output>) -> Result<(), ExecuteError> {
        outputs.try_for_each(|output| Ok(output.clone().beside(&self.data_files).map(drop)?))
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

    /// The page of the only run, which shows its images, if there is only one. It has the name that the run was
    /// published under.
    pub fn only_page(&self, terminal: &Terminal) -> Option<Result<String, ExecuteError>> {
        let (_, directory) = self.only()?;
        if let Some((published, asked)) = &self.renamed {
            terminal.note(&format!("the page is that of `{published}`, which is the same run as `{asked}`"));
        }
        let path = directory.join(PAGE);
        let read = std::fs::read_to_string(&path);
        Some(read.map_err(|source| elbo_runtime::store::StoreError::Read { path, source }.into()))
    }

    /// Adds the results of a store; of several, one that cannot be read is named and left out.
    fn add_all(
        &mut self,
        runs: &mut Vec<ComparedRun>,
        results: &[PathBuf],
        (data_roots, terminal): (&[PathBuf], &Terminal),
    ) -> Result<(), ExecuteError> {
        let mut unread = 0;
        for result in results {
            match self.add(runs, result, (None, None), data_roots) {
                Ok(()) => {}
                Err(error) if results.len() == 1 => return Err(error),
                Err(error) => {
                    unread += 1;
                    terminal.note(&format!("`{}` is left out: {error}", result.display()));
                    if unread == results.len() {
                        return Err(error);
                    }
                }
            }
        }
        Ok(())
    }

    /// Adds a result, unless it is among the runs already.
    fn add(
        &mut self,
        runs: &mut Vec<ComparedRun>,
        directory: &Path,
        (names, meant): (Option<RunNames>, Option<Meant<'_>>),
        data_roots: &[PathBuf],
    ) -> Result<(), ExecuteError> {
        let known = self.directories.iter().position(|other| other == directory);
        let mut run = match known {
            Some(place) => runs[place].clone(),
            None => {
                let mut finished = FinishedRun::open(directory)?;
                self.data_files.extend(finished.data_files(data_roots));
                if let Some(names) = names {
                    let published = finished.report.run.name.clone();
                    finished.report.rename(&names);
                    self.renamed = (published != names.name).then_some((published, names.name));
                }
                ComparedRun::new(&finished)?
            }
        };
        if let Some(Meant { claimed_as, varied, .. }) = meant {
            // A run that is a member of a sweep, too, has what the sweep varies.
            run.report.run.varied.extend(varied.iter().cloned());
            self.named.entry(claimed_as.to_owned()).or_default().runs.push(run.clone());
            if let Some(place) = known {
                runs[place] = run.clone();
            }
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
        (store, sets, data_roots, terminal): (&Store, &mut DataSets<'_>, &[PathBuf], &Terminal),
    ) -> Result<(), ExecuteError> {
        let stored = StoredRuns::of(store)?;
        let target: Target = argument.parse().unwrap_or(Target { file: argument.to_owned(), name: None });
        let (mut missing, mut unread) = (Vec::new(), None);
        let mut any = false;
        for means in meant(compilation, target.name.as_deref()) {
            let Meant { claimed_as, run, .. } = means;
            let meant = stored.meant_by((&run.name, &run.data, &run.run), folder_of(run, compilation), sets);
            if let Some(remark) = &meant.remark {
                terminal.note(remark);
            }
            let Some(result) = meant.result else {
                missing.push(run.name.as_str());
                self.named.entry(claimed_as.to_owned()).or_default().missing.push(run.name.clone());
                continue;
            };
            if let Some(place) = self.directories.iter().position(|other| *other == result.directory)
                && runs[place].name != run.name
            {
                terminal
                    .note(&format!("`{}` is the same run as `{}`, which stands for both", run.name, runs[place].name));
            }
            let names = RunNames::new(&run.name, (&run.model, &run.data), means.varied);
            match self.add(runs, &result.directory, (Some(names), Some(means)), data_roots) {
                Ok(()) => any = true,
                Err(error) => {
                    // One that cannot be read takes none of the others along.
                    terminal.note(&format!("`{}` is left out: {error}", run.name));
                    self.named.entry(claimed_as.to_owned()).or_default().missing.push(run.name.clone());
                    unread = Some(error);
                }
            }
        }
        if !any {
            return Err(unread.unwrap_or(ExecuteError::NoResult { path: PathBuf::from(argument) }));
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

/// Says how much of a store this version does not read.
fn note_older(store: &Path, terminal: &Terminal) {
    if let Ok(StoredRuns { runs, older: older @ 1.., .. }) = StoredRuns::of(&Store::new(store))
        && !runs.is_empty()
    {
        terminal.note(&format!(
            "{} in `{}` of an older form of store {} left out; run {} again to have {} here",
            crate::wording::counted(older, "result"),
            store.display(),
            if older == 1 { "is" } else { "are" },
            if older == 1 { "it" } else { "them" },
            if older == 1 { "it" } else { "them" },
        ));
    }
}

/// A run of a spec.
#[derive(Clone, Copy)]
struct Meant<'c> {
    /// The name that claims use of it.
    claimed_as: &'c str,
    run: &'c CompiledRun,
    /// What its sweep varies in it.
    varied: &'c [(String, String)],
}

/// The runs that a name means, or all of the file.
fn meant<'c>(compilation: &'c Compilation, name: Option<&str>) -> Vec<Meant<'c>> {
    let runs =
        compilation.runs.iter().map(|run| (run.name.as_str(), Meant { claimed_as: &run.name, run, varied: &[] }));
    let members = compilation.sweeps.iter().flat_map(|sweep| {
        let meant =
            |member: &'c SweepMember| Meant { claimed_as: &sweep.name, run: &member.run, varied: &member.varied };
        sweep.members.iter().map(move |member| (member.name.as_str(), meant(member)))
    });
    runs.chain(members)
        .filter(|(own, meant)| name.is_none_or(|name| name == meant.claimed_as || name == *own))
        .map(|(_, meant)| meant)
        .collect()
}

/// Compiles the file of a target and prints its errors.
fn compiled(argument: &str, terminal: &Terminal) -> Result<Compilation, Outcome> {
    let target: Target = argument.parse().map_err(|message: String| {
        terminal.error(&message);
        Outcome::Usage
    })?;
    let mut compilation = compile(&target.file, &FileSources::default(), target.name.as_deref(), &[]);
    compilation.place_weights(&absolute);
    let errors: Vec<_> = compilation
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == elbo_compiler::diagnostic::Severity::Error)
        .cloned()
        .collect();
    terminal.diagnostics(&errors, &compilation.sources, terminal.default_format());
    if compilation.has_errors() { Err(Outcome::Wrong) } else { Ok(compilation) }
}
