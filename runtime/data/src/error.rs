//! What can be wrong with data, each with the place, the problem and a fix.

use super::image_names::FORMATS;
use super::layout::Layout;
use elbo_compiler::ir::DataSource;
use elbo_machine::size;
use std::io;
use std::path::{Path, PathBuf};

/// A fault in data files, or a demand that the data cannot meet. `Display` names the place and the
/// problem, [`DataError::help`] the fix.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// No folder holds any file of the set.
    #[error("the data set `{set}` was not found; looked for {} in {}", listed(files), folders_listed(folders))]
    NotFound {
        /// The set's name in specs.
        set: &'static str,
        /// The files it consists of.
        files: Vec<String>,
        /// Where they were looked for.
        folders: Vec<PathBuf>,
    },
    /// The set's folder lacks files of one split.
    #[error("the {split} split of `{set}` is missing: there is no {} in `{}`", listed(files), folder.display())]
    MissingFiles {
        /// The set's name in specs.
        set: &'static str,
        /// `training` or `test`.
        split: &'static str,
        /// Where the other files are.
        folder: PathBuf,
        /// The files that are not there.
        files: Vec<String>,
    },
    /// A file or folder of one's own is nowhere.
    #[error(
        "cannot read `{}`: it is not there{}", path.display(),
        if others.is_empty() { String::new() } else { format!(", nor in {}", folders_listed(others)) }
    )]
    Absent {
        /// Where the spec says it is.
        path: PathBuf,
        /// Data roots it was looked for in, too.
        others: Vec<PathBuf>,
    },
    /// The operating system does not let the file be read.
    #[error("cannot read `{}`: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// More than memory holds.
    #[error("`{}` holds {} of content, and {}", path.display(), size(*needed), room_for_it(*available))]
    TooLarge {
        /// The file or folder.
        path: PathBuf,
        /// Bytes of memory that reading it takes.
        needed: u64,
        /// Bytes that the system can give, what it has given for it included; `None` where it says that there are
        /// enough and refuses all the same.
        available: Option<u64>,
    },
    /// A compressed file is damaged.
    #[error("`{}` is not a sound gzip file: {problem}", path.display())]
    Gzip {
        /// The file.
        path: PathBuf,
        /// What the decoder found.
        problem: String,
    },
    /// A file ends too early.
    #[error("`{}` is truncated: {expected} bytes of content expected, {found} found", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Bytes of (decompressed) content that its header calls for.
        expected: u64,
        /// Bytes that are there, or could be at most.
        found: u64,
    },
    /// A file goes on after its content.
    #[error("`{}` has trailing bytes after the {expected} that its header calls for", path.display())]
    Trailing {
        /// The file.
        path: PathBuf,
        /// Bytes of (decompressed) content that its header calls for.
        expected: u64,
    },
    /// A file's size is not a multiple of its records' size.
    #[error(
        "`{}` is truncated or has trailing bytes: {size} bytes are {} whole records of {record} bytes and {} bytes more",
        path.display(), size / record, size % record
    )]
    PartialRecord {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
        /// The size of a record in bytes.
        record: u64,
    },
    /// A file does not begin as its format demands.
    #[error("`{}` has the wrong magic number: {found:#010x}, not {expected:#010x} ({format})", path.display())]
    Magic {
        /// The file.
        path: PathBuf,
        /// What it should begin with.
        expected: u32,
        /// What it begins with.
        found: u32,
        /// What the expected number stands for.
        format: &'static str,
    },
    /// Images of another size.
    #[error(
        "`{}` holds images of {} × {} pixels, but those of `{set}` have {} × {}",
        path.display(), found[0], found[1], expected[0], expected[1]
    )]
    Dimensions {
        /// The file.
        path: PathBuf,
        /// The set's name in specs.
        set: &'static str,
        /// Rows and columns that the set has.
        expected: [usize; 2],
        /// Rows and columns that the file declares.
        found: [u32; 2],
    },
    /// A label beyond the classes.
    #[error(
        "`{}`: record {record} (counted from 0) has the {kind} {label}, but there are {classes} classes, 0 to {}",
        path.display(), classes - 1
    )]
    Label {
        /// The file.
        path: PathBuf,
        /// The record's place in the file, from 0.
        record: u64,
        /// `label` or `coarse label`.
        kind: &'static str,
        /// What stands there.
        label: u8,
        /// How many classes there are.
        classes: usize,
    },
    /// Two files that belong together differ in length.
    #[error(
        "`{}` holds {image_count} images, but `{}` holds {label_count} labels",
        images.display(), labels.display()
    )]
    Counts {
        /// The file of images.
        images: PathBuf,
        /// How many it has.
        image_count: u32,
        /// The file of labels.
        labels: PathBuf,
        /// How many it has.
        label_count: u32,
    },
    /// A file without examples.
    #[error("`{}` holds no examples", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The test examples are the training examples, byte for byte.
    #[error("`{}` holds the same bytes as the training data, `{}`", test.display(), training.display())]
    TestIsTraining {
        /// The file or folder of the training examples.
        training: PathBuf,
        /// That of the test examples.
        test: PathBuf,
    },
    /// `subset` asks for more than there is.
    #[error("`subset = {subset}` asks for {asked} training examples{}, but there are {available}", of_class(*class))]
    Subset {
        /// The subset as a spec writes it.
        subset: String,
        /// How many it asks for.
        asked: usize,
        /// Of which class, if of one.
        class: Option<u16>,
        /// How many there are.
        available: usize,
    },
    /// `subset` or `split` leaves a split without examples.
    #[error("the {split} split is empty: {reason}")]
    EmptySplit {
        /// `training` or `validation`.
        split: &'static str,
        /// How that came about.
        reason: String,
        /// What would have to be otherwise.
        decided_by: &'static str,
    },
    /// A target without variation cannot be scaled to unit deviation.
    #[error(
        "`targets = normalize()`: `{name}` is {value} in all of the training split, so its standard deviation is 0"
    )]
    ConstantTarget {
        /// The target.
        name: String,
        /// Its only value.
        value: f64,
    },
    /// A file of one's own does not hold what the spec says.
    #[error("`{}`{place}: {problem}", path.display())]
    Content {
        /// The file or folder.
        path: PathBuf,
        /// Where in it, such as `, line 3, column "age"`; empty for the whole.
        place: String,
        /// What is wrong.
        problem: String,
        /// What to do about it.
        help: String,
    },
    /// A transform or augmentation that images of this size cannot take.
    #[error("`{step}` cannot be applied to images of {} × {} pixels: {problem}", size[0], size[1])]
    Geometry {
        /// The step as a spec names it.
        step: &'static str,
        /// Rows and columns before it.
        size: [usize; 2],
        /// Why not.
        problem: String,
    },
    /// A set to score, which nothing can be trained on.
    #[error("`{set}` has a test split only, so no network can be trained on it")]
    TestSplitOnly {
        /// The set.
        set: &'static str,
    },
    /// The statistics of a finished run are not those of its transforms.
    #[error("the statistics that the run's report holds are not those its transforms need")]
    Statistics,
    /// A file that should hold an image does not.
    #[error("`{}` is no image that can be read: {problem}", path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Images of another set do not fit the network once transformed.
    #[error(
        "after the transforms, images of the other set have the shape {} and not that of the training images, {}",
        shape_listed(found),
        shape_listed(expected)
    )]
    Foreign {
        /// Channels, rows and columns of the run's own images.
        expected: [usize; 3],
        /// Those of the other set's.
        found: [usize; 3],
    },
}

