//! How long checking takes for specs of growing size: `cargo run --release -p elbo-compiler --example sizes`.
//!
//! Each line doubles the size of the one before it, so a cost that is linear doubles, too.

use elbo_compiler::diagnostic::Severity;
use elbo_compiler::sources::MemorySources;
use elbo_compiler::{check_files, compile};
use std::fmt::Write;
use std::time::Instant;

/// A family of specs, by what makes them large.
type Family = (&'static str, fn(usize) -> MemorySources);

fn main() {
    let families: [Family; 9] = [
        ("layers written one by one", layers),
        ("layers, each marked by a variant", marks),
        ("layers, each inserted by a variant", inserts),
        ("models that extend one another", chain),
        ("models of one base", fan),
        ("runs of one model", runs),
        ("files that use one another", uses),
        ("names declared twice", duplicates),
        ("elements of a list", list),
    ];
    println!("{:<36} {:>8} {:>10} {:>8} {:>10}", "what", "size", "bytes", "found", "ms");
    // With an argument, only the lines whose names begin so; for a profiler.
    let wanted = std::env::args().nth(1).unwrap_or_default();
    for size in [125, 250, 500, 1_000].into_iter().filter(|_| "spec files".starts_with(&wanted)) {
        many_files(size);
    }
    for (name, family) in families.into_iter().filter(|(name, _)| name.starts_with(&wanted)) {
        for size in [1_250, 2_500, 5_000, 10_000] {
            let sources = family(size);
            let start = Instant::now();
            let compilation = compile("spec.elbo", &sources, None, &[]);
            let time = start.elapsed().as_secs_f64() * 1e3;
            let bytes: usize = compilation.sources.iter().map(|(_, file)| file.text.len()).sum();
            let found = compilation.diagnostics.iter().filter(|found| found.severity != Severity::Note).count();
            println!("{name:<36} {size:>8} {bytes:>10} {found:>8} {time:>10.1}");
        }
    }
}

/// Checks `size` files, copies of the specs that come with elbo, on one thread.
fn many_files(size: usize) {
    let specs = ["digits", "lenet5", "alexnet", "vgg16"].map(|name| {
        let path = format!("{}/../specs/{name}.elbo", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).expect("the specs are part of the sources")
    });
    let mut sources = MemorySources::default();
    let paths: Vec<String> = (0..size).map(|index| format!("spec{index}.elbo")).collect();
    for (index, path) in paths.iter().enumerate() {
        sources.insert(path.clone(), format!("# copy {index}\n{}", specs[index % specs.len()]));
    }
    let start = Instant::now();
    let findings = check_files(&paths, &sources);
    let time = start.elapsed().as_secs_f64() * 1e3;
    let bytes: usize = findings.sources.iter().map(|(_, file)| file.text.len()).sum();
    let found = findings.diagnostics.iter().filter(|found| found.severity != Severity::Note).count();
    println!("{:<36} {size:>8} {bytes:>10} {found:>8} {time:>10.1}", "spec files, on one thread");
}

fn single(text: String) -> MemorySources {
    MemorySources::single("spec.elbo", text)
}

fn model(size: usize) -> String {
    let mut text = "model net {\n  input image[3, 8, 8]\n  default point\n".to_owned();
    for layer in 0..size / 2 {
        let _ = writeln!(text, "  conv{layer}: conv2d(3, kernel=3, pad=1)\n  relu");
    }
    text + "  flatten\n  head: linear(10)\n  output categorical\n}\n"
}

fn layers(size: usize) -> MemorySources {
    single(model(size))
}

fn marks(size: usize) -> MemorySources {
    let mut text = model(size) + "model marked extends net {\n";
    for layer in 0..size / 2 {
        let _ = writeln!(text, "  mark conv{layer} as bayes");
    }
    single(text + "}\n")
}

fn inserts(size: usize) -> MemorySources {
    let mut text = model(size) + "model longer extends net {\n";
    for layer in 0..size / 2 {
        let _ = writeln!(text, "  insert after conv{layer}: norm{layer}: batchnorm()");
    }
    single(text + "}\n")
}

fn chain(size: usize) -> MemorySources {
    let mut text = model(4).replace("model net", "model net0(classes: int = 10)");
    for index in 1..size {
        let _ = writeln!(text, "model net{index} extends net{} {{ mark head as bayes }}", index - 1);
    }
    single(text)
}

fn fan(size: usize) -> MemorySources {
    let mut text = model(4);
    for index in 1..size {
        let _ = writeln!(text, "model net{index} extends net {{ mark head as bayes }}");
    }
    single(text)
}

fn runs(size: usize) -> MemorySources {
    let mut text = model(4).replace("[3, 8, 8]", "[1, 8, 8]") + "dataset data { source = digits() }\n";
    text += "train regime { objective = elbo(kl=exact); optimizer = adam(); epochs = 1; batch = 32 }\n";
    for index in 0..size {
        let _ = writeln!(text, "run trial{index} {{ model = net; data = data; train = regime }}");
    }
    single(text)
}

fn uses(size: usize) -> MemorySources {
    let mut sources = MemorySources::default();
    for index in 0..size {
        let name = if index == 0 { "spec.elbo".to_owned() } else { format!("file{index}.elbo") };
        sources.insert(name, format!("use \"file{}.elbo\"\nprior p{index} = normal(mean=0, std=1)\n", index + 1));
    }
    sources.insert(format!("file{size}.elbo"), "prior last = normal(mean=0, std=1)\n");
    sources
}

fn duplicates(size: usize) -> MemorySources {
    single("prior narrow = normal(mean=0, std=0.1)\n".repeat(size))
}

fn list(size: usize) -> MemorySources {
    let metrics = vec!["accuracy"; size].join(", ");
    single(format!("report figures {{ metrics = [{metrics}] }}\n"))
}
