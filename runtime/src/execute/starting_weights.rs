//! Parameters that start from the values of a safetensors file, such as another run's result.

use crate::backend::{NamedTensor, Parameters, StartingTensor, starting_tensors};
use elbo_compiler::analysis::TensorKind;
use elbo_compiler::ir::Network;
use safetensors::tensor::{Dtype, SafeTensors};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// The largest file that is read, in bytes (4 GiB).
const MAXIMUM_BYTES: u64 = 4 << 30;

/// What a network starts from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StartingWeights {
    /// The parameters, under the network's names.
    pub parameters: Parameters,
    /// SHA-256 of the file behind each layer that starts from one, as `weights/<layer>`. It stands for the file's
    /// content in a run's identity; where the file lies does not matter.
    pub digests: BTreeMap<String, String>,
}

/// Why a layer cannot start from a file. `Display` names the place and the problem, [`StartError::help`] the fix.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The operating system does not let the file be read.
    #[error("layer `{layer}` starts from `{}`, which cannot be read: {error}", path.display())]
    Unreadable {
        /// The layer.
        layer: String,
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file larger than any network's weights.
    #[error("layer `{layer}` starts from `{}`, which has {bytes} bytes; at most {MAXIMUM_BYTES} are read", path.display())]
    Size {
        /// The layer.
        layer: String,
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// No safetensors file, or a damaged one.
    #[error("layer `{layer}` starts from `{}`, which is no whole safetensors file: {problem}", path.display())]
    Form {
        /// The layer.
        layer: String,
        /// The file.
        path: PathBuf,
        /// What the library said.
        problem: String,
    },
    /// The file has none of the names that would do.
    #[error("`{}` has neither a tensor `{layer}.{kind}` nor `{layer}.{kind}.mu`, from which layer `{layer}` starts", path.display())]
    Missing {
        /// The layer.
        layer: String,
        /// `weight` or `bias`.
        kind: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// A tensor that does not fit.
    #[error("layer `{layer}` cannot start from the tensor `{tensor}` of `{}`: {problem}", path.display())]
    Tensor {
        /// The layer.
        layer: String,
        /// The tensor's name in the file.
        tensor: String,
        /// The file.
        path: PathBuf,
        /// Why not.
        problem: String,
    },
}

impl StartError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Unreadable { .. } => {
                "check that the file is there and that you may read it; its path is relative to the spec's folder"
                    .into()
            }
            Self::Size { .. } => "keep the layers that are needed in a smaller file".into(),
            Self::Form { .. } => {
                "name the `weights.safetensors` of a finished run, or a file that `safetensors.torch.save_file` wrote"
                    .into()
            }
            Self::Missing { .. } => {
                "give the layer the name it had in the network the file comes from, or another `init=` or `mean=`"
                    .into()
            }
            Self::Tensor { .. } => {
                "let the layer have the sizes it had in the network the file comes from; numbers are 32-bit floats"
                    .into()
            }
        }
    }
}

/// Reads every file that layers of the network start from, once each. `folder` is what their paths are relative to.
///
/// # Errors
/// [`StartError`] names the layer, the tensor and the file.
pub fn read_starting_weights(network: &Network, folder: &Path) -> Result<StartingWeights, StartError> {
    let mut files: BTreeMap<String, (Vec<u8>, String)> = BTreeMap::new();
    let mut starting = StartingWeights::default();
    for layer in &network.layers {
        for wanted in starting_tensors(layer) {
            let (name, file, _) = &wanted;
            let path = folder.join(file);
            if !files.contains_key(*file) {
                let bytes = read(&layer.name, &path)?;
                let digest = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
                files.insert((*file).to_owned(), (bytes, digest));
            }
            let (bytes, digest) = &files[*file];
            let tensor = take(&layer.name, &wanted, &path, bytes)?;
            starting.parameters.insert(name.clone(), tensor);
            starting.digests.insert(format!("weights/{}", layer.name), digest.clone());
        }
    }
    Ok(starting)
}

/// The bytes of a regular file whose size has been looked at.
fn read(layer: &str, path: &Path) -> Result<Vec<u8>, StartError> {
    let unreadable = |error| StartError::Unreadable { layer: layer.to_owned(), path: path.to_owned(), error };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(unreadable(io::Error::other("it is not a regular file")));
    }
    if metadata.len() > MAXIMUM_BYTES {
        return Err(StartError::Size { layer: layer.to_owned(), path: path.to_owned(), bytes: metadata.len() });
    }
    std::fs::read(path).map_err(unreadable)
}

/// The values for one parameter: `<layer>.weight` of the file, else `<layer>.weight.mu`, so that a `point` layer can
/// start from a `bayes` one and the other way round.
fn take(
    layer: &str,
    (_, _, wanted): &StartingTensor<'_>,
    path: &Path,
    bytes: &[u8],
) -> Result<NamedTensor, StartError> {
    let (layer, path) = (layer.to_owned(), path.to_owned());
    let file = match SafeTensors::deserialize(bytes) {
        Ok(file) => file,
        Err(error) => return Err(StartError::Form { layer, path, problem: error.to_string() }),
    };
    let kind = match wanted.kind {
        TensorKind::Weight => "weight",
        TensorKind::Bias => "bias",
    };
    let names = [format!("{layer}.{kind}"), format!("{layer}.{kind}.mu")];
    let Some((tensor, view)) = names.into_iter().find_map(|name| Some((name.clone(), file.tensor(&name).ok()?))) else {
        return Err(StartError::Missing { layer, kind, path });
    };
    if view.dtype() != Dtype::F32 {
        let problem = format!("it holds {:?} numbers, not F32", view.dtype());
        return Err(StartError::Tensor { layer, tensor, path, problem });
    }
    if view.shape() != wanted.shape {
        let problem = format!("it has the shape {:?}, but the layer's is {:?}", view.shape(), wanted.shape);
        return Err(StartError::Tensor { layer, tensor, path, problem });
    }
    let (numbers, _) = view.data().as_chunks::<4>();
    let values: Vec<f32> = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    if let Some(place) = values.iter().position(|value| !value.is_finite()) {
        let problem = format!("it holds {} at place {place}, which is no finite number", values[place]);
        return Err(StartError::Tensor { layer, tensor, path, problem });
    }
    Ok(NamedTensor { shape: wanted.shape.clone(), values })
}

#[cfg(test)]
mod tests;
