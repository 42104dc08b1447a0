//! Epistemic figures against the number of draws: whether T is large enough.

use super::jackknife::PrefixSums;
use super::{Evaluation, jackknife_standard_error};
use serde::{Deserialize, Serialize};

/// Epistemic figures from the first so many draws.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpistemicBySamples {
    /// How many draws.
    pub samples: usize,
    /// Mean trace of the epistemic covariance times T/(T − 1).
    pub epistemic_unbiased: f64,
    /// Its jackknife standard error over draws; `None` for fewer than three.
    pub epistemic_standard_error: Option<f64>,
    /// Mutual information times T/(T − 1), in nats.
    pub mutual_information_corrected: f64,
    /// Its jackknife standard error over draws; `None` for fewer than three.
    pub mutual_information_standard_error: Option<f64>,
}

/// Gathers the sums of batches of inputs.
#[derive(Debug, Clone, Default)]
pub struct SampleCurve {
    inputs: usize,
    sums: Vec<PrefixSums>,
}

impl SampleCurve {
    /// Adds the sums over some inputs; all batches must have the same draws.
    pub fn add(&mut self, inputs: usize, sums: Vec<PrefixSums>) {
        self.inputs += inputs;
        if self.sums.is_empty() {
            self.sums = sums;
            return;
        }
        for (all, more) in self.sums.iter_mut().zip(&sums) {
            all.add(more);
        }
    }

    /// The curve for 2, 4, 8, … draws and all of them; empty for a single draw. The last point is what `evaluation` of
    /// the same inputs says.
    pub fn finish(&self, evaluation: &Evaluation) -> Vec<EpistemicBySamples> {
        let mean = |sum: f64, samples: usize| sum / self.inputs as f64 * samples as f64 / (samples as f64 - 1.0);
        let mut points: Vec<EpistemicBySamples> = self
            .sums
            .iter()
            .map(|prefix| {
                let error = |figure: usize| {
                    let left_out = prefix.left_out.as_ref()?;
                    let again: Vec<f64> = left_out.iter().map(|(samples, sums)| mean(sums[figure], *samples)).collect();
                    jackknife_standard_error(&again)
                };
                EpistemicBySamples {
                    samples: prefix.samples,
                    epistemic_unbiased: mean(prefix.all[0], prefix.samples),
                    epistemic_standard_error: error(0),
                    mutual_information_corrected: mean(prefix.all[1], prefix.samples).max(0.0),
                    mutual_information_standard_error: error(1),
                }
            })
            .collect();
        if let (Some(epistemic_unbiased), Some(mutual_information_corrected)) =
            (evaluation.epistemic_unbiased, evaluation.mutual_information_corrected)
        {
            let errors = &evaluation.monte_carlo_standard_errors;
            points.push(EpistemicBySamples {
                samples: evaluation.samples,
                epistemic_unbiased,
                epistemic_standard_error: errors.epistemic_unbiased,
                mutual_information_corrected,
                mutual_information_standard_error: errors.mutual_information_corrected,
            });
        }
        points
    }
}
