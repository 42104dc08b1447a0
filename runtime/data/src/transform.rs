//! What is done to every image before the network sees it.

use super::channel_statistics::ChannelStatistics;
use super::error::DataError;
use super::resize::Resize;
use super::spread::{origin_of, unless_zero};
use super::stored::{Numbers, Stored};
use elbo_compiler::ir::{Shape, Transform};
use elbo_compiler::limits::MOST_NUMBERS_OF_AN_IMAGE;

/// The transforms of a data set, fitted to its training split.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    input: [usize; 3],
    stages: Vec<Stage>,
    output: [usize; 3],
    form: Form,
}

/// What the numbers of an image are called once they are ready. Their order is the same in every form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// An image.
    Image,
    /// A vector, by `flatten()`.
    Vector,
    /// A sequence with each row of each channel as a channel, by `rows()`.
    Sequence,
}

#[derive(Debug, Clone, PartialEq)]
enum Stage {
    Pad { amount: [usize; 2], before: [usize; 3] },
    Resize { size: [usize; 2], before: [usize; 3], resize: Resize },
    Normalize(Vec<ChannelStatistics>),
}

/// Memory that one image after the other uses.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// The image.
    pub(super) image: Vec<f32>,
    /// Room for what it becomes.
    pub(super) next: Vec<f32>,
}

impl Pipeline {
    /// The transforms of a run that has been finished, with the statistics it found ([`Pipeline::statistics`]), for
    /// examples of `shape`, which are `stored` as so many channels, rows and columns.
    ///
    /// # Errors
    /// [`DataError::Geometry`] as above, [`DataError::Statistics`] if there are not as many statistics as transforms
    /// that need them, or not as many of one as there are channels.
    pub fn restore(
        transforms: &[Transform],
        (shape, stored): (Shape, [usize; 3]),
        statistics: &[Vec<ChannelStatistics>],
    ) -> Result<Self, DataError> {
        let mut kept = statistics.iter();
        let pipeline = Self::build(transforms, (shape, stored), |pipeline| {
            let fits = |channels: &&Vec<ChannelStatistics>| channels.len() == pipeline.output[0];
            kept.next().filter(fits).cloned().ok_or(DataError::Statistics)
        })?;
        if kept.next().is_none() { Ok(pipeline) } else { Err(DataError::Statistics) }
    }

    pub(super) fn build(
        transforms: &[Transform],
        (shape, input): (Shape, [usize; 3]),
        mut statistics: impl FnMut(&Self) -> Result<Vec<ChannelStatistics>, DataError>,
    ) -> Result<Self, DataError> {
        let form = match shape {
            Shape::Image { .. } => Form::Image,
            Shape::Vector { .. } => Form::Vector,
            Shape::Sequence { .. } => Form::Sequence,
        };
        let mut pipeline = Self { input, stages: Vec::new(), output: input, form };
        let is_stored_so = !matches!(shape, Shape::Image { .. });
        for &transform in transforms {
            // Numbers that are no image are normalised by channel all the same.
            if !(is_stored_so && transform == Transform::Normalize) {
                pipeline.check_form(transform)?;
            }
            match transform {
                Transform::Pad { amount } => pipeline.pad(amount)?,
                Transform::Resize { size } => pipeline.resize(size)?,
                Transform::Flatten => pipeline.form = Form::Vector,
                Transform::Rows => pipeline.form = Form::Sequence,
                Transform::Normalize => {
                    let channels = statistics(&pipeline)?;
                    pipeline.stages.push(Stage::Normalize(channels));
                }
            }
        }
        Ok(pipeline)
    }

    /// The same transforms, with the same statistics, for images of another shape.
    ///
    /// # Errors
    /// [`DataError::Foreign`] if those would not end in the same shape.
    pub fn for_shape(&self, input: [usize; 3]) -> Result<Self, DataError> {
        let mut pipeline = Self { input, stages: Vec::new(), output: input, form: self.form };
        for stage in &self.stages {
            match stage {
                Stage::Pad { amount, .. } => pipeline.pad(*amount)?,
                Stage::Resize { size, .. } => pipeline.resize(*size)?,
                Stage::Normalize(_) => pipeline.stages.push(stage.clone()),
            }
        }
        if pipeline.output == self.output {
            Ok(pipeline)
        } else {
            Err(DataError::Foreign { expected: self.output, found: pipeline.output })
        }
    }

