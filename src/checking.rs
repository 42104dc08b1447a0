//! Checks many files at the same time.

use crate::data_warnings::check_with_data;
use crate::outcome::Outcome;
use crate::project::Project;
use crate::terminal::Terminal;
use elbo_compiler::sources::{CachedSources, Sources};
use elbo_compiler::{Findings, Group, check_group, groups};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayon::prelude::*;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What a check takes longer than before it shows a bar.
const PATIENCE: Duration = Duration::from_millis(700);

/// Each thread's stack: brackets nest 64 deep, and reading them takes calls within calls.
const STACK: usize = 16 << 20;

/// How many files are checked before what was found in them is gathered.
const GATHERED: usize = 128;

/// Checks `paths` on all processors, each file by itself. What is found does not depend on how many there are.
pub fn check_all(paths: &[String], sources: &dyn Sources, terminal: &Terminal) -> Findings {
    let sources = CachedSources::new(sources);
    let progress = Progress::new(paths.len(), terminal);
    let one = |group: &Group| {
        let findings = check_group(group, &sources);
        progress.step(group.files);
        findings
    };
    let groups = groups(paths, &sources);
    let pool = if groups.len() > 1 { rayon::ThreadPoolBuilder::new().stack_size(STACK).build().ok() } else { None };
    let mut gathered = Findings::default();
    // What was found holds the texts it is about, many of them again and again, so it is gathered as it comes.
    for groups in groups.chunks(GATHERED) {
        let parts: Vec<Findings> = match &pool {
            Some(pool) => pool.install(|| groups.par_iter().map(one).collect()),
            // One file needs no threads, and where there are none to be had, one does as well.
            None => groups.iter().map(one).collect(),
        };
        gathered = Findings::gather(std::iter::once(gathered).chain(parts));
    }
    progress.clear();
    gathered
}

/// Checks `paths` one by one and opens the data of their runs. Data that cannot be opened are errors, which have been
/// printed, each once; how many comes beside what was found in the files.
///
/// # Errors
/// How the command ends where an `elbo.toml` is wrong.
pub fn check_all_with_data(
    paths: &[String],
    sources: &dyn Sources,
    data_root: Option<&Path>,
    terminal: &Terminal,
) -> Result<(Findings, usize), Outcome> {
    let sources = CachedSources::new(sources);
    let (mut parts, mut said) = (Vec::new(), Vec::new());
    for path in paths {
        let roots = Project::open(Path::new(path), terminal)?.data_folders(data_root);
        let (findings, faults) = check_with_data(path, &sources, &roots);
        parts.push(findings);
        for (run, fault) in faults {
            let fault = format!("{fault}\n  help: {}", fault.help());
            if !said.contains(&fault) {
                terminal.error(&format!("the data of `{path}#{run}`: {fault}"));
                said.push(fault);
            }
        }
    }
    Ok((Findings::gather(parts), said.len()))
}

/// A bar that appears once a check turns out to take long.
struct Progress {
    bar: ProgressBar,
    start: Instant,
    waits: AtomicBool,
}

impl Progress {
    fn new(files: usize, terminal: &Terminal) -> Self {
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} files checked")
            .expect("the template is well formed")
            .progress_chars("━╸ ");
        let bar = ProgressBar::with_draw_target(Some(files as u64), ProgressDrawTarget::hidden()).with_style(style);
        Self { bar, start: Instant::now(), waits: AtomicBool::new(terminal.shows_progress()) }
    }

    fn step(&self, files: usize) {
        if self.start.elapsed() > PATIENCE && self.waits.swap(false, Ordering::Relaxed) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.inc(files as u64);
    }

    fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
