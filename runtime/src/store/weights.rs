//! `weights.safetensors`: a network's parameters under their public names, a layer `c[0]` of a `repeat` as `c.0`.

use super::{StoreError, write_atomically};
use crate::backend::{NamedTensor, Parameters, file_name, network_name};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The name of the file.
pub const WEIGHTS: &str = "weights.safetensors";

/// The one key of the file's metadata. (Two would be written in an order that changes from run to
/// run, and equal weights would no longer be equal files.)
const VERSION_KEY: &str = "elbo_weights_version";

/// The version of the form: 32-bit floats, names and axes as in PyTorch.
const VERSION: &str = "1";

/// How much larger than its numbers a file may be before it is refused unread: names and shapes take
/// some hundred bytes a tensor.
const HEADER_ALLOWANCE: u64 = 1 << 20;

/// Writes parameters to a file, whole or not at all. Equal parameters give equal bytes.
///
/// # Errors
/// [`StoreError::Write`], and [`StoreError::Content`] if a tensor's shape and values disagree.
pub fn write_weights(path: &Path, parameters: &Parameters) -> Result<(), StoreError> {
    write_atomically(path, &weights_bytes(path, parameters)?)
}

/// The bytes of a file of parameters. `path` is named in errors. Equal parameters give equal bytes.
///
/// # Errors
/// [`StoreError::Content`] if a tensor's shape and values disagree.
pub fn weights_bytes(path: &Path, parameters: &Parameters) -> Result<Vec<u8>, StoreError> {
    let metadata = HashMap::from([(VERSION_KEY.to_owned(), VERSION.to_owned())]);
    serialize(path, parameters, Some(metadata))
}

/// The bytes of a safetensors file of these parameters, with more metadata than the version of the form. `path` is named in errors. Equal
/// parameters and metadata give equal bytes.
///
/// # Errors
/// [`StoreError::Content`] if a tensor's shape and values disagree.
pub fn safetensors_bytes(
    path: &Path,
    parameters: &Parameters,
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<u8>, StoreError> {
    // The library writes metadata in an order that changes from run to run, so they are put into the header here: its
    // length (8 bytes, little-endian), a JSON object, blanks up to a multiple of 8; offsets count from its end.
    let plain = serialize(path, parameters, None)?;
    let (length, rest) = plain.split_first_chunk::<8>().expect("a file begins with the length of its header");
    let (header, values) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let header = std::str::from_utf8(header).expect("a header is JSON").trim_end();
    let entries = header.strip_prefix('{').expect("a header is a JSON object");
    let comma = if entries == "}" { "" } else { "," };
    let mut metadata = metadata.clone();
    metadata.insert(VERSION_KEY.to_owned(), VERSION.to_owned());
    let metadata = serde_json::to_string(&metadata).expect("metadata are texts");
    let mut header = format!("{{\"__metadata__\":{metadata}{comma}{entries}").into_bytes();
    header.resize(header.len().next_multiple_of(8), b' ');
    Ok([&(header.len() as u64).to_le_bytes(), header.as_slice(), values].concat())
}

fn serialize(
    path: &Path,
    parameters: &Parameters,
    metadata: Option<HashMap<String, String>>,
) -> Result<Vec<u8>, StoreError> {
    let mut tensors = Vec::with_capacity(parameters.len());
    for (name, tensor) in parameters {
        let bytes: Vec<u8> = tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect();
        tensors.push((file_name(name), &tensor.shape, bytes));
    }
    let mut views = Vec::with_capacity(tensors.len());
    for (name, shape, bytes) in &tensors {
        let view = TensorView::new(Dtype::F32, (*shape).clone(), bytes);
        let view = view.map_err(|error| StoreError::content(path, format!("tensor `{name}`: {error}")))?;
        views.push((name.as_str(), view));
    }
    safetensors::serialize(views, metadata)
        .map_err(|error| StoreError::content(path, format!("it cannot be laid out: {error}")))
}

/// Reads the parameters of a published result, whatever network they are of, under the network's names.
/// [`super::open_training`] has said that the file is as it was published.
///
/// # Errors
/// [`StoreError::Read`], and [`StoreError::Content`] if the file is no safetensors file, has another version, or a
/// tensor of another type or with a value that is not finite.
pub fn read_result_weights(path: &Path) -> Result<Parameters, StoreError> {
    let wrong = |problem: String| StoreError::content(path, problem);
    let bytes = std::fs::read(path).map_err(StoreError::read(path))?;
    let file = open(&bytes).map_err(wrong)?;
    let tensor = |(name, view): (String, TensorView<'_>)| {
        let shape = view.shape().to_vec();
        let values = values(&view, &shape).map_err(|problem| wrong(format!("its tensor `{name}` {problem}")))?;
        Ok((network_name(&name), NamedTensor { shape, values }))
    };
    file.tensors().into_iter().map(tensor).collect()
}

/// A file of the known version.
fn open(bytes: &[u8]) -> Result<SafeTensors<'_>, String> {
    let invalid = |error: safetensors::SafeTensorError| format!("it is no whole safetensors file: {error}");
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(invalid)?;
    match metadata.metadata().as_ref().and_then(|entries| entries.get(VERSION_KEY)).map(String::as_str) {
        Some(VERSION) => SafeTensors::deserialize(bytes).map_err(invalid),
        Some(other) => Err(format!("its version is {other}, known is {VERSION}")),
        None => Err(format!("its metadata has no `{VERSION_KEY}`")),
    }
}

