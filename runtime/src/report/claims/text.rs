//! What became of claims, for people to read.

use super::{ClaimBasis, ClaimError, ClaimOutcome, Pairing, Verdict};
use crate::foreign_text;
use crate::report::figure::{grouped, number};
use elbo_compiler::ir::Estimand;

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
    let mut text = format!("of {}: left minus right is {difference}", about(outcome));
    match (outcome.interval, &outcome.undecidable) {
        (Some([low, high]), _) => {
            text.push_str(&format!(", 95 % interval {} to {}", number(low), number(high)));
            text.push_str(&over(&outcome.basis));
            if let Some(margin) = outcome.margin {
                let margin = number(margin);
                text.push_str(&format!("; two one-sided tests against a margin of {margin} at 2.5 % each"));
            }
            text.push_str(&format!("; {}", p_values(outcome)));
        }
        (None, Some(reason)) => text.push_str(&format!("; {reason}")),
        (None, None) => text.push_str(", without an interval"),
    }
    text.push_str(&assumptions(&outcome.basis));
    text
}

/// `these two networks`, `this procedure over 5 seeds`
fn about(outcome: &ClaimOutcome) -> String {
    let seeds = &outcome.basis.seeds;
    match outcome.estimand {
        Estimand::Networks => match outcome.networks {
            1 => "this network".to_owned(),
            2 => "these two networks".to_owned(),
            several => format!("these {several} networks"),
        },
        Estimand::Procedures => match (seeds.as_slice(), outcome.basis.single_runs.is_empty()) {
            ([], _) => "the procedures".to_owned(),
            ([seeds], true) => format!("this procedure over {seeds} seeds"),
            ([first, rest @ ..], _) if rest.iter().all(|seeds| seeds == first) => {
                format!("these procedures over {first} seeds")
            }
            (several, _) => {
                let seeds: Vec<String> = several.iter().map(ToString::to_string).collect();
                format!("these procedures over {} seeds", seeds.join(" and "))
            }
        },
    }
}

/// ` over 1,000 test inputs, 25 draws and seeds`
fn over(basis: &ClaimBasis) -> String {
    let mut sources = Vec::new();
    match basis.inputs.as_slice() {
        [] => {}
        [one] => sources.push(format!("{} test inputs", grouped(*one as f64))),
        several => {
            let sizes: Vec<String> = several.iter().map(|inputs| grouped(*inputs as f64)).collect();
            sources.push(format!("{} inputs of {} test sets", sizes.join(" and "), several.len()));
        }
    }
    if let Some(draws) = basis.draws {
        sources.push(format!("{} draws", grouped(draws as f64)));
    }
    match basis.pairing {
        _ if basis.seeds.is_empty() => {}
        Pairing::Alone => sources.push("seeds".to_owned()),
        Pairing::Paired => sources.push("seeds, paired".to_owned()),
        Pairing::Unpaired => sources.push("seeds, which differ between the sweeps and are not paired".to_owned()),
    }
    if sources.is_empty() { String::new() } else { format!(" over {}", sources.join(" and ")) }
}

/// `p = 0.004, corrected for 3 claims (Holm) 0.012`
fn p_values(outcome: &ClaimOutcome) -> String {
    let p = |value: f64| match value {
        0.0 => "< 1e-12".to_owned(),
        value if value < 1e-4 => format!("= {value:.0e}"),
        value => format!("= {value:.4}"),
    };
    let mut text = format!("p {}", p(outcome.p_value));
    if outcome.claims > 1 {
        text.push_str(&format!(", p {} corrected for {} claims (Holm)", p(outcome.corrected_p_value), outcome.claims));
        if outcome.verdict != outcome.alone {
            text.push_str(&format!(", which alone would have {}", outcome.alone.word()));
        }
    }
    text
}

/// What was assumed or done that a reader must know.
fn assumptions(basis: &ClaimBasis) -> String {
    let mut text = String::new();
    for run in &basis.single_runs {
        text.push_str(&format!("; `{run}` is one run, taken to vary over seeds as the sweep does: s·√(1 + 1/n)"));
    }
    if basis.calibration {
        text.push_str("; calibration errors are those of the population, without the bias of a finite test set");
    }
    text
}

/// Claims in lines for a terminal.
pub fn claims_text(claims: &[(String, Result<ClaimOutcome, ClaimError>)]) -> String {
    let mut text = "Claims\n\n".to_owned();
    for (claim, outcome) in claims {
        text.push_str(&format!(
            "  {:<13}  {}\n  {:<13}  {}\n",
            claim_verdict(outcome),
            foreign_text::terminal(claim),
            "",
            foreign_text::terminal(&claim_grounds(outcome))
        ));
    }
    text
}

/// Claims in Markdown.
pub fn claims_markdown(claims: &[(String, Result<ClaimOutcome, ClaimError>)]) -> String {
    let mut text = "### Claims\n\n".to_owned();
    for (claim, outcome) in claims {
        let (claim, grounds) = (foreign_text::markdown(claim), foreign_text::markdown(&claim_grounds(outcome)));
        text.push_str(&format!("- **{}**: {claim} ({grounds})\n", claim_verdict(outcome)));
    }
    text
}