    /// Refuses whatever follows a `flatten()` or `rows()`.
    fn check_form(&self, transform: Transform) -> Result<(), DataError> {
        let after = match self.form {
            Form::Image => return Ok(()),
            Form::Vector => "`flatten()`",
            Form::Sequence => "`rows()`",
        };
        let step = match transform {
            Transform::Pad { .. } => "pad",
            Transform::Resize { .. } => "resize",
            Transform::Normalize => "normalize",
            Transform::Flatten => "flatten",
            Transform::Rows => "rows",
        };
        let problem = format!("it stands after {after}, which must be the last transform");
        Err(DataError::Geometry { step, size: [self.output[1], self.output[2]], problem })
    }

    /// The shape of the result.
    pub fn shape(&self) -> Shape {
        let [channels, height, width] = self.output;
        match self.form {
            Form::Image => Shape::Image { channels, height, width },
            Form::Vector => Shape::Vector { features: channels * height * width },
            Form::Sequence => Shape::Sequence { channels: channels * height, length: width },
        }
    }

    /// Channels, rows and columns of the result, as an image whatever it is called.
    pub fn output(&self) -> [usize; 3] {
        self.output
    }

    /// The statistics of each `normalize()`, in order: one entry a channel.
    pub fn statistics(&self) -> impl Iterator<Item = &[ChannelStatistics]> {
        self.stages.iter().filter_map(|stage| match stage {
            Stage::Normalize(channels) => Some(channels.as_slice()),
            _ => None,
        })
    }

    /// Whether it leaves numbers as they are stored.
    pub(super) fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    /// Whether it begins with `normalize()`, which takes numbers with what 32 bits would round away.
    pub(super) fn begins_with_normalize(&self) -> bool {
        matches!(self.stages.first(), Some(Stage::Normalize(_)))
    }

    /// What is best subtracted from new numbers of each channel before they are rounded to 32 bits, so that
    /// `normalize()` finds what they differ by; empty for nothing.
    pub fn origins(&self) -> Vec<f64> {
        let Some(Stage::Normalize(channels)) = self.stages.first() else { return Vec::new() };
        unless_zero(channels.iter().map(|channel| origin_of(channel.mean, channel.deviation)).collect())
    }

    pub(super) fn only_pads(&self) -> bool {
        self.stages.iter().all(|stage| matches!(stage, Stage::Pad { .. }))
    }

    /// What becomes of each of the numbers `stored`, for one channel after the other, and how many rows and columns of the
    /// number 0 are added on each side first; `None` where what becomes of a number depends on others, or rows are added
    /// after a `normalize()`.
    pub(super) fn by_number(&self, stored: &[f32]) -> Option<(Vec<f32>, [usize; 2])> {
        let (mut values, mut padding, mut is_normalized) = (stored.repeat(self.input[0]), [0, 0], false);
        for stage in &self.stages {
            match stage {
                Stage::Pad { amount, .. } if !is_normalized => padding = [0, 1].map(|at| padding[at] + amount[at]),
                Stage::Pad { .. } | Stage::Resize { .. } => return None,
                Stage::Normalize(channels) => {
                    normalise(channels, &mut values);
                    is_normalized = true;
                }
            }
        }
        Some((values, padding))
    }

    fn pad(&mut self, amount: [usize; 2]) -> Result<(), DataError> {
        let before = self.output;
        self.output = padded("pad", before, amount)?;
        self.stages.push(Stage::Pad { amount, before });
        Ok(())
    }

    fn resize(&mut self, size: [usize; 2]) -> Result<(), DataError> {
        let before = self.output;
        self.output = checked("resize", before, [Some(size[0]), Some(size[1])])?;
        let resize = Resize::new([before[1], before[2]], size);
        self.stages.push(Stage::Resize { size, before, resize });
        Ok(())
    }

    /// Puts example number `index`, transformed, into `scratch.image`.
    pub(super) fn apply(&self, stored: &Stored, index: u32, scratch: &mut Scratch) {
        debug_assert_eq!(self.input, stored.shape());
        let stages = match (self.stages.split_first(), stored.with_origins()) {
            (Some((Stage::Normalize(channels), rest)), Some(numbers)) => {
                standardise(numbers, channels, index, &mut scratch.image);
                rest
            }
            _ => {
                stored.read(index, &mut scratch.image);
                &self.stages
            }
        };
        for stage in stages {
            match stage {
                Stage::Pad { amount, before } => pad(scratch, *before, *amount),
                Stage::Resize { size, before, resize } => {
                    let Scratch { image, next } = scratch;
                    next.resize(before[0] * size[0] * size[1], 0.0);
                    let channels = image.chunks_exact(before[1] * before[2]);
                    for (old, new) in channels.zip(next.chunks_exact_mut(size[0] * size[1])) {
                        resize.apply(before[2], old, new);
                    }
                    std::mem::swap(image, next);
                }
                Stage::Normalize(channels) => normalise(channels, &mut scratch.image),
            }
        }
    }
}

