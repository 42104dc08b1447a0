//! Arrays of numpy in the NPY format (versions 1 to 3; numpy.lib.format): a magic string, a header that says type, order and
//! shape, then the numbers. Whole and real numbers in little-endian order are read, in C order.

use super::cells::{MOST_SAID, TOO_LARGE_HELP, short};
use super::reader::Reader;
use crate::digest::Digest;
use crate::error::{DataError, changed};
use crate::file::DataFile;
use crate::locate::locate_own;
use crate::raw::Raw;
use crate::room;
use crate::spread::{Spread, origins};
use crate::stored::{Labels, Numbers, Rows, channels};
use elbo_compiler::ir::{Data, NpySource, Shape, Target, TestExamples};
use std::path::{Path, PathBuf};

const MAGIC: &[u8] = b"\x93NUMPY";

/// The longest header: numpy's own takes a few hundred bytes.
const LONGEST_HEADER: usize = 1 << 16;

/// Numbers that are read at once.
const CHUNK: usize = 1 << 14;

impl Reader for NpySource {
    /// Reads inputs and labels, and those of the test split if they have files of their own.
    fn read(&self, data: &Data, folder: &Path, search: &[PathBuf]) -> Result<Raw, DataError> {
        both_splits(self, data.shape, &data.target, &locate_own(data, folder, search)?)
    }
}

fn both_splits(source: &NpySource, shape: Shape, target: &Target, folder: &Path) -> Result<Raw, DataError> {
    let (all, mut digests) = pair(&source.files, shape, target, (folder, None))?;
    let mut test_files = 0;
    let test = match &source.test {
        TestExamples::Share(share) => Err(*share),
        TestExamples::Files(files) => {
            // Numbers of both files are told from the same origins, so that equal examples are equal.
            let (test, more) = pair(files, shape, target, (folder, Some(&all.origins)))?;
            // Labels may well be the same in both.
            digests[0].check_differs(&more[0], (&folder.join(&source.files[0]), &folder.join(&files[0])))?;
            test_files = more.len();
            digests.extend(more);
            Ok(test)
        }
    };
    Raw::of_numbers(all, test, (digests, test_files))
}

/// One file of inputs and the file of their labels. Inputs whose numbers lie far from 0 and close together are read
/// again, with their origins, unless these are `known`.
pub(crate) fn pair(
    [inputs, labels]: &[String; 2],
    shape: Shape,
    target: &Target,
    (folder, known): (&Path, Option<&[f64]>),
) -> Result<(Numbers, Vec<Digest>), DataError> {
    let (inputs, labels) = (folder.join(inputs), folder.join(labels));
    let open = || {
        let array = Array::open(&inputs)?;
        array.header.examples()?;
        // One feature may be written without an axis of its own.
        let fits = array.header.rest() == shape.sizes() || (array.header.shape.len() == 1 && shape.sizes() == [1]);
        if fits { Ok(array) } else { Err(array.header.another_shape(shape, &other_way(array.header.rest(), shape))) }
    };
    let array = open()?;
    let count = array.header.examples()?;
    let labelled = Array::open(&labels)?;
    let label_count = labelled.header.examples()?;
    if label_count != count {
        return Err(labelled.header.fault(
            format!("it holds {label_count} labels, but `{}` holds {count} examples", inputs.display()),
            "save both arrays from the same examples",
        ));
    }
    let (labels, label_digest) = read_labels(labelled, target)?;
    let planes =
        shape.planes().map_or([shape.elements(), 1, 1], |(channels, [rows, columns])| [channels, rows, columns]);
    let (mut values, spreads, input_digest) = array.numbers(planes, known.unwrap_or_default())?;
    let origins = known.map_or_else(|| origins(&spreads), <[f64]>::to_vec);
    if known.is_none() && !origins.is_empty() {
        drop(values);
        let again = open()?;
        let digest;
        (values, _, digest) = again.numbers(planes, &origins)?;
        if digest != input_digest {
            return Err(changed(&inputs));
        }
    }
    let rows = Rows::of(&inputs);
    Ok((Numbers { shape: planes, values, origins, labels, rows }, vec![input_digest, label_digest]))
}

/// What is to be predicted of each example.
fn read_labels(array: Array<'_>, target: &Target) -> Result<(Labels, Digest), DataError> {
    let header = &array.header;
    match target {
        Target::Values { names, .. } => {
            let targets = names.len();
            if header.rest() != [targets] && !(header.shape.len() == 1 && targets == 1) {
                return Err(header.fault(
                    format!("it has the shape {}, but the spec says that there are {targets} targets", header.shown()),
                    &format!("save an array of shape (n, {targets}), or say `targets=` with another number"),
                ));
            }
            let (values, digest) = array.doubles()?;
            Ok((Labels::Values { targets, values }, digest))
        }
        Target::Classes { count, .. } => {
            if header.shape.len() != 1 && header.rest() != [1] {
                return Err(header.fault(
                    format!("it has the shape {}, but classes are one number each", header.shown()),
                    "save an array of shape (n,) with the number of each class",
                ));
            }
            let (classes, digest) = array.classes(*count)?;
            Ok((Labels::Classes(classes), digest))
        }
    }
}

