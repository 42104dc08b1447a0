//! What can stop a run.

use super::StartError;
use crate::backend::BackendError;
use crate::data::DataError;
use crate::forecast::TooLarge;
use crate::output::OutputError;
use crate::report::ReportError;
use crate::store::{Identity, StoreError};
use crate::train::TrainError;
use elbo_compiler::ir::{Layer, Mark, Run, Transform, grouped};
use std::fmt;
use std::path::PathBuf;

/// A run that was told to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// What makes it this run.
    pub identity: Identity,
    /// The directory of the attempt.
    pub attempt: PathBuf,
    /// How far it had come.
    pub at: StoppedAt,
    /// What goes on from there.
    pub resumption: Resumption,
}

/// What goes on where a run was stopped. `Display` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resumption {
    /// The command that was stopped.
    SameCommand,
    /// The same without `--fresh`, which starts again.
    WithoutFresh,
    /// Nothing: what is done again by force takes no checkpoint.
    None,
}

impl Resumption {
    /// Of a run that was asked for with `--fresh` or with `--force`.
    pub const fn of(fresh: bool, force: bool) -> Self {
        match (fresh, force) {
            (_, true) => Self::None,
            (true, false) => Self::WithoutFresh,
            (false, false) => Self::SameCommand,
        }
    }
}

impl fmt::Display for Resumption {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::SameCommand => "the same command goes on from there",
            Self::WithoutFresh => "the same command without `--fresh` goes on from there",
            Self::None => "with `--force` the same command starts again from the beginning",
        })
    }
}

/// How far a run had come when it stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoppedAt {
    /// Nothing was trained yet.
    Beginning,
    /// It was being trained.
    Step {
        /// Steps taken.
        steps: u64,
        /// Steps of the whole training.
        of: u64,
    },
    /// It was being trained, and was ended at once: of that, what checkpoints hold is left.
    Training,
    /// It was being scored.
    Scoring,
}

impl fmt::Display for Stopped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.at.fmt(formatter)
    }
}

impl fmt::Display for StoppedAt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |steps: &u64| grouped(usize::try_from(*steps).unwrap_or(usize::MAX));
        match self {
            Self::Beginning => formatter.write_str("stopped before the first step"),
            Self::Step { steps, of } => write!(formatter, "stopped at step {} of {}", count(steps), count(of)),
            Self::Training => formatter.write_str("stopped while it was trained"),
            Self::Scoring => formatter.write_str("stopped while it was scored"),
        }
    }
}

