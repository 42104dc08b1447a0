//! What holds for every family, read from specs with each of its arguments.

use super::*;
use crate::compile;
use crate::signature::{DefaultValue, Parameter, names};
use crate::sources::MemorySources;

/// The output of a spec that writes it so.
fn read(written: &str) -> Output {
    let text = format!("model net {{ input vector[3]; default point; head: linear(2); output {written} }}\n");
    let compilation = compile("spec.elbo", &MemorySources::single("spec.elbo", text.as_str()), None, &[]);
    assert!(!compilation.has_errors(), "{written}: {:?}", compilation.diagnostics);
    compilation.models[0].network.output.clone()
}

/// What may be written for a parameter: each of its words, else its default.
fn choices(parameter: &Parameter) -> Vec<String> {
    let words: Vec<String> = names(parameter.values).map(str::to_owned).collect();
    match parameter.default {
        Some(DefaultValue::Written(default)) if words.is_empty() => vec![default.to_owned()],
        Some(DefaultValue::Written(default)) => {
            assert!(words.iter().any(|word| word == default), "{}", parameter.name);
            words
        }
        _ => panic!("`{}` has no default", parameter.name),
    }
}

/// Every way to write a family.
fn every_way(family: &Declared<Output>) -> Vec<String> {
    let mut ways: Vec<Vec<String>> = vec![Vec::new()];
    for parameter in family.signature.parameters {
        let written: Vec<String> =
            choices(parameter).iter().map(|value| format!("{}={value}", parameter.name)).collect();
        let longer = |way: &Vec<String>| {
            let way = way.clone();
            written.iter().map(move |argument| [way.as_slice(), std::slice::from_ref(argument)].concat())
        };
        ways = ways.iter().flat_map(|way| longer(way).collect::<Vec<_>>()).collect();
    }
    let call = |arguments: Vec<String>| {
        if arguments.is_empty() {
            family.signature.name.to_owned()
        } else {
            format!("{}({})", family.signature.name, arguments.join(", "))
        }
    };
    ways.into_iter().map(call).collect()
}

#[test]
fn every_argument_of_a_family_is_read_and_written() {
    for family in &FAMILIES {
        for written in every_way(family) {
            let output = read(&written);
            assert_eq!(output.name(), family.signature.name);
            assert_eq!(output.family().in_full(), written);
            assert!(output.family().in_full().starts_with(&output.family().in_text().replace(')', "")));
        }
    }
}

#[test]
fn outputs_and_targets_are_each_others_inverse() {
    for family in &FAMILIES {
        let output = read(family.signature.name);
        for targets in [1, 2, 7] {
            let outputs = output.family().outputs(targets).expect("few enough");
            assert_eq!((output.family().targets(outputs), output.family().misfit(outputs)), (targets, None));
        }
        let names = vec!["a".to_owned(), "b".to_owned()];
        for target in [Target::of_classes(2), Target::Values { names, normalize: false }] {
            let fits = TargetKind::of(&target) == output.kind();
            assert_eq!(output.outputs_for(&target), fits.then(|| output.family().outputs(2)).flatten());
        }
    }
}
