//! `elbo data`

use crate::fetching::Fetching;
use crate::outcome::Outcome;
use crate::project::Project;
use crate::terminal::Terminal;
use crate::wording::counted;
use elbo_compiler::ir::DataSource;
use elbo_runtime::fetch::{
    FetchError, FetchOptions, Mirror, Published, Standing, State, Verified, fetch, standing, verify,
};
use elbo_runtime::forecast::size;
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

/// What `elbo data` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  elbo data list\n  elbo data fetch mnist fashion_mnist\n  elbo data verify")]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show the data sets, where they were found and what is missing.
    List(Searched),
    /// Bring data sets from their publishers, checked, into the layout that is read.
    ///
    /// Files that are there as published stay. A download that ends early is kept as NAME.part and goes on the next time.
    #[command(after_help = "Examples:\n  elbo data fetch mnist\n  elbo data fetch --all --to ~/data\n  \
        elbo data fetch cifar10 --mirror file:///srv/data   # has cifar-10/cifar-10-binary.tar.gz")]
    Fetch(Fetch),
    /// Compare the files that are there with what was published.
    ///
    /// Exit code 1 if a file is damaged, or if one of a named set is missing.
    Verify(Searched),
}

/// Sets, and where they are looked for.
#[derive(Debug, clap::Args)]
struct Searched {
    /// The data sets, such as `cifar10` [default: all].
    #[arg(value_name = "SETS", value_parser = parse_data_source)]
    sets: Vec<DataSource>,
    /// Where data is looked for first.
    #[arg(long, value_name = "FOLDER")]
    data_root: Option<PathBuf>,
}

/// What `elbo data fetch` takes.
#[derive(Debug, clap::Args)]
struct Fetch {
    /// The data sets, such as `cifar10`.
    #[arg(value_name = "SETS", value_parser = parse_data_source, required_unless_present = "all")]
    sets: Vec<DataSource>,
    /// Every set that can be fetched.
    #[arg(long, conflicts_with = "sets")]
    all: bool,
    /// The folder below which each set gets its own [default: the first data root, which `elbo doctor` names].
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    /// Take the files from here, as URL/mnist/train-images-idx3-ubyte.gz [default: `mirror` of elbo.toml, else their publishers].
    #[arg(long, value_name = "URL")]
    mirror: Option<String>,
    /// Give up a connection on which nothing comes for this many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

/// A data set by its name in specs.
pub fn parse_data_source(text: &str) -> Result<DataSource, String> {
    let known = || DataSource::ALL.map(DataSource::name).join(", ");
    DataSource::ALL.into_iter().find(|source| source.name() == text).ok_or_else(|| format!("data sets are {}", known()))
}

/// Lists, fetches or verifies.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let project = match Project::here(terminal) {
        Ok(project) => project,
        Err(outcome) => return outcome,
    };
    match &arguments.action {
        Action::List(searched) => list(searched, &project, terminal),
        Action::Fetch(arguments) => fetch_sets(arguments, &project, terminal),
        Action::Verify(searched) => verify_sets(searched, &project, terminal),
    }
}

impl Searched {
    fn sets(&self) -> Vec<DataSource> {
        if self.sets.is_empty() { DataSource::ALL.to_vec() } else { self.sets.clone() }
    }
}

fn list(searched: &Searched, project: &Project, terminal: &Terminal) -> Outcome {
    let roots = project.data_folders(searched.data_root.as_deref());
    let mut text = format!("{:<14} {:>9}  where\n", "set", "download");
    for source in searched.sets() {
        let standing = standing(source, &roots);
        let download = standing.download.map_or_else(|| "-".to_owned(), size);
        let _ = writeln!(text, "{:<14} {download:>9}  {}", source.name(), place(&standing));
    }
    terminal.text(&text);
    Outcome::Done
}

fn place(standing: &Standing) -> String {
    let missing = || standing.missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match &standing.folder {
        None if standing.embedded => "embedded".to_owned(),
        None if standing.download.is_some() => format!("not there: `elbo data fetch {}`", standing.source.name()),
        None => "not there, and not to be fetched".to_owned(),
        Some(folder) if standing.missing.is_empty() => folder.display().to_string(),
        Some(folder) => format!("{}, without {}", folder.display(), missing()),
    }
}

fn fetch_sets(arguments: &Fetch, project: &Project, terminal: &Terminal) -> Outcome {
    let first_root = || project.data_folders(None).into_iter().next();
    let Some(root) = arguments.to.clone().or_else(first_root) else {
        terminal.error("this platform names no data folder\n  help: choose one with `--to FOLDER`, or set `ELBO_DATA`");
        return Outcome::Usage;
    };
    let timeout = Duration::from_secs(arguments.timeout);
    // Not read by the parser of arguments, which would print what is wrong with all that is secret in it.
    let mirror = match arguments.mirror.as_deref().map(str::parse::<Mirror>).transpose() {
        Ok(mirror) => project.mirror(mirror.as_ref()),
        Err(error) => {
            terminal.error(&error.to_string());
            return Outcome::Usage;
        }
    };
    let options = FetchOptions { mirror, connect: timeout, stall: timeout, ..FetchOptions::default() };
    let all = || DataSource::ALL.into_iter().filter(|source| Published::of(*source).is_some()).collect();
    let sets: Vec<DataSource> = if arguments.all { all() } else { arguments.sets.clone() };
    let mut outcome = Outcome::Done;
    for source in sets {
        let mut fetching = Fetching::new(terminal);
        let fetched = match Published::of(source) {
            Some(published) => fetch(published, &root, &options, &mut fetching),
            None => Err(FetchError::NotPublished { set: source }),
        };
        fetching.clear();
        match fetched {
            Ok(fetched) => {
                let done = match fetched.downloads {
                    0 => "is there as published".to_owned(),
                    count => format!("is there now, {} fetched", counted(count, "file")),
                };
                terminal.note(&format!("{} {done}:", source.name()));
                terminal.name(&fetched.folder.display().to_string());
            }
            Err(error) => {
                terminal.error(&format!("{error}\n  help: {}", error.help()));
                outcome = Outcome::Wrong;
            }
        }
    }
    outcome
}

fn verify_sets(searched: &Searched, project: &Project, terminal: &Terminal) -> Outcome {
    let roots = project.data_folders(searched.data_root.as_deref());
    let mut outcome = Outcome::Done;
    for source in searched.sets() {
        let verified = verify(source, &roots);
        let named = !searched.sets.is_empty();
        if verified.is_damaged() || named && verified.is_incomplete() {
            outcome = Outcome::Wrong;
        }
        terminal.text(&described(&verified));
    }
    outcome
}

fn described(verified: &Verified) -> String {
    let name = verified.source.name();
    let Some(folder) = &verified.folder else {
        let place = if verified.files.is_empty() { "embedded" } else { "not there" };
        return format!("{name}: {place}\n");
    };
    let mut text = format!("{name} in {}\n", folder.display());
    for file in &verified.files {
        let (state, problem) = match &file.state {
            State::Sound => ("sound", String::new()),
            State::Readable => ("readable", ": nothing is published to compare it with".to_owned()),
            State::Damaged(problem) => ("damaged", format!(": {problem}")),
            State::Missing => ("missing", String::new()),
        };
        let file_name = file.path.file_name().unwrap_or_default().to_string_lossy();
        let _ = writeln!(text, "  {state:<8}  {file_name}{problem}");
    }
    text
}
