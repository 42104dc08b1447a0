//! Selective prediction: what accuracy becomes when the least confident inputs are refused.

use super::top_label::{TopLabel, ties};
use serde::{Deserialize, Serialize};

/// Points of the stored curve: every 5 % of coverage.
const POINTS: usize = 20;

/// Risk against coverage (Geifman & El-Yaniv 2017; Geifman, Uziel & El-Yaniv 2019, section 3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskCoverage {
    /// AURC, the mean over k = 1 … N of the error rate among the k most confident inputs.
    pub area_under_risk_coverage: f64,
    /// The accuracy among the ⌈0.8·N⌉ most confident inputs.
    pub accuracy_at_80_percent_coverage: f64,
    /// The curve at every 5 % of coverage, fewer points where there are fewer inputs.
    pub curve: Vec<RiskCoveragePoint>,
}

/// A point of the risk–coverage curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskCoveragePoint {
    /// The share of inputs that is answered, k/N.
    pub coverage: f64,
    /// The error rate among them.
    pub risk: f64,
    /// The confidence of the least confident among them.
    pub threshold: f64,
}

/// The risk–coverage curve with confidence = max p̄ and risk = error rate. Where several inputs are
/// equally confident, the risk inside the tie is its expectation over all their orders, so that the
/// order in which inputs are stored changes nothing. `None` without inputs.
pub fn risk_coverage(inputs: &[TopLabel]) -> Option<RiskCoverage> {
    let total = inputs.len();
    if total == 0 {
        return None;
    }
    let mut sorted = inputs.to_vec();
    sorted.sort_by(|left, right| right.confidence.total_cmp(&left.confidence));
    let mut risks = Vec::with_capacity(total);
    let mut errors = 0;
    for (length, correct) in ties(&sorted) {
        let wrong = (length - correct) as f64;
        for place in 1..=length {
            let expected = errors as f64 + wrong * place as f64 / length as f64;
            risks.push(expected / (risks.len() + 1) as f64);
        }
        errors += length - correct;
    }
    let mut answered: Vec<usize> = (1..=POINTS).map(|point| (point * total).div_ceil(POINTS)).collect();
    answered.dedup();
    let curve = answered.into_iter().map(|count| RiskCoveragePoint {
        coverage: count as f64 / total as f64,
        risk: risks[count - 1],
        threshold: sorted[count - 1].confidence,
    });
    Some(RiskCoverage {
        area_under_risk_coverage: risks.iter().sum::<f64>() / total as f64,
        accuracy_at_80_percent_coverage: 1.0 - risks[(4 * total).div_ceil(5) - 1],
        curve: curve.collect(),
    })
}
