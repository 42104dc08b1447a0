//! `source = …`: where examples come from. Nothing is read here, so what files hold is declared in the spec, and
//! checked when they are opened.

use super::transform::elements;
use crate::bounds::Bounds;
use crate::check::Checker;
use crate::check::arguments::{Arguments, Parameter, Signature};
use crate::check::environment::Environment;
use crate::check::rows::{Reading, Row, Table, signatures};
use crate::check::values::Values;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::{
    CsvSource, DataSource, NpySource, Shape, Source, SyntheticKind, SyntheticSource, Target, TestExamples,
};
use crate::limits::MOST_NUMBERS_OF_AN_IMAGE;
use elbo_grammar::ast::{Expression, ExpressionKind};

/// The most classes there can be: labels are kept in 16 bits.
const MOST_CLASSES: i64 = 1 << 16;
/// The most points that are generated.
const MOST_GENERATED: i64 = 10_000_000;
/// The most real targets of arrays.
const MOST_TARGETS: i64 = 4096;

const CSV: Row<Reading<DeclaredSource>> = Row::new(
    Signature::optional(
        "csv",
        "A table: one line per example, names of columns in the first line.",
        &[
            Parameter::text("file", "The file, relative to the spec."),
            Parameter::new("target", "The column that is predicted, or a list."),
            Parameter::new("features", "The columns it is predicted from."),
            Parameter::new(
                "classes",
                "How many classes, or their names as they stand in the table; without it the targets are real numbers.",
            ),
            Parameter::text("test_file", "A table to test on."),
            Parameter::number("test_share", "Share that is tested on where no file is named.", Bounds::Share)
                .default("0.2"),
            Parameter::text("separator", "What separates cells: one character, such as `\";\"` or `\"\\t\"`.")
                .default("\",\""),
            Parameter::text("decimal", "What separates whole numbers from fractions: `\".\"` or `\",\"`.")
                .default("\".\""),
        ],
    )
    .required(3)
    .positional(1),
    csv,
);
const NPY: Row<Reading<DeclaredSource>> = Row::new(
    Signature::optional(
        "npy",
        "Arrays by `numpy.save`, examples along the first axis.",
        &[
            Parameter::text("images", "File of the inputs, relative to the spec."),
            Parameter::text("labels", "File of the labels or targets."),
            Parameter::new("shape", "Shape of one example: `n`, `[channels, length]` or `[channels, rows, columns]`."),
            Parameter::new("classes", "How many classes, or their names."),
            Parameter::whole("targets", "How many real targets, in place of classes.", 1, MOST_TARGETS),
            Parameter::text("test_images", "Inputs to test on."),
            Parameter::text("test_labels", "Their labels."),
            Parameter::number("test_share", "Share that is tested on where no files are named.", Bounds::Share)
                .default("0.2"),
        ],
    )
    .required(3)
    .positional(0),
    npy,
);
const IMAGE_FOLDER: Row<Reading<DeclaredSource>> = Row::new(
    Signature::optional(
        "image_folder",
        "`train/CLASS/*.png` and `test/CLASS/*.png`, PNG, JPEG and other images.",
        &[
            Parameter::text("root", "The folder, relative to the spec."),
            Parameter::new("shape", "`[channels, rows, columns]`, of every image."),
            Parameter::new("classes", "How many classes, or their names in order."),
        ],
    )
    .required(3)
    .positional(1),
    image_folder,
);
const SYNTHETIC: Row<Reading<DeclaredSource>> = Row::new(
    Signature::optional(
        "synthetic",
        "Points that are made: `sine` or `cubic`.",
        &[
            Parameter::new("kind", "The function.").values(&signatures(&SYNTHETIC_KINDS)),
            Parameter::whole("n", "How many points.", 1, MOST_GENERATED).default("200"),
            Parameter::number("noise", "Size of the noise; 0.3 for `sine`, 3 for `cubic`.", Bounds::NotNegative),
            Parameter::whole("seed", "Key of the noise.", 0, i64::MAX).default("0"),
        ],
    )
    .required(1)
    .positional(1),
    synthetic,
);
const SYNTHETIC_KINDS: [Row<SyntheticKind>; 2] = [
    Row::word("sine", "y = sin x + noise·(x + 8)/12·ε, x in [−4, −1] and [1, 4].", SyntheticKind::Sine),
    Row::word("cubic", "y = x³ + noise·ε, x in [−4, 4].", SyntheticKind::Cubic),
];

const fn published(source: DataSource, documentation: &'static str) -> Row<Reading<DeclaredSource>> {
    let parameters: &[Parameter] = match source {
        DataSource::Digits => &[],
        _ => const { &[Parameter::text("root", "The folder the files lie in, relative to the spec.")] },
    };
    Row::new(Signature::optional(source.name(), documentation, parameters), published_set)
}

