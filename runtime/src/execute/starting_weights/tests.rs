use super::*;
use crate::backend::Backend;
use crate::backend::candle::CandleBackend;
use crate::store::write_weights;
use candle_core::Device;
use elbo_compiler::compile;
use elbo_compiler::ir::{Initialization, Mark, PosteriorMean, Run, StartingFile};
use elbo_compiler::sources::MemorySources;
use safetensors::tensor::{Dtype, TensorView};

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
            Some(Mark::Point { initialization }) => {
                *initialization = Initialization::Weights(StartingFile { file, layer: None })
            }
            Some(Mark::Bayes { posterior, .. }) => {
                posterior.mean = PosteriorMean::Weights(StartingFile { file, layer: None })
            }
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
    assert!(message.contains("has no tensor `conv1.bias` or `conv1.bias.mu`, from which layer `conv1`"), "{message}");
    assert!(message.contains("it has `another.weight`, `conv1.weight.mu`, `conv1.weight.rho`"), "{message}");
    let message = written(&|parameters| drop(parameters.insert("conv1.weight".into(), tensor(&[3, 1, 5, 5]))));
    assert!(message.contains("the tensor `conv1.weight`") && message.contains("[3, 1, 5, 5]"), "{message}");
    let message = written(&|parameters| parameters.get_mut("conv1.bias.mu").expect("is there").values[1] = f32::NAN);
    assert!(message.contains("`conv1.bias.mu`") && message.contains("NaN at place 1"), "{message}");
    let message = written(&|parameters| drop(parameters.insert("conv1.weight".into(), tensor(&[3, 3, 1, 3]))));
    assert!(message.contains("`tensor.permute(3, 2, 0, 1).contiguous()`"), "{message}");
    let whole = TensorView::new(Dtype::I64, vec![3, 1, 3, 3], &[0; 216]).expect("27 numbers");
    let bytes = safetensors::serialize([("conv1.weight", whole)], None).expect("it can be laid out");
    std::fs::write(&path, bytes).expect("it can be written");
    assert!(refusal().contains("I64 numbers; F32, F16, BF16 and F64 are read"));
    write_weights(&path, &exchanged()).expect("it can be written");
    let mut bytes = std::fs::read(&path).expect("it is there");
    bytes.pop();
    std::fs::write(&path, &bytes).expect("it can be written");
    assert!(refusal().contains("it was cut short"));
    // A header that claims more than there is takes no memory.
    std::fs::write(&path, [&90_000_000_u64.to_le_bytes()[..], b"{}"].concat()).expect("it can be written");
    assert!(refusal().contains("claim a header of 90000000 bytes, but it has 10 bytes in all"));
    std::fs::write(&path, b"PK\x03\x04 and more").expect("it can be written");
    assert!(refusal().contains("ZIP archive, such as `torch.save` writes"));
}

/// The network of a spec whose layers say what they start from, in a folder where `file.safetensors` holds `tensors`.
fn started(layers: &str, tensors: &[(&str, Dtype, Vec<usize>, Vec<u8>)]) -> Result<StartingWeights, StartError> {
    let spec = format!(
        "model net {{ input image[1, 4, 4]
{layers}
output categorical }}
dataset data {{ source = npy(images=\"a.npy\", labels=\"b.npy\", shape=[1, 4, 4], classes=2, test_share=0.2) }}
train regime {{ objective = maximum_likelihood(); optimizer = adam(lr=1e-3); epochs = 1; batch = 64 }}
run trial {{ model = net; data = data; train = regime }}
"
    );
    let sources = MemorySources::single("spec.elbo", &spec);
    let compilation = compile("spec.elbo", &sources, None, &[]);
    assert!(!compilation.has_errors(), "{:?}", compilation.diagnostics);
    let folder = tempfile::tempdir().expect("a folder");
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        (*name, TensorView::new(*dtype, shape.clone(), bytes).expect("the sizes fit"))
    });
    let bytes = safetensors::serialize(views, None).expect("it can be laid out");
    std::fs::write(folder.path().join("file.safetensors"), bytes).expect("it can be written");
    read_starting_weights(&compilation.runs[0].run.network, folder.path())
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

