//! "Did you mean": the nearest of the valid spellings.

use crate::diagnostic::{Diagnostic, SourceId};
use elbo_grammar::ast::Name;

/// How many letters must be changed, added, removed or exchanged with their neighbour to turn one spelling into another.
pub(crate) fn distance(written: &str, candidate: &str) -> usize {
    strsim::damerau_levenshtein(written, candidate)
}

/// The candidate nearest to `written`, if it is near enough to be what was meant.
pub fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Distances cost the product of the lengths, so what is no name that anybody would misspell is left alone.
    if written.len() > 200 {
        return None;
    }
    candidates
        .into_iter()
        .map(|candidate| (distance(written, candidate), candidate))
        .filter(|(distance, candidate)| {
            let longest = written.chars().count().max(candidate.chars().count());
            *distance * 3 <= longest.max(3) || (written.len() >= 3 && candidate.starts_with(written))
        })
        .min_by_key(|(distance, candidate)| (*distance, *candidate))
        .map(|(_, candidate)| candidate)
}

/// `` `a`, `b` and `c` ``
pub fn listing<'a>(candidates: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = candidates.into_iter().map(|candidate| format!("`{candidate}`")).collect();
    match quoted.as_slice() {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Completes a diagnostic about the unknown spelling `name`: the nearest candidate as a fix where there is
/// one, and all of them as a note.
pub(crate) fn propose<'a>(
    diagnostic: Diagnostic,
    source: SourceId,
    name: &Name,
    what: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Diagnostic {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let diagnostic = match nearest(&name.value, candidates.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).edit(source, name.span, near),
        None => diagnostic,
    };
    if candidates.is_empty() { diagnostic } else { diagnostic.note(format!("{what}: {}", listing(candidates))) }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_spellings_are_found_and_far_ones_are_not() {
        let layers = ["conv2d", "linear", "maxpool", "softplus", "relu"];
        assert_eq!(nearest("conv2", layers), Some("conv2d"));
        assert_eq!(nearest("lienar", layers), Some("linear"));
        assert_eq!(nearest("sotfplus", layers), Some("softplus"));
        assert_eq!(nearest("transformer", layers), None);
        assert_eq!(nearest("x", layers), None);
    }
}
