//! Arrays of numpy in the NPY format (versions 1 to 3; numpy.lib.format): a magic string, a header that says type, order and
//! shape, then the numbers. Whole and real numbers in little-endian order are read, in C order.

use super::csv::short;
use super::digest::Digest;
use super::error::DataError;
use super::file::read_whole;
use super::raw::Raw;
use super::stored::{Labels, Numbers};
use elbo_compiler::ir::{NpySource, Shape, Target, TestExamples};
use std::path::Path;

const MAGIC: &[u8] = b"\x93NUMPY";

/// Reads inputs and labels, and those of the test split if they have files of their own; all below `folder`.
pub(super) fn read(source: &NpySource, shape: Shape, target: &Target, folder: &Path) -> Result<Raw, DataError> {
    let (all, mut digests) = pair(&source.files, shape, target, folder)?;
    let mut test_files = 0;
    let test = match &source.test {
        TestExamples::Share(share) => Err(*share),
        TestExamples::Files(files) => {
            let (test, more) = pair(files, shape, target, folder)?;
            // Labels may well be the same in both.
            digests[0].check_differs(&more[0], (&folder.join(&source.files[0]), &folder.join(&files[0])))?;
            test_files = more.len();
            digests.extend(more);
            Ok(test)
        }
    };
    Raw::of_numbers(all, test, (digests, test_files))
}

/// One file of inputs and the file of their labels.
fn pair(
    [inputs, labels]: &[String; 2],
    shape: Shape,
    target: &Target,
    folder: &Path,
) -> Result<(Numbers, Vec<Digest>), DataError> {
    let (inputs, labels) = (folder.join(inputs), folder.join(labels));
    let (bytes, input_digest) = read_whole(&inputs)?;
    let array = Array::parse(&inputs, &bytes)?;
    // One feature may be written without an axis of its own.
    let fits = array.rest() == shape.sizes() || (array.shape.len() == 1 && shape.sizes() == [1]);
    if !fits {
        return Err(array.another_shape(shape, &other_way(array.rest(), shape)));
    }
    let count = array.examples()?;
    let values = array.numbers()?;
    let (label_bytes, label_digest) = read_whole(&labels)?;
    let array = Array::parse(&labels, &label_bytes)?;
    let labelled = array.examples()?;
    if labelled != count {
        return Err(array.fault(
            format!("it holds {labelled} labels, but `{}` holds {count} examples", inputs.display()),
            "save both arrays from the same examples",
        ));
    }
    let labels = match target {
        Target::Values { names, .. } => {
            let targets = names.len();
            if array.rest() != [targets] && !(array.shape.len() == 1 && targets == 1) {
                return Err(array.fault(
                    format!("it has the shape {}, but the spec says that there are {targets} targets", array.shown()),
                    &format!("save an array of shape (n, {targets}), or say `targets=` with another number"),
                ));
            }
            Labels::Values { targets, values: array.numbers()? }
        }
        Target::Classes { count, .. } => {
            if array.shape.len() != 1 && array.rest() != [1] {
                return Err(array.fault(
                    format!("it has the shape {}, but classes are one number each", array.shown()),
                    "save an array of shape (n,) with the number of each class",
                ));
            }
            Labels::Classes(array.classes(*count)?)
        }
    };
    let shape =
        shape.planes().map_or([shape.elements(), 1, 1], |(channels, [rows, columns])| [channels, rows, columns]);
    Ok((Numbers { shape, values, labels }, vec![input_digest, label_digest]))
}

/// Examples of `shape` in a file of their own, for prediction: an array of them, or a single one without an axis of
/// examples. Returns how many there are, and their numbers.
///
/// # Errors
/// [`DataError::Unreadable`] and [`DataError::Content`]. Sizes are checked before memory is taken.
pub fn read_examples(path: &Path, shape: Shape) -> Result<(usize, Vec<f32>), DataError> {
    let (bytes, _) = read_whole(path)?;
    let array = Array::parse(path, &bytes)?;
    let sizes = shape.sizes();
    // A single channel may be written without an axis of its own.
    let short = sizes.strip_prefix(&[1]).filter(|rest| !rest.is_empty());
    let count = match array.shape.as_slice() {
        [count, rest @ ..] if rest == sizes || Some(rest) == short => *count,
        one if one == sizes || Some(one) == short => 1,
        [count] if sizes == [1] => *count,
        _ => return Err(array.another_shape(shape, "")),
    };
    if count == 0 {
        return Err(DataError::Empty { path: path.into() });
    }
    Ok((count, array.numbers()?))
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
        ([], _) => String::new(),
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

/// A parsed file.
struct Array<'a> {
    path: &'a Path,
    kind: Kind,
    shape: Vec<usize>,
    body: &'a [u8],
}

