//! Examples that are in two splits: what was trained on tells nothing of new examples.

use super::dataset::{Dataset, Examples};
use super::normalize::ChannelStatistics;
use super::stored::{Labels, Numbers, Stored};
use elbo_compiler::ir::{Data, Source};
use elbo_compiler::opened::{OpenedData, SharedExamples};
use std::hash::{DefaultHasher, Hasher};

/// How many training examples of each class the source has, and which test and validation examples are training examples,
/// too. Examples are the same where every number of them, and what is to be predicted, is; only data of one's own are
/// searched, as what is published is known. That takes 16 bytes per training example.
pub(super) fn opened(dataset: &Dataset, data: &Data) -> OpenedData {
    let stored = dataset.training.stored();
    let classes = match (stored.classes(), data.target.classes()) {
        (Some(labels), Some(classes)) => {
            let mut counts = vec![0; classes];
            // Readers have refused labels beyond the classes.
            labels.iter().for_each(|&label| counts[usize::from(label)] += 1);
            counts
        }
        _ => vec![stored.len()],
    };
    let splits = [&dataset.test, &dataset.validation];
    let [test, validation] = match data.source {
        Source::Set(_) | Source::Synthetic(_) => {
            splits.map(|examples| SharedExamples { shared: 0, of: examples.len() })
        }
        Source::Csv(_) | Source::Npy(_) | Source::ImageFolder => {
            let known = Known::of(&dataset.training);
            splits.map(|examples| SharedExamples { shared: known.count(examples), of: examples.len() })
        }
    };
    OpenedData { classes, test, validation, constant: constant(dataset, data) }
}

/// What `normalize()` finds one value of in all training examples, by name where it has one.
fn constant(dataset: &Dataset, data: &Data) -> Vec<String> {
    let is_constant = |channels: &[ChannelStatistics]| -> Vec<usize> {
        let all = channels.iter().enumerate();
        all.filter(|(_, channel)| channel.deviation == 0.0).map(|(channel, _)| channel).collect()
    };
    let found = dataset.pipeline().statistics().map(is_constant).find(|found| !found.is_empty()).unwrap_or_default();
    let name = |channel: usize| match &data.source {
        Source::Csv(csv) => csv.features.get(channel).cloned().unwrap_or_else(|| channel.to_string()),
        Source::Set(_) | Source::Synthetic(_) | Source::Npy(_) | Source::ImageFolder => channel.to_string(),
    };
    found.into_iter().map(name).collect()
}

/// Examples by their hashes, in order.
struct Known<'k> {
    examples: &'k Examples,
    hashes: Vec<(u64, u32)>,
}

impl<'k> Known<'k> {
    fn of(examples: &'k Examples) -> Self {
        let stored = examples.stored();
        let mut hashes: Vec<(u64, u32)> =
            examples.indices().iter().map(|&index| (hash(stored, index as usize), index)).collect();
        hashes.sort_unstable();
        Self { examples, hashes }
    }

    /// How many examples of another split are among these.
    fn count(&self, others: &Examples) -> usize {
        let (stored, other) = (self.examples.stored(), others.stored());
        let is_known = |index: usize| {
            let hash = hash(other, index);
            let first = self.hashes.partition_point(|(known, _)| *known < hash);
            let alike = self.hashes[first..].iter().take_while(|(known, _)| *known == hash);
            // Other examples may have the same hash.
            alike.map(|(_, place)| *place as usize).any(|place| are_equal(stored, place, other, index))
        };
        others.indices().iter().filter(|&&index| is_known(index as usize)).count()
    }
}

/// A hash of an example and of what is to be predicted of it, equal for equal numbers.
fn hash(stored: &Stored, index: usize) -> u64 {
    let mut hasher = DefaultHasher::new();
    // −0 equals 0.
    let add = |hasher: &mut DefaultHasher, value: f32| hasher.write_u32((value + 0.0).to_bits());
    match stored {
        Stored::Images(images) => {
            hasher.write(images.image(index));
            hasher.write_u16(images.labels[index]);
        }
        Stored::Numbers(numbers) => {
            numbers.example(index).iter().for_each(|&value| add(&mut hasher, value));
            match &numbers.labels {
                Labels::Classes(classes) => hasher.write_u16(classes[index]),
                Labels::Values { .. } => targets(numbers, index).iter().for_each(|&value| add(&mut hasher, value)),
            }
        }
    }
    hasher.finish()
}

/// The real targets of an example; none where it has a class.
fn targets(numbers: &Numbers, index: usize) -> &[f32] {
    match &numbers.labels {
        Labels::Values { targets, values } => &values[index * targets..][..*targets],
        Labels::Classes(_) => &[],
    }
}

fn are_equal(first: &Stored, place: usize, second: &Stored, other: usize) -> bool {
    let same_class = first.classes().map(|classes| classes[place]) == second.classes().map(|classes| classes[other]);
    same_class
        && match (first, second) {
            (Stored::Images(first), Stored::Images(second)) => first.image(place) == second.image(other),
            (Stored::Numbers(first), Stored::Numbers(second)) => {
                first.example(place) == second.example(other) && targets(first, place) == targets(second, other)
            }
            (Stored::Images(_), Stored::Numbers(_)) | (Stored::Numbers(_), Stored::Images(_)) => false,
        }
}
