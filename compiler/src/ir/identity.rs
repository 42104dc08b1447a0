//! The digest of a run's meaning.

use super::{Initialization, Layer, Mark, PosteriorMean, Run};
use sha2::{Digest, Sha256};

/// SHA-256, in lower-case hexadecimal, of the canonical JSON of the run. Where the data lies
/// ([`super::Data::root`] and the names of files in [`super::Source`]), how often progress is saved, and where the files of starting weights lie are left out:
/// none of it changes what a run means. The content of such a file does, and has a digest of its own in a run's
/// identity.
pub fn digest(run: &Run) -> String {
    let mut canonical = run.clone();
    canonical.data.root = None;
    canonical.data.source.files_mut().into_iter().for_each(String::clear);
    canonical.training.checkpoint = None;
    for file in canonical.network.layers.iter_mut().filter_map(starting_file) {
        file.clear();
    }
    for other in &mut canonical.report.out_of_distribution {
        other.root = None;
    }
    let bytes = serde_json::to_vec(&canonical).expect("the IR has only string keys and finite numbers");
    Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The file that a layer's weights start from.
fn starting_file(layer: &mut Layer) -> Option<&mut String> {
    match layer.mark.as_mut()? {
        Mark::Point { initialization: Initialization::Weights { file } }
        | Mark::Dropout { initialization: Initialization::Weights { file }, .. } => Some(file),
        Mark::Bayes { posterior, .. } => match &mut posterior.mean {
            PosteriorMean::Weights { file } => Some(file),
            _ => None,
        },
        _ => None,
    }
}
