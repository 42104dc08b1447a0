//! How many examples a run trains on: the arithmetic of `subset` and `split`.

use crate::ir::{Data, DataSource, Source, Split, Subset};

/// ⌊n·share + ½⌋, at most `count`: how every share of examples is rounded.
pub fn rounded_share(count: usize, share: f64) -> usize {
    ((count as f64 * share + 0.5).floor() as usize).min(count)
}

/// How the training examples of a source become those of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExampleCounts {
    /// What the source has.
    pub available: usize,
    /// What `subset` leaves of them.
    pub chosen: usize,
    /// What `split` takes away for validation.
    pub validation: usize,
    /// What is left for training: N.
    pub training: usize,
}

impl ExampleCounts {
    /// The counts of a source with this many training examples of each class. `None` where `subset` asks for
    /// more than there are.
    pub fn new(subset: Subset, split: Split, classes: &[usize]) -> Option<Self> {
        let available = classes.iter().try_fold(0_usize, |sum, count| sum.checked_add(*count))?;
        let chosen = match subset {
            Subset::All => available,
            Subset::First(n) if n <= available => n,
            Subset::PerClass(n) if classes.iter().all(|count| n <= *count) => n * classes.len(),
            Subset::First(_) | Subset::PerClass(_) => return None,
            Subset::Fraction(share) => classes.iter().map(|count| rounded_share(*count, share)).sum(),
        };
        let validation = rounded_share(chosen, split.validation);
        Some(Self { available, chosen, validation, training: chosen - validation })
    }

    /// The counts as far as they are known before files are opened: those of a published set, if the files hold it, and
    /// of what is generated.
    pub fn published(data: &Data) -> Option<Self> {
        let classes = match &data.source {
            Source::Set(set) => published_classes(*set),
            Source::Synthetic(synthetic) => vec![synthetic.examples],
            Source::Csv(_) | Source::Npy(_) | Source::ImageFolder => return None,
        };
        Self::new(data.subset, data.split, &classes)
    }
}

/// How many training examples of each class the published set has.
pub fn published_classes(source: DataSource) -> Vec<usize> {
    match source {
        DataSource::Digits => vec![142, 146, 142, 146, 145, 146, 145, 143, 139, 144],
        DataSource::Mnist => vec![5_923, 6_742, 5_958, 6_131, 5_842, 5_421, 5_918, 6_265, 5_851, 5_949],
        // The others hold as many of each class.
        DataSource::FashionMnist | DataSource::Cifar10 | DataSource::Cifar100 | DataSource::Notmnist => {
            vec![source.published_training_examples() / source.classes(); source.classes()]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Split = Split { train: 1.0, validation: 0.0 };

    #[test]
    fn the_classes_of_a_published_set_sum_to_its_size() {
        for source in DataSource::ALL {
            let classes = published_classes(source);
            assert_eq!(classes.iter().sum::<usize>(), source.published_training_examples(), "{}", source.name());
            assert_eq!(classes.len(), source.classes());
        }
    }

    #[test]
    fn subset_and_split_are_rounded_as_documented() {
        let tenth = Split { train: 0.9, validation: 0.1 };
        let mnist = published_classes(DataSource::Mnist);
        let digits = published_classes(DataSource::Digits);
        for (subset, split, classes, expected) in [
            (Subset::All, tenth, &mnist, (60_000, 6_000, 54_000)),
            (Subset::All, tenth, &digits, (1_438, 144, 1_294)),
            (Subset::First(1_005), tenth, &mnist, (1_005, 101, 904)),
            (Subset::PerClass(100), WHOLE, &mnist, (1_000, 0, 1_000)),
            // 14, 15, 14, 15, 15, 15, 15, 14, 14 and 14.
            (Subset::Fraction(0.1), WHOLE, &digits, (145, 0, 145)),
        ] {
            let counts = ExampleCounts::new(subset, split, classes).expect("there are enough");
            assert_eq!((counts.chosen, counts.validation, counts.training), expected, "{subset:?}");
        }
        assert_eq!(ExampleCounts::new(Subset::First(60_001), WHOLE, &mnist), None);
        assert_eq!(ExampleCounts::new(Subset::PerClass(5_422), WHOLE, &mnist), None);
    }
}