/// What can stop a run. `Display` names the place and the problem, [`ExecuteError::help`] the fix.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecuteError {
    /// Data files.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Files that layers start from.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The network or the device.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// Training or scoring.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// It was told to stop, and can be resumed.
    #[error("{0}; {resumption}", resumption = .0.resumption)]
    Stopped(Box<Stopped>),
    /// More memory than there is.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file that the user named to be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A run that was planned with other data, or by a program that computes otherwise.
    #[error(
        "`{run}` is not the run that was planned: its data files changed, or this elbo computes otherwise; its identity \
         would be {found}, not {expected}"
    )]
    OtherIdentity {
        /// The run's name.
        run: String,
        /// What was planned.
        expected: Identity,
        /// What it would be.
        found: Identity,
    },
    /// The result of a run that was trained and scored could not be written.
    #[error("the result could not be published: {0}")]
    Unpublished(#[source] StoreError),
    /// A report that could not be read again.
    #[error("the report is not published, because nothing could read it: {problem}")]
    Unreportable {
        /// What is wrong with it; mostly a score that is no number.
        problem: String,
    },
    /// A path without a finished run.
    #[error("`{}` holds no finished run", path.display())]
    NoResult {
        /// The path.
        path: PathBuf,
    },
    /// A run of a spec without a result on its present files.
    #[error("`{run}` is not finished in the store `{}`", store.display())]
    NotFinished {
        /// The run.
        run: String,
        /// The store.
        store: PathBuf,
    },
    /// A store with several finished runs where one is meant.
    #[error("`{}` holds {count} finished runs, and one is meant", path.display())]
    SeveralResults {
        /// The store.
        path: PathBuf,
        /// How many it holds.
        count: usize,
    },
    /// A name or the beginning of a key that several runs have.
    #[error("`{text}` may mean any of {}:\n    {}", candidates.len(), candidates.join("\n    "))]
    AmbiguousRun {
        /// What was written.
        text: String,
        /// The runs, with what tells them apart.
        candidates: Vec<String>,
    },
    /// A name or the beginning of a key that no run has.
    #[error("no finished run in the store `{}` is called `{text}` or has a key that begins so{}", store.display(), listed(there, *older))]
    UnknownRun {
        /// What was written.
        text: String,
        /// The store.
        store: PathBuf,
        /// The runs that there are.
        there: Vec<String>,
        /// How many results there are of an older form.
        older: usize,
    },
    /// A run without `bayes` layers, or with one that cannot be drawn from so.
    #[error("`{run}` cannot be scored by that estimator: {}", no_estimator(layer.as_deref()))]
    NoEstimator {
        /// The run.
        run: String,
        /// The layer that local reparameterisation cannot draw from; `None` where there is none to draw from.
        layer: Option<String>,
    },
    /// Sets of other distributions for a run that nothing is told from.
    #[error("`{run}` cannot be scored on `{set}`: {}", no_other_sets(*of_values))]
    NoOtherSets {
        /// The run.
        run: String,
        /// The first of them.
        set: String,
        /// Whether the run predicts real numbers; otherwise its data holds no images.
        of_values: bool,
    },
    /// A run of another version of this program.
    #[error("`{}` was written by another version of elbo: {problem}", path.display())]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// Which versions.
        problem: String,
    },
    /// A run whose examples are no images was to be given some.
    #[error("`{run}` takes {found} and no images, which `{}` seems to be", path.display())]
    NoImages {
        /// The run's name.
        run: String,
        /// What it takes.
        found: String,
        /// The file.
        path: PathBuf,
    },
    /// Files of a form that the run's own data do not have.
    #[error("`{files}` cannot be scored by `{run}`, whose data come from `{source_name}`")]
    OtherForm {
        /// The run's name.
        run: String,
        /// What its data come from.
        source_name: &'static str,
        /// The files.
        files: String,
    },
    /// A set to score a run on that counts other classes.
    #[error("`{set}` has {found} classes, but `{run}` {}", told_apart(*expected))]
    OtherClasses {
        /// The set's name.
        set: &'static str,
        /// Its classes.
        found: usize,
        /// The run's name.
        run: String,
        /// Its classes, if it has any.
        expected: Option<usize>,
    },
    /// A data file is not the one that the run saw.
    #[error("`{file}` of `{set}` is not the file that the run was scored on: its SHA-256 is another")]
    OtherData {
        /// The set's name.
        set: &'static str,
        /// The file.
        file: String,
    },
    /// The report of an earlier run.
    #[error("`{}` cannot be used: {error}", path.display())]
    Report {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: ReportError,
    },
}

impl ExecuteError {
    /// The same for a run that is known: it is not told to do what it does.
    pub fn help_for(&self, run: &Run) -> Option<String> {
        let (Self::Backend(error) | Self::Train(TrainError::Backend(error))) = self else { return self.help() };
        let BackendError::NotFinite { .. } = error else { return self.help() };
        let mut helps = vec!["a lower learning rate"];
        if !run.data.transform.contains(&Transform::Normalize) {
            helps.push("`normalize()` in the dataset's transform");
        }
        let bayes = |layer: &Layer| matches!(layer.mark, Some(Mark::Bayes { .. }));
        if run.network.layers.iter().any(bayes) {
            helps.push("a posterior with a smaller standard deviation");
        }
        let last = helps.pop().unwrap_or_default();
        Some(match helps.as_slice() {
            [] => format!("{last} often helps"),
            [one] => format!("{one} or {last} often helps"),
            several => format!("{}, or {last} often help", several.join(", ")),
        })
    }

