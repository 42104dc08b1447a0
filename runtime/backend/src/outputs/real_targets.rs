//! The cost of real targets whatever the family of their distributions: sums over the targets of an example, means over
//! a batch.

use super::observation::{Expected, Gradient, Observation, OnTensors, Sample};
use elbo_compiler::outputs::OutputFamily;
use elbo_contract::{Closeness, Targets};
use std::fmt::Debug;

/// What a family says of the cost of one target. It is told the two numbers that its distribution hangs on: `first` is an
/// output of the network; `second` is what the family learns of the target beside the layers, or the output after all
/// first ones, or 0 where there is neither.
pub(crate) trait TargetCost: OutputFamily + Debug + Clone + Send + Sync {
    /// −ln p(value), in nats.
    fn cost(&self, value: f64, numbers: [f64; 2]) -> f64;

    /// `share` times the derivatives of the cost along both numbers.
    fn slopes(&self, value: f64, numbers: [f64; 2], share: f64) -> [f64; 2];

    /// What is predicted, the mean of the distribution, by the first number.
    fn prediction(&self, first: f64) -> f64 {
        first
    }

    /// Why a target cannot be of the family.
    fn fault(&self, _value: f64) -> Option<&'static str> {
        None
    }

    /// The form that candle's tensors have of `values`, `[examples, targets]`.
    fn on_tensors<'e>(&self, _targets: usize, _values: &'e [f64]) -> OnTensors<'e> {
        OnTensors::None
    }
}

/// Real targets of a family, given a network's outputs.
#[derive(Debug, Clone)]
pub(crate) struct RealTargets<F> {
    family: F,
    /// Targets of an example.
    targets: usize,
    /// Numbers that the network gives of an example.
    outputs: usize,
}

/// The derivatives of the mean over a batch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TargetGradient {
    /// Along the outputs, as they lie.
    pub(crate) outputs: Vec<f64>,
    /// Along what is learned beside the layers.
    pub(crate) learned: Vec<f64>,
}

impl<F: TargetCost> RealTargets<F> {
    /// For a network that gives so many numbers.
    ///
    /// # Errors
    /// If they are not those of whole targets.
    pub(crate) fn new(family: F, outputs: usize) -> Result<Self, String> {
        let targets = family.targets(outputs);
        if targets == 0 || family.outputs(targets) != Some(outputs) {
            return Err(format!("{outputs} outputs are not those of whole targets"));
        }
        Ok(Self { family, targets, outputs })
    }

    /// The two numbers of a target, from an example's outputs and what is learned.
    fn numbers(&self, target: usize, outputs: &[f64], learned: &[f64]) -> [f64; 2] {
        let second = learned.get(target).or_else(|| outputs.get(self.targets + target));
        [outputs[target], second.copied().unwrap_or(0.0)]
    }

    /// The mean cost over a batch in nats.
    pub(crate) fn loss(&self, outputs: &[f64], values: &[f64], learned: &[f64]) -> f64 {
        let rows = outputs.chunks_exact(self.outputs).zip(values.chunks_exact(self.targets));
        let costs = rows.map(|(row, values)| {
            let cost = |(target, &value): (usize, &f64)| self.family.cost(value, self.numbers(target, row, learned));
            values.iter().enumerate().map(cost).sum::<f64>()
        });
        costs.sum::<f64>() / (values.len() / self.targets).max(1) as f64
    }

    /// The derivatives of [`Self::loss`].
    pub(crate) fn gradient(&self, outputs: &[f64], values: &[f64], learned: &[f64]) -> TargetGradient {
        let share = 1.0 / (values.len() / self.targets).max(1) as f64;
        let mut gradient = TargetGradient { outputs: vec![0.0; outputs.len()], learned: vec![0.0; learned.len()] };
        let rows = outputs.chunks_exact(self.outputs).zip(values.chunks_exact(self.targets));
        for ((row, values), along) in rows.zip(gradient.outputs.chunks_exact_mut(self.outputs)) {
            for (target, &value) in values.iter().enumerate() {
                let [first, second] = self.family.slopes(value, self.numbers(target, row, learned), share);
                along[target] = first;
                if let Some(learned) = gradient.learned.get_mut(target) {
                    *learned += second;
                } else if let Some(along) = along.get_mut(self.targets + target) {
                    *along = second;
                }
            }
        }
        gradient
    }

