//! The inputs to look at: the most and the least certain, and the most confident mistakes.

use super::{InputScores, Predictive};
use serde::{Deserialize, Serialize};

/// Inputs of each list.
const COUNT: usize = 8;
/// Up to this many classes an input's distribution is given whole.
const WHOLE: usize = 10;
/// Classes that are given of a distribution over more.
const LARGEST: usize = 5;

/// The inputs at either end; ties in the order of the split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extremes {
    /// Those of the smallest entropy of p̄, the smallest first.
    pub most_certain: Vec<ExtremeInput>,
    /// Those of the largest entropy of p̄, the largest first.
    pub least_certain: Vec<ExtremeInput>,
    /// Those that are wrong with the largest probability, the largest first; fewer where fewer are wrong.
    pub most_confident_errors: Vec<ExtremeInput>,
}

/// One input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtremeInput {
    /// Its place in the split, from 0.
    pub index: usize,
    /// Its file, where examples have files of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its class.
    pub label: usize,
    /// The most probable class.
    pub predicted: usize,
    /// p̄ over all classes in order, or the five most probable of more than ten classes, the most probable first.
    pub probabilities: Vec<ClassProbability>,
    /// H(p̄), in nats.
    pub entropy: f64,
    /// The trace of the epistemic covariance (1/T form); `None` for T = 1.
    pub epistemic: Option<f64>,
}

/// A class with its probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassProbability {
    /// The class.
    pub class: usize,
    /// Its probability.
    pub probability: f64,
}

impl Extremes {
    /// The extremes of `predictive`, whose scores against `labels` are `inputs`.
    pub fn new(predictive: &Predictive, inputs: &[InputScores], labels: &[u32]) -> Self {
        let chosen = |places: Vec<usize>| {
            places
                .into_iter()
                .map(|index| ExtremeInput::new(predictive, &inputs[index], (index, labels[index])))
                .collect()
        };
        let all = || (0..inputs.len()).collect();
        let errors = (0..inputs.len()).filter(|&index| !inputs[index].correct).collect();
        Self {
            most_certain: chosen(smallest(all(), |index| inputs[index].entropy)),
            least_certain: chosen(smallest(all(), |index| -inputs[index].entropy)),
            most_confident_errors: chosen(smallest(errors, |index| -inputs[index].confidence)),
        }
    }
}

impl Extremes {
    /// Gives each input the name of its place; without names nothing changes.
    pub fn name(&mut self, names: &[String]) {
        let lists = [&mut self.most_certain, &mut self.least_certain, &mut self.most_confident_errors];
        for input in lists.into_iter().flatten() {
            input.name = names.get(input.index).cloned();
        }
    }
}

/// The places with the smallest keys, in that order.
fn smallest(mut places: Vec<usize>, key: impl Fn(usize) -> f64) -> Vec<usize> {
    let order = |left: &usize, right: &usize| key(*left).total_cmp(&key(*right)).then(left.cmp(right));
    if places.len() > COUNT {
        places.select_nth_unstable_by(COUNT, order);
        places.truncate(COUNT);
    }
    places.sort_unstable_by(order);
    places
}

impl ExtremeInput {
    fn new(predictive: &Predictive, input: &InputScores, (index, label): (usize, u32)) -> Self {
        let row = &predictive.mean[index * predictive.classes..][..predictive.classes];
        let mut probabilities: Vec<ClassProbability> =
            row.iter().enumerate().map(|(class, &probability)| ClassProbability { class, probability }).collect();
        if probabilities.len() > WHOLE {
            probabilities.sort_by(|left, right| right.probability.total_cmp(&left.probability));
            probabilities.truncate(LARGEST);
        }
        Self {
            index,
            name: None,
            label: label as usize,
            predicted: input.predicted,
            probabilities,
            entropy: input.entropy,
            epistemic: input.epistemic,
        }
    }
}
