//! Parameters that start from the values of a safetensors file, such as another run's result or a PyTorch state dict.

mod error;
mod names;

pub use error::StartError;

use crate::backend::{NamedTensor, Parameters, StartingPart, StartingTensor, starting_tensors};
use crate::store::TensorFile;
use elbo_compiler::analysis::weight_tensors;
use elbo_compiler::ir::{Layer, Network};
use error::Place;
use names::{candidates, is_bookkeeping, listing};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What a network starts from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StartingWeights {
    /// The parameters, under the network's names.
    pub parameters: Parameters,
    /// SHA-256 of the file behind each layer that starts from one, as `weights/<layer>`. It stands for the file's
    /// content in a run's identity; where the file lies does not matter.
    pub digests: BTreeMap<String, String>,
    /// What readers should know: the tensors of the files that no layer takes, and normalisations that start without
    /// theirs.
    pub notes: Vec<String>,
}

/// A file, and which of its tensors have been taken.
struct Opened {
    path: PathBuf,
    file: TensorFile,
    taken: BTreeSet<String>,
}

/// Reads every file that layers of the network start from, once each. `folder` is what their paths are relative to.
///
/// # Errors
/// [`StartError`] names the layer, the tensor and the file.
pub fn read_starting_weights(network: &Network, folder: &Path) -> Result<StartingWeights, StartError> {
    let mut files: BTreeMap<String, Opened> = BTreeMap::new();
    let mut starting = StartingWeights::default();
    for layer in &network.layers {
        for wanted in starting_tensors(layer) {
            let name = &wanted.start.file;
            if !files.contains_key(name) {
                let path = folder.join(name);
                let file = TensorFile::open(&path).map_err(|error| StartError::opening(&layer.name, &path, error))?;
                files.insert(name.clone(), Opened { path, file, taken: BTreeSet::new() });
            }
            let opened = files.get_mut(name).expect("it is open");
            let tensor = take(layer, &wanted, opened)?;
            starting.digests.insert(format!("weights/{}", layer.name), opened.file.sha256().to_owned());
            starting.parameters.insert(wanted.name, tensor);
        }
    }
    starting.notes = files.iter().flat_map(|(name, opened)| notes(network, name, opened)).collect();
    Ok(starting)
}

/// The values for one parameter or statistic.
fn take(layer: &Layer, wanted: &StartingTensor<'_>, opened: &mut Opened) -> Result<NamedTensor, StartError> {
    let StartingTensor { start, part, shape, .. } = wanted;
    let place = || Place { layer: layer.name.clone(), path: opened.path.clone() };
    let candidates = candidates(start.layer.as_deref().unwrap_or(&layer.name), *part);
    let Some((tensor, found)) =
        candidates.iter().find_map(|name| Some((name.clone(), opened.file.shape(name)?.to_vec())))
    else {
        return Err(StartError::missing(place(), layer, wanted, &candidates, &opened.file));
    };
    if found != *shape {
        let problem = error::shape_problem(&found, shape);
        return Err(StartError::Tensor { place: place(), tensor, problem });
    }
    let place = place();
    let values = match opened.file.values(&tensor) {
        Ok(values) => values,
        Err(problem) => return Err(StartError::Tensor { place, tensor, problem }),
    };
    if *part == StartingPart::RunningVariance
        && let Some(number) = values.iter().position(|value| *value < 0.0)
    {
        let problem = format!("it holds {} at place {number}, but no variance is negative", values[number]);
        return Err(StartError::Tensor { place, tensor, problem });
    }
    opened.taken.insert(tensor);
    Ok(NamedTensor { shape: shape.clone(), values })
}

/// What there is to say of a file once all layers have taken theirs.
fn notes(network: &Network, name: &str, Opened { file, taken, .. }: &Opened) -> Vec<String> {
    let left: Vec<&str> = file.names().filter(|name| !taken.contains(*name) && !is_bookkeeping(name)).collect();
    let mut notes = Vec::new();
    if !left.is_empty() {
        let (tensors, are) = if left.len() == 1 { ("tensor", "is") } else { ("tensors", "are") };
        let (count, listed) = (left.len(), listing(&left));
        notes.push(format!("{count} {tensors} of `{name}` {are} not used, because no layer takes them: {listed}"));
    }
    // A network that takes its other weights from the file predicts wrongly with normalisations that do not fit them.
    let fresh: Vec<&str> = (network.layers.iter())
        .filter(|layer| {
            // Parameters without a mark are those of a normalisation.
            let normalizes = layer.mark.is_none() && !weight_tensors(layer).is_empty();
            let known = || candidates(&layer.name, StartingPart::Weight);
            normalizes && layer.starting_file().is_none() && known().iter().any(|name| left.contains(&name.as_str()))
        })
        .map(|layer| layer.name.as_str())
        .collect();
    if let [first, ..] = fresh.as_slice() {
        notes.push(format!(
            "`{name}` has values for {}, which start{} without them; to take them, write `{first}: \
             …(init=weights(\"{name}\"))`",
            listing(&fresh),
            if fresh.len() == 1 { "s" } else { "" },
        ));
    }
    notes
}

#[cfg(test)]
mod tests;