    /// Adds what is predicted of each target to the sums over earlier samples, `[examples, targets]`.
    fn add_predictions(&self, outputs: &[f64], sums: &mut [f64]) {
        for (row, sums) in outputs.chunks_exact(self.outputs).zip(sums.chunks_exact_mut(self.targets)) {
            sums.iter_mut().zip(row).for_each(|(sum, first)| *sum += self.family.prediction(*first));
        }
    }
}

impl<F: TargetCost> Observation for RealTargets<F> {
    fn predictions(&self) -> usize {
        self.targets
    }

    fn expect<'t>(&'t self, targets: &'t Targets) -> Result<Box<dyn Expected + 't>, String> {
        match targets {
            Targets::Values { targets, values } if *targets == self.targets => {
                match values.iter().find_map(|&value| self.family.fault(value)) {
                    Some(fault) => Err(fault.to_owned()),
                    None => Ok(Box::new(ExpectedValues { of: self, values })),
                }
            }
            Targets::Values { targets, .. } => {
                Err(format!("the batch has {targets} targets per example, the network {}", self.targets))
            }
            Targets::Classes(_) => Err("real numbers are wanted, not classes".to_owned()),
        }
    }
}

/// The targets of a batch, `[examples, targets]`.
struct ExpectedValues<'t, F> {
    of: &'t RealTargets<F>,
    values: &'t [f64],
}

impl<F: TargetCost> Expected for ExpectedValues<'_, F> {
    fn cost(&self, sample: Sample<'_>, sums: &mut [f64], gradient: Option<&mut Gradient>) -> f64 {
        let Sample { outputs, learned } = sample;
        if let Some(gradient) = gradient {
            let along = self.of.gradient(outputs, self.values, learned);
            gradient.outputs = along.outputs.iter().map(|along| gradient.share * along).collect();
            gradient.learned = along.learned.iter().map(|along| gradient.share * along).collect();
        }
        self.of.add_predictions(outputs, sums);
        self.of.loss(outputs, self.values, learned)
    }

    fn closeness(&self, sums: &[f64], samples: usize) -> Closeness {
        Closeness::SquaredError { sum: squared_error(sums, samples, self.values), targets: self.values.len() }
    }

    fn on_tensors(&self) -> OnTensors<'_> {
        self.of.family.on_tensors(self.of.targets, self.values)
    }
}

/// Σ (y − μ̄)² over examples and targets, from sums of means over samples.
pub(crate) fn squared_error(sums: &[f64], samples: usize, values: &[f64]) -> f64 {
    let samples = samples as f64;
    sums.iter().zip(values).map(|(sum, &value)| (value - sum / samples).powi(2)).sum()
}

/// Compares the gradient of a family with central differences, for its tests.
#[cfg(test)]
pub(crate) fn check_gradient<F: TargetCost>(family: &F, given: &mut [f64], values: &[f64], learned: &mut [f64]) {
    let outputs = family.outputs(2).expect("small");
    let of = RealTargets::new(family.clone(), outputs).expect("fits");
    let gradient = of.gradient(given, values, learned);
    let step = 1e-6;
    for at in 0..given.len() {
        let before = given[at];
        let mut loss = |value: f64| {
            given[at] = value;
            of.loss(given, values, learned)
        };
        let difference = (loss(before + step) - loss(before - step)) / (2.0 * step);
        given[at] = before;
        let scale = difference.abs().max(1.0);
        assert!((difference - gradient.outputs[at]).abs() < 1e-8 * scale, "{family:?} {at}: {difference}");
    }
    for at in 0..learned.len() {
        let before = learned[at];
        let mut loss = |value: f64| {
            learned[at] = value;
            of.loss(given, values, learned)
        };
        let difference = (loss(before + step) - loss(before - step)) / (2.0 * step);
        learned[at] = before;
        assert!((difference - gradient.learned[at]).abs() < 1e-8, "{family:?} {at}: {difference}");
    }
}
