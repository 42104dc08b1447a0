//! What is said of a trained network, by the kind of thing that it predicts.

use super::scores::Scores;
use crate::uncertainty::{
    ComparedMetric, EpistemicBySamples, Evaluation, OutOfDistribution, Predictions, Predictive, RegressionEvaluation,
    RegressionPredictions, TemperatureScaling, UncertaintyError, UnderWeightDraws, ValuePrediction,
};

/// Everything a report says of a trained network.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// The scores on the test split, and what was predicted.
    pub scored: Scored,
    /// What a temperature fitted on validation does; `None` without a validation split.
    pub temperature_scaling: Option<TemperatureScaling>,
    /// Each set of another distribution.
    pub out_of_distribution: Vec<OutOfDistribution>,
    /// Epistemic figures of the test split against the number of draws; empty where targets are real numbers.
    pub epistemic_by_samples: Vec<EpistemicBySamples>,
    /// The same network under draws of its weights, where its training did not make such; [`crate::train::under_weight_draws`]
    /// makes it, [`crate::train::assess`] leaves it out.
    pub under_weight_draws: Option<UnderWeightDraws>,
}

/// The scores on the test split, and what was predicted of each of its inputs.
#[derive(Debug, Clone, PartialEq)]
pub enum Scored {
    /// Of classes.
    Classes {
        /// The scores.
        test: Box<Evaluation>,
        /// The predictions.
        predictions: Predictions,
    },
    /// Of real targets.
    Values {
        /// The scores.
        regression: Box<RegressionEvaluation>,
        /// The predictions.
        predictions: RegressionPredictions,
    },
}

impl Scored {
    /// The content of `predictions.csv`; without `class_names` classes are numbers only.
    pub fn to_csv(&self, class_names: &[String]) -> String {
        match self {
            Self::Classes { predictions, .. } => predictions.to_csv(class_names),
            Self::Values { predictions, .. } => predictions.to_csv(),
        }
    }

    /// The scores.
    pub fn scores(&self) -> Scores {
        match self {
            Self::Classes { test, .. } => Scores::Classes(test.clone()),
            Self::Values { regression, .. } => Scores::RealNumbers(regression.clone()),
        }
    }

    /// The scores of classes, if it is of such.
    pub fn test(&self) -> Option<&Evaluation> {
        match self {
            Self::Classes { test, .. } => Some(test),
            Self::Values { .. } => None,
        }
    }

    /// The scores of real targets, if it is of such.
    pub fn regression(&self) -> Option<&RegressionEvaluation> {
        match self {
            Self::Values { regression, .. } => Some(regression),
            Self::Classes { .. } => None,
        }
    }

    /// Every figure of the test split beside the same of other draws of the network.
    ///
    /// # Errors
    /// [`UncertaintyError::Bins`] if the number of bins is impossible.
    pub fn compare(&self, again: &Self) -> Result<Vec<ComparedMetric>, UncertaintyError> {
        match (self, again) {
            (Self::Classes { test, predictions }, Self::Classes { test: under, predictions: inputs }) => {
                ComparedMetric::of_classes((test, &predictions.inputs), (under, &inputs.inputs))
            }
            (Self::Values { regression, predictions }, Self::Values { regression: under, predictions: inputs }) => {
                Ok(ComparedMetric::of_values((regression, &predictions.inputs), (under, &inputs.inputs)))
            }
            (Self::Classes { .. }, Self::Values { .. }) | (Self::Values { .. }, Self::Classes { .. }) => Ok(Vec::new()),
        }
    }
}

/// What a network predicts of each example of a split, in their order.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicted {
    /// The predictive distribution over classes.
    Classes(Predictive),
    /// The predictive distribution of each real target, in its own units.
    Values(Vec<Vec<ValuePrediction>>),
}
