//! Examples in memory as their source holds them.

use super::images::Images;
use std::borrow::Cow;
use std::path::Path;

/// Examples in memory.
#[derive(Debug, Clone, PartialEq)]
pub enum Stored {
    /// Labelled images of bytes.
    Images(Images),
    /// Anything else.
    Numbers(Numbers),
}

/// Examples of real numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    /// Channels, rows and columns of an example; a vector has as many channels as features, of one number each.
    pub shape: [usize; 3],
    /// Examples × channels × rows × columns, all finite.
    pub values: Vec<f32>,
    /// What is to be added to each number, by channel, as [`super::Spread::origin`] chooses it; empty where it is 0
    /// for all.
    pub origins: Vec<f64>,
    /// What is to be predicted of each.
    pub labels: Labels,
    /// Where each stands in its file.
    pub rows: Rows,
}

/// Where examples stand in the file that they were read from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows {
    /// The name of the file without its folder; empty where there is none.
    pub file: String,
    /// The place of each example among those of the file, from 0; empty where all are there in order.
    pub places: Vec<u32>,
    /// The line of a table that each begins in, from 1; empty for other files.
    pub lines: Vec<u32>,
}

impl Rows {
    /// All rows of a file, which is no table.
    pub fn of(path: &Path) -> Self {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { file, ..Self::default() }
    }

    /// Those of the examples `indices`.
    pub fn at(&self, indices: &[u32]) -> Self {
        let place = |&index: &u32| self.places.get(index as usize).copied().unwrap_or(index);
        let line = |&index: &u32| self.lines.get(index as usize).copied();
        Self {
            file: self.file.clone(),
            places: indices.iter().map(place).collect(),
            lines: indices.iter().map_while(line).collect(),
        }
    }
}

/// What is to be predicted of each example.
#[derive(Debug, Clone, PartialEq)]
pub enum Labels {
    /// A class.
    Classes(Vec<u16>),
    /// Real numbers, all finite.
    Values {
        /// How many of each example.
        targets: usize,
        /// Examples × targets, in double precision: scores are differences of targets from predictions.
        values: Vec<f64>,
    },
}