/// Subtracts the mean of each channel from its numbers and divides them by its deviation.
fn normalise(channels: &[ChannelStatistics], image: &mut [f32]) {
    let size = image.len() / channels.len();
    for (channel, values) in channels.iter().zip(image.chunks_exact_mut(size)) {
        let (mean, deviation) = (channel.mean as f32, channel.deviation as f32);
        if deviation > 0.0 {
            values.iter_mut().for_each(|x| *x = (*x - mean) / deviation);
        } else {
            values.iter_mut().for_each(|x| *x = of_constant(f64::from(*x - mean), f64::from(mean)));
        }
    }
}

/// What becomes of a number of a channel that never varied in training, by its `difference` from the only value there:
/// 0 up to rounding, and elsewhere what it differs by.
fn of_constant(difference: f64, mean: f64) -> f32 {
    if difference.abs() <= f64::from(f32::EPSILON) * mean.abs() { 0.0 } else { difference as f32 }
}

/// Puts example number `index` into `to` as `normalize()` leaves it, computed in double precision.
fn standardise(numbers: &Numbers, channels: &[ChannelStatistics], index: u32, to: &mut Vec<f32>) {
    let values = numbers.example(index as usize);
    let size = values.len() / channels.len();
    to.clear();
    for ((channel, origin), values) in channels.iter().zip(&numbers.origins).zip(values.chunks_exact(size)) {
        let ChannelStatistics { mean, deviation } = *channel;
        let shift = origin - mean;
        to.extend(values.iter().map(|&value| {
            let difference = shift + f64::from(value);
            if deviation > 0.0 { (difference / deviation) as f32 } else { of_constant(difference, mean) }
        }));
    }
}

/// The shape of images with zeros on each side.
pub(super) fn padded(step: &'static str, shape: [usize; 3], amount: [usize; 2]) -> Result<[usize; 3], DataError> {
    let side = |axis: usize| amount[axis].checked_mul(2)?.checked_add(shape[axis + 1]);
    checked(step, shape, [side(0), side(1)])
}

/// The shape with other rows and columns (`None` is beyond any memory), if images can have it.
pub(super) fn checked(
    step: &'static str,
    shape: [usize; 3],
    size: [Option<usize>; 2],
) -> Result<[usize; 3], DataError> {
    let fault = |problem: String| Err(DataError::Geometry { step, size: [shape[1], shape[2]], problem });
    if size.contains(&Some(0)) {
        return fault("an image needs at least one row and one column".into());
    }
    let numbers = size[0].zip(size[1]).and_then(|(rows, columns)| rows.checked_mul(columns)?.checked_mul(shape[0]));
    match (size, numbers) {
        ([Some(rows), Some(columns)], Some(numbers)) if numbers <= MOST_NUMBERS_OF_AN_IMAGE => {
            Ok([shape[0], rows, columns])
        }
        _ => fault(format!("an image would have more than {MOST_NUMBERS_OF_AN_IMAGE} numbers")),
    }
}

/// Surrounds the image with zeros.
pub(super) fn pad(scratch: &mut Scratch, before: [usize; 3], amount: [usize; 2]) {
    let size = [before[1] + 2 * amount[0], before[2] + 2 * amount[1]];
    window(scratch, before, [0, 0], amount, size);
}

/// Replaces the image by the window of `size` whose corner is at `corner` of the image padded with
/// `padding` zeros on each side.
pub(super) fn window(
    scratch: &mut Scratch,
    [channels, rows, columns]: [usize; 3],
    corner: [usize; 2],
    padding: [usize; 2],
    size: [usize; 2],
) {
    let Scratch { image, next } = scratch;
    next.clear();
    next.resize(channels * size[0] * size[1], 0.0);
    // The columns of the window that lie on the image, and the image's column at the first of them.
    let left = padding[1].saturating_sub(corner[1]).min(size[1]);
    let from = (corner[1] + left).saturating_sub(padding[1]).min(columns);
    let count = (size[1] - left).min(columns - from);
    for (old, new) in image.chunks_exact(rows * columns).zip(next.chunks_exact_mut(size[0] * size[1])) {
        for (y, line) in new.chunks_exact_mut(size[1]).enumerate() {
            let Some(row) = (corner[0] + y).checked_sub(padding[0]).filter(|&row| row < rows) else {
                continue;
            };
            line[left..left + count].copy_from_slice(&old[row * columns + from..][..count]);
        }
    }
    std::mem::swap(image, next);
}
