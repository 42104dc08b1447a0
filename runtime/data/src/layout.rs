//! How published sets lie on disk.

use elbo_compiler::ir::DataSource;
use std::path::{Path, PathBuf};

/// How a data set lies on disk, under its publisher's file names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// The folder's name below a data root: ours, then the one the publisher's archive unpacks to, if
    /// that is another.
    pub folders: &'static [&'static str],
    /// The training split's files, in order; none if the set has a test split only.
    pub training: &'static [&'static str],
    /// The test split's files.
    pub test: &'static [&'static str],
    /// Whether the files may also be there compressed, with `.gz` after their names.
    pub compressible: bool,
    /// Whether `elbo data fetch` gets it.
    pub fetched: bool,
}

impl Layout {
    /// The layout of a set; `None` for one that is embedded in the program.
    pub const fn of(source: DataSource) -> Option<Self> {
        match source {
            DataSource::Digits => None,
            DataSource::Mnist => Some(Self { folders: &["mnist"], ..IDX }),
            DataSource::FashionMnist => Some(Self { folders: &["fashion-mnist"], ..IDX }),
            DataSource::Notmnist => Some(Self { folders: &["notmnist"], training: &[], fetched: false, ..IDX }),
            DataSource::Cifar10 => Some(Self {
                folders: &["cifar-10", "cifar-10-batches-bin"],
                training: &[
                    "data_batch_1.bin",
                    "data_batch_2.bin",
                    "data_batch_3.bin",
                    "data_batch_4.bin",
                    "data_batch_5.bin",
                ],
                test: &["test_batch.bin"],
                compressible: false,
                fetched: true,
            }),
            DataSource::Cifar100 => Some(Self {
                folders: &["cifar-100", "cifar-100-binary"],
                training: &["train.bin"],
                test: &["test.bin"],
                compressible: false,
                fetched: true,
            }),
        }
    }

    /// The file `name` in `folder`, if it is there, as it is or compressed. A link that leads nowhere
    /// counts as there, so that reading it tells what is wrong.
    pub fn find(&self, folder: &Path, name: &str) -> Option<PathBuf> {
        let plain = folder.join(name);
        let compressed = self.compressible.then(|| folder.join(format!("{name}.gz")));
        std::iter::once(plain).chain(compressed).find(|path| path.symlink_metadata().is_ok())
    }

    /// Every file, those of the training split first.
    pub fn files(&self) -> impl Iterator<Item = &'static str> {
        self.training.iter().chain(self.test).copied()
    }

    pub(super) fn shown(&self, name: &str) -> String {
        format!("{name}{}", if self.compressible { "[.gz]" } else { "" })
    }
}

const IDX: Layout = Layout {
    folders: &[],
    training: &["train-images-idx3-ubyte", "train-labels-idx1-ubyte"],
    test: &["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"],
    compressible: true,
    fetched: true,
};