/// Reads parameters that must be those of a network: `expected` gives the names and shapes, its
/// values do not matter. The file's size is checked before it is read.
///
/// # Errors
/// [`StoreError::Read`], and [`StoreError::Content`] if the file is no safetensors file, has another
/// version, lacks a tensor or has one too many, or one of another shape or type, or a value that is
/// not finite.
pub fn read_weights(path: &Path, expected: &Parameters) -> Result<Parameters, StoreError> {
    let wrong = |problem: String| StoreError::content(path, problem);
    let numbers: u64 = expected.values().map(|tensor| tensor.values.len() as u64).sum();
    let names: u64 = expected.keys().map(|name| name.len() as u64 * 2).sum();
    let most = 4 * numbers + names + HEADER_ALLOWANCE;
    let size = std::fs::metadata(path).map_err(StoreError::read(path))?.len();
    if size > most {
        return Err(wrong(format!(
            "it has {size} bytes, but this network's {numbers} numbers take no more than {most}"
        )));
    }
    let bytes = std::fs::read(path).map_err(StoreError::read(path))?;
    let file = open(&bytes).map_err(wrong)?;
    let mut surplus: Vec<&str> =
        file.names().into_iter().filter(|name| !expected.contains_key(&network_name(name))).collect();
    surplus.sort_unstable();
    if let Some(name) = surplus.first() {
        return Err(wrong(format!("it has a tensor `{name}` that the network has not")));
    }
    let mut parameters = Parameters::new();
    for (name, wanted) in expected {
        // Older versions wrote the network's own names.
        let view = file.tensor(&file_name(name)).or_else(|_| file.tensor(name));
        let view = view.map_err(|_| wrong(format!("it has no tensor `{name}`, which the network needs")))?;
        let values = values(&view, &wanted.shape).map_err(|problem| wrong(format!("its tensor `{name}` {problem}")))?;
        parameters.insert(name.clone(), NamedTensor { shape: wanted.shape.clone(), values });
    }
    Ok(parameters)
}

fn values(view: &TensorView<'_>, shape: &[usize]) -> Result<Vec<f32>, String> {
    if view.dtype() != Dtype::F32 {
        return Err(format!("holds {:?} numbers, not F32", view.dtype()));
    }
    if view.shape() != shape {
        return Err(format!("has the shape {:?}, but the network's is {:?}", view.shape(), shape));
    }
    let (chunks, _) = view.data().as_chunks::<4>();
    let values: Vec<f32> = chunks.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    match values.iter().position(|value| !value.is_finite()) {
        Some(place) => Err(format!("holds {} at place {place}, which is no finite number", values[place])),
        None => Ok(values),
    }
}
