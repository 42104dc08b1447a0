//! Real targets in the units a network is trained in.

use super::error::DataError;
use super::stored::Stored;
use serde::{Deserialize, Serialize};

/// Mean and standard deviation of each target over the training split: a network is trained on (y − mean) / deviation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetScale {
    /// By target.
    pub means: Vec<f64>,
    /// By target; the population's, above 0.
    #[serde(rename = "standard_deviations")]
    pub deviations: Vec<f64>,
}

impl TargetScale {
    /// The statistics of the examples `indices`, at least one, whose targets are called `names`.
    ///
    /// # Errors
    /// [`DataError::ConstantTarget`] if a target is the same everywhere.
    pub(super) fn of(stored: &Stored, indices: &[u32], names: &[String]) -> Result<Option<Self>, DataError> {
        let Some((targets, values)) = stored.values() else { return Ok(None) };
        let count = indices.len() as f64;
        let column = |target: usize| indices.iter().map(move |&index| values[index as usize * targets + target]);
        let (mut means, mut deviations) = (Vec::new(), Vec::new());
        for target in 0..targets {
            // About one of the values, so that a constant has a deviation of exactly 0.
            let pivot = column(target).next().unwrap_or(0.0);
            let shift = column(target).map(|value| value - pivot).sum::<f64>() / count;
            let squares: f64 = column(target).map(|value| (value - pivot - shift) * (value - pivot - shift)).sum();
            let deviation = (squares / count).sqrt();
            if deviation == 0.0 {
                let name = names.get(target).cloned().unwrap_or_else(|| target.to_string());
                return Err(DataError::ConstantTarget { name, value: pivot });
            }
            means.push(pivot + shift);
            deviations.push(deviation);
        }
        Ok(Some(Self { means, deviations }))
    }

    /// A target in the network's units.
    pub fn inward(&self, target: usize, value: f64) -> f64 {
        (value - self.means[target]) / self.deviations[target]
    }
}
