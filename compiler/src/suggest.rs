//! "Did you mean": the nearest of the valid spellings, and whether it is certain enough to be written by a machine.
//!
//! Two questions, two answers. [`near`] gives what is worth naming in a help text. `certain` gives the one word that
//! cannot be anything else: it differs in case or separators alone, or two neighbouring letters are swapped. Only the
//! latter becomes an edit, and only towards words of the language: `sgld` is near `sgd` and another optimizer, `fc3` is
//! near `fc1` and another layer.

use crate::diagnostic::{Diagnostic, SourceId};
use crate::spelling::{distance, is_swap, plain};
use elbo_grammar::ast::Name;
use elbo_grammar::habits::Habit;

/// How many words that are equally near are named; more of them are no help.
const MOST_NAMED: usize = 3;

/// The candidates nearest to `written`, if they are near enough to be what was meant: all that are equally near, in
/// alphabetical order; none where there are too many of them.
pub fn near<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    // Distances cost the product of the lengths, so what is no name that anybody would misspell is left alone.
    if written.len() > 200 {
        return Vec::new();
    }
    let mut close: Vec<(usize, &str)> = candidates
        .into_iter()
        .map(|candidate| {
            let apart = if plain(written) == plain(candidate) { 0 } else { distance(written, candidate) };
            (apart, candidate)
        })
        .filter(|(distance, candidate)| {
            let longest = written.chars().count().max(candidate.chars().count());
            *distance * 3 <= longest.max(3) || (written.len() >= 3 && candidate.starts_with(written))
        })
        .collect();
    close.sort_unstable();
    close.dedup();
    let least = close.first().map_or(0, |(distance, _)| *distance);
    let nearest: Vec<&str> =
        close.into_iter().take_while(|(distance, _)| *distance == least).map(|(_, candidate)| candidate).collect();
    if nearest.len() > MOST_NAMED { Vec::new() } else { nearest }
}

/// The candidate nearest to `written`, if one alone is.
pub fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    match near(written, candidates)[..] {
        [only] => Some(only),
        _ => None,
    }
}

/// The candidate that `written` is beyond doubt: the only one that is spelt like it but for case and `_` or `-`, or,
/// where there is none of these, but for two neighbouring letters that are swapped. `None` where several are, or where
/// another candidate is as near.
pub(crate) fn certain<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut candidates: Vec<&str> = candidates.into_iter().filter(|candidate| *candidate != written).collect();
    candidates.sort_unstable();
    candidates.dedup();
    let same = |candidate: &&str| plain(candidate) == plain(written);
    let mut alike = candidates.iter().copied().filter(same);
    match (alike.next(), alike.next()) {
        (Some(only), None) => return Some(only),
        (Some(_), Some(_)) => return None,
        (None, _) => {}
    }
    let swapped = candidates.iter().copied().find(|candidate| is_swap(written, candidate))?;
    (near(written, candidates) == [swapped]).then_some(swapped)
}

/// `` `a`, `b` and `c` ``
pub fn listing<'a>(candidates: impl IntoIterator<Item = &'a str>) -> String {
    joined(candidates, "and")
}

fn joined<'a>(candidates: impl IntoIterator<Item = &'a str>, last_word: &str) -> String {
    let quoted: Vec<String> = candidates.into_iter().map(|candidate| format!("`{candidate}`")).collect();
    match quoted.as_slice() {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {last_word} {last}", first.join(", ")),
    }
}

/// A proposal where the word may be one from elsewhere: what is known of that stands in the place of what is only spelled
/// like it, beside the list of choices.
pub(crate) fn explained(proposed: Diagnostic, habit: Option<&Habit>) -> Diagnostic {
    match habit {
        Some(habit) => proposed.help(habit.help()),
        None => proposed,
    }
}

/// Completes a diagnostic about the unknown spelling `name` of a word of the language: the nearest candidates as a
/// question, the one that is certain as a fix, and all of them as a note.
pub(crate) fn propose<'a>(
    diagnostic: Diagnostic,
    source: SourceId,
    name: &Name,
    what: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Diagnostic {
    propose_among(diagnostic, source, name, what, candidates, [])
}

