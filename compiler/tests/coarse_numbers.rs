//! What W0130 advises: what helps the columns that it names, and nothing that their output forbids.

use elbo_compiler::opened::{OpenedData, OpenedSets, SharedExamples};
use elbo_compiler::sources::MemorySources;
use elbo_compiler::{compile, compile_opened};

/// The help and the notes of the warning for these columns under this output.
fn advice(output: &str, coarse: &[&str]) -> (String, usize) {
    let text = format!(
        "model net {{ input vector[2]; default point; head: linear(1); output {output} }}
dataset d {{ source = csv(\"d.csv\", target=\"visits\", features=[\"day\", \"age\"]) }}
train t {{ objective = maximum_likelihood(); optimizer = adam(); epochs = 5; batch = 32 }}
run r {{ model = net; data = d; train = t }}\n"
    );
    let sources = MemorySources::single("spec.elbo", text);
    let mut opened = OpenedSets::default();
    for run in &compile("spec.elbo", &sources, None, &[]).runs {
        let data = OpenedData {
            classes: vec![800],
            test: SharedExamples::default(),
            validation: SharedExamples::default(),
            constant: Vec::new(),
            coarse: coarse.iter().map(|&name| name.to_owned()).collect(),
            files: Vec::new(),
        };
        opened.insert(&run.run, run.data_source, data);
    }
    let compilation = compile_opened("spec.elbo", &sources, (None, &[]), &opened);
    let found = compilation.diagnostics.iter().find(|diagnostic| diagnostic.code.to_string() == "W0130");
    let found = found.unwrap_or_else(|| panic!("W0130 is not among {:?}", compilation.diagnostics));
    (found.help.clone().expect("it says what to do"), found.notes.len())
}

#[test]
fn each_kind_of_column_has_advice_of_its_own() {
    let (features, targets) = ("begin `transform` with `normalize()`", "say `targets = normalize()`");
    let both = format!("{features}, and {targets}");
    let gaussian = "gaussian(noise=learned)";
    assert_eq!(advice(gaussian, &["day"]), (features.to_owned(), 1));
    assert_eq!(advice(gaussian, &["visits"]), (targets.to_owned(), 1));
    assert_eq!(advice(gaussian, &["day", "visits"]), (both, 1));
    assert_eq!(advice("poisson", &["day"]), (features.to_owned(), 1));
    // No normalisation leaves counts.
    let (help, notes) = advice("poisson", &["visits"]);
    assert!(help.starts_with("count over shorter spans") && !help.contains("normalize()"), "{help}");
    assert_eq!(notes, 0, "`normalize()` is not spoken of");
    let (help, _) = advice("poisson", &["day", "visits"]);
    assert!(help.starts_with(features) && help.contains("count over shorter spans"), "{help}");
}