/// The published sets, in the order of [`DataSource::ALL`].
const PUBLISHED: [Row<Reading<DeclaredSource>>; 6] = [
    published(DataSource::ALL[0], "1,797 handwritten digits of 8 × 8, part of the program."),
    published(DataSource::ALL[1], "60,000 handwritten digits of 28 × 28."),
    published(DataSource::ALL[2], "60,000 pieces of clothing of 28 × 28."),
    published(DataSource::ALL[3], "50,000 colour images of 32 × 32 in 10 classes."),
    published(DataSource::ALL[4], "50,000 colour images of 32 × 32 in 100 classes."),
    published(DataSource::ALL[5], "Letters A to J of 28 × 28; a test split only, for `ood`."),
];
pub(super) const PUBLISHED_VALUES: [Signature; 6] = signatures(&PUBLISHED);
/// Sources of one's own: their content is declared in the spec, or made.
const OWN_ROWS: [Row<Reading<DeclaredSource>>; 4] = [CSV, NPY, IMAGE_FOLDER, SYNTHETIC];
pub(super) const OWN: Table<DeclaredSource> = Table { rows: &OWN_ROWS, ..SOURCES };
const SOURCE_ROWS: [Row<Reading<DeclaredSource>>; 10] = [
    PUBLISHED[0],
    PUBLISHED[1],
    PUBLISHED[2],
    PUBLISHED[3],
    PUBLISHED[4],
    PUBLISHED[5],
    CSV,
    NPY,
    IMAGE_FOLDER,
    SYNTHETIC,
];
pub(super) const SOURCE_VALUES: &[Signature] = &signatures(&SOURCE_ROWS);
/// Every source.
pub(super) const SOURCES: Table<DeclaredSource> =
    Table { wanted: "a source, such as `mnist()`,", noun: "data source", rows: &SOURCE_ROWS };

/// A checked source with what the spec says of its content.
pub(super) struct DeclaredSource {
    pub source: Source,
    pub root: Option<String>,
    pub shape: Shape,
    pub target: Target,
}

impl Checker<'_> {
    /// Names of columns, each another and at least one.
    fn columns(&self, list: &Expression, environment: &Environment, what: &str) -> Option<Vec<String>> {
        let item = |item| self.text(item, environment, &format!("a column of {what}"));
        let columns: Vec<Option<String>> = self.items(list).iter().map(item).collect();
        let columns: Vec<String> = columns.into_iter().collect::<Option<_>>()?;
        if columns.is_empty() {
            let message = format!("{what} needs at least one column");
            self.error(Code::OutOfRange, environment.source, list.span, message, "names none");
            return None;
        }
        self.distinct(&columns, list, environment, what).then_some(columns)
    }

    /// Whether all names differ.
    fn distinct(&self, names: &[String], list: &Expression, environment: &Environment, what: &str) -> bool {
        let mut seen = std::collections::BTreeSet::new();
        let Some(again) = names.iter().find(|name| !seen.insert(name.as_str())) else { return true };
        let message = format!("{what} names `{again}` twice");
        self.error(Code::RepeatedArgument, environment.source, list.span, message, "named twice");
        false
    }

    /// `classes=10`, or the names of classes.
    fn class_list(&self, given: &Expression, environment: &Environment) -> Option<Target> {
        let ExpressionKind::List(items) = &given.kind else {
            let count = self.whole(given, environment, "`classes`", 2..=MOST_CLASSES)?;
            return Some(Target::of_classes(count as usize));
        };
        let names: Vec<Option<String>> =
            items.iter().map(|item| self.text(item, environment, "the name of a class")).collect();
        let names: Vec<String> = names.into_iter().collect::<Option<_>>()?;
        if names.len() < 2 || names.len() as i64 > MOST_CLASSES {
            let message = format!("there are 2 to {MOST_CLASSES} classes, and `classes` names {}", names.len());
            self.error(Code::OutOfRange, environment.source, given.span, message, "not a number of classes");
            return None;
        }
        self.distinct(&names, given, environment, "`classes`").then_some(())?;
        Some(Target::Classes { count: names.len(), names })
    }

    /// `shape=4`, `[4]`, `[channels, length]` or `[channels, rows, columns]`.
    fn declared_shape(&self, given: &Expression, environment: &Environment) -> Option<Shape> {
        let sizes: Vec<Option<usize>> =
            self.items(given).iter().map(|size| self.size(size, environment, "a size of `shape`", 1)).collect();
        let sizes: Vec<usize> = sizes.into_iter().collect::<Option<_>>()?;
        let shape = match sizes[..] {
            [features] => Shape::Vector { features },
            [channels, length] => Shape::Sequence { channels, length },
            [channels, height, width] => Shape::Image { channels, height, width },
            _ => {
                let message = format!("`shape` takes one to three sizes, not {}", sizes.len());
                let label = "not `[features]`, `[channels, length]` or `[channels, rows, columns]`";
                self.error(Code::WrongType, environment.source, given.span, message, label);
                return None;
            }
        };
        // One example is held in memory several times.
        if elements(shape).is_none_or(|elements| elements > MOST_NUMBERS_OF_AN_IMAGE) {
            let message = format!("examples of {shape} are too large to hold");
            self.error(Code::TooLarge, environment.source, given.span, message, "too large");
            return None;
        }
        Some(shape)
    }
}

