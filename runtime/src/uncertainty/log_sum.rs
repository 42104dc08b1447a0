//! ln Σ eˣ, without underflow.

/// ln Σ eˣ of the values added so far, kept as the largest of them and Σ e^(x − largest), so that terms far below the
/// smallest positive `f64` still count (the log-sum-exp of Blanchard, Higham & Higham 2021, equation 1.3).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LogSum {
    largest: f64,
    sum: f64,
}

impl LogSum {
    /// Of nothing: −∞.
    pub const EMPTY: Self = Self { largest: f64::NEG_INFINITY, sum: 0.0 };

    /// Adds e^`value`; −∞ adds nothing.
    pub fn add(&mut self, value: f64) {
        self.merge(&Self { largest: value, sum: 1.0 });
    }

    /// Adds all that was added to `other`.
    pub fn merge(&mut self, other: &Self) {
        if other.largest == f64::NEG_INFINITY {
            return;
        }
        if other.largest <= self.largest {
            self.sum += other.sum * (other.largest - self.largest).exp();
        } else {
            self.sum = other.sum + self.sum * (self.largest - other.largest).exp();
            self.largest = other.largest;
        }
    }

    /// ln of (1/`count`)·Σ eˣ.
    pub fn log_mean(&self, count: usize) -> f64 {
        self.largest + (self.sum / count as f64).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::LogSum;

    #[test]
    fn terms_below_the_smallest_number_count() {
        let mut sum = LogSum::EMPTY;
        assert_eq!(sum.log_mean(1), f64::NEG_INFINITY);
        for value in [f64::NEG_INFINITY, -5e6, -5e6 + 1.0, -6e6] {
            sum.add(value);
        }
        let mut merged = LogSum::EMPTY;
        merged.merge(&sum);
        // ln((e⁰ + e¹)/4) − 5·10⁶, by numpy's logaddexp.
        let expected = -5e6 + (1.0 + 1.0_f64.exp()).ln() - 4.0_f64.ln();
        assert!((sum.log_mean(4) - expected).abs() < 1e-8 && merged == sum);
    }
}
