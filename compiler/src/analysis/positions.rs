//! Where local reparameterization draws something else than weights.

use crate::ir::{Estimator, Layer, Mark, Network};

/// The `bayes` layers whose outputs local reparameterization does not draw from the posterior q(w).
///
/// Its noise is independent on each pre-activation (Kingma, Salimans & Welling 2015, section 2.3). For a layer that
/// uses each weight once per input, such as a linear map of a vector, the outputs of one input then have the
/// distribution that draws of the weights give them. Where several positions share their weights, as in a convolution,
/// one draw of the weights moves all positions together, and independent noise does not. A convolution with a single
/// position is a linear map.
///
/// `prediction` replaces the estimator of every layer, as a report's `estimator` does.
pub fn drawn_by_position(network: &Network, prediction: Option<Estimator>) -> impl Iterator<Item = &Layer> {
    network.layers.iter().filter(move |layer| match &layer.mark {
        Some(Mark::Bayes { estimator, .. }) => {
            prediction.unwrap_or(*estimator) == Estimator::LocalReparameterization && positions(layer) > 1
        }
        Some(Mark::Point { .. } | Mark::Dropout { .. }) | None => false,
    })
}

/// Whether the network has a variational posterior.
pub fn has_posterior(network: &Network) -> bool {
    network.layers.iter().any(|layer| matches!(layer.mark, Some(Mark::Bayes { .. })))
}

/// How many positions of a layer's output share its weights; 1 for a vector.
fn positions(layer: &Layer) -> usize {
    layer.output.planes().map_or(1, |(_, [rows, columns])| rows.saturating_mul(columns))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile;
    use crate::sources::MemorySources;

    const SPEC: &str = "model net {
  input image[1, 8, 8]
  default bayes
  wide: conv2d(4, kernel=3)
  relu
  bayes(estimator=flipout) signed: conv2d(4, kernel=3)
  relu
  point fixed: conv2d(4, kernel=3)
  relu
  whole: conv2d(4, kernel=2)
  flatten
  head: linear(10)
  output categorical
}
dataset d { source = digits() }
train t { objective = elbo(kl=exact); optimizer = adam(lr=1e-3); epochs = 1; batch = 32 }
run r { model = net; data = d; train = t }
";

    #[test]
    fn only_positions_that_share_weights_count() {
        let mut sources = MemorySources::default();
        sources.insert("net.elbo", SPEC);
        let compilation = compile("net.elbo", &sources, None, &[]);
        assert!(!compilation.has_errors(), "{:?}", compilation.diagnostics);
        let network = &compilation.runs[0].run.network;
        let names = |prediction| -> Vec<&str> {
            drawn_by_position(network, prediction).map(|layer| layer.name.as_str()).collect()
        };
        // `whole` covers its input: 1 position; `head` takes a vector.
        let sizes: Vec<usize> = network.layers.iter().filter(|layer| layer.mark.is_some()).map(positions).collect();
        assert_eq!(sizes, [36, 16, 4, 1, 1]);
        assert_eq!(names(None), ["wide"]);
        assert_eq!(names(Some(Estimator::LocalReparameterization)), ["wide", "signed"]);
        assert!(names(Some(Estimator::Reparameterization)).is_empty());
        assert!(names(Some(Estimator::Flipout)).is_empty());
        assert!(has_posterior(network));
    }
}
