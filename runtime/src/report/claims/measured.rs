//! What a metric is of each run that a claim speaks of, input by input.

use super::ClaimError;
use super::calibration::Gaps;
use super::subject::{ClaimRun, Trainings};
use crate::uncertainty::PredictedInput;
use crate::uncertainty::mistakes::Mistakes;
use crate::uncertainty::scores::TopLabel;
use elbo_compiler::ir::{ClaimFigure, Metric};

/// A metric of one run.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Measured {
    /// A mean over inputs.
    Mean {
        /// The mean.
        mean: f64,
        /// What each input is.
        values: Vec<f64>,
        /// What of that mistakes are; `None` where labels do not matter.
        mistakes: Option<Mistakes>,
    },
    /// A calibration error.
    Calibration(Gaps),
}

impl Measured {
    /// A metric of a run.
    ///
    /// # Errors
    /// [`ClaimError::NotEpistemic`] of a single draw, [`ClaimError::Table`] if it is no single number.
    pub fn new(figure: &ClaimFigure, run: &ClaimRun<'_>) -> Result<Self, ClaimError> {
        let samples = run.samples() as f64;
        let unbiased = samples / (samples - 1.0);
        let is_epistemic = run.inputs.first().is_some_and(|input| input.scores.epistemic.is_some());
        let epistemic = |value: fn(&PredictedInput) -> f64| {
            if is_epistemic {
                Ok(Self::mean(figure.metric, run, |input| value(input) * unbiased))
            } else {
                Err(ClaimError::NotEpistemic { run: figure.run.clone() })
            }
        };
        let mean = |value: fn(&PredictedInput) -> f64| Ok(Self::mean(figure.metric, run, value));
        let top = || -> Vec<TopLabel> { run.inputs.iter().map(|input| TopLabel::from(&input.scores)).collect() };
        match figure.metric {
            Metric::Accuracy => mean(|input| f64::from(u8::from(input.scores.correct))),
            Metric::NegativeLogLikelihood => mean(|input| input.scores.negative_log_likelihood),
            Metric::Brier => mean(|input| input.scores.brier),
            Metric::Aleatoric => mean(|input| input.scores.aleatoric),
            Metric::Entropy => mean(|input| input.scores.entropy),
            Metric::Epistemic => epistemic(|input| input.scores.epistemic.unwrap_or(0.0)),
            Metric::MutualInformation => epistemic(|input| input.scores.entropy - input.scores.expected_entropy),
            Metric::ExpectedCalibrationError { bins } => Ok(Self::Calibration(Gaps::of_equal_width(&top(), bins))),
            Metric::AdaptiveCalibrationError { bins } => Ok(Self::Calibration(Gaps::of_equal_count(&top(), bins))),
            Metric::Reliability { .. }
            | Metric::RiskCoverage
            | Metric::PerClass
            | Metric::Confusion
            | Metric::RootMeanSquaredError
            | Metric::MeanAbsoluteError
            | Metric::Coverage => Err(ClaimError::Table { run: figure.run.clone() }),
        }
    }

    fn mean(metric: Metric, run: &ClaimRun<'_>, value: impl Fn(&PredictedInput) -> f64) -> Self {
        let values: Vec<f64> = run.inputs.iter().map(value).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let mistakes = Mistakes::of(metric, run.inputs.iter().map(|input| &input.scores), &values);
        Self::Mean { mean, values, mistakes }
    }

    /// Its value; of a calibration error that of the population.
    pub fn value(&self) -> f64 {
        match self {
            Self::Mean { mean, .. } => *mean,
            Self::Calibration(gaps) => gaps.estimate(),
        }
    }

    /// Adds what each input moves the value by, times `factor`.
    pub fn add_influences(&self, factor: f64, influences: &mut [f64]) {
        match self {
            Self::Mean { mean, values, .. } => {
                influences.iter_mut().zip(values).for_each(|(sum, value)| *sum += factor * (value - mean));
            }
            Self::Calibration(gaps) => {
                influences.iter_mut().zip(&gaps.influences).for_each(|(sum, value)| *sum += factor * value);
            }
        }
    }
}

/// A metric of all runs of a name.
#[derive(Debug, Clone)]
pub(super) struct MeasuredFigure {
    /// Which of the names.
    pub subject: usize,
    /// Which metric.
    pub metric: Metric,
    /// Of each run.
    pub runs: Vec<Measured>,
}

impl MeasuredFigure {
    /// Of the runs of `subjects` that it names.
    ///
    /// # Errors
    /// As [`Measured::new`].
    pub fn new(figure: &ClaimFigure, subjects: &[Trainings<'_>]) -> Result<Self, ClaimError> {
        let subject = subjects.iter().position(|subject| subject.name == figure.run);
        let subject = subject.ok_or_else(|| ClaimError::NoRun { run: figure.run.clone() })?;
        let runs = subjects[subject].runs.iter().map(|run| Measured::new(figure, run)).collect::<Result<_, _>>()?;
        Ok(Self { subject, metric: figure.metric, runs })
    }

    /// The mean over the runs.
    pub fn value(&self) -> f64 {
        self.runs.iter().map(Measured::value).sum::<f64>() / self.runs.len() as f64
    }
}
