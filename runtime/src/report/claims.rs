//! Whether finished runs bear a claim out.
//!
//! A claim compares the left side less the right side with 0. Its verdict rests on a 95 % interval of that difference over
//! whatever could have been otherwise: test inputs and draws of networks as they are, seeds, too, of procedures. Claims
//! that are evaluated together are corrected for their number.

mod calibration;
mod error_part;
mod estimation;
mod holm;
mod linear;
mod measured;
mod outcome;
mod subject;
mod text;

pub use holm::correct_for_number;
pub use outcome::{ClaimBasis, ClaimError, ClaimOutcome, LEVEL, Pairing, Undecidable, Verdict};
pub use subject::{ClaimRun, ClaimSubject, ClaimSubjects};
pub use text::{claim_grounds, claim_verdict, claims_markdown, claims_text};

use elbo_compiler::analysis::{range_of, range_of_difference};
use elbo_compiler::ir::{Claim, Comparison, Estimand};
use error_part::Estimate;
use estimation::Claimed;
use linear::{Linear, divisors_of, figures_of};
use measured::MeasuredFigure;
use subject::Trainings;

/// The smallest p-value that is told from 0.
const SMALLEST_P: f64 = 1e-12;

/// Evaluates a claim on finished runs. Epistemic figures are those in the T/(T − 1) form, calibration errors those of the
/// population. The verdict is that of the claim alone, until [`correct_for_number`] has seen the others.
///
/// # Errors
/// [`ClaimError`] if a run is missing or a figure is not defined.
pub fn evaluate_claim(claim: &Claim, runs: &ClaimSubjects<'_>) -> Result<ClaimOutcome, ClaimError> {
    let sides = [&claim.left, &claim.right];
    let figures = figures_of(sides);
    let mut subjects: Vec<Trainings<'_>> = Vec::new();
    for figure in &figures {
        if !subjects.iter().any(|known| known.name == figure.run) {
            subjects.push(Trainings::find(&figure.run, runs)?);
        }
    }
    if claim.estimand == Estimand::Procedures {
        without_runs_beside_them(&mut subjects);
    }
    let networks = distinct_networks(&subjects);
    let measured: Vec<MeasuredFigure> =
        figures.iter().map(|figure| MeasuredFigure::new(figure, &subjects)).collect::<Result<_, _>>()?;
    let values: Vec<f64> = measured.iter().map(MeasuredFigure::value).collect();
    let linear = Linear::difference(sides, &figures, &values)?;
    let claimed = Claimed { estimand: claim.estimand, subjects: &subjects, figures: &measured };
    let mut undecidable = None;
    let mut divisors = Vec::new();
    sides.into_iter().for_each(|side| divisors_of(side, &mut divisors));
    for divisor in divisors {
        let estimate = claimed.estimate(&Linear::new(divisor, &figures, &values)?, range_of(divisor));
        if estimate.is_ok_and(|(estimate, _)| holds_zero(estimate.interval(LEVEL))) {
            undecidable = Some(Undecidable::Divisor);
        }
    }
    let (estimate, basis) = match claimed.estimate(&linear, range_of_difference(claim)) {
        Ok((estimate, basis)) => (Some(estimate), basis),
        Err(reason) => {
            undecidable = undecidable.or(Some(reason));
            (None, ClaimBasis::default())
        }
    };
    let estimate = estimate.filter(|_| undecidable.is_none());
    let decide = |estimate: &Estimate, level| verdict(claim.comparison, estimate.interval(level));
    let p_value = estimate.as_ref().map_or(1.0, |estimate| p_value(|level| decide(estimate, level)));
    let alone = estimate.as_ref().map_or(Verdict::Undecided, |estimate| decide(estimate, LEVEL));
    Ok(ClaimOutcome {
        text: claim.text.clone(),
        verdict: alone,
        alone,
        estimand: claim.estimand,
        margin: match claim.comparison {
            Comparison::Equivalent { margin } => Some(margin),
            Comparison::Greater | Comparison::GreaterOrEqual | Comparison::Less | Comparison::LessOrEqual => None,
        },
        difference: linear.value,
        interval: estimate.map(|estimate| estimate.interval(LEVEL)),
        p_value,
        corrected_p_value: p_value,
        claims: 1,
        networks,
        basis,
        undecidable,
    })
}

/// Takes what stands beside a sweep as a single run out of it, so that no training is on both sides.
fn without_runs_beside_them(subjects: &mut [Trainings<'_>]) {
    let singles: Vec<String> = (subjects.iter().filter(|subject| subject.runs.len() == 1))
        .map(|subject| subject.runs[0].training.to_owned())
        .collect();
    for sweep in subjects.iter_mut().filter(|subject| subject.runs.len() > 1) {
        let all = sweep.runs.len();
        sweep.runs.retain(|run| !singles.iter().any(|single| single == run.training));
        sweep.beside = all - sweep.runs.len();
    }
    // A sweep of nothing else stays as it is: it shows nothing either way.
}

fn distinct_networks(subjects: &[Trainings<'_>]) -> usize {
    let mut known: Vec<&str> =
        subjects.iter().flat_map(|subject| subject.runs.iter().map(|run| run.training)).collect();
    known.sort_unstable();
    known.dedup();
    known.len()
}

fn holds_zero([low, high]: [f64; 2]) -> bool {
    low <= 0.0 && high >= 0.0
}

/// Whether every value of the interval is on the claimed side of 0, or within the margin of it. An equivalence is held by
/// two one-sided tests, each at half the level (Schuirmann 1987), so that at the margin no more than at 0 is decided.
fn verdict(comparison: Comparison, [low, high]: [f64; 2]) -> Verdict {
    let (holds, fails) = match comparison {
        Comparison::Greater => (low > 0.0, high <= 0.0),
        Comparison::GreaterOrEqual => (low >= 0.0, high < 0.0),
        Comparison::Less => (high < 0.0, low >= 0.0),
        Comparison::LessOrEqual => (high <= 0.0, low > 0.0),
        Comparison::Equivalent { margin } => (low >= -margin && high <= margin, low > margin || high < -margin),
    };
    match (holds, fails) {
        (true, _) => Verdict::Held,
        (_, true) => Verdict::Failed,
        _ => Verdict::Undecided,
    }
}

/// The smallest level at which the interval decides.
fn p_value(decide: impl Fn(f64) -> Verdict) -> f64 {
    let decided = |logarithm: f64| decide(logarithm.exp()) != Verdict::Undecided;
    let (mut low, mut high) = (SMALLEST_P.ln(), 0.999_999_f64.ln());
    if decided(low) {
        return 0.0;
    }
    if !decided(high) {
        return 1.0;
    }
    for _ in 0..24 {
        let middle = 0.5 * (low + high);
        if decided(middle) { high = middle } else { low = middle }
    }
    high.exp()
}

#[cfg(test)]
mod tests;
