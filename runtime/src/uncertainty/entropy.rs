//! Shannon entropy.

/// H(p) = −Σ p ln p in nats, with 0 ln 0 = 0. Between 0 and ln C for a distribution over C classes.
pub fn entropy(probabilities: &[f64]) -> f64 {
    // A difference, because the negative of 0 is −0.
    0.0 - probabilities.iter().filter(|&&p| p > 0.0).map(|&p| p * p.ln()).sum::<f64>()
}