/// Examples of `shape` in a file of their own, for prediction: an array of them, or a single one without an axis of
/// examples. Returns how many there are, `None` for a single one without that axis, and their numbers, bytes divided
/// by 255.
///
/// # Errors
/// [`DataError::Unreadable`], [`DataError::Content`] and [`DataError::TooLarge`]. Sizes are checked before memory is
/// taken.
pub fn read_examples(path: &Path, shape: Shape) -> Result<(Option<usize>, Vec<f64>), DataError> {
    let array = Array::open(path)?;
    let header = &array.header;
    let sizes = shape.sizes();
    // A single channel may be written without an axis of its own.
    let short = sizes.strip_prefix(&[1]).filter(|rest| !rest.is_empty());
    let count = match header.shape.as_slice() {
        [count, rest @ ..] if rest == sizes || Some(rest) == short => Some(*count),
        one if one == sizes || Some(one) == short => None,
        [count] if sizes == [1] => Some(*count),
        _ => return Err(header.another_shape(shape, "")),
    };
    if count == Some(0) {
        return Err(DataError::Empty { path: path.into() });
    }
    Ok((count, array.doubles()?.0))
}

/// What else would bring an array of examples of the sizes `rest` and a spec together: axes that stand otherwise are moved,
/// and never said to be what they are not.
fn other_way(rest: &[usize], shape: Shape) -> String {
    match (rest, shape) {
        ([rows, columns, channels], Shape::Image { .. }) if shape.sizes() == [*channels, *rows, *columns] => {
            "; its channels come last: move them by `array.transpose(0, 3, 1, 2)`".to_owned()
        }
        ([rows, columns, channels @ (1 | 3 | 4)], Shape::Image { .. }) if rows.min(columns) > channels => {
            format!(
                "; if its channels come last, move them by `array.transpose(0, 3, 1, 2)` and say \
                 `shape=[{channels}, {rows}, {columns}]`"
            )
        }
        (rest, _) if rest.is_empty() || rest.contains(&0) => String::new(),
        _ => format!(", or say `shape={rest:?}`"),
    }
}

/// A number type of numpy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Boolean,
    Unsigned(usize),
    Signed(usize),
    Real(usize),
}

impl Kind {
    fn parse(description: &str) -> Option<Self> {
        Some(match description {
            "|b1" => Self::Boolean,
            "|u1" => Self::Unsigned(1),
            "<u2" => Self::Unsigned(2),
            "<u4" => Self::Unsigned(4),
            "<u8" => Self::Unsigned(8),
            "|i1" => Self::Signed(1),
            "<i2" => Self::Signed(2),
            "<i4" => Self::Signed(4),
            "<i8" => Self::Signed(8),
            "<f4" => Self::Real(4),
            "<f8" => Self::Real(8),
            _ => return None,
        })
    }

    const fn bytes(self) -> usize {
        match self {
            Self::Boolean => 1,
            Self::Unsigned(bytes) | Self::Signed(bytes) | Self::Real(bytes) => bytes,
        }
    }

    /// The number that these bytes are.
    fn value(self, bytes: &[u8]) -> f64 {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        let unsigned = u64::from_le_bytes(word);
        match self {
            Self::Boolean => f64::from(u8::from(unsigned != 0)),
            Self::Unsigned(_) => unsigned as f64,
            Self::Signed(size) => {
                let unused = 64 - 8 * size as u32;
                (((unsigned << unused) as i64) >> unused) as f64
            }
            Self::Real(4) => f64::from(f32::from_bits(unsigned as u32)),
            Self::Real(_) => f64::from_bits(unsigned),
        }
    }
}

/// What a file says of its numbers.
struct Header<'a> {
    path: &'a Path,
    kind: Kind,
    shape: Vec<usize>,
}

/// A file whose header has been read.
struct Array<'a> {
    header: Header<'a>,
    /// What follows the header.
    file: DataFile,
}