/// A published set, and the folder it is said to lie in.
fn published_set(arguments: &Arguments<'_, '_>) -> Option<DeclaredSource> {
    let set = DataSource::ALL.into_iter().find(|set| set.name() == arguments.function)?;
    let root = match set {
        DataSource::Digits => None,
        DataSource::Mnist
        | DataSource::FashionMnist
        | DataSource::Cifar10
        | DataSource::Cifar100
        | DataSource::Notmnist => arguments.optional("root", Values::text)?,
    };
    let target = Target::of_classes(set.classes());
    Some(DeclaredSource { source: Source::Set(set), root, shape: set.shape(), target })
}

fn csv(arguments: &Arguments<'_, '_>) -> Option<DeclaredSource> {
    let (checker, (place, span)) = (arguments.checker, arguments.place);
    let columns = |name: &str| {
        let what = format!("`{name}`");
        arguments.read(name, |list, environment| checker.columns(list, environment, &what))
    };
    let file = arguments.text("file");
    let (target, features) = (columns("target"), columns("features"));
    let classes = arguments.optional("classes", classes);
    let test = match arguments.optional("test_file", Values::text) {
        Some(Some(file)) => Some(TestExamples::Files(file)),
        Some(None) => test_share(arguments).map(TestExamples::Share),
        None => None,
    };
    let both = either(arguments, "test_file", "test_share");
    let (separator, decimal) = (separator(arguments), decimal(arguments));
    let (file, target, features, test) = (file?, target?, features?, test?);
    let (separator, decimal) = (separator?, decimal?);
    both.then_some(())?;
    if let (TestExamples::Files(test), Some(given)) = (&test, arguments.get("test_file")) {
        checker.differs_from_training(test, &file, (place, given.span), "test_file").then_some(())?;
    }
    if let Some(column) = target.iter().find(|column| features.contains(column)) {
        let message = format!("`{column}` is both a feature and a target");
        checker.error(Code::RepeatedArgument, place, span, message, "would predict what it is given");
        return None;
    }
    let shape = Shape::Vector { features: features.len() };
    let predicted = match classes? {
        Some(classes) => {
            if target.len() != 1 {
                let span = arguments.get("target")?.span;
                let message = format!("classes stand in one column, and `target` names {}", target.len());
                checker.error(Code::OutOfRange, place, span, message, "more than one column");
                return None;
            }
            classes
        }
        None => Target::Values { names: target.clone(), normalize: false },
    };
    let source = Source::Csv(CsvSource { file, features, target, test, separator, decimal });
    Some(DeclaredSource { source, root: None, shape, target: predicted })
}

/// What separates the cells of a table.
fn separator(arguments: &Arguments<'_, '_>) -> Option<char> {
    let text = arguments.text("separator")?;
    let is_separator =
        |sign: &char| *sign == '\t' || (sign.is_ascii_punctuation() && !"\"'.+-_".contains(*sign)) || *sign == ' ';
    let sign = text.chars().next().filter(|sign| is_separator(sign) && text.chars().count() == 1);
    if sign.is_none() {
        let message = "`separator` is one character that no number holds, such as `\";\"` or `\"\\t\"`";
        let (source, span) = arguments.place_of("separator");
        arguments.checker.error(Code::OutOfRange, source, span, message, "not a separator of cells");
    }
    sign
}

/// What separates whole numbers from fractions in a table.
fn decimal(arguments: &Arguments<'_, '_>) -> Option<char> {
    match arguments.text("decimal")?.as_str() {
        "." => Some('.'),
        "," => Some(','),
        _ => {
            let message = "`decimal` is `\".\"` or `\",\"`";
            let (source, span) = arguments.place_of("decimal");
            arguments.checker.error(Code::OutOfRange, source, span, message, "does not separate fractions");
            None
        }
    }
}

