//! Whether training draws from the posterior that the KL is paid for.

use crate::analysis::drawn_by_position;
use crate::check::Checker;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::Run;
use crate::origin::LayerOrigin;

impl Checker<'_> {
    /// Notes layers whose noise in training is no draw of their weights: once for a model, however many runs use it.
    pub(super) fn check_sampling(&self, run: &Run, origins: &[LayerOrigin], model: &str) {
        let names: Vec<&str> = drawn_by_position(&run.network, None).map(|layer| layer.name.as_str()).collect();
        let Some(first) = names.first() else { return };
        let index = run.network.layers.iter().position(|layer| layer.name == *first);
        let Some((source, span)) = index.and_then(|index| Some(origins.get(index)?.mark.as_ref()?.place())) else {
            return;
        };
        let layers = match names.as_slice() {
            [one] => format!("`{one}` of `{model}` adds"),
            [one, other] => format!("`{one}` and `{other}` of `{model}` add"),
            [one, rest @ ..] => format!("`{one}` and {} more layers of `{model}` add", rest.len()),
            [] => return,
        };
        self.report(
            Diagnostic::new(
                Code::NoiseByPosition,
                format!("{layers} independent noise at each position, which is no draw of the weights"),
                source,
                span,
                "sampled by `local_reparameterization`",
            )
            .note(
                "the training loss is then a surrogate and not the negative ELBO; predictions use the same noise, and the \
                 report shows the scores under draws of the weights beside them",
            )
            .help(
                "write `estimator = flipout` or `estimator = reparameterization` in `train` to train with draws of the \
                 weights; `local_reparameterization` is the default",
            ),
        );
    }
}
