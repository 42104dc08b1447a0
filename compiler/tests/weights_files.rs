//! Which spec the files that layers start from are relative to.

use elbo_compiler::compile;
use elbo_compiler::sources::MemorySources;
use std::path::{Path, PathBuf};

const BASE: &str = "model base {
  input image[1, 8, 8]
  default point(init=weights(\"w.safetensors\"))
  conv: conv2d(2, kernel=1)
  norm: batchnorm
  own: batchnorm(init=weights(\"w.safetensors\"))
  flatten
  head: linear(10)
  output categorical
}
";

const SPEC: &str = "use \"x/base.elbo\"
model variant extends base { mark head as point(init=weights(\"w.safetensors\")) }
dataset data { source = digits() }
train regime { objective = maximum_likelihood(); optimizer = adam(); epochs = 1; batch = 100 }
run trial { model = variant; data = data; train = regime }
";

#[test]
fn each_layer_starts_from_the_file_that_its_own_spec_names() {
    let mut sources = MemorySources::default();
    sources.insert("spec.elbo", SPEC);
    sources.insert("x/base.elbo", BASE);
    let mut compilation = compile("spec.elbo", &sources, None, &[]);
    assert!(!compilation.has_errors(), "{:?}", compilation.diagnostics);
    compilation.place_weights(&|folder: &Path| PathBuf::from("/all").join(folder));
    let layers = &compilation.runs[0].run.network.layers;
    let files: Vec<(&str, &str)> =
        layers.iter().filter_map(|layer| Some((layer.name.as_str(), layer.starting_file()?.file.as_str()))).collect();
    let base = "/all/x/w.safetensors";
    assert_eq!(files, [("conv", base), ("norm", base), ("own", base), ("head", "w.safetensors")]);
}

#[test]
fn a_layer_that_takes_the_place_of_another_is_called_in_the_file_as_its_mark_says() {
    let text = "model base { input vector[2]; default point; head: linear(2); output categorical }
model started extends base { replace head with point(init=weights(\"w.safetensors\", layer=\"fc\")) linear(2) }
dataset data { source = csv(\"a.csv\", target=\"y\", features=[\"a\", \"b\"], classes=2, test_share=0.2) }
train regime { objective = maximum_likelihood(); optimizer = adam(); epochs = 1; batch = 8 }
run trial { model = started; data = data; train = regime }
";
    let compilation = compile("spec.elbo", &MemorySources::single("spec.elbo", text), None, &[]);
    assert!(!compilation.has_errors(), "{:?}", compilation.diagnostics);
    let layer = &compilation.runs[0].run.network.layers[0];
    assert_eq!(layer.starting_file().and_then(|file| file.layer.as_deref()), Some("fc"));
}