    /// What would fix it, where the message itself does not say.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Data(error) => Some(error.help().to_string()),
            Self::Start(error) => Some(error.help()),
            Self::Output(error) => Some(error.help()),
            Self::Backend(BackendError::NotFinite { .. })
            | Self::Train(TrainError::Backend(BackendError::NotFinite { .. })) => Some(
                "a lower learning rate, `normalize()` in the dataset's transform, or a posterior with a smaller standard \
                 deviation often help"
                    .to_owned(),
            ),
            Self::Backend(BackendError::DeviceLost { .. })
            | Self::Train(TrainError::Backend(BackendError::DeviceLost { .. })) => Some(
                "the same command goes on from the last checkpoint, if there is one; what the driver has to say is in the \
                 system's log"
                    .to_owned(),
            ),
            Self::Backend(BackendError::OutOfDeviceMemory { .. })
            | Self::Train(TrainError::Backend(BackendError::OutOfDeviceMemory { .. })) => Some(
                "a smaller `batch` needs less, for example `--set train.batch=32`; other programs may hold memory of the \
                 device, too"
                    .to_owned(),
            ),
            Self::Train(TrainError::Checkpoint(_) | TrainError::Record(_)) | Self::Unpublished(_) => Some(
                "the same command goes on from the last checkpoint, if there is one; with another `--store` the run \
                 starts again".to_owned(),
            ),
            Self::Store(StoreError::Gone { .. }) => Some("the same command starts it again".to_owned()),
            Self::Unreportable { .. } => Some(
                "a score that is no number comes of a training that diverged: a lower learning rate, or a posterior or prior of \
                 an ordinary standard deviation help; the weights are kept"
                    .to_owned(),
            ),
            Self::TooLarge(_) => Some(
                "a smaller `batch` needs less, for example `--set train.batch=32`; `--ignore-memory` begins the run all the same".to_owned(),
            ),
            Self::NoResult { .. } => {
                Some("name the directory that `elbo run` printed, a store, or a spec file whose runs are finished".to_owned())
            }
            Self::NotFinished { .. } => Some("`elbo run` with the same words does it; `--store` names another store".to_owned()),
            Self::OtherClasses { set, .. } => {
                Some(format!("as data of another distribution it can be scored: `--ood {set}`"))
            }
            Self::OtherData { .. } => Some("name the folder of the run's own files with `--data-root`".to_owned()),
            Self::NoImages { .. } => Some("save its examples as an array of numpy, in a file that ends in `.npy`".to_owned()),
            Self::SeveralResults { .. } => {
                Some("name the directory of one of them; `elbo report` lists what a store holds".to_owned())
            }
            Self::AmbiguousRun { .. } => Some(
                "write more digits of the key that a line begins with, its directory, or `FILE#RUN` for what a spec means".to_owned(),
            ),
            Self::UnknownRun { .. } => Some(
                "name a run as its spec does, `FILE#RUN`, the first digits of its key, or its directory; `--store` names another store".to_owned(),
            ),
            Self::NoEstimator { layer, .. } => Some(match layer {
                Some(_) => "`--estimator reparameterization` or `flipout` draw the weights".to_owned(),
                None => "leave `--estimator` out".to_owned(),
            }),
            Self::NoOtherSets { .. } => Some("leave `--ood` out".to_owned()),
            Self::OtherVersion { .. } => Some("run it again, or use the version that wrote it".to_owned()),
            Self::OtherForm { source_name: "csv", .. } => {
                Some("name a table with the columns of the run's own, features and targets".to_owned())
            }
            Self::OtherForm { .. } => Some(
                "name arrays of the run's shape, `INPUTS.npy,LABELS.npy`; images may be in a folder with a folder \
                 for each class"
                    .to_owned(),
            ),
            _ => None,
        }
    }

    /// Whether the store could not be written, which says nothing of the run: once that is fixed, it goes on. The
    /// folder of one attempt that somebody has removed says nothing of the others.
    pub fn is_of_the_store(&self) -> bool {
        match self {
            Self::Store(error) | Self::Unpublished(error) => {
                matches!(error, StoreError::Write { .. } | StoreError::NotWritable { .. })
            }
            Self::Train(error) => matches!(error, TrainError::Checkpoint(_) | TrainError::Record(_)),
            _ => false,
        }
    }

    /// Whether the folder of the attempt was removed in the midst of it.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Store(StoreError::Gone { .. }))
    }

    /// Whether nothing was wrong with the run, which goes on from its last checkpoint another time: its device was lost.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Backend(error) | Self::Train(TrainError::Backend(error)) => error.is_temporary(),
            _ => false,
        }
    }

    /// Whether it is a defect of this program, not of what it was given.
    pub fn is_internal(&self) -> bool {
        match self {
            Self::Backend(error) | Self::Train(TrainError::Backend(error)) => error.is_internal(),
            _ => false,
        }
    }
}

/// As many runs are listed.
const LISTED: usize = 10;

fn listed(there: &[String], older: usize) -> String {
    let mut text = match there.len() {
        0 => "; it has none".to_owned(),
        count => {
            let lines: Vec<&str> = there.iter().take(LISTED).map(String::as_str).collect();
            let more = if count > LISTED { format!("\n    and {} more", count - LISTED) } else { String::new() };
            format!("; it has\n    {}{more}", lines.join("\n    "))
        }
    };
    if older > 0 {
        text.push_str(&format!("\n    {older} of an older form of store, which must be run again"));
    }
    text
}

fn no_other_sets(of_values: bool) -> &'static str {
    if of_values {
        "out-of-distribution sets are told from the test split by scores over classes, and it predicts real numbers"
    } else {
        "out-of-distribution sets are made of images with pixels of 8 bits, and its data holds none; arrays and \
         tables have no range to draw from"
    }
}

fn no_estimator(layer: Option<&str>) -> String {
    layer.map_or_else(
        || "it has no `bayes` layer to draw from".to_owned(),
        |layer| format!("the prior of `{layer}` is a mixture, whose weights must be drawn"),
    )
}

fn told_apart(classes: Option<usize>) -> String {
    classes.map_or_else(|| "predicts real numbers".to_owned(), |classes| format!("tells {classes} apart"))
}
