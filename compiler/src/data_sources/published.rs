//! The published data sets, with all that is known of them before files are opened.

use super::kind::{Declared, DeclaredSource, Origin, ReadSource, SourceKind};
use crate::ir::{Shape, Target};
use crate::signature::{Parameter, Signature};
use serde::{Deserialize, Serialize};

/// A known data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataSource {
    /// 1,797 optical digits of 8 × 8, embedded.
    Digits,
    /// MNIST (IDX files).
    Mnist,
    /// Fashion-MNIST (IDX files).
    FashionMnist,
    /// CIFAR-10 (binary version).
    Cifar10,
    /// CIFAR-100 with its 100 fine labels (binary version).
    Cifar100,
    /// notMNIST, the letters A to J (IDX files); a test split only.
    Notmnist,
}

/// What is known of a set.
struct Facts {
    /// Its name in specs and in the IR.
    name: &'static str,
    documentation: &'static str,
    /// The shape of one stored example.
    shape: Shape,
    training: TrainingExamples,
    /// Test examples; of notMNIST as it is distributed in MNIST's form.
    test: usize,
    /// What it shows that has a left and a right, so that no image may be mirrored.
    signs: Option<&'static str>,
    /// Whether it is part of the program, so that there are no files.
    is_embedded: bool,
}

/// Training examples of each class.
enum TrainingExamples {
    /// As many of each.
    Even { classes: usize, of_each: usize },
    /// By class.
    ByClass(&'static [usize]),
}

const GREY_28: Shape = Shape::Image { channels: 1, height: 28, width: 28 };
const COLOUR_32: Shape = Shape::Image { channels: 3, height: 32, width: 32 };

impl DataSource {
    /// Every source.
    pub const ALL: [Self; 6] =
        [Self::Digits, Self::Mnist, Self::FashionMnist, Self::Cifar10, Self::Cifar100, Self::Notmnist];

    const fn facts(self) -> &'static Facts {
        match self {
            Self::Digits => &Facts {
                name: "digits",
                documentation: "1,797 handwritten digits of 8 × 8, part of the program.",
                shape: Shape::Image { channels: 1, height: 8, width: 8 },
                training: TrainingExamples::ByClass(&[142, 146, 142, 146, 145, 146, 145, 143, 139, 144]),
                test: 359,
                signs: Some("digits"),
                is_embedded: true,
            },
            Self::Mnist => &Facts {
                name: "mnist",
                documentation: "60,000 handwritten digits of 28 × 28.",
                shape: GREY_28,
                training: TrainingExamples::ByClass(&[
                    5_923, 6_742, 5_958, 6_131, 5_842, 5_421, 5_918, 6_265, 5_851, 5_949,
                ]),
                test: 10_000,
                signs: Some("digits"),
                is_embedded: false,
            },
            Self::FashionMnist => &Facts {
                name: "fashion_mnist",
                documentation: "60,000 pieces of clothing of 28 × 28.",
                shape: GREY_28,
                training: TrainingExamples::Even { classes: 10, of_each: 6_000 },
                test: 10_000,
                signs: None,
                is_embedded: false,
            },
            Self::Cifar10 => &Facts {
                name: "cifar10",
                documentation: "50,000 colour images of 32 × 32 in 10 classes.",
                shape: COLOUR_32,
                training: TrainingExamples::Even { classes: 10, of_each: 5_000 },
                test: 10_000,
                signs: None,
                is_embedded: false,
            },
            Self::Cifar100 => &Facts {
                name: "cifar100",
                documentation: "50,000 colour images of 32 × 32 in 100 classes.",
                shape: COLOUR_32,
                training: TrainingExamples::Even { classes: 100, of_each: 500 },
                test: 10_000,
                signs: None,
                is_embedded: false,
            },
            Self::Notmnist => &Facts {
                name: "notmnist",
                documentation: "Letters A to J of 28 × 28; a test split only, for `ood`.",
                shape: GREY_28,
                training: TrainingExamples::Even { classes: 10, of_each: 0 },
                test: 10_000,
                signs: Some("letters"),
                is_embedded: false,
            },
        }
    }

    /// Its name in specs, such as `fashion_mnist`.
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// The shape of one stored example.
    pub const fn shape(self) -> Shape {
        self.facts().shape
    }

    /// How many classes its labels count.
    pub const fn classes(self) -> usize {
        match self.facts().training {
            TrainingExamples::Even { classes, .. } => classes,
            TrainingExamples::ByClass(examples) => examples.len(),
        }
    }

    /// How many training examples of each class the published set has; a file may hold other numbers.
    pub fn published_classes(self) -> Vec<usize> {
        match self.facts().training {
            TrainingExamples::Even { classes, of_each } => vec![of_each; classes],
            TrainingExamples::ByClass(examples) => examples.to_vec(),
        }
    }

    /// How many training examples the published set has.
    pub fn published_training_examples(self) -> usize {
        self.published_classes().iter().sum()
    }

    /// How many test examples the published set has.
    pub const fn published_test_examples(self) -> usize {
        self.facts().test
    }

    /// Whether it has examples to train on; without, it serves as data of another distribution.
    pub fn has_training_split(self) -> bool {
        self.published_training_examples() > 0
    }

    /// What it shows that has a left and a right, such as digits.
    pub const fn signs(self) -> Option<&'static str> {
        self.facts().signs
    }

    /// Whether it is part of the program.
    pub const fn is_embedded(self) -> bool {
        self.facts().is_embedded
    }
}

impl SourceKind for DataSource {
    fn name(&self) -> &'static str {
        Self::name(*self)
    }

    fn origin(&self) -> Origin {
        Origin::Published
    }

    fn holds_pictures(&self) -> bool {
        true
    }

    fn training_examples(&self) -> Option<Vec<usize>> {
        Some(self.published_classes())
    }

    fn test_examples(&self) -> Option<usize> {
        Some(self.published_test_examples())
    }
}

/// How each set is written, in the order of [`DataSource::ALL`].
pub(super) const fn declared() -> [Declared<DataSource>; DataSource::ALL.len()] {
    let mut all = [Declared { signature: Signature::constant("", ""), read }; DataSource::ALL.len()];
    let mut at = 0;
    while at < all.len() {
        let facts = DataSource::ALL[at].facts();
        let parameters: &[Parameter] = if facts.is_embedded {
            &[]
        } else {
            const { &[Parameter::text("root", "The folder the files lie in, relative to the spec.")] }
        };
        all[at].signature = Signature::optional(facts.name, facts.documentation, parameters);
        at += 1;
    }
    all
}

/// A published set, and the folder it is said to lie in.
pub(super) fn read(arguments: &dyn ReadSource) -> Option<DeclaredSource<DataSource>> {
    let set = DataSource::ALL.into_iter().find(|set| set.name() == arguments.function())?;
    let root =
        if set.is_embedded() { None } else { arguments.optional("root", |arguments, name| arguments.text(name))? };
    let (shape, target) = (set.shape(), Target::of_classes(set.classes()));
    Some(DeclaredSource { source: set, root, shape, target })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_have_the_names_of_the_ir() {
        for set in DataSource::ALL {
            assert_eq!(serde_json::to_value(set).expect("is a word"), set.name());
        }
        assert_eq!(DataSource::Cifar100.published_training_examples(), 50_000);
        assert_eq!(DataSource::Mnist.published_training_examples(), 60_000);
        assert_eq!(DataSource::Digits.published_training_examples(), 1_438);
        assert!(!DataSource::Notmnist.has_training_split());
    }
}
