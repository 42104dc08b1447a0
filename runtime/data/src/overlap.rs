//! Examples that are in two splits: what was trained on tells nothing of new examples.

use super::channel_statistics::ChannelStatistics;
use super::dataset::{Dataset, Examples};
use super::file_notes::FileNote;
use super::spread::Spread;
use super::stored::{Labels, Numbers, Stored, channels};
use elbo_compiler::ir::{Data, Origin, Target};
use elbo_compiler::opened::{OpenedData, SharedExamples};
use std::hash::{DefaultHasher, Hasher};

impl Dataset {
    /// What is told of the run by what its data, which `data` describes, hold. Looked for once.
    pub fn opened(&self, data: &Data) -> &OpenedData {
        self.opened.get_or_init(|| opened(self, data))
    }
}

/// How many training examples of each class the source has, and which test and validation examples are training examples,
/// too. Examples are the same where every number of them, and what is to be predicted, is; only data of one's own are
/// searched, as what is published is known. That takes 16 bytes per training example.
fn opened(dataset: &Dataset, data: &Data) -> OpenedData {
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
    let [test, validation] = match data.source.kind().origin() {
        Origin::Published | Origin::Generated => {
            splits.map(|examples| SharedExamples { shared: 0, of: examples.len() })
        }
        Origin::Own => {
            let known = Known::of(&dataset.training);
            splits.map(|examples| SharedExamples { shared: known.count(examples), of: examples.len() })
        }
    };
    OpenedData {
        classes,
        test,
        validation,
        constant: constant(dataset, data),
        coarse: coarse(dataset, data),
        files: dataset.file_notes.iter().map(FileNote::to_string).collect(),
    }
}

/// More of their spread than this share is rounded away from numbers that are called coarse.
const COARSE: f64 = 1.0 / 1024.0;

/// What 32 bits round away too much of, by name where it has one: features, and targets, that are not normalised.
fn coarse(dataset: &Dataset, data: &Data) -> Vec<String> {
    let (training, mut found) = (&dataset.training, Vec::new());
    if let Some(numbers) = training.stored().with_origins().filter(|_| !dataset.pipeline().begins_with_normalize()) {
        let size = numbers.shape.iter().product::<usize>();
        let channel = channels(numbers.shape);
        let mut columns = vec![Rounded::default(); numbers.shape[0]];
        for &index in training.indices() {
            let places = index as usize * size..(index as usize + 1) * size;
            places.for_each(|place| columns[channel(place)].add(numbers.value(place)));
        }
        let coarse = columns.iter().enumerate().filter(|(_, column)| column.is_coarse());
        found.extend(coarse.map(|(channel, _)| channel_name(data, channel)));
    }
    if let (Some((targets, values)), None, Target::Values { names, .. }) =
        (training.stored().values(), &dataset.target_scale, &data.target)
    {
        let mut columns = vec![Rounded::default(); targets];
        for &index in training.indices() {
            let row = &values[index as usize * targets..][..targets];
            columns.iter_mut().zip(row).for_each(|(column, value)| column.add(*value));
        }
        let coarse = names.iter().zip(&columns).filter(|(_, column)| column.is_coarse());
        found.extend(coarse.map(|(name, _)| name.clone()));
    }
    found
}

/// How much of a column's spread is lost in 32 bits.
#[derive(Debug, Clone, Default)]
struct Rounded {
    values: Spread,
    count: f64,
    lost_squares: f64,
}

impl Rounded {
    fn add(&mut self, value: f64) {
        self.values.add(value);
        self.count += 1.0;
        self.lost_squares += (f64::from(value as f32) - value).powi(2);
    }

    fn is_coarse(&self) -> bool {
        (self.lost_squares / self.count.max(1.0)).sqrt() > COARSE * self.values.deviation()
    }
}

/// What a spec calls a channel of the examples.
fn channel_name(data: &Data, channel: usize) -> String {
    let columns = data.source.kind().columns();
    columns.and_then(|columns| columns.features.get(channel)).cloned().unwrap_or_else(|| channel.to_string())
}

/// What `normalize()` finds one value of in all training examples, by name where it has one.
fn constant(dataset: &Dataset, data: &Data) -> Vec<String> {
    let is_constant = |channels: &[ChannelStatistics]| -> Vec<usize> {
        let all = channels.iter().enumerate();
        all.filter(|(_, channel)| channel.deviation == 0.0).map(|(channel, _)| channel).collect()
    };
    let found = dataset.pipeline().statistics().map(is_constant).find(|found| !found.is_empty()).unwrap_or_default();
    found.into_iter().map(|channel| channel_name(data, channel)).collect()
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
    let add = |hasher: &mut DefaultHasher, value: f64| hasher.write_u64((value + 0.0).to_bits());
    match stored {
        Stored::Images(images) => {
            hasher.write(images.image(index));
            hasher.write_u16(images.labels[index]);
        }
        Stored::Numbers(numbers) => {
            numbers.example(index).iter().for_each(|&value| hasher.write_u32((value + 0.0).to_bits()));
            match &numbers.labels {
                Labels::Classes(classes) => hasher.write_u16(classes[index]),
                Labels::Values { .. } => targets(numbers, index).iter().for_each(|&value| add(&mut hasher, value)),
            }
        }
    }
    hasher.finish()
}

/// The real targets of an example; none where it has a class.
fn targets(numbers: &Numbers, index: usize) -> &[f64] {
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
