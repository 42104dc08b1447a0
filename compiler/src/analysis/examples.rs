//! How many examples a run trains on: the arithmetic of `subset` and `split`.

use crate::ir::{Data, Split, Subset};
use crate::opened::OpenedData;

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
        Self::new(data.subset, data.split, &data.source.kind().training_examples()?)
    }

    /// The counts of data that were opened, else [`Self::published`].
    pub fn known(data: &Data, opened: Option<&OpenedData>) -> Option<Self> {
        match opened {
            Some(opened) => Self::new(data.subset, data.split, &opened.classes),
            None => Self::published(data),
        }
    }
}

/// Why a source cannot be divided as `subset` and `split` ask.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Impossible {
    /// `subset` asks for more than there are.
    Beyond {
        /// How many it asks for.
        asked: usize,
        /// Of which class, if of one.
        class: Option<usize>,
        /// How many there are.
        available: usize,
    },
    /// `subset` leaves nothing.
    NothingChosen {
        /// How many there are.
        available: usize,
    },
    /// The share for validation rounds to no example.
    NoValidation {
        /// How many are divided.
        chosen: usize,
        /// The share.
        share: f64,
    },
    /// The share for validation rounds to all examples.
    NoTraining {
        /// How many are divided.
        chosen: usize,
        /// The share.
        share: f64,
    },
}

/// Why a source with so many training examples of each class cannot be divided so; `None` where it can.
pub fn impossible_division(subset: Subset, split: Split, classes: &[usize]) -> Option<Impossible> {
    let Some(ExampleCounts { available, chosen, validation, training }) = ExampleCounts::new(subset, split, classes)
    else {
        let available = classes.iter().fold(0_usize, |sum, count| sum.saturating_add(*count));
        return match subset {
            Subset::PerClass(asked) => {
                let (class, available) = classes.iter().copied().enumerate().find(|(_, count)| asked > *count)?;
                Some(Impossible::Beyond { asked, class: Some(class), available })
            }
            Subset::First(asked) => Some(Impossible::Beyond { asked, class: None, available }),
            Subset::All | Subset::Fraction(_) => None,
        };
    };
    match (chosen, validation, training) {
        (0, _, _) => Some(Impossible::NothingChosen { available }),
        (_, 0, _) if split.validation > 0.0 => Some(Impossible::NoValidation { chosen, share: split.validation }),
        (_, _, 0) => Some(Impossible::NoTraining { chosen, share: split.validation }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::DataSource;

    const WHOLE: Split = Split { train: 1.0, validation: 0.0 };

    #[test]
    fn subset_and_split_are_rounded_as_documented() {
        let tenth = Split { train: 0.9, validation: 0.1 };
        let mnist = DataSource::Mnist.published_classes();
        let digits = DataSource::Digits.published_classes();
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

    #[test]
    fn divisions_that_cannot_be_say_why() {
        let digits = DataSource::Digits.published_classes();
        let split = |validation: f64| Split { train: 1.0 - validation, validation };
        let why = |subset, validation| impossible_division(subset, split(validation), &digits);
        for (subset, validation, expected) in [
            (Subset::First(5_000), 0.0, Impossible::Beyond { asked: 5_000, class: None, available: 1_438 }),
            (Subset::PerClass(140), 0.0, Impossible::Beyond { asked: 140, class: Some(8), available: 139 }),
            (Subset::Fraction(1e-4), 0.0, Impossible::NothingChosen { available: 1_438 }),
            (Subset::First(4), 0.1, Impossible::NoValidation { chosen: 4, share: 0.1 }),
            (Subset::First(4), 0.9, Impossible::NoTraining { chosen: 4, share: 0.9 }),
        ] {
            assert_eq!(why(subset, validation), Some(expected));
        }
        assert_eq!(why(Subset::First(5), 0.1), None);
        assert_eq!(why(Subset::All, 0.0), None);
    }
}