impl DataError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::NotFound { set, .. } => format!(
                "{}put the official files into a folder and name it with `{set}(root=\"FOLDER\")` in the dataset, or set \
                 `ELBO_DATA` or `--data-root` to the folder above it",
                fetch_it(set)
            ),
            Self::MissingFiles { set, .. } => format!(
                "{}add the missing files of the official distribution of `{set}`, or point `root` at a complete folder",
                fetch_it(set)
            ),
            Self::Absent { .. } => "check its name, which is relative to the folder of the spec that names it; or set \
                                    `--data-root` or `ELBO_DATA` to the folder that it is relative to"
                .into(),
            Self::Unreadable { .. } => "check that it is a regular file and that you may read it".into(),
            Self::TooLarge { .. } => "use fewer examples, or a machine with more memory".into(),
            Self::Gzip { .. } | Self::Truncated { .. } | Self::Trailing { .. } | Self::PartialRecord { .. } => {
                "fetch the file again from its official source".into()
            }
            Self::Magic { found, .. } if found >> 16 == 0x1f8b => "it is compressed: let its name end in `.gz`".into(),
            Self::Magic { .. } | Self::Dimensions { .. } => {
                "check that the file belongs to this set, and fetch it again from its official source".into()
            }
            Self::Label { .. } => "check that the file belongs to this set, or fix the record".into(),
            Self::Counts { .. } => "fetch both files again from the same source".into(),
            Self::Empty { .. } => "put a file with at least one example in its place".into(),
            Self::TestIsTraining { .. } => {
                "test on examples that were not trained on; `test_share=0.2` in place of the file keeps a share of them"
                    .into()
            }
            Self::Subset { available, .. } => format!("ask for at most {available}, or leave `subset` out"),
            Self::EmptySplit { split: "validation", .. } => {
                "give validation a larger share, or none with `split = fraction(train=1.0)`".into()
            }
            Self::EmptySplit { split: "test", .. } => "use more examples, or another `test_share`".into(),
            Self::EmptySplit { split, decided_by, .. } => {
                format!("choose {decided_by} so that the {split} split has an example")
            }
            Self::ConstantTarget { .. } => "predict something that varies, or leave out `targets`".into(),
            Self::Content { help, .. } => help.clone(),
            Self::Geometry { .. } => "change its size, or the transforms before it".into(),
            Self::TestSplitOnly { set } => format!("train on another set, and list `{set}()` in the report's `ood`"),
            Self::Statistics => "run it again".into(),
            Self::Picture { .. } => format!("give {FORMATS} files"),
            Self::Foreign { .. } => {
                "choose a set whose images have as many channels, and a `resize` that gives every image one size".into()
            }
        }
    }
}