const NORMALIZED: &str = "default point(init=weights(\"file.safetensors\"))
bn1: batchnorm()
flatten
point(init=zeros()) fc: linear(2)";

#[test]
fn normalisations_start_from_files_with_their_statistics() {
    let parts = ["weight", "bias", "running_mean", "running_var"];
    let names: Vec<String> = parts.iter().map(|part| format!("bn1.{part}")).collect();
    let mut tensors: Vec<(&str, Dtype, Vec<usize>, Vec<u8>)> = (names.iter().zip([2.0, 3.0, 4.0, 5.0]))
        .map(|(name, value)| (name.as_str(), Dtype::F32, vec![1], floats(&[value])))
        .collect();
    tensors.push(("bn1.num_batches_tracked", Dtype::I64, vec![], vec![0; 8]));
    let starting = started(NORMALIZED, &tensors).expect("everything is there");
    let found: Vec<(&str, f32)> =
        starting.parameters.iter().map(|(name, tensor)| (name.as_str(), tensor.values[0])).collect();
    let expected = [("bn1.bias", 3.0), ("bn1.running_mean", 4.0), ("bn1.running_var", 5.0), ("bn1.weight", 2.0)];
    assert_eq!(found, expected);
    assert_eq!(starting.notes, Vec::<String>::new(), "a counter of batches needs no word");
    // Not from the mark's file where the layer says so, which is told.
    let fresh = NORMALIZED
        .replace("batchnorm()", "batchnorm(init=ones())")
        .replace("init=zeros()", "init=weights(\"file.safetensors\", layer=\"head\")");
    tensors.push(("head.weight", Dtype::F32, vec![2, 16], floats(&[0.5; 32])));
    tensors.push(("head.bias", Dtype::F32, vec![2], floats(&[0.5; 2])));
    let starting = started(&fresh, &tensors).expect("everything is there");
    assert_eq!(starting.parameters.keys().collect::<Vec<_>>(), ["fc.bias", "fc.weight"]);
    assert_eq!(
        starting.notes[0],
        "4 tensors of `file.safetensors` are not used, because no layer takes them: `bn1.bias`, `bn1.running_mean`, \
         `bn1.running_var` and `bn1.weight`"
    );
    assert!(starting.notes[1].contains("`bn1: …(init=weights(\"file.safetensors\"))`"), "{:?}", starting.notes);
    // A file without them, and one with a variance that is none.
    let error = started(NORMALIZED, &tensors[..2]).expect_err("is refused");
    assert!(error.to_string().contains("no tensor `bn1.running_mean`"), "{error}");
    tensors[3].3 = floats(&[-1.0]);
    let error = started(NORMALIZED, &tensors).expect_err("is refused");
    assert!(error.to_string().contains("no variance is negative"), "{error}");
}