/// The same for a name that somebody gave: the nearest are asked for, but never written. A name that does not exist may
/// be one that is still to be declared.
pub(crate) fn propose_own<'a>(
    diagnostic: Diagnostic,
    source: SourceId,
    name: &Name,
    what: &str,
    own: impl IntoIterator<Item = &'a str>,
) -> Diagnostic {
    propose_among(diagnostic, source, name, what, [], own)
}

/// The same where both words of the language and names of one's own may stand.
pub(crate) fn propose_among<'a>(
    diagnostic: Diagnostic,
    source: SourceId,
    name: &Name,
    what: &str,
    words: impl IntoIterator<Item = &'a str>,
    own: impl IntoIterator<Item = &'a str>,
) -> Diagnostic {
    let words: Vec<&str> = words.into_iter().collect();
    let candidates: Vec<&str> = words.iter().copied().chain(own).collect();
    let diagnostic = match certain(&name.value, candidates.iter().copied()) {
        Some(word) if words.contains(&word) => {
            diagnostic.help(format!("did you mean `{word}`?")).edit(source, name.span, word)
        }
        Some(own) => diagnostic.help(format!("did you mean `{own}`?")),
        None => match question(&name.value, candidates.iter().copied()) {
            Some(question) => diagnostic.help(question),
            None => diagnostic,
        },
    };
    if candidates.is_empty() { diagnostic } else { diagnostic.note(format!("{what}: {}", listing(candidates))) }
}

/// "did you mean `a` or `b`?", if anything is near.
pub(crate) fn question<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let near = near(written, candidates);
    (!near.is_empty()).then(|| format!("did you mean {}?", joined(near, "or")))
}

#[cfg(test)]
mod tests {
    use super::{certain, near, nearest};

    #[test]
    fn near_spellings_are_found_and_far_ones_are_not() {
        let layers = ["conv2d", "linear", "maxpool", "softplus", "relu"];
        assert_eq!(nearest("conv2", layers), Some("conv2d"));
        assert_eq!(nearest("lienar", layers), Some("linear"));
        assert_eq!(nearest("sotfplus", layers), Some("softplus"));
        assert_eq!(nearest("transformer", layers), None);
        assert_eq!(nearest("x", layers), None);
    }

    #[test]
    fn of_several_that_are_equally_near_none_is_preferred() {
        assert_eq!(near("fc3", ["fc1", "fc2", "head"]), ["fc1", "fc2"]);
        assert_eq!(nearest("fc3", ["fc1", "fc2", "head"]), None);
        assert!(near("a9", ["a1", "a2", "a3", "a4"]).is_empty());
    }

    #[test]
    fn certain_is_what_differs_in_case_or_separators_or_by_one_swap() {
        let layers = ["conv2d", "linear", "maxpool", "avgpool", "leaky_relu", "global_avgpool", "relu"];
        for (written, meant) in [
            ("max_pool", "maxpool"),
            ("maxPool", "maxpool"),
            ("MAX-POOL", "maxpool"),
            ("leakyrelu", "leaky_relu"),
            ("LeakyReLU", "leaky_relu"),
            ("lienar", "linear"),
            ("convd2", "conv2d"),
        ] {
            assert_eq!(certain(written, layers), Some(meant), "{written}");
        }
        for written in ["conv2", "global_maxpool", "deconv2d", "relu6", "linera6", "lin", "conv3d", "linear"] {
            assert_eq!(certain(written, layers), None, "{written}");
        }
        assert_eq!(certain("sgld", ["sgd", "adam", "adamw"]), None);
        assert_eq!(certain("fc12", ["fc21"]), None, "swapped digits are another number");
        assert_eq!(certain("mpa", ["map"]), None, "a short word may be another abbreviation");
        assert_eq!(certain("a_b", ["ab", "a-b"]), None, "a tie");
        assert_eq!(certain("abdc", ["abcd", "abdd"]), None, "another is as near");
    }
}