fn npy(arguments: &Arguments<'_, '_>) -> Option<DeclaredSource> {
    let (images, labels) = (arguments.text("images"), arguments.text("labels"));
    let test_images = arguments.optional("test_images", Values::text);
    let test_labels = arguments.optional("test_labels", Values::text);
    let shape = declared_shape(arguments);
    let missing = |parameter: &str, help: &str| {
        let (source, span) = arguments.place;
        let message = format!("`npy` needs {parameter}");
        let diagnostic =
            Diagnostic::new(Code::MissingArgument, message, source, span, format!("{parameter} is missing"));
        arguments.checker.report(diagnostic.help(help));
    };
    let test = match (test_images?, test_labels?) {
        (Some(images), Some(labels)) => TestExamples::Files([images, labels]),
        (None, None) => TestExamples::Share(test_share(arguments)?),
        (Some(_), None) => {
            missing("`test_labels`", "name the labels of `test_images`, too");
            return None;
        }
        (None, Some(_)) => {
            missing("`test_images`", "name the inputs that `test_labels` belong to");
            return None;
        }
    };
    either(arguments, "test_images", "test_share").then_some(())?;
    either(arguments, "classes", "targets").then_some(())?;
    let (images, labels) = (images?, labels?);
    if let (TestExamples::Files([test, _]), Some(given)) = (&test, arguments.get("test_images")) {
        let place = (arguments.place.0, given.span);
        arguments.checker.differs_from_training(test, &images, place, "test_images").then_some(())?;
    }
    let target = match (arguments.get("classes"), arguments.get("targets")) {
        (Some(_), _) => classes(arguments, "classes")?,
        (None, Some(_)) => {
            let count = arguments.whole("targets")?;
            Target::Values { names: (0..count).map(|target| format!("target{target}")).collect(), normalize: false }
        }
        (None, None) => {
            missing("`classes` or `targets`", "write `classes=10` for classes, or `targets=1` for real numbers");
            return None;
        }
    };
    let source = Source::Npy(NpySource { files: [images, labels], test });
    Some(DeclaredSource { source, root: None, shape: shape?, target })
}

fn image_folder(arguments: &Arguments<'_, '_>) -> Option<DeclaredSource> {
    let (root, shape, target) = (arguments.text("root"), declared_shape(arguments), classes(arguments, "classes"));
    let (root, shape, target) = (root?, shape?, target?);
    if !matches!(shape, Shape::Image { channels: 1 | 3, .. }) {
        let (source, span) = arguments.place_of("shape");
        let message = format!("images of a folder have 1 or 3 channels, so `shape` cannot be {shape}");
        arguments.checker.error(Code::OutOfRange, source, span, message, "not the shape of a picture");
        return None;
    }
    Some(DeclaredSource { source: Source::ImageFolder, root: Some(root), shape, target })
}

fn synthetic(arguments: &Arguments<'_, '_>) -> Option<DeclaredSource> {
    let kind = arguments.word("kind", &SYNTHETIC_KINDS);
    let (examples, seed) = (arguments.size("n"), arguments.whole("seed"));
    let noise = arguments.optional("noise", Values::number);
    let kind = kind?;
    let noise = noise?.unwrap_or_else(|| kind.default_noise());
    let synthetic = SyntheticSource { kind, examples: examples?, noise, seed: seed? as u64 };
    Some(DeclaredSource {
        source: Source::Synthetic(synthetic),
        root: None,
        shape: Shape::Vector { features: 1 },
        target: Target::Values { names: vec!["y".to_owned()], normalize: false },
    })
}

/// The classes of a source.
fn classes(values: &Values<'_, '_>, name: &str) -> Option<Target> {
    values.read(name, |given, environment| values.checker.class_list(given, environment))
}

/// The shape of one example.
fn declared_shape(arguments: &Arguments<'_, '_>) -> Option<Shape> {
    arguments.read("shape", |given, environment| arguments.checker.declared_shape(given, environment))
}

/// The share that is tested on.
fn test_share(arguments: &Arguments<'_, '_>) -> Option<f64> {
    let share = arguments.number("test_share")?;
    if share == 0.0 || share == 1.0 {
        let message = "`test_share` leaves nothing to test on, or nothing to train on";
        let (source, span) = arguments.place_of("test_share");
        arguments.checker.error(Code::OutOfRange, source, span, message, "must be between 0 and 1");
        return None;
    }
    Some(share)
}

/// Whether at most one of two arguments is given.
fn either(arguments: &Arguments<'_, '_>, first: &str, second: &str) -> bool {
    let (Some(_), Some(other)) = (arguments.get(first), arguments.get(second)) else { return true };
    let message = format!("`{}` takes `{first}` or `{second}`, not both", arguments.function);
    let source = arguments.place.0;
    arguments.checker.error(Code::TooManyArguments, source, other.span, message, "one of them is too many");
    false
}
