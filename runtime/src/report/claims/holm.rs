//! Several claims at once.

use super::{ClaimError, ClaimOutcome, LEVEL, Verdict};

/// Corrects claims that are evaluated together for their number, so that the chance to decide any of them wrongly stays at
/// the level (Holm 1979): the smallest of m p-values counts m times, the next m − 1 times, and none less than one before
/// it. Claims that cannot be evaluated, yet or at all, count as undecided ones do: a verdict does not change because another
/// run ends.
pub fn correct_for_number(claims: &mut [(String, Result<ClaimOutcome, ClaimError>)]) {
    let count = claims.len();
    let mut tested: Vec<&mut ClaimOutcome> = claims
        .iter_mut()
        .filter_map(|(_, outcome)| outcome.as_mut().ok())
        .filter(|outcome| outcome.interval.is_some())
        .collect();
    tested.sort_by(|one, other| one.p_value.total_cmp(&other.p_value));
    let mut before = 0.0_f64;
    for (place, outcome) in tested.into_iter().enumerate() {
        let corrected = ((count - place) as f64 * outcome.p_value).min(1.0).max(before);
        before = corrected;
        outcome.claims = count;
        outcome.corrected_p_value = corrected;
        outcome.verdict = if corrected <= LEVEL { outcome.alone } else { Verdict::Undecided };
    }
}
