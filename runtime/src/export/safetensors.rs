//! The network's tensors for PyTorch.

use super::source::Source;
use super::{ExportError, Tensors};
use crate::backend::Parameters;
use crate::store::safetensors_bytes;
use std::collections::BTreeMap;

/// The file's bytes. Its metadata say which run it is of, and that PyTorch's names and axes are used (`format`, as other
/// writers have it).
pub(super) fn file(source: &Source, tensors: Tensors) -> Result<Vec<u8>, ExportError> {
    let parameters = source.parameters()?;
    let record = &source.finished.record;
    let mut metadata = BTreeMap::from(
        [
            ("format", "pt"),
            ("elbo_version", record.elbo_version.as_str()),
            ("identity", record.identity.as_str()),
            ("ir_digest", record.ir_digest.as_str()),
            ("run", source.name()),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned())),
    );
    if let Some(digest) = record.files.get("spec.elbo") {
        metadata.insert("spec_sha256".to_owned(), digest.clone());
    }
    let (parameters, which) = match tensors {
        Tensors::Posterior => {
            metadata.insert("sigma".to_owned(), "softplus(rho)".to_owned());
            (parameters, "posterior")
        }
        Tensors::Means => (means(parameters), "means"),
    };
    metadata.insert("tensors".to_owned(), which.to_owned());
    Ok(safetensors_bytes(source.directory(), &parameters, &metadata)?)
}

/// The parameters of the network with every Gaussian weight at its mean: `conv1.weight` is `conv1.weight.mu`.
fn means(parameters: Parameters) -> Parameters {
    let is_deviation =
        |name: &str| name.strip_suffix(".rho").is_some_and(|plain| parameters.contains_key(&format!("{plain}.mu")));
    let kept: Vec<String> = parameters.keys().filter(|name| !is_deviation(name)).cloned().collect();
    let mut parameters = parameters;
    let plain = |name: String| {
        let tensor = parameters.remove(&name).expect("the name is one of its keys");
        (name.strip_suffix(".mu").map(str::to_owned).unwrap_or(name), tensor)
    };
    kept.into_iter().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::NamedTensor;

    #[test]
    fn means_go_by_the_plain_names_and_the_rest_stays() {
        let names =
            ["bn.running_mean", "conv.bias.mu", "conv.bias.rho", "conv.weight.mu", "conv.weight.rho", "fc.weight"];
        let tensor = |place: usize| NamedTensor { shape: vec![1], values: vec![place as f32] };
        let parameters: Parameters =
            names.iter().enumerate().map(|(place, name)| ((*name).to_owned(), tensor(place))).collect();
        let found: Vec<(String, f32)> =
            means(parameters).into_iter().map(|(name, tensor)| (name, tensor.values[0])).collect();
        let expected = [("bn.running_mean", 0.0), ("conv.bias", 1.0), ("conv.weight", 3.0), ("fc.weight", 5.0)];
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value)));
    }
}
