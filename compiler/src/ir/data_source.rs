//! The published data sets.

use super::Shape;
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

impl DataSource {
    /// Every source.
    pub const ALL: [Self; 6] =
        [Self::Digits, Self::Mnist, Self::FashionMnist, Self::Cifar10, Self::Cifar100, Self::Notmnist];

    /// Its name in specs, such as `fashion_mnist`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::Mnist => "mnist",
            Self::FashionMnist => "fashion_mnist",
            Self::Cifar10 => "cifar10",
            Self::Cifar100 => "cifar100",
            Self::Notmnist => "notmnist",
        }
    }

    /// The shape of one stored example.
    pub const fn shape(self) -> Shape {
        match self {
            Self::Digits => Shape::Image { channels: 1, height: 8, width: 8 },
            Self::Mnist | Self::FashionMnist | Self::Notmnist => Shape::Image { channels: 1, height: 28, width: 28 },
            Self::Cifar10 | Self::Cifar100 => Shape::Image { channels: 3, height: 32, width: 32 },
        }
    }

    /// How many classes its labels count.
    pub const fn classes(self) -> usize {
        match self {
            Self::Cifar100 => 100,
            _ => 10,
        }
    }

    /// How many training examples the published set has; a file may hold another number.
    pub const fn published_training_examples(self) -> usize {
        match self {
            Self::Digits => 1_438,
            Self::Mnist | Self::FashionMnist => 60_000,
            Self::Cifar10 | Self::Cifar100 => 50_000,
            Self::Notmnist => 0,
        }
    }

    /// Whether it has examples to train on; without, it serves as data of another distribution.
    pub const fn has_training_split(self) -> bool {
        !matches!(self, Self::Notmnist)
    }
}
