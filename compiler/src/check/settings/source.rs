//! `source = …`: where examples come from. Nothing is read here, so what files hold is declared in the spec, and checked
//! when they are opened.

use super::fit::elements;
use crate::check::Checker;
use crate::check::arguments::{Arguments, Call, Parameter, Signature};
use crate::check::bounds::Bounds;
use crate::check::environment::Environment;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::{
    CsvSource, DataSource, NpySource, Shape, Source, SyntheticKind, SyntheticSource, Target, TestExamples,
};
use crate::limits::MOST_NUMBERS_OF_AN_IMAGE;
use crate::vocabulary::names;
use elbo_grammar::ast::{Expression, ExpressionKind};

const CSV: Signature = Signature::optional(
    "csv",
    "A table: one line per example, names of columns in the first line.",
    &[
        Parameter::new("file", "The file, relative to the spec."),
        Parameter::new("target", "The column that is predicted, or a list."),
        Parameter::new("features", "The columns it is predicted from."),
        Parameter::new(
            "classes",
            "How many classes, or their names as they stand in the table; without it the targets are real numbers.",
        ),
        Parameter::new("test_file", "A table to test on."),
        Parameter::new("test_share", "Share that is tested on where no file is named.").default("0.2"),
        Parameter::new("separator", "What separates cells: one character, such as `\";\"` or `\"\\t\"`.")
            .default("\",\""),
        Parameter::new("decimal", "What separates whole numbers from fractions: `\".\"` or `\",\"`.").default("\".\""),
    ],
)
.required(3)
.positional(1);
const NPY: Signature = Signature::optional(
    "npy",
    "Arrays by `numpy.save`, examples along the first axis.",
    &[
        Parameter::new("images", "File of the inputs, relative to the spec."),
        Parameter::new("labels", "File of the labels or targets."),
        Parameter::new("shape", "Shape of one example: `n`, `[channels, length]` or `[channels, rows, columns]`."),
        Parameter::new("classes", "How many classes, or their names."),
        Parameter::new("targets", "How many real targets, in place of classes."),
        Parameter::new("test_images", "Inputs to test on."),
        Parameter::new("test_labels", "Their labels."),
        Parameter::new("test_share", "Share that is tested on where no files are named.").default("0.2"),
    ],
)
.required(3)
.positional(0);
const IMAGE_FOLDER: Signature = Signature::optional(
    "image_folder",
    "`train/CLASS/*.png` and `test/CLASS/*.png`, PNG, JPEG and other images.",
    &[
        Parameter::new("root", "The folder, relative to the spec."),
        Parameter::new("shape", "`[channels, rows, columns]`, of every image."),
        Parameter::new("classes", "How many classes, or their names in order."),
    ],
)
.required(3)
.positional(1);
const SYNTHETIC: Signature = Signature::optional(
    "synthetic",
    "Points that are made: `sine` or `cubic`.",
    &[
        Parameter::new("kind", "The function.").values(&[
            Signature::constant("sine", "y = sin x + noise·(x + 8)/12·ε, x in [−4, −1] and [1, 4]."),
            Signature::constant("cubic", "y = x³ + noise·ε, x in [−4, 4]."),
        ]),
        Parameter::new("n", "How many points.").default("200"),
        Parameter::new("noise", "Size of the noise; 0.3 for `sine`, 3 for `cubic`."),
        Parameter::new("seed", "Key of the noise.").default("0"),
    ],
)
.required(1)
.positional(1);

/// Sources of one's own: their content is declared in the spec, or made.
pub(super) const OWN: [Signature; 4] = [CSV, NPY, IMAGE_FOLDER, SYNTHETIC];

const fn published(source: DataSource, documentation: &'static str) -> Signature {
    let parameters: &[Parameter] = match source {
        DataSource::Digits => &[],
        _ => const { &[Parameter::new("root", "The folder the files lie in, relative to the spec.")] },
    };
    Signature::optional(source.name(), documentation, parameters)
}

/// Every source: the published sets in the order of [`DataSource::ALL`], then those of one's own.
pub(super) const SOURCES: &[Signature] = &[
    published(DataSource::ALL[0], "1,797 handwritten digits of 8 × 8, part of the program."),
    published(DataSource::ALL[1], "60,000 handwritten digits of 28 × 28."),
    published(DataSource::ALL[2], "60,000 pieces of clothing of 28 × 28."),
    published(DataSource::ALL[3], "50,000 colour images of 32 × 32 in 10 classes."),
    published(DataSource::ALL[4], "50,000 colour images of 32 × 32 in 100 classes."),
    published(DataSource::ALL[5], "Letters A to J of 28 × 28; a test split only, for `ood`."),
    OWN[0],
    OWN[1],
    OWN[2],
    OWN[3],
];

/// The share of the examples that is tested on where no file is named for that.
const DEFAULT_TEST_SHARE: f64 = 0.2;

/// The most classes there can be: labels are kept in 16 bits.
const MOST_CLASSES: i64 = 1 << 16;

