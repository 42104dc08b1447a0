//! A comparison of two models or runs, for people and for programs.

use crate::analysis::diff::{Aspect, Comparison};
use serde_json::json;

/// The verdict, then each difference by aspect: `-` what stands on the left, `+` what on the right.
pub fn text(comparison: &Comparison) -> String {
    let mut result = comparison.verdict();
    if comparison.networks_only {
        result.push_str(" (networks only)");
    }
    result.push('\n');
    for aspect in Aspect::ALL {
        let found: Vec<_> = comparison.differences.iter().filter(|difference| difference.aspect == aspect).collect();
        if found.is_empty() {
            continue;
        }
        result.push_str(&format!("\n{}\n", aspect.name()));
        for difference in found {
            result.push_str(&format!("  {}\n", difference.place));
            for (sign, side) in [('-', &difference.left), ('+', &difference.right)] {
                if let Some(side) = side {
                    result.push_str(&format!("    {sign} {side}\n"));
                }
            }
        }
    }
    result
}

/// One line: `{"version":1,"verdict","networks_only","differences":[{"aspect","place","left","right"}]}`; a side
/// without a counterpart is null.
pub fn json(comparison: &Comparison) -> String {
    let differences: Vec<_> = comparison
        .differences
        .iter()
        .map(|difference| {
            json!({
                "aspect": difference.aspect.name(),
                "place": difference.place,
                "left": difference.left,
                "right": difference.right,
            })
        })
        .collect();
    let verdict = json!({
        "version": 1,
        "verdict": comparison.verdict(),
        "networks_only": comparison.networks_only,
        "differences": differences,
    });
    format!("{verdict}\n")
}
