//! How much the classes of a batch count.

use elbo_compiler::ir::Likelihood;

/// How much each −ln p(c) of each example counts, as PyTorch's `CrossEntropyLoss` has it.
///
/// With a weight w_c for each class and smoothing s, −ln p_i(c) counts w_c·((1 − s)·\[c = y_i\] + s/C), and the sum over
/// the batch is divided by Σ w_{y_i}.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LabelCounts {
    classes: usize,
    /// Row by row.
    pub(crate) counts: Vec<f64>,
    /// What the sum is divided by.
    pub(crate) total: f64,
}

impl LabelCounts {
    /// Of a batch.
    ///
    /// # Errors
    /// If a label is not one of the classes, or these have another number of weights.
    pub(crate) fn new(likelihood: &Likelihood, labels: &[u32], classes: usize) -> Result<Self, String> {
        let Likelihood { label_smoothing, class_weights } = likelihood;
        if let Some(weights) = class_weights.as_ref().filter(|weights| weights.len() != classes) {
            return Err(format!("there are {} class weights for {classes} classes", weights.len()));
        }
        let weight = |class: usize| class_weights.as_ref().map_or(1.0, |weights| weights[class]);
        let mut counts = vec![0.0; labels.len() * classes];
        let mut total = 0.0;
        for (row, &label) in counts.chunks_exact_mut(classes.max(1)).zip(labels) {
            let label = label as usize;
            if label >= classes {
                return Err(format!("the label {label} is not one of {classes} classes"));
            }
            if *label_smoothing != 0.0 {
                for (class, count) in row.iter_mut().enumerate() {
                    *count = weight(class) * label_smoothing / classes as f64;
                }
            }
            row[label] += weight(label) * (1.0 - label_smoothing);
            total += weight(label);
        }
        Ok(Self { classes, counts, total })
    }

    /// How many classes there are.
    pub(crate) fn classes(&self) -> usize {
        self.classes
    }

    /// The mean of what each example costs, from its logarithms of probabilities, `[examples, classes]`.
    pub(crate) fn loss(&self, logarithms: &[f64]) -> f64 {
        // What does not count must not turn −∞ into a number.
        let costs = self.counts.iter().zip(logarithms).filter(|(count, _)| **count != 0.0);
        costs.fold(0.0, |sum, (count, logarithm)| sum - count * logarithm) / self.total
    }
}