/// The command that gets a set, if there is one.
fn fetch_it(set: &str) -> String {
    let source = DataSource::ALL.into_iter().find(|source| source.name() == set);
    let fetched = source.and_then(Layout::of).is_some_and(|layout| layout.fetched);
    if fetched { format!("get it with `elbo data fetch {set}`; or ") } else { String::new() }
}

/// What there is for something that is too large.
fn room_for_it(available: Option<u64>) -> String {
    match available {
        Some(available) => format!("{} of memory is available", size(available)),
        None => "the system gives no memory for it".to_owned(),
    }
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn folders_listed(folders: &[PathBuf]) -> String {
    if folders.is_empty() {
        return "no folder, as none is configured".into();
    }
    folders.iter().map(|folder| format!("`{}`", folder.display())).collect::<Vec<_>>().join(", ")
}

fn of_class(class: Option<u16>) -> String {
    class.map_or_else(String::new, |class| format!(" of class {class}"))
}

fn shape_listed([channels, rows, columns]: &[usize; 3]) -> String {
    format!("image[{channels}, {rows}, {columns}]")
}

/// That a file became another between two readings.
pub(super) fn changed(path: &Path) -> DataError {
    DataError::Content {
        path: path.into(),
        place: String::new(),
        problem: "it was changed while it was read".into(),
        help: "run again once nothing writes to it".into(),
    }
}