impl<'a> Array<'a> {
    /// Reads the header, and checks that exactly so many numbers follow as it says.
    fn parse(path: &'a Path, bytes: &'a [u8]) -> Result<Self, DataError> {
        let fault = |problem: String, help: &str| DataError::Content {
            path: path.into(),
            place: String::new(),
            problem,
            help: help.into(),
        };
        let no_array = || fault("it is not an array of numpy".into(), "write it with `numpy.save(file, array)`");
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(no_array)?;
        let (&[version, _], rest) = rest.split_first_chunk::<2>().ok_or_else(no_array)?;
        let (length, rest) = match version {
            1 => {
                let (length, rest) = rest.split_first_chunk::<2>().ok_or_else(no_array)?;
                (usize::from(u16::from_le_bytes(*length)), rest)
            }
            2 | 3 => {
                let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(no_array)?;
                (u32::from_le_bytes(*length) as usize, rest)
            }
            _ => return Err(no_array()),
        };
        let (header, body) = rest.split_at_checked(length).ok_or_else(no_array)?;
        let header = std::str::from_utf8(header).map_err(|_| no_array())?;
        let description = after(header, "'descr':").and_then(quoted);
        let Some(description) = description else {
            let problem = "its header names no plain type of numbers".into();
            return Err(fault(problem, "save an array of plain numbers, for example `array.astype(\"float32\")`"));
        };
        let Some(kind) = Kind::parse(description) else {
            let problem = format!("its numbers have the type `{}`, which is not read", short(description));
            return Err(fault(problem, "save it as `array.astype(\"float32\")`, classes as `astype(\"int64\")`"));
        };
        let order = after(header, "'fortran_order':").map(str::trim_start).ok_or_else(no_array)?;
        let shape = after(header, "'shape':").and_then(sizes).ok_or_else(no_array)?;
        if !order.starts_with("False") && shape.len() > 1 {
            let help = "save it as `numpy.ascontiguousarray(array)`";
            return Err(fault("its numbers are in Fortran order".into(), help));
        }
        let array = Self { path, kind, shape, body };
        let numbers = array.shape.iter().try_fold(1_usize, |product, size| product.checked_mul(*size));
        let expected = numbers.and_then(|numbers| numbers.checked_mul(kind.bytes()));
        if expected != Some(body.len()) {
            let problem = format!(
                "its header says {} numbers of {} bytes, but {} bytes follow",
                array.shown(),
                kind.bytes(),
                body.len()
            );
            return Err(fault(problem, "save the array again; the file may be cut short"));
        }
        Ok(array)
    }

    fn fault(&self, problem: String, help: &str) -> DataError {
        DataError::Content { path: self.path.into(), place: String::new(), problem, help: help.into() }
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

    /// How many examples there are, at least one.
    fn examples(&self) -> Result<usize, DataError> {
        match self.shape.first() {
            None => Err(self.fault("it is a single number".into(), "save an array with an axis of examples")),
            Some(0) => Err(DataError::Empty { path: self.path.into() }),
            Some(&count) if u32::try_from(count).is_err() => {
                Err(self.fault("it has more than 2³² examples".into(), "use fewer"))
            }
            Some(&count) => Ok(count),
        }
    }

    fn each(&self) -> impl Iterator<Item = f64> {
        self.body.chunks_exact(self.kind.bytes()).map(|bytes| self.kind.value(bytes))
    }

    /// All numbers, bytes divided by 255.
    fn numbers(&self) -> Result<Vec<f32>, DataError> {
        let unit = if self.kind == Kind::Unsigned(1) { 255.0 } else { 1.0 };
        let mut values = Vec::new();
        let too_large = || self.fault("there is not enough memory for it".into(), "use fewer examples");
        values.try_reserve_exact(self.body.len() / self.kind.bytes()).map_err(|_| too_large())?;
        for (index, value) in self.each().enumerate() {
            let value = (value / unit) as f32;
            if !value.is_finite() {
                let size = self.rest().iter().product::<usize>().max(1);
                let problem = format!("example {} (counted from 0) holds a number that is not finite", index / size);
                return Err(self.fault(problem, "take such examples out, or fill in their values"));
            }
            values.push(value);
        }
        Ok(values)
    }

    /// All numbers as classes.
    fn classes(&self, count: usize) -> Result<Vec<u16>, DataError> {
        if matches!(self.kind, Kind::Real(_)) {
            return Err(
                self.fault("its numbers are real, and classes are whole".into(), "save it as `astype(\"int64\")`")
            );
        }
        let class = |(index, value): (usize, f64)| {
            if (0.0..count as f64).contains(&value) {
                return Ok(value as u16);
            }
            let problem = format!(
                "example {index} (counted from 0) has the label {value}, but there are {count} classes, 0 to {}",
                count - 1
            );
            Err(self.fault(problem, "number the classes from 0, or say `classes=` with another number"))
        };
        self.each().enumerate().map(class).collect()
    }
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
