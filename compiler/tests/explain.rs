//! What `elbo explain` says of models and runs, in full.

use elbo_compiler::explain::{Section, Subject, latex, text};
use elbo_compiler::sources::MemorySources;
use elbo_compiler::{Compilation, compile};
use std::path::Path;

fn spec(name: &str) -> Compilation {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs").join(name);
    source(&std::fs::read_to_string(path).expect("the spec is part of the sources"))
}

fn source(spec: &str) -> Compilation {
    let compilation = compile("spec.elbo", &MemorySources::single("spec.elbo", spec), None, &[]);
    assert!(!compilation.has_errors(), "{:?}", compilation.diagnostics);
    compilation
}

fn with<T>(compilation: &Compilation, name: &str, show: impl Fn(&Subject<'_>) -> T) -> T {
    let run = compilation.runs.iter().find(|run| run.name == name);
    let model = compilation.models.iter().find(|model| model.name == name);
    match (run, model) {
        (Some(run), _) => show(&Subject::run(run, &compilation.sources)),
        (None, Some(model)) => show(&Subject::model(model, &compilation.sources)),
        (None, None) => panic!("neither a run nor a model is called {name}"),
    }
}

/// Convolutions of two marks, dropout, a residual block, another estimator and every factor of the KL weight.
const MIXED: &str = "
prior wide = normal(mean=0, std=1)
block stage(width: int) {
  residual {
    conv1: conv2d(width, kernel=3, stride=2, pad=1)
    softplus
    conv2: conv2d(width, kernel=3, pad=1)
    shortcut { skip: conv2d(width, kernel=1, stride=2, bias=false) }
  }
  leaky_relu
}
model mixed {
  input image[3, 32, 32]
  default point
  conv0: conv2d(8, kernel=[5, 3], pad=[2, 1], groups=1)
  norm0: batchnorm()
  maxpool(3, stride=2, pad=1)
  bayes(prior=wide) s1: stage(16)
  global_avgpool
  flatten
  dropout(p=0.2) fc1: linear(32)
  gelu
  bayes(estimator=reparameterization, posterior=gaussian(mean=zeros(), std=0.02)) head: linear(10)
  output categorical(link=softplus)
}
model late extends mixed { mark fc1 as bayes }
dataset images {
  source = cifar10()
  subset = per_class(1000)
  split = fraction(train=0.8, validation=0.2)
  transform = [normalize()]
  augment = [flip_horizontal(), crop(32, pad=4)]
}
train regime {
  objective = elbo(kl=blundell, temperature=0.6, anneal=linear(epochs=4), l2=1e-4)
  optimizer = sgd(lr=0.1, momentum=0.9)
  learning_rate = plateau(monitor=validation.nll)
  epochs = 10; batch = 96; samples = 2; max_steps = 500
}
run trial { model = late; data = images; train = regime }
";

#[test]
fn runs_and_models_are_explained() {
    insta::assert_snapshot!("lenet5_bayes", with(&spec("lenet5.elbo"), "lenet5_mnist_bayes", |run| text(run, &[])));
    insta::assert_snapshot!(
        "alexnet_point",
        with(&spec("alexnet.elbo"), "alexnet_cifar10_point", |run| text(run, &[]))
    );
    insta::assert_snapshot!("alexnet_model", with(&spec("alexnet.elbo"), "alexnet_bayes", |model| text(model, &[])));
    insta::assert_snapshot!("mixed_residual", with(&source(MIXED), "trial", |run| text(run, &[])));
}

#[test]
fn further_sections_come_last() {
    let cost = Section { heading: "Cost".to_owned(), body: "  nothing\n".to_owned() };
    let explained = with(&source(MIXED), "trial", |run| text(run, std::slice::from_ref(&cost)));
    assert!(explained.ends_with("\nCost\n────\n  nothing\n"));
}

#[test]
fn lines_fit_on_a_screen() {
    for (spec, name) in [(spec("lenet5.elbo"), "lenet5_mnist_bayes"), (spec("vgg16.elbo"), "vgg16_cifar10_bayes")] {
        let explained = with(&spec, name, |run| text(run, &[]));
        let widest = explained.lines().map(|line| line.chars().count()).max().expect("it has lines");
        assert!(widest <= 125, "{name}: {widest} columns\n{explained}");
    }
}

#[test]
fn equations_are_balanced() {
    let mut fragments = vec![];
    for (file, names) in [
        ("lenet5.elbo", ["lenet5_mnist_bayes", "lenet5_mnist_dropout", "lenet5"].as_slice()),
        ("alexnet.elbo", &["alexnet_cifar100_bayes", "alexnet_mnist_point"]),
        ("vgg16.elbo", &["vgg16_cifar10_bayes"]),
    ] {
        let compilation = spec(file);
        fragments.extend(names.iter().map(|name| with(&compilation, name, latex)));
    }
    let mixed = source(MIXED);
    insta::assert_snapshot!("mixed_latex", with(&mixed, "trial", latex));
    insta::assert_snapshot!("lenet5_latex", fragments[0]);
    fragments.extend(["trial", "late"].map(|name| with(&mixed, name, latex)));
    for fragment in &fragments {
        balanced(fragment);
    }
}

/// Equations have what text has: how places are made up, what is added at the end and to variances, what a mask is of.
#[test]
fn equations_have_every_argument_that_changes_what_is_computed() {
    let of = |head: &str, layers: &str| {
        let text = format!(
            "model net {{ input image[4, 8, 8]; {head}; {layers}; flatten; point last: linear(3); output categorical }}
dataset d {{ source = npy(images=\"x.npy\", labels=\"y.npy\", shape=[4, 8, 8], classes=3) }}
train t {{ objective = maximum_likelihood(); optimizer = adam(); epochs = 5; batch = 32 }}
run r {{ model = net; data = d; train = t }}\n"
        );
        with(&source(&text), "r", latex)
    };
    for (layers, wanted) in [
        ("upsample(2)", "upsample}_{2 \\times 2, \\, \\text{nearest}}"),
        ("upsample([2, 3], mode=bilinear)", "upsample}_{2 \\times 3, \\, \\text{bilinear}}"),
        ("c: conv_transpose2d(4, kernel=3, stride=2, output_pad=1)", "1 \\times 1\\text{ more}"),
        ("n: batchnorm(eps=0.25)", "batchnorm}_{\\varepsilon = 0.25}"),
        ("n: layernorm(eps=0.5)", "layernorm}_{\\varepsilon = 0.5}"),
        ("n: groupnorm(2, eps=0.25)", "groupnorm}_{2\\text{ groups}, \\, \\varepsilon = 0.25}"),
    ] {
        let found = of("default point", layers);
        assert!(found.contains(wanted), "{layers}:\n{found}");
        balanced(&found);
    }
    for (unit, each) in [("channel", true), ("element", false)] {
        let found = of(&format!("default dropout(p=0.5, unit={unit})"), "c: conv2d(4, kernel=3)");
        assert_eq!(found.contains("\\operatorname{Bernoulli}(0.5)\\text{ for each channel}"), each, "{found}");
        balanced(&found);
    }
}

/// Braces nest and end, environments are closed in order, `$` pairs up, and nothing LaTeX reads as a command stands bare.
fn balanced(fragment: &str) {
    let mut depth = 0_usize;
    let mut before = ' ';
    for character in fragment.chars() {
        match character {
            _ if before == '\\' => {}
            '{' => depth += 1,
            '}' => depth = depth.checked_sub(1).unwrap_or_else(|| panic!("a brace too many:\n{fragment}")),
            _ => {}
        }
        assert!(character != '#' || before == '\\', "a bare `#`:\n{fragment}");
        before = if before == '\\' && character == '\\' { ' ' } else { character };
    }
    assert_eq!(depth, 0, "a brace too few:\n{fragment}");
    assert!(fragment.matches('$').count().is_multiple_of(2), "{fragment}");
    let mut open = Vec::new();
    for part in fragment.split('\\').skip(1) {
        let name = |word: &str| part.strip_prefix(word)?.split('}').next().map(str::to_owned);
        if let Some(name) = name("begin{") {
            open.push(name);
        } else if let Some(name) = name("end{") {
            assert_eq!(open.pop(), Some(name), "{fragment}");
        }
    }
    assert!(open.is_empty(), "{open:?} is never closed:\n{fragment}");
    assert_eq!(fragment.matches("\\bigl").count(), fragment.matches("\\bigr").count(), "{fragment}");
    assert_eq!(fragment.matches("\\Bigl").count(), fragment.matches("\\Bigr").count(), "{fragment}");
}
