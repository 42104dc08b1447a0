//! How far apart two spellings of a word are.

/// The shortest word whose swapped letters are put right; `mpa` may well be another abbreviation than `map`.
const SHORTEST_SWAP: usize = 4;

/// How many letters must be changed, added, removed or exchanged with their neighbour to turn one spelling into another.
pub(crate) fn distance(written: &str, candidate: &str) -> usize {
    strsim::damerau_levenshtein(written, candidate)
}

/// A word without what different habits write differently: case and separators.
pub(crate) fn plain(word: &str) -> String {
    word.chars().filter(|character| !matches!(character, '_' | '-')).flat_map(char::to_lowercase).collect()
}

/// Whether two neighbouring letters that are not both digits are swapped, and nothing else differs.
pub(crate) fn is_swap(written: &str, candidate: &str) -> bool {
    let (written, candidate): (Vec<char>, Vec<char>) = (written.chars().collect(), candidate.chars().collect());
    if written.len() != candidate.len() || written.len() < SHORTEST_SWAP {
        return false;
    }
    let differing: Vec<usize> = (0..written.len()).filter(|index| written[*index] != candidate[*index]).collect();
    let [first, second] = differing[..] else { return false };
    let digits = written[first].is_ascii_digit() && written[second].is_ascii_digit();
    second == first + 1 && written[first] == candidate[second] && written[second] == candidate[first] && !digits
}
