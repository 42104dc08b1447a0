//! `predictions.csv` of real targets.

use super::input::ValueScores;
use crate::foreign_text;
use crate::uncertainty::InputSources;
use std::fmt::Write;

/// The columns of a target.
const COLUMNS: [&str; 6] = [
    "target",
    "mean",
    "aleatoric_variance",
    "epistemic_variance",
    "continuous_ranked_probability_score",
    "probability_integral_transform",
];

/// What was predicted of each input of a split, and how that scores.
#[derive(Debug, Clone, PartialEq)]
pub struct RegressionPredictions {
    /// What each target is called.
    pub targets: Vec<String>,
    /// The scores of each input, in the order of the split.
    pub inputs: Vec<ValueScores>,
    /// Where each input comes from.
    pub sources: InputSources,
}

impl RegressionPredictions {
    /// The content of `predictions.csv`: a line an input in the order of the split, with the columns `target`, `mean`,
    /// `aleatoric_variance`, `epistemic_variance`, `continuous_ranked_probability_score` and
    /// `probability_integral_transform`, which is F(y) (of several targets each of them, with its name behind a point)
    /// and `negative_log_likelihood`, and, where inputs come from files, `file`, `row` and `line`; numbers in the
    /// shortest form that reads back to the same bits, an empty cell where nothing is defined.
    pub fn to_csv(&self) -> String {
        let mut text = String::from("index");
        for name in &self.targets {
            let suffix = if self.targets.len() == 1 { String::new() } else { format!(".{name}") };
            for column in COLUMNS {
                let _ = write!(text, ",{}", foreign_text::csv(&format!("{column}{suffix}")));
            }
        }
        text.push_str(",negative_log_likelihood");
        self.sources.columns().iter().for_each(|column| text.extend([",", column]));
        text.push('\n');
        for (index, input) in self.inputs.iter().enumerate() {
            let _ = write!(text, "{index}");
            for target in 0..input.values.len() {
                let _ = write!(text, ",{},{}", shortest(input.values[target]), input.means[target]);
                let _ = write!(text, ",{},", input.aleatoric[target]);
                if let Some(epistemic) = &input.epistemic {
                    let _ = write!(text, "{}", epistemic[target]);
                }
                let _ = write!(text, ",{},{}", input.ranked_probability[target], input.transform[target]);
            }
            let _ = write!(text, ",{}", input.negative_log_likelihood);
            self.sources.write(index, &mut text);
            text.push('\n');
        }
        text
    }
}

/// A number in its shortest form: of one that 32 bits hold, that of 32 bits, which is the one that was written.
fn shortest(value: f64) -> String {
    let short = value as f32;
    if f64::from(short) == value { short.to_string() } else { value.to_string() }
}
