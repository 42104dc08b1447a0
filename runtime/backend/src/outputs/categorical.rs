//! The negative log-likelihood of classes.

use super::label_counts::LabelCounts;
use super::observation::{Expected, Gradient, Observation, OnTensors, Sample};
use elbo_compiler::analysis::{SOFTPLUS_IS_EXPONENTIAL, ln_softplus, softplus};
use elbo_compiler::ir::{Categorical, Likelihood, ProbabilityLink};
use elbo_contract::{Closeness, Targets};

/// Labels of classes, given a network's scores.
#[derive(Debug, Clone)]
pub(super) struct Labels {
    /// How scores become probabilities.
    link: ProbabilityLink,
    /// How labels are weighed.
    likelihood: Likelihood,
    /// How many classes there are.
    classes: usize,
}

impl Labels {
    /// For a network that gives so many scores.
    pub(super) fn new(family: Categorical, likelihood: &Likelihood, classes: usize) -> Self {
        Self { link: family.link, likelihood: likelihood.clone(), classes }
    }
}

impl Observation for Labels {
    fn predictions(&self) -> usize {
        self.classes
    }

    fn expect<'t>(&'t self, targets: &'t Targets) -> Result<Box<dyn Expected + 't>, String> {
        match targets {
            Targets::Classes(labels) => {
                let counts = LabelCounts::new(&self.likelihood, labels, self.classes)?;
                Ok(Box::new(ExpectedLabels { link: self.link, counts, labels }))
            }
            Targets::Values { .. } => Err("classes are wanted, not real numbers".to_owned()),
        }
    }
}

/// The labels of a batch.
struct ExpectedLabels<'t> {
    link: ProbabilityLink,
    /// How much each class of each example counts.
    counts: LabelCounts,
    labels: &'t [u32],
}

impl Expected for ExpectedLabels<'_> {
    fn cost(&self, sample: Sample<'_>, sums: &mut [f64], mut gradient: Option<&mut Gradient>) -> f64 {
        let (classes, counts) = (self.counts.classes(), &self.counts);
        let mut all = Vec::with_capacity(sample.outputs.len());
        for (row, scores) in sample.outputs.chunks_exact(classes.max(1)).enumerate() {
            let logarithms = log_probabilities(self.link, scores);
            let probabilities: Vec<f64> = logarithms.iter().map(|logarithm| logarithm.exp()).collect();
            let places = row * classes..(row + 1) * classes;
            sums[places.clone()].iter_mut().zip(&probabilities).for_each(|(sum, p)| *sum += p);
            if let Some(Gradient { share, outputs, .. }) = gradient.as_deref_mut() {
                let wanted = &counts.counts[places.clone()];
                let count: f64 = wanted.iter().sum();
                let classes = outputs[places].iter_mut().zip(&probabilities).zip(wanted).zip(scores);
                for (((along, p), wanted), score) in classes {
                    // A softmax of s, which is the score or ln softplus of it.
                    let slope = match self.link {
                        ProbabilityLink::Softmax => 1.0,
                        ProbabilityLink::Softplus => log_softplus_slope(*score),
                    };
                    *along = (p * count - wanted) / counts.total * *share * slope;
                }
            }
            all.extend(logarithms);
        }
        counts.loss(&all)
    }

    fn closeness(&self, sums: &[f64], _samples: usize) -> Closeness {
        Closeness::Correct(count_correct(sums, self.labels))
    }

    fn on_tensors(&self) -> OnTensors<'_> {
        OnTensors::Softmax(self.link, &self.counts)
    }
}

/// The derivative of ln softplus(z), sigmoid(z)/softplus(z), which tends to 1 for very negative z.
fn log_softplus_slope(z: f64) -> f64 {
    if z < SOFTPLUS_IS_EXPONENTIAL {
        return 1.0;
    }
    (1.0 / (1.0 + (-z).exp())) / softplus(z)
}

/// ln p of every class of one example.
pub(crate) fn log_probabilities(link: ProbabilityLink, scores: &[f64]) -> Vec<f64> {
    let scores: Vec<f64> = match link {
        ProbabilityLink::Softmax => scores.to_vec(),
        ProbabilityLink::Softplus => scores.iter().map(|&z| ln_softplus(z)).collect(),
    };
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum = scores.iter().map(|score| (score - largest).exp()).sum::<f64>().ln();
    scores.iter().map(|score| score - largest - sum).collect()
}

/// How many rows of probabilities (or sums of them) are largest at their label; the first of equals counts.
pub(crate) fn count_correct(probabilities: &[f64], labels: &[u32]) -> usize {
    let classes = probabilities.len() / labels.len().max(1);
    let is_right = |(row, label): (&[f64], &u32)| {
        let best = row.iter().enumerate().fold(0, |best, (class, value)| if *value > row[best] { class } else { best });
        best == *label as usize
    };
    probabilities.chunks_exact(classes.max(1)).zip(labels).filter(|&(row, label)| is_right((row, label))).count()
}