/// The most points that are generated.
const MOST_GENERATED: i64 = 10_000_000;

/// A checked source with what the spec says of its content.
pub(super) struct DeclaredSource {
    pub source: Source,
    pub root: Option<String>,
    pub shape: Shape,
    pub target: Target,
}

impl Checker<'_> {
    /// Where examples come from.
    pub(super) fn declared_source(&self, expression: &Expression, environment: &Environment) -> Option<DeclaredSource> {
        let call = self.expect_call(expression, environment.source, "a source, such as `mnist()`,")?;
        match call.function.value.as_str() {
            name if name == CSV.name => self.csv(call, environment),
            name if name == NPY.name => self.npy(call, environment),
            name if name == IMAGE_FOLDER.name => self.image_folder(call, environment),
            name if name == SYNTHETIC.name => self.synthetic(call, environment),
            _ => {
                let (set, root) = self.published_set(call, environment)?;
                let target = Target::of_classes(set.classes());
                Some(DeclaredSource { source: Source::Set(set), root, shape: set.shape(), target })
            }
        }
    }

    /// A published set, and the folder it is said to lie in.
    pub(super) fn published_set(
        &self,
        call: Call<'_>,
        environment: &Environment,
    ) -> Option<(DataSource, Option<String>)> {
        let Some(source) = DataSource::ALL.into_iter().find(|source| source.name() == call.function.value) else {
            self.unknown_value(environment.source, call.function, "data source", names(SOURCES));
            return None;
        };
        if source == DataSource::Digits {
            return self.constant(call, environment, source.name(), (source, None));
        }
        let signature = published(source, "");
        let arguments = self.bind(call, environment.source, &signature)?;
        let root = match arguments.get("root") {
            Some(root) => Some(self.text(root, environment, "`root`")?),
            None => None,
        };
        Some((source, root))
    }

    fn csv(&self, call: Call<'_>, environment: &Environment) -> Option<DeclaredSource> {
        let arguments = self.bind(call, environment.source, &CSV)?;
        let file = self.text(arguments.get("file")?, environment, "`file`");
        let target = self.columns(arguments.get("target")?, environment, "`target`");
        let features = self.columns(arguments.get("features")?, environment, "`features`");
        let classes = arguments.get("classes").map(|classes| self.class_list(classes, environment));
        let test = match arguments.get("test_file") {
            Some(file) => self.text(file, environment, "`test_file`").map(TestExamples::Files),
            None => self.test_share(&arguments, environment).map(TestExamples::Share),
        };
        let both = self.either("test_file", "test_share", &arguments, call, environment);
        let separator = self.separator(&arguments, environment);
        let decimal = self.decimal(&arguments, environment);
        let (file, target, features, test) = (file?, target?, features?, test?);
        let (separator, decimal) = (separator?, decimal?);
        both.then_some(())?;
        if let (TestExamples::Files(test), Some(given)) = (&test, arguments.get("test_file")) {
            self.differs_from_training(test, &file, given, environment, "test_file").then_some(())?;
        }
        if let Some(column) = target.iter().find(|column| features.contains(column)) {
            let message = format!("`{column}` is both a feature and a target");
            self.error(
                Code::RepeatedArgument,
                environment.source,
                call.span,
                message,
                "would predict what it is given",
            );
            return None;
        }
        let shape = Shape::Vector { features: features.len() };
        let predicted = match classes {
            Some(classes) => {
                let classes = classes?;
                if target.len() != 1 {
                    let span = arguments.get("target")?.span;
                    let message = format!("classes stand in one column, and `target` names {}", target.len());
                    self.error(Code::OutOfRange, environment.source, span, message, "more than one column");
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
    fn separator(&self, arguments: &Arguments<'_>, environment: &Environment) -> Option<char> {
        let Some(given) = arguments.get("separator") else { return Some(',') };
        let text = self.text(given, environment, "`separator`")?;
        let is_separator =
            |sign: &char| *sign == '\t' || (sign.is_ascii_punctuation() && !"\"'.+-_".contains(*sign)) || *sign == ' ';
        match text.chars().next().filter(|sign| is_separator(sign) && text.chars().count() == 1) {
            Some(sign) => Some(sign),
            None => {
                let message = "`separator` is one character that no number holds, such as `\";\"` or `\"\\t\"`";
                self.error(Code::OutOfRange, environment.source, given.span, message, "not a separator of cells");
                None
            }
        }
    }

    /// What separates whole numbers from fractions in a table.
    fn decimal(&self, arguments: &Arguments<'_>, environment: &Environment) -> Option<char> {
        let Some(given) = arguments.get("decimal") else { return Some('.') };
        match self.text(given, environment, "`decimal`")?.as_str() {
            "." => Some('.'),
            "," => Some(','),
            _ => {
                let message = "`decimal` is `\".\"` or `\",\"`";
                self.error(Code::OutOfRange, environment.source, given.span, message, "does not separate fractions");
                None
            }
        }
    }

    fn npy(&self, call: Call<'_>, environment: &Environment) -> Option<DeclaredSource> {
        let arguments = self.bind(call, environment.source, &NPY)?;
        let text = |parameter: &str| match arguments.get(parameter) {
            Some(value) => self.text(value, environment, &format!("`{parameter}`")).map(Some),
            None => Some(None),
        };
        let (images, labels) = (text("images"), text("labels"));
        let (test_images, test_labels) = (text("test_images"), text("test_labels"));
        let shape = self.declared_shape(arguments.get("shape")?, environment);
        let missing = |parameter: &str, help: &str| {
            self.report(
                Diagnostic::new(
                    Code::MissingArgument,
                    format!("`npy` needs {parameter}"),
                    environment.source,
                    call.span,
                    format!("{parameter} is missing"),
                )
                .help(help),
            );
        };
        let test = match (test_images?, test_labels?) {
            (Some(images), Some(labels)) => TestExamples::Files([images, labels]),
            (None, None) => TestExamples::Share(self.test_share(&arguments, environment)?),
            (Some(_), None) => {
                missing("`test_labels`", "name the labels of `test_images`, too");
                return None;
            }
            (None, Some(_)) => {
                missing("`test_images`", "name the inputs that `test_labels` belong to");
                return None;
            }
        };
        self.either("test_images", "test_share", &arguments, call, environment).then_some(())?;
        self.either("classes", "targets", &arguments, call, environment).then_some(())?;
        let (images, labels) = (images??, labels??);
        if let (TestExamples::Files([test, _]), Some(given)) = (&test, arguments.get("test_images")) {
            self.differs_from_training(test, &images, given, environment, "test_images").then_some(())?;
        }
        let target = match (arguments.get("classes"), arguments.get("targets")) {
            (Some(classes), _) => self.class_list(classes, environment)?,
            (None, Some(targets)) => {
                let count = self.whole(targets, environment, "`targets`", 1..=4096)?;
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

    fn image_folder(&self, call: Call<'_>, environment: &Environment) -> Option<DeclaredSource> {
        let arguments = self.bind(call, environment.source, &IMAGE_FOLDER)?;
        let root = self.text(arguments.get("root")?, environment, "`root`");
        let given = arguments.get("shape")?;
        let shape = self.declared_shape(given, environment);
        let target = self.class_list(arguments.get("classes")?, environment);
        let (root, shape, target) = (root?, shape?, target?);
        if !matches!(shape, Shape::Image { channels: 1 | 3, .. }) {
            let message = format!("images of a folder have 1 or 3 channels, so `shape` cannot be {shape}");
            self.error(Code::OutOfRange, environment.source, given.span, message, "not the shape of a picture");
            return None;
        }
        Some(DeclaredSource { source: Source::ImageFolder, root: Some(root), shape, target })
    }

    fn synthetic(&self, call: Call<'_>, environment: &Environment) -> Option<DeclaredSource> {
        let arguments = self.bind(call, environment.source, &SYNTHETIC)?;
        let kind = self.choice(arguments.get("kind")?, environment, "`kind`", &SyntheticKind::ALL);
        let examples = match arguments.get("n") {
            Some(n) => self.whole(n, environment, "`n`", 1..=MOST_GENERATED),
            None => Some(200),
        };
        let seed = match arguments.get("seed") {
            Some(seed) => self.whole(seed, environment, "`seed`", 0..=i64::MAX),
            None => Some(0),
        };
        let noise = match arguments.get("noise") {
            Some(noise) => self.bounded(noise, environment, "`noise`", Bounds::NotNegative),
            None => kind.map(SyntheticKind::default_noise),
        };
        let synthetic =
            SyntheticSource { kind: kind?, examples: examples? as usize, noise: noise?, seed: seed? as u64 };
        Some(DeclaredSource {
            source: Source::Synthetic(synthetic),
            root: None,
            shape: Shape::Vector { features: 1 },
            target: Target::Values { names: vec!["y".to_owned()], normalize: false },
        })
    }

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

    /// The share that is tested on.
    fn test_share(&self, arguments: &Arguments<'_>, environment: &Environment) -> Option<f64> {
        let Some(given) = arguments.get("test_share") else { return Some(DEFAULT_TEST_SHARE) };
        let share = self.bounded(given, environment, "`test_share`", Bounds::Share)?;
        if share == 0.0 || share == 1.0 {
            let message = "`test_share` leaves nothing to test on, or nothing to train on";
            self.error(Code::OutOfRange, environment.source, given.span, message, "must be between 0 and 1");
            return None;
        }
        Some(share)
    }

    /// Whether at most one of two arguments is given.
    fn either(
        &self,
        first: &str,
        second: &str,
        arguments: &Arguments<'_>,
        call: Call<'_>,
        environment: &Environment,
    ) -> bool {
        let (Some(_), Some(other)) = (arguments.get(first), arguments.get(second)) else { return true };
        let name = &call.function.value;
        let message = format!("`{name}` takes `{first}` or `{second}`, not both");
        self.error(Code::TooManyArguments, environment.source, other.span, message, "one of them is too many");
        false
    }
}