const PLAIN: &str = "default point
flatten
point(init=weights(\"file.safetensors\")) fc: linear(2, bias=false)";

#[test]
fn half_weights() {
    let values = [1.5_f32, -0.25];
    let shape = vec![2, 16];
    let all = |bytes: &dyn Fn(f32) -> Vec<u8>| (0..32).flat_map(|at| bytes(values[at % 2])).collect::<Vec<u8>>();
    let cases: [(Dtype, Vec<u8>); 3] = [
        (Dtype::F16, all(&|value| half::f16::from_f32(value).to_le_bytes().to_vec())),
        (Dtype::BF16, all(&|value| half::bf16::from_f32(value).to_le_bytes().to_vec())),
        (Dtype::F64, all(&|value| f64::from(value).to_le_bytes().to_vec())),
    ];
    for (dtype, bytes) in cases {
        for name in ["fc.weight", "module.fc.weight", "module.fc.weight.mu"] {
            let starting = started(PLAIN, &[(name, dtype, shape.clone(), bytes.clone())]).expect("it is converted");
            assert_eq!(starting.parameters["fc.weight"].values[..4], [1.5, -0.25, 1.5, -0.25], "{dtype}");
        }
    }
    let wide: Vec<u8> = (0..32).flat_map(|_| 1e300_f64.to_le_bytes()).collect();
    let error = started(PLAIN, &[("fc.weight", Dtype::F64, shape.clone(), wide)]).expect_err("is refused");
    assert!(error.to_string().contains("1e300 at place 0, which no 32-bit float can hold"), "{error}");
    // PyTorch's number in a name is named in the help.
    let error =
        started(PLAIN, &[("features.0.weight", Dtype::F32, shape, floats(&[0.0; 32]))]).expect_err("is refused");
    assert!(error.to_string().ends_with("it has `features.0.weight`"), "{error}");
    assert_eq!(error.help(), "write `weights(\"file.safetensors\", layer=\"features.0\")`");
    // A prefix of all names is said as a `default` takes it, also where that has been tried with a layer's whole name.
    for (default, tried) in [("", ""), (", layer=\"model.fc\"", "model.fc")] {
        let layers =
            format!("default point(init=weights(\"file.safetensors\"{default}))\nflatten\nfc: linear(2, bias=false)");
        let error = started(&layers, &[("model.fc.weight", Dtype::F32, vec![2, 16], floats(&[0.0; 32]))])
            .expect_err("is refused");
        let help = error.help();
        assert!(
            help.starts_with("write `weights(\"file.safetensors\", layer=\"model\")` in a `default`"),
            "{tried}: {help}"
        );
    }
}

#[test]
fn layers_of_a_repeat_go_by_old_and_new_names_and_by_names_of_their_own() {
    let repeated = "default point
flatten
repeat 2 { point(init=weights(\"file.safetensors\")) c: linear(16, bias=false) }
fc: linear(2)";
    let numbers = || floats(&[0.5; 256]);
    for (first, second) in [("c.0.weight", "c.1.weight"), ("c[0].weight", "c[1].weight")] {
        let tensors = [first, second].map(|name| (name, Dtype::F32, vec![16, 16], numbers()));
        let starting = started(repeated, &tensors).expect("both forms are known");
        assert_eq!(starting.parameters.keys().collect::<Vec<_>>(), ["c[0].weight", "c[1].weight"]);
    }
    // A name that is given stands for what is written, which a `repeat` numbers; so it is of a normalisation's own.
    let named = "default point
flatten
repeat 2 {
  point(init=weights(\"file.safetensors\", layer=\"enc\")) c: linear(16, bias=false)
  n: layernorm(init=weights(\"file.safetensors\", layer=\"norm\"))
}
fc: linear(2)";
    let mut tensors = vec![
        ("enc.0.weight", Dtype::F32, vec![16, 16], floats(&[0.5; 256])),
        ("enc.1.weight", Dtype::F32, vec![16, 16], floats(&[0.75; 256])),
    ];
    for name in ["norm.0.weight", "norm.0.bias", "norm.1.weight", "norm.1.bias"] {
        tensors.push((name, Dtype::F32, vec![16], floats(&[2.0; 16])));
    }
    let starting = started(named, &tensors).expect("each copy has its own");
    assert_eq!(starting.parameters["c[0].weight"].values[0], 0.5);
    assert_eq!(starting.parameters["c[1].weight"].values[0], 0.75);
    assert_eq!(starting.parameters["n[1].bias"].values[0], 2.0);
    // A default puts its name before every layer's, a mark of one layer in place of its name.
    let renamed = "default point(init=weights(\"file.safetensors\", layer=\"encoder\"))
flatten
c[0]: linear(16, bias=false)
point(init=weights(\"file.safetensors\", layer=\"head.1\")) fc: linear(2, bias=false)";
    let tensors = [
        ("encoder.c.0.weight", Dtype::F32, vec![16, 16], numbers()),
        ("head.1.weight", Dtype::F32, vec![2, 16], floats(&[0.25; 32])),
    ];
    let starting = started(renamed, &tensors).expect("everything is there");
    assert_eq!(starting.parameters.keys().collect::<Vec<_>>(), ["c[0].weight", "fc.weight"]);
}