impl Labels {
    /// How many examples they are of.
    pub fn len(&self) -> usize {
        match self {
            Self::Classes(classes) => classes.len(),
            Self::Values { targets, values } => values.len() / (*targets).max(1),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Those of the examples `indices`.
    pub(super) fn at(&self, indices: &[u32]) -> Self {
        match self {
            Self::Classes(classes) => Self::Classes(indices.iter().map(|&index| classes[index as usize]).collect()),
            Self::Values { targets, values } => {
                let row = |&index: &u32| &values[index as usize * targets..][..*targets];
                Self::Values { targets: *targets, values: indices.iter().flat_map(row).copied().collect() }
            }
        }
    }
}

impl Numbers {
    /// Examples whose numbers are `values` themselves.
    pub fn new(shape: [usize; 3], values: Vec<f32>, labels: Labels) -> Self {
        Self { shape, values, origins: Vec::new(), labels, rows: Rows::default() }
    }

    /// Examples of numbers of double precision, of which `origins` (by channel; empty for none) are subtracted before
    /// they are rounded to 32 bits; see [`super::Pipeline::origins`].
    pub fn about(shape: [usize; 3], values: &[f64], origins: Vec<f64>, labels: Labels) -> Self {
        let channel = channels(shape);
        let origin = |place: usize| origins.get(channel(place)).copied().unwrap_or(0.0);
        let values = values.iter().enumerate().map(|(place, value)| (value - origin(place)) as f32).collect();
        Self { shape, values, origins, labels, rows: Rows::default() }
    }

    /// Number `place` of `values` with its origin, which may need more than 32 bits.
    pub fn value(&self, place: usize) -> f64 {
        let origin = if self.origins.is_empty() { 0.0 } else { self.origins[channels(self.shape)(place)] };
        origin + f64::from(self.values[place])
    }

    /// The numbers of example number `index`, without their origins. Panics if there is none, like a slice.
    pub fn example(&self, index: usize) -> &[f32] {
        let size = self.shape.iter().product::<usize>();
        &self.values[index * size..][..size]
    }

    /// The examples `indices`, which ascend, in the memory of all of them.
    pub(super) fn keep(mut self, indices: &[u32]) -> Self {
        fn kept<T: Copy>(values: &mut Vec<T>, size: usize, indices: &[u32]) {
            for (place, &index) in indices.iter().enumerate() {
                values.copy_within(index as usize * size..(index as usize + 1) * size, place * size);
            }
            values.truncate(indices.len() * size);
            values.shrink_to_fit();
        }
        kept(&mut self.values, self.shape.iter().product(), indices);
        match &mut self.labels {
            Labels::Classes(classes) => kept(classes, 1, indices),
            Labels::Values { targets, values } => kept(values, *targets, indices),
        }
        self.rows = self.rows.at(indices);
        self
    }

    /// The examples `indices`.
    pub(super) fn at(&self, indices: &[u32]) -> Self {
        let values = indices.iter().flat_map(|&index| self.example(index as usize)).copied().collect();
        let (labels, rows) = (self.labels.at(indices), self.rows.at(indices));
        Self { shape: self.shape, values, origins: self.origins.clone(), labels, rows }
    }
}

impl Stored {
    /// How many examples there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Images(images) => images.len(),
            Self::Numbers(numbers) => numbers.labels.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Channels, rows and columns of an example.
    pub fn shape(&self) -> [usize; 3] {
        match self {
            Self::Images(images) => images.shape,
            Self::Numbers(numbers) => numbers.shape,
        }
    }

    /// The images, if they are such of bytes.
    pub fn images(&self) -> Option<&Images> {
        match self {
            Self::Images(images) => Some(images),
            Self::Numbers(_) => None,
        }
    }

    /// The class of each example, by which subsets and splits are stratified; real targets are all of one.
    pub(super) fn strata(&self) -> Cow<'_, [u16]> {
        match self {
            Self::Images(Images { labels, .. }) | Self::Numbers(Numbers { labels: Labels::Classes(labels), .. }) => {
                Cow::Borrowed(labels)
            }
            Self::Numbers(numbers) => Cow::Owned(vec![0; numbers.labels.len()]),
        }
    }

    /// The classes, if that is what the examples have.
    pub fn classes(&self) -> Option<&[u16]> {
        match self {
            Self::Images(Images { labels, .. }) | Self::Numbers(Numbers { labels: Labels::Classes(labels), .. }) => {
                Some(labels)
            }
            Self::Numbers(_) => None,
        }
    }

    /// Targets of an example and the targets of all, if they are real numbers.
    pub fn values(&self) -> Option<(usize, &[f64])> {
        match self {
            Self::Numbers(Numbers { labels: Labels::Values { targets, values }, .. }) => Some((*targets, values)),
            _ => None,
        }
    }

    /// Puts the numbers of example number `index` into `to`, in place of what is there.
    pub(super) fn read(&self, index: u32, to: &mut Vec<f32>) {
        to.clear();
        match self {
            Self::Images(images) => {
                let unit = images.unit;
                to.extend(images.image(index as usize).iter().map(|&byte| f32::from(byte) / unit));
            }
            Self::Numbers(numbers) if numbers.origins.is_empty() => {
                to.extend_from_slice(numbers.example(index as usize))
            }
            Self::Numbers(numbers) => {
                let size = numbers.shape.iter().product::<usize>();
                let places = index as usize * size..(index as usize + 1) * size;
                to.extend(places.map(|place| numbers.value(place) as f32));
            }
        }
    }

    /// The numbers whose origins are not all 0.
    pub(super) fn with_origins(&self) -> Option<&Numbers> {
        match self {
            Self::Numbers(numbers) if !numbers.origins.is_empty() => Some(numbers),
            Self::Images(_) | Self::Numbers(_) => None,
        }
    }
}

/// The channel that a number belongs to, by its place among those of all examples.
pub(super) fn channels([channels, rows, columns]: [usize; 3]) -> impl Fn(usize) -> usize {
    let plane = (rows * columns).max(1);
    move |place| place / plane % channels.max(1)
}
