//! What became of claims, for people to read.

use super::{ClaimError, ClaimOutcome, Over, Verdict};
use crate::report::figure::{grouped, number};

impl Verdict {
    /// The verdict in a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Failed => "failed",
            Self::Undecided => "undecided",
        }
    }
}

/// The verdict on a claim, or why there is none.
pub fn claim_verdict(outcome: &Result<ClaimOutcome, ClaimError>) -> &'static str {
    outcome.as_ref().map_or("not evaluated", |outcome| outcome.verdict.word())
}

/// What a verdict rests on: a sentence without a full stop.
pub fn claim_grounds(outcome: &Result<ClaimOutcome, ClaimError>) -> String {
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => return error.to_string(),
    };
    let difference = number(outcome.difference);
    let over = match outcome.over {
        Over::Inputs { resamples } => format!("over {} resamples of the test inputs", grouped(f64::from(resamples))),
        Over::Seeds { seeds } => format!("over {seeds} seeds"),
    };
    match outcome.interval {
        Some([low, high]) => {
            format!(
                "the left side less the right is {difference}, 95 % interval {} to {} {over}",
                number(low),
                number(high)
            )
        }
        None => format!("the left side less the right is {difference}, and there is no interval {over}"),
    }
}

/// Claims in lines for a terminal.
pub fn claims_text(claims: &[(String, Result<ClaimOutcome, ClaimError>)]) -> String {
    let mut text = "Claims\n\n".to_owned();
    for (claim, outcome) in claims {
        text.push_str(&format!(
            "  {:<13}  {claim}\n  {:<13}  {}\n",
            claim_verdict(outcome),
            "",
            claim_grounds(outcome)
        ));
    }
    text
}

/// Claims in Markdown.
pub fn claims_markdown(claims: &[(String, Result<ClaimOutcome, ClaimError>)]) -> String {
    let mut text = "### Claims\n\n".to_owned();
    for (claim, outcome) in claims {
        text.push_str(&format!("- **{}**: {claim} ({})\n", claim_verdict(outcome), claim_grounds(outcome)));
    }
    text
}
