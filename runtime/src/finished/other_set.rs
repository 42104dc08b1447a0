//! Sets of another distribution as a command line names them.

use elbo_compiler::ir::{Corruption, DataSource, OtherSource, OutOfDistribution};

/// The highest severity of a corruption.
const HIGHEST_SEVERITY: u8 = 5;

/// The set that a word names, as reports name it: a data set, `noise`, `shuffled`, or a corruption with its severity such
/// as `blur/3`.
///
/// # Errors
/// What can be named.
pub fn parse_other_set(text: &str) -> Result<OutOfDistribution, String> {
    let generated = [OtherSource::Noise, OtherSource::Shuffled].into_iter();
    let corruptions = Corruption::ALL
        .into_iter()
        .flat_map(|kind| (1..=HIGHEST_SEVERITY).map(move |severity| OtherSource::Corruption { kind, severity }));
    let sets = DataSource::ALL.into_iter().map(OtherSource::DataSet);
    match sets.chain(generated).chain(corruptions).find(|source| source.name() == text) {
        Some(source) => Ok(OutOfDistribution { name: source.name(), source, root: None }),
        None => Err(format!(
            "sets are {}, noise, shuffled, and {} with a severity from 1 to {HIGHEST_SEVERITY}, such as blur/3",
            DataSource::ALL.map(DataSource::name).join(", "),
            Corruption::ALL.map(Corruption::name).join(", "),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_named_as_reports_name_them() {
        for name in ["fashion_mnist", "noise", "shuffled", "rotation/5"] {
            assert_eq!(parse_other_set(name).expect("is a set").name, name);
        }
        for name in ["", "blur", "blur/0", "blur/6", "imagenet", "noise/1"] {
            let message = parse_other_set(name).expect_err("is no set");
            assert!(message.contains("gaussian_noise") && message.contains("notmnist"), "{message}");
        }
    }
}
