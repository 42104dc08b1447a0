//! Scores of one input: the class chosen, negative log-likelihood, Brier.

/// The most probable class; the lowest of several that are equally probable.
pub fn best_class(probabilities: &[f64]) -> usize {
    let mut best = 0;
    for (class, probability) in probabilities.iter().enumerate() {
        if *probability > probabilities[best] {
            best = class;
        }
    }
    best
}

/// −ln p(y) in nats, from ln p(y) ≤ 0: at least 0, and never −0.
pub fn negative_log_likelihood_of(log_probability: f64) -> f64 {
    (0.0 - log_probability).max(0.0)
}

/// Σ_c (p_c − [c = y])², between 0 and 2 (Brier 1950).
///
/// # Panics
/// If `label` is no class of `probabilities`.
pub fn brier_of(probabilities: &[f64], label: usize) -> f64 {
    assert!(label < probabilities.len(), "the label must be a class");
    let squares = probabilities.iter().enumerate().map(|(class, probability)| {
        let target = if class == label { 1.0 } else { 0.0 };
        (probability - target) * (probability - target)
    });
    squares.sum()
}
