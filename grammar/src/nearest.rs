//! The nearest of a few known words, for "did you mean", and whether it is certain enough to be written by a machine.

/// The word nearest to `word`, if it is near enough to be a slip: at most a third of its letters changed
/// (insertions, deletions, replacements and swaps of neighbours), and at least one allowed. None where several are
/// equally near.
pub(crate) fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    // Nobody mistypes a keyword into something this long, and the distance takes quadratic time.
    if word.len() > 24 || word.len() < 2 {
        return None;
    }
    let mut near: Vec<(usize, &str)> = known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, candidate)| (1..=(candidate.len() / 3).max(1)).contains(distance))
        .collect();
    near.sort_unstable();
    match near[..] {
        [(least, _), (next, _), ..] if least == next => None,
        [(_, only), ..] => Some(only),
        [] => None,
    }
}

/// Whether `word` can only be a slip for `meant`: two neighbouring letters are swapped, or it differs in case alone.
/// What lacks a letter or has another may be a word of one's own.
pub(crate) fn is_certain(word: &str, meant: &str) -> bool {
    if word.eq_ignore_ascii_case(meant) {
        return true;
    }
    let (word, meant) = (word.as_bytes(), meant.as_bytes());
    if word.len() != meant.len() || word.len() < SHORTEST_SWAP {
        return false;
    }
    let differing: Vec<usize> = (0..word.len()).filter(|index| word[*index] != meant[*index]).collect();
    let [first, second] = differing[..] else { return false };
    second == first + 1 && word[first] == meant[second] && word[second] == meant[first]
}

/// The shortest word whose swapped letters are put right.
const SHORTEST_SWAP: usize = 4;

/// The optimal string alignment distance between two words.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=right.len()).collect()];
    for i in 1..=left.len() {
        let mut row = vec![i; right.len() + 1];
        for j in 1..=right.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(left[i - 1] != right[j - 1]);
            row[j] = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                row[j] = row[j].min(rows[i - 2][j - 2] + 1);
            }
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let known = ["model", "input", "insert"];
        assert_eq!(nearest("modle", known), Some("model"));
        assert_eq!(nearest("imput", known), Some("input"));
        assert_eq!(nearest("inser", known), Some("insert"));
        assert_eq!(nearest("model", known), None, "the word itself is no slip");
        assert_eq!(nearest("alexnet", known), None);
        assert_eq!(nearest(&"m".repeat(1000), known), None);
        assert_eq!(nearest("inpsert", ["inpert", "inperts", "insert"]), None, "a tie");
    }

    #[test]
    fn only_swaps_and_case_are_certain() {
        assert!(is_certain("modle", "model") && is_certain("Model", "model"));
        assert!(!is_certain("imput", "input") && !is_certain("modl", "model") && !is_certain("import", "report"));
    }

    #[test]
    fn distances_count_edits() {
        assert_eq!(distance("model", "model"), 0);
        assert_eq!(distance("modle", "model"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
