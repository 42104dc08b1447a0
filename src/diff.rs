//! `elbo diff`

use crate::finished::NamedRun;
use crate::outcome::Outcome;
use crate::project::Project;
use crate::session::{folder_of, report_error};
use crate::target::{Declaration, Target, compile_declaration};
use crate::terminal::Terminal;
use clap::ValueEnum;
use elbo_compiler::analysis::diff::{Difference, Side, compare, contents};
use elbo_compiler::ir::{Run, from_json, starting_files};
use elbo_compiler::render::comparison;
use elbo_runtime::execute::DataSets;
use elbo_runtime::finished::FinishedRun;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What `elbo diff` takes.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes are those of diff: 0 identical, 1 different, 2 could not be compared.\n\nExamples:\n  \
    elbo diff specs/alexnet.elbo#alexnet specs/alexnet.elbo#alexnet_bayes\n  \
    elbo diff specs/digits.elbo 3fab12"
)]
pub struct Arguments {
    /// A spec file with the name of a model or run, or a finished run by name, by the first digits of its key or by directory.
    #[arg(value_name = "A")]
    left: String,
    /// What it is compared with.
    #[arg(value_name = "B")]
    right: String,
    /// Where finished runs are kept [default: the project's store, else runs].
    #[arg(long, value_name = "FOLDER")]
    store: Option<PathBuf>,
    /// Where data is looked for first: runs are compared by the content of their files, too.
    #[arg(long, value_name = "FOLDER")]
    data_root: Option<PathBuf>,
    /// How the differences are printed.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
}

/// The forms of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
}

/// Compares and prints.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let sides = (declaration(arguments, &arguments.left, terminal), declaration(arguments, &arguments.right, terminal));
    // Both are looked at, so that both are diagnosed.
    let (Some(left), Some(right)) = sides else { return Outcome::Usage };
    let mut found = compare(left.side(), right.side());
    // Where the sources themselves differ, that is the difference.
    let of_source = |difference: &Difference| difference.place.starts_with("data.source");
    if !found.networks_only && !found.differences.iter().any(of_source) {
        match files_that_differ(&left, &right) {
            Ok(differing) => found.add(differing),
            Err(assumed) => terminal.note(&assumed),
        }
    }
    match arguments.format {
        Form::Text => terminal.text(&comparison::text(&found)),
        Form::Json => terminal.data(&comparison::json(&found)),
    }
    if found.differences.is_empty() { Outcome::Done } else { Outcome::Wrong }
}

/// What stands on one side.
enum Compared {
    Declared(Declaration, FilesOfRun),
    Finished(Box<Run>, Option<BTreeMap<String, String>>),
}

/// Where the files of a declared run are.
struct FilesOfRun {
    folder: PathBuf,
    data_roots: Vec<PathBuf>,
}

impl Compared {
    fn side(&self) -> Side<'_> {
        match self {
            Self::Declared(Declaration::Run(compiled), _) => Side::Run(&compiled.run),
            Self::Declared(Declaration::Model(compiled), _) => Side::Network(&compiled.network),
            Self::Finished(run, _) => Side::Run(run),
        }
    }

    /// SHA-256 of each file that a run reads, by name.
    ///
    /// # Errors
    /// Why that is not known.
    fn digests(&self) -> Result<BTreeMap<String, String>, String> {
        match self {
            Self::Declared(Declaration::Run(compiled), FilesOfRun { folder, data_roots }) => {
                let content = DataSets::new(data_roots).content(&compiled.run, folder);
                content.map(|content| content.digests()).map_err(|error| error.to_string())
            }
            Self::Declared(Declaration::Model(_), _) => Ok(BTreeMap::new()),
            Self::Finished(_, Some(digests)) => Ok(digests.clone()),
            Self::Finished(_, None) => Err("an unfinished run does not tell of its files".to_owned()),
        }
    }

    /// Where the files lie, as it is written: two sides that write the same read the same.
    fn places(&self) -> Option<String> {
        match self {
            Self::Declared(Declaration::Run(compiled), FilesOfRun { folder, data_roots }) => {
                let run = &compiled.run;
                let folder = folder.canonicalize().unwrap_or_else(|_| folder.clone());
                let (data, sets) = (&run.data, &run.report.out_of_distribution);
                let weights = starting_files(&run.network);
                // A published set without a folder of its own lies below the roots, wherever the spec is.
                let is_below_roots = data.root.is_none()
                    && data.source.set().is_some()
                    && weights.is_empty()
                    && sets.iter().all(|set| set.root.is_none());
                let folder = Some(folder).filter(|_| !is_below_roots);
                Some(format!("{folder:?} {data_roots:?} {:?} {:?} {sets:?} {weights:?}", data.source, data.root))
            }
            Self::Declared(Declaration::Model(_), _) | Self::Finished(..) => None,
        }
    }
}

/// The files that two runs read under the same settings and that hold something else.
///
/// # Errors
/// A sentence that says what is assumed, where files cannot be read.
fn files_that_differ(left: &Compared, right: &Compared) -> Result<Vec<Difference>, String> {
    if left.places().is_some_and(|places| Some(places) == right.places()) {
        return Ok(Vec::new());
    }
    let (left, right) = match (left.digests(), right.digests()) {
        (Ok(left), Ok(right)) => (left, right),
        (Err(problem), _) | (_, Err(problem)) => {
            return Err(format!(
                "that both sides read the same files is assumed, since not all can be read: {problem}"
            ));
        }
    };
    Ok(contents(&left, &right))
}

/// The run of a directory, of a name or of a key, or what a file declares.
fn declaration(arguments: &Arguments, text: &str, terminal: &Terminal) -> Option<Compared> {
    let path = Path::new(text);
    let target = text.parse::<Target>().ok().filter(|target| Path::new(&target.file).is_file());
    // A declaration is looked for in a file, so what looks like one is taken for one.
    if !path.is_dir() && (target.is_some() || text.contains('#') || text.ends_with(".elbo")) {
        return match text.parse::<Target>() {
            Ok(target) => {
                let project = Project::open(Path::new(&target.file), terminal).ok()?;
                let (compilation, found) = compile_declaration(&target, terminal)?;
                let folder = match &found {
                    Declaration::Run(run) => folder_of(run, &compilation).to_owned(),
                    Declaration::Model(_) => PathBuf::new(),
                };
                let data_roots = project.data_folders(arguments.data_root.as_deref());
                Some(Compared::Declared(found, FilesOfRun { folder, data_roots }))
            }
            Err(message) => {
                terminal.error(&message);
                None
            }
        };
    }
    // An attempt is no result, but says what it means.
    let attempt = path.join("ir.json");
    if attempt.is_file() && !path.join("training.json").is_file() {
        let read = std::fs::read_to_string(&attempt).map_err(|error| error.to_string());
        return match read.and_then(|text| from_json(&text).map_err(|error| error.to_string())) {
            Ok(run) => Some(Compared::Finished(Box::new(run), None)),
            Err(problem) => {
                terminal.error(&format!("`{}` cannot be read: {problem}", attempt.display()));
                None
            }
        };
    }
    let (store, data_root) = (arguments.store.clone(), arguments.data_root.clone());
    let located = NamedRun { run: text.to_owned(), store, data_root }.locate(terminal).ok()?;
    match FinishedRun::open(&located.directory) {
        Ok(finished) => {
            let digests = finished.report.run.data.digests.clone();
            Some(Compared::Finished(Box::new(finished.run), Some(digests)))
        }
        Err(error) => {
            report_error(&error, terminal);
            None
        }
    }
}
