use super::*;
use crate::backend::Backend;
use crate::backend::candle::CandleBackend;
use crate::store::write_weights;
use candle_core::Device;
use elbo_compiler::compile;
use elbo_compiler::ir::{Initialization, Mark, PosteriorMean, Run};
use elbo_compiler::sources::MemorySources;

const SPEC: &str = "
model net {
  input image[1, 8, 8]
  default point
  conv1: conv2d(3, kernel=3)
  relu
  flatten
  bayes head: linear(10)
  output categorical
}
dataset digits_data { source = digits() }
train regime { objective = elbo(); optimizer = adam(lr=1e-3); epochs = 1; batch = 64 }
run trial { model = net; data = digits_data; train = regime }
";

/// The run with every layer starting from `file`.
fn run(file: &str) -> Run {
    let sources = MemorySources::single("spec.elbo", SPEC);
    let mut run = compile("spec.elbo", &sources, None, &[]).runs.remove(0).run;
    for layer in &mut run.network.layers {
        let file = file.to_owned();
        match &mut layer.mark {
            Some(Mark::Point { initialization }) => *initialization = Initialization::Weights { file },
            Some(Mark::Bayes { posterior, .. }) => posterior.mean = PosteriorMean::Weights { file },
            _ => {}
        }
    }
    run
}

fn tensor(shape: &[usize]) -> NamedTensor {
    let count: usize = shape.iter().product();
    NamedTensor { shape: shape.to_vec(), values: (0..count).map(|at| at as f32 / 64.0 - 1.0).collect() }
}

/// Parameters of both layers, `conv1` as if it had been `bayes` and `head` as if it had been `point`.
fn exchanged() -> Parameters {
    let tensors = [
        ("conv1.weight.mu", tensor(&[3, 1, 3, 3])),
        ("conv1.weight.rho", tensor(&[3, 1, 3, 3])),
        ("conv1.bias.mu", tensor(&[3])),
        ("head.weight", tensor(&[10, 108])),
        ("head.bias", tensor(&[10])),
        ("another.weight", tensor(&[2])),
    ];
    tensors.into_iter().map(|(name, tensor)| (name.to_owned(), tensor)).collect()
}

#[test]
fn twins_start_from_each_others_results() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_weights(&folder.path().join("twin.safetensors"), &exchanged()).expect("it can be written");
    let run = run("twin.safetensors");
    let starting = read_starting_weights(&run.network, folder.path()).expect("everything is there");
    let backend = CandleBackend::starting_from(&run, Device::Cpu, &starting.parameters).expect("everything fits");
    let parameters = backend.parameters().expect("they can be read");
    for (ours, theirs) in [
        ("conv1.weight", "conv1.weight.mu"),
        ("conv1.bias", "conv1.bias.mu"),
        ("head.weight.mu", "head.weight"),
        ("head.bias.mu", "head.bias"),
    ] {
        assert_eq!(parameters[ours], exchanged()[theirs], "{ours}");
    }
    assert!(parameters["head.weight.rho"].values.iter().all(|&rho| rho == -5.0));
    assert_eq!(starting.digests.keys().collect::<Vec<_>>(), ["weights/conv1", "weights/head"]);
    assert!(starting.digests.values().all(|digest| digest.len() == 64));
    // Without the file the network is refused, not started from zeros.
    let error = CandleBackend::new(&run, Device::Cpu).map(|_| ()).expect_err("is refused");
    assert!(error.to_string().contains("`conv1.weight` starts from a file"), "{error}");
}

#[test]
fn what_does_not_fit_is_named_with_layer_tensor_and_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("weights.safetensors");
    let refusal = || {
        let error = read_starting_weights(&run("weights.safetensors").network, folder.path()).expect_err("is refused");
        assert!(!error.help().is_empty());
        let message = error.to_string();
        assert!(message.contains("weights.safetensors") && message.contains("conv1"), "{message}");
        message
    };
    assert!(refusal().contains("which cannot be read"));
    std::fs::create_dir(&path).expect("a folder can be made");
    assert!(refusal().contains("not a regular file"));
    std::fs::remove_dir(&path).expect("it can be removed");
    for bytes in [&b""[..], b"hello", &[255; 100], b"\x02\0\0\0\0\0\0\0{}trailing"] {
        std::fs::write(&path, bytes).expect("it can be written");
        assert!(refusal().contains("no whole safetensors file"));
    }
    let written = |change: &dyn Fn(&mut Parameters)| {
        let mut parameters = exchanged();
        change(&mut parameters);
        write_weights(&path, &parameters).expect("it can be written");
        refusal()
    };
    let message = written(&|parameters| drop(parameters.remove("conv1.bias.mu")));
    assert!(message.contains("neither a tensor `conv1.bias` nor `conv1.bias.mu`"), "{message}");
    let message = written(&|parameters| drop(parameters.insert("conv1.weight".into(), tensor(&[3, 1, 5, 5]))));
    assert!(message.contains("the tensor `conv1.weight`") && message.contains("[3, 1, 5, 5]"), "{message}");
    let message = written(&|parameters| parameters.get_mut("conv1.bias.mu").expect("is there").values[1] = f32::NAN);
    assert!(message.contains("`conv1.bias.mu`") && message.contains("NaN at place 1"), "{message}");
    let half = safetensors::tensor::TensorView::new(Dtype::F16, vec![3, 1, 3, 3], &[0; 54]).expect("27 numbers");
    let bytes = safetensors::serialize([("conv1.weight", half)], None).expect("it can be laid out");
    std::fs::write(&path, bytes).expect("it can be written");
    assert!(refusal().contains("F16 numbers, not F32"));
}
