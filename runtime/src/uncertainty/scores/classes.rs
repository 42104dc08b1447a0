//! Figures by class: the confusion matrix, precision, recall, F1 and uncertainty.

use crate::uncertainty::{InputScores, Predictive, wilson_interval};
use serde::{Deserialize, Serialize};

/// One class of the table by class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassScores {
    /// The class.
    pub class: usize,
    /// How many inputs have it as their label.
    pub support: usize,
    /// How many inputs it was predicted for.
    pub predicted: usize,
    /// The share of `predicted` that is right; `None` if it was never predicted.
    pub precision: Option<f64>,
    /// The share of `support` that was found; `None` without support.
    pub recall: Option<f64>,
    /// Wilson's 95 % interval of the recall.
    pub recall_interval: Option<[f64; 2]>,
    /// 2·hits/(support + predicted); `None` if both are 0.
    pub f1: Option<f64>,
    /// Mean trace of the aleatoric covariance over the inputs with this label; `None` without support.
    pub aleatoric: Option<f64>,
    /// The same of the epistemic covariance (1/T form); `None` for T = 1, too.
    pub epistemic: Option<f64>,
    /// This class's diagonal entry of the aleatoric covariance, mean over all inputs. Over the
    /// classes it sums to the scalar `aleatoric`.
    pub aleatoric_component: f64,
    /// The same of the epistemic covariance (1/T form); `None` for T = 1.
    pub epistemic_component: Option<f64>,
}

/// What the scores of its inputs alone tell of a class: [`ClassScores`] but for the components.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassSummary {
    /// The class.
    pub class: usize,
    /// As in [`ClassScores`].
    pub support: usize,
    /// As in [`ClassScores`].
    pub predicted: usize,
    /// As in [`ClassScores`].
    pub precision: Option<f64>,
    /// As in [`ClassScores`].
    pub recall: Option<f64>,
    /// As in [`ClassScores`].
    pub recall_interval: Option<[f64; 2]>,
    /// As in [`ClassScores`].
    pub f1: Option<f64>,
    /// As in [`ClassScores`].
    pub aleatoric: Option<f64>,
    /// As in [`ClassScores`].
    pub epistemic: Option<f64>,
}

impl From<&ClassScores> for ClassSummary {
    fn from(scores: &ClassScores) -> Self {
        let ClassScores {
            class, support, predicted, precision, recall, recall_interval, f1, aleatoric, epistemic, ..
        } = *scores;
        Self { class, support, predicted, precision, recall, recall_interval, f1, aleatoric, epistemic }
    }
}

/// Counts of inputs by label (row) and predicted class (column), `classes` × `classes`.
///
/// # Panics
/// If a label is no class; [`Predictive::score`] has checked them.
pub fn confusion(inputs: &[InputScores], labels: &[u32], classes: usize) -> Vec<Vec<usize>> {
    let mut counts = vec![vec![0; classes]; classes];
    for (input, &label) in inputs.iter().zip(labels) {
        counts[label as usize][input.predicted] += 1;
    }
    counts
}

/// The table by class, as far as scores tell.
///
/// # Panics
/// If a label or a predicted class is none of the `classes`.
pub fn class_summaries(inputs: &[InputScores], labels: &[u32], classes: usize) -> Vec<ClassSummary> {
    let counts = confusion(inputs, labels, classes);
    let has_epistemic = inputs.iter().any(|input| input.epistemic.is_some());
    let mut aleatoric = vec![0.0; classes];
    let mut epistemic = vec![0.0; classes];
    for (input, &label) in inputs.iter().zip(labels) {
        aleatoric[label as usize] += input.aleatoric;
        epistemic[label as usize] += input.epistemic.unwrap_or(0.0);
    }
    let summaries = (0..classes).map(|class| {
        let support: usize = counts[class].iter().sum();
        let predicted: usize = counts.iter().map(|row| row[class]).sum();
        let hits = counts[class][class];
        ClassSummary {
            class,
            support,
            predicted,
            precision: share(hits as f64, predicted),
            recall: share(hits as f64, support),
            recall_interval: (support > 0).then(|| wilson_interval(hits, support)),
            f1: share(2.0 * hits as f64, support + predicted),
            aleatoric: share(aleatoric[class], support),
            epistemic: has_epistemic.then(|| share(epistemic[class], support)).flatten(),
        }
    });
    summaries.collect()
}

/// The table by class. `inputs` are the scores of `predictive` against `labels`.
///
/// # Panics
/// If a label is no class; [`Predictive::score`] has checked them.
pub fn per_class(predictive: &Predictive, inputs: &[InputScores], labels: &[u32]) -> Vec<ClassScores> {
    let classes = predictive.classes;
    let component = |diagonals: &[f64], class: usize| {
        diagonals.iter().skip(class).step_by(classes).sum::<f64>() / inputs.len() as f64
    };
    let scores = class_summaries(inputs, labels, classes).into_iter().map(|summary| {
        let ClassSummary { class, support, predicted, precision, recall, recall_interval, f1, aleatoric, epistemic } =
            summary;
        ClassScores {
            class,
            support,
            predicted,
            precision,
            recall,
            recall_interval,
            f1,
            aleatoric,
            epistemic,
            aleatoric_component: component(&predictive.aleatoric, class),
            epistemic_component: predictive.epistemic.as_ref().map(|diagonals| component(diagonals, class)),
        }
    });
    scores.collect()
}

fn share(part: f64, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part / whole as f64)
}
