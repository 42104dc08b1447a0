//! The nearest of a few known words, for "did you mean".

/// The word nearest to `word`, if it is near enough to be a slip: at most a third of its letters changed
/// (insertions, deletions, replacements and swaps of neighbours), and at least one allowed.
pub(crate) fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    // Nobody mistypes a keyword into something this long, and the distance takes quadratic time.
    if word.len() > 24 || word.len() < 2 {
        return None;
    }
    known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, candidate)| (1..=(candidate.len() / 3).max(1)).contains(distance))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

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
    }

    #[test]
    fn distances_count_edits() {
        assert_eq!(distance("model", "model"), 0);
        assert_eq!(distance("modle", "model"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