impl<'a> Array<'a> {
    /// Reads the header, and checks that exactly so many numbers follow as it says.
    fn open(path: &'a Path) -> Result<Self, DataError> {
        let mut file = DataFile::open_plain(path)?;
        let size = file.size();
        let no_array = || fault(path, "it is not an array of numpy".into(), "write it with `numpy.save(file, array)`");
        let mut read = |count: usize| {
            let mut bytes = vec![0; count];
            file.fill(&mut bytes, size).map(|()| bytes).map_err(|error| match error {
                DataError::Truncated { .. } => no_array(),
                other => other,
            })
        };
        let start = read(MAGIC.len() + 2)?;
        if !start.starts_with(MAGIC) {
            return Err(no_array());
        }
        let (width, length) = match start[MAGIC.len()] {
            1 => (2, usize::from(u16::from_le_bytes(read(2)?.try_into().map_err(|_| no_array())?))),
            2 | 3 => (4, u32::from_le_bytes(read(4)?.try_into().map_err(|_| no_array())?) as usize),
            _ => return Err(no_array()),
        };
        if length > LONGEST_HEADER {
            return Err(no_array());
        }
        let header = read(length)?;
        let header = Header::parse(path, std::str::from_utf8(&header).map_err(|_| no_array())?)?;
        let body = size.saturating_sub((MAGIC.len() + 2 + width + length) as u64);
        let numbers = header.shape.iter().try_fold(1_u64, |product, size| product.checked_mul(*size as u64));
        let expected = numbers.and_then(|numbers| numbers.checked_mul(header.kind.bytes() as u64));
        if expected != Some(body) {
            let problem = format!(
                "its header says {} numbers of {} bytes, but {body} bytes follow",
                header.shown(),
                header.kind.bytes(),
            );
            return Err(header.fault(problem, "save the array again; the file may be cut short"));
        }
        Ok(Self { header, file })
    }

    /// Takes all numbers in order, each with its place; what `take` says of one ends it.
    fn each(self, mut take: impl FnMut(&Header<'a>, usize, f64) -> Result<(), DataError>) -> Result<Digest, DataError> {
        let Self { header, mut file } = self;
        let (size, width) = (file.size(), header.kind.bytes());
        let mut left = header.count();
        let mut buffer = vec![0; CHUNK.min(left) * width];
        let mut place = 0;
        while left > 0 {
            let chunk = &mut buffer[..CHUNK.min(left) * width];
            file.fill(chunk, size)?;
            for bytes in chunk.chunks_exact(width) {
                take(&header, place, header.kind.value(bytes))?;
                place += 1;
            }
            left -= chunk.len() / width;
        }
        file.finish(size)
    }

    /// All numbers as 32 bits have them once the origin of their channel (none for an empty list) is subtracted,
    /// bytes divided by 255; with the spread of each channel.
    fn numbers(self, shape: [usize; 3], origins: &[f64]) -> Result<(Vec<f32>, Vec<Spread>, Digest), DataError> {
        let mut values: Vec<f32> = self.header.room()?;
        let channel = channels(shape);
        let mut spreads = vec![Spread::default(); shape[0]];
        let unit = self.header.unit();
        let digest = self.each(|header, place, value| {
            let value = header.finite(place, value / unit)?;
            let channel = channel(place);
            spreads[channel].add(value);
            values.push((value - origins.get(channel).unwrap_or(&0.0)) as f32);
            Ok(())
        })?;
        Ok((values, spreads, digest))
    }

    /// All numbers in double precision, bytes divided by 255.
    fn doubles(self) -> Result<(Vec<f64>, Digest), DataError> {
        let mut values: Vec<f64> = self.header.room()?;
        let unit = self.header.unit();
        let digest = self.each(|header, place, value| {
            values.push(header.finite(place, value / unit)?);
            Ok(())
        })?;
        Ok((values, digest))
    }

    /// All numbers as classes.
    fn classes(self, count: usize) -> Result<(Vec<u16>, Digest), DataError> {
        if matches!(self.header.kind, Kind::Real(_)) {
            let problem = "its numbers are real, and classes are whole".into();
            return Err(self.header.fault(problem, "save it as `astype(\"int64\")`"));
        }
        let mut classes: Vec<u16> = self.header.room()?;
        let digest = self.each(|header, index, value| {
            if (0.0..count as f64).contains(&value) {
                classes.push(value as u16);
                return Ok(());
            }
            let problem = format!(
                "example {index} (counted from 0) has the label {value}, but there are {count} classes, 0 to {}",
                count - 1
            );
            Err(header.fault(problem, "number the classes from 0, or say `classes=` with another number"))
        })?;
        Ok((classes, digest))
    }
}

impl<'a> Header<'a> {
    fn parse(path: &'a Path, text: &str) -> Result<Self, DataError> {
        let no_array = || fault(path, "it is not an array of numpy".into(), "write it with `numpy.save(file, array)`");
        let Some(description) = after(text, "'descr':").and_then(quoted) else {
            let problem = "its header names no plain type of numbers".into();
            return Err(fault(
                path,
                problem,
                "save an array of plain numbers, for example `array.astype(\"float32\")`",
            ));
        };
        let Some(kind) = Kind::parse(description) else {
            let problem = format!("its numbers have the type `{}`, which is not read", short(description));
            return Err(fault(path, problem, "save it as `array.astype(\"float32\")`, classes as `astype(\"int64\")`"));
        };
        let order = after(text, "'fortran_order':").map(str::trim_start).ok_or_else(no_array)?;
        let shape = after(text, "'shape':").and_then(sizes).ok_or_else(no_array)?;
        if !order.starts_with("False") && shape.len() > 1 {
            let help = "save it as `numpy.ascontiguousarray(array)`";
            return Err(fault(path, "its numbers are in Fortran order".into(), help));
        }
        Ok(Self { path, kind, shape })
    }

