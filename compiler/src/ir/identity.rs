//! The digests of what a run means: of all of it, of what trains it, and of what scores it.

use super::{Layer, Network, Report, Run, Training};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// SHA-256, in lower-case hexadecimal, of the canonical JSON of the run. Where the data lies
/// ([`super::Data::root`] and the names of files in [`super::Source`]), how often progress is saved, and where the files of starting weights lie are left out:
/// none of it changes what a run means. The content of such a file does, and has a digest of its own in a run's
/// identity.
pub fn digest(run: &Run) -> String {
    let canonical = canonical(run);
    sha256(&canonical)
}

/// SHA-256 of everything in a run that its weights depend on: all but the report. What [`digest`] leaves out is left out
/// here, too. Two runs of equal training digests, on the same files and with the same kernels, train to the same bits.
pub fn training_digest(run: &Run) -> String {
    // Without `..`: a new field of the IR does not compile until it is put on one of the two sides.
    let Run { version, network, data, training, report: _ } = canonical(run);
    sha256(&(version, network, data, training))
}

/// SHA-256 of everything in a run that only its scores depend on: the report, without the folders that files lie in.
pub fn evaluation_digest(run: &Run) -> String {
    let Run { version, network: _, data: _, training: _, report } = canonical(run);
    let Report { samples, estimator, metrics, out_of_distribution } = report;
    sha256(&(version, samples, estimator, metrics, out_of_distribution))
}

/// The run without what is no part of its meaning.
fn canonical(run: &Run) -> Run {
    let mut canonical = run.clone();
    canonical.data.root = None;
    canonical.data.source.files_mut().into_iter().for_each(String::clear);
    let Training {
        objective: _,
        likelihood: _,
        optimizer: _,
        learning_rate: _,
        epochs: _,
        batch: _,
        samples: _,
        validation_samples: _,
        max_steps: _,
        clip: _,
        early_stopping: _,
        select: _,
        inference: _,
        checkpoint,
        seed: _,
    } = &mut canonical.training;
    *checkpoint = None;
    for start in canonical.network.layers.iter_mut().filter_map(Layer::starting_file_mut) {
        start.file.clear();
    }
    for other in &mut canonical.report.out_of_distribution {
        other.root = None;
    }
    canonical
}

fn sha256(value: &impl Serialize) -> String {
    let bytes = serde_json::to_vec(value).expect("the IR has only string keys and finite numbers");
    Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The files that layers of a network start from, in the order of the layers, as the spec gives them.
pub fn starting_files(network: &Network) -> Vec<String> {
    network.layers.iter().filter_map(Layer::starting_file).map(|start| start.file.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Override;
    use crate::compile;
    use crate::sources::MemorySources;

    const SPEC: &str =
        "model net { input image[1, 8, 8]; default bayes; flatten; head: linear(10); output categorical }
dataset data { source = digits(); split = fraction(train=0.9, validation=0.1) }
train regime { objective = elbo(); optimizer = adam(lr=1e-2); epochs = 2; batch = 500 }
run trial { model = net; data = data; train = regime }
";

    /// The digests of the run's training and evaluation under an override.
    fn digests(set: &str) -> (String, String) {
        let overrides: Vec<Override> =
            [set].into_iter().filter(|set| !set.is_empty()).map(|set| Override(set.into())).collect();
        let compilation = compile("spec.elbo", &MemorySources::single("spec.elbo", SPEC), None, &overrides);
        assert!(!compilation.has_errors(), "{set}: {:?}", compilation.diagnostics);
        let run = &compilation.runs[0].run;
        (training_digest(run), evaluation_digest(run))
    }

    #[test]
    fn what_is_reported_is_no_part_of_the_training_and_the_other_way_round() {
        let (training, evaluation) = digests("");
        let of_report = [
            "report.samples=7",
            "report.metrics=[accuracy]",
            "report.ood=[noise()]",
            "report.estimator=reparameterization",
        ];
        for set in of_report {
            let found = digests(set);
            assert_eq!(found.0, training, "{set}");
            assert_ne!(found.1, evaluation, "{set}");
        }
        for set in ["train.seed=4", "train.epochs=3", "data.transform=[normalize()]", "train.validation_samples=3"] {
            let found = digests(set);
            assert_ne!(found.0, training, "{set}");
            assert_eq!(found.1, evaluation, "{set}");
        }
        assert_eq!(digests("train.checkpoint=none"), (training, evaluation), "how often it is saved changes no bit");
    }
}
