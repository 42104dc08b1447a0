//! Aleatoric and epistemic covariance of one input, in full.

use super::UncertaintyError;

/// The two parts of the predictive covariance of one input, from T sampled distributions over C
/// classes (Kwon, Won, Kim & Paik 2020, equations 4 and 5):
///
/// * aleatoric = (1/T) Σ_t [diag(p̂_t) − p̂_t p̂_tᵀ], the mean covariance within the draws;
/// * epistemic = (1/T) Σ_t (p̂_t − p̄)(p̂_t − p̄)ᵀ, the covariance between the draws.
///
/// Their sum is diag(p̄) − p̄p̄ᵀ exactly. With T = 1 there is no epistemic part. For whole data sets
/// use [`super::PredictiveMoments`], which keeps the diagonals only.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    samples: usize,
    mean: Vec<f64>,
    aleatoric: Vec<f64>,
    epistemic: Option<Vec<f64>>,
}

impl Decomposition {
    /// Decomposes `draws`: T distributions over `classes`, one after the other.
    ///
    /// # Errors
    /// [`UncertaintyError::Empty`] without a draw or a class, [`UncertaintyError::Size`] if the
    /// draws do not fill whole rows.
    pub fn of(classes: usize, draws: &[f64]) -> Result<Self, UncertaintyError> {
        if classes == 0 || draws.is_empty() {
            return Err(UncertaintyError::Empty);
        }
        let samples = draws.len() / classes;
        if samples * classes != draws.len() {
            let expected = (samples + 1) * classes;
            return Err(UncertaintyError::Size { found: draws.len(), expected, rows: samples + 1, classes });
        }
        let share = 1.0 / samples as f64;
        let mut mean = vec![0.0; classes];
        for draw in draws.chunks_exact(classes) {
            for (sum, probability) in mean.iter_mut().zip(draw) {
                *sum += probability * share;
            }
        }
        let mut aleatoric = vec![0.0; classes * classes];
        let mut epistemic = vec![0.0; classes * classes];
        for draw in draws.chunks_exact(classes) {
            for row in 0..classes {
                let deviation = draw[row] - mean[row];
                aleatoric[row * classes + row] += draw[row] * share;
                for column in 0..classes {
                    aleatoric[row * classes + column] -= draw[row] * draw[column] * share;
                    epistemic[row * classes + column] += deviation * (draw[column] - mean[column]) * share;
                }
            }
        }
        Ok(Self { samples, mean, aleatoric, epistemic: (samples > 1).then_some(epistemic) })
    }

    /// T.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// p̄, the mean of the draws; C numbers.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The aleatoric covariance, C × C, row by row. Unbiased in T.
    pub fn aleatoric(&self) -> &[f64] {
        &self.aleatoric
    }

    /// The epistemic covariance, C × C, row by row; `None` for T = 1. Its expectation is the
    /// covariance of the draws times (T − 1)/T.
    pub fn epistemic(&self) -> Option<&[f64]> {
        self.epistemic.as_deref()
    }

    /// The epistemic covariance times T/(T − 1), whose expectation does not depend on T.
    pub fn epistemic_unbiased(&self) -> Option<Vec<f64>> {
        let factor = self.samples as f64 / (self.samples as f64 - 1.0);
        self.epistemic.as_ref().map(|matrix| matrix.iter().map(|value| value * factor).collect())
    }

    /// The aleatoric variance of each class's indicator; C numbers.
    pub fn aleatoric_per_class(&self) -> Vec<f64> {
        self.diagonal(&self.aleatoric)
    }

    /// The epistemic variance of each class's probability; C numbers, `None` for T = 1.
    pub fn epistemic_per_class(&self) -> Option<Vec<f64>> {
        self.epistemic.as_ref().map(|matrix| self.diagonal(matrix))
    }

    /// The trace of the aleatoric covariance.
    pub fn aleatoric_trace(&self) -> f64 {
        self.aleatoric_per_class().iter().sum()
    }

    /// The trace of the epistemic covariance; `None` for T = 1.
    pub fn epistemic_trace(&self) -> Option<f64> {
        self.epistemic_per_class().map(|diagonal| diagonal.iter().sum())
    }

    /// The trace of the epistemic covariance times T/(T − 1); `None` for T = 1.
    pub fn epistemic_trace_unbiased(&self) -> Option<f64> {
        let factor = self.samples as f64 / (self.samples as f64 - 1.0);
        self.epistemic_trace().map(|trace| trace * factor)
    }

    fn diagonal(&self, matrix: &[f64]) -> Vec<f64> {
        let classes = self.mean.len();
        (0..classes).map(|class| matrix[class * classes + class]).collect()
    }
}