    fn fault(&self, problem: String, help: &str) -> DataError {
        fault(self.path, problem, help)
    }

    /// That it does not hold examples of `shape`; `or` is another way out.
    fn another_shape(&self, shape: Shape, or: &str) -> DataError {
        let wanted: Vec<String> = shape.sizes().iter().map(usize::to_string).collect();
        self.fault(
            format!("it has the shape {}, but the spec says that examples are {shape}", self.shown()),
            &format!("save an array of shape (n, {}){or}", wanted.join(", ")),
        )
    }

    /// The shape as numpy writes it.
    fn shown(&self) -> String {
        let sizes: Vec<String> = self.shape.iter().map(usize::to_string).collect();
        format!("({}{})", sizes.join(", "), if sizes.len() == 1 { "," } else { "" })
    }

    /// The sizes of one example.
    fn rest(&self) -> &[usize] {
        self.shape.get(1..).unwrap_or_default()
    }

    /// How many numbers there are, which the size of the file has shown to be one that can be counted.
    fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// How many examples there are, at least one.
    fn examples(&self) -> Result<usize, DataError> {
        match self.shape.first() {
            None => Err(self.fault(
                "it has no axis: it is a single number, of shape ()".into(),
                "save an array with an axis of examples",
            )),
            Some(0) => Err(DataError::Empty { path: self.path.into() }),
            Some(&count) if u32::try_from(count).is_err() => {
                Err(self.fault("it has more than 2³² examples".into(), "use fewer"))
            }
            Some(&count) => Ok(count),
        }
    }

    /// Memory for all numbers.
    fn room<T>(&self) -> Result<Vec<T>, DataError> {
        let needed = (self.count() as u64).saturating_mul(size_of::<T>() as u64);
        room::check(self.path, needed)?;
        let mut values = Vec::new();
        values.try_reserve_exact(self.count()).map_err(|_| room::refused(self.path, needed))?;
        Ok(values)
    }

    /// What numbers are divided by.
    fn unit(&self) -> f64 {
        if self.kind == Kind::Unsigned(1) { 255.0 } else { 1.0 }
    }

    /// A number, if 32 bits hold one of its size.
    fn finite(&self, place: usize, value: f64) -> Result<f64, DataError> {
        if (value as f32).is_finite() {
            return Ok(value);
        }
        let example = place / self.rest().iter().product::<usize>().max(1);
        if value.is_finite() {
            let problem =
                format!("example {example} (counted from 0) holds {value:e}, which is too large: {MOST_SAID}");
            return Err(self.fault(problem, TOO_LARGE_HELP));
        }
        let problem = format!("example {example} (counted from 0) holds a number that is not finite");
        Err(self.fault(problem, "take such examples out, or fill in their values"))
    }
}

fn fault(path: &Path, problem: String, help: &str) -> DataError {
    DataError::Content { path: path.into(), place: String::new(), problem, help: help.into() }
}

/// What stands behind `key` in a header.
fn after<'h>(header: &'h str, key: &str) -> Option<&'h str> {
    header.split_once(key).map(|(_, rest)| rest)
}

/// The text in quotes that comes first.
fn quoted(rest: &str) -> Option<&str> {
    let rest = rest.trim_start().strip_prefix('\'')?;
    rest.split_once('\'').map(|(text, _)| text)
}

/// The sizes of a shape, `(3, 4)`, `(3,)` or `()`.
fn sizes(rest: &str) -> Option<Vec<usize>> {
    let (inside, _) = rest.trim_start().strip_prefix('(')?.split_once(')')?;
    let sizes = inside.split(',').map(str::trim).filter(|size| !size.is_empty());
    let sizes: Option<Vec<usize>> = sizes.map(|size| size.parse().ok()).collect();
    sizes.filter(|sizes| sizes.len() <= 32)
}
