//! The weight of the KL divergence in the objective.

use elbo_compiler::ir::{Annealing, KlWeighting, Objective};

/// Where in the training a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// The batch within its epoch, i, counted from 0.
    pub batch: usize,
    /// Batches an epoch, M.
    pub batches: usize,
    /// Examples of the training split, N.
    pub examples: usize,
}

/// The weight w of the summed KL divergence in L = mean negative log-likelihood + w·KL (+ penalty),
/// in nats per training example; 0 where the objective has no KL term.
///
/// With temperature τ and annealing factor a = min(epoch/epochs, 1):
/// * `exact`: τ·a/N;
/// * `blundell` (Blundell, Cornebise, Kavukcuoglu & Wierstra 2015, section 3.4, divided by the N/M
///   examples of a batch): τ·a·(M/N)·2^−(i+1)/(1 − 2^−M), which unlike 2^(M−i−1)/(2^M − 1) overflows for no M;
/// * `soenderby` (Sønderby, Raiko, Maaløe, Sønderby & Winther 2016, section 2.3): τ·a·min(epoch/warmup, 1)/N;
/// * `scale`: β·τ·a/N.
///
/// Over an epoch `exact` and `blundell` sum to the same weight.
pub fn kl_weight(objective: &Objective, place: Place) -> f64 {
    let Objective::Elbo { kl, temperature, anneal, .. } = objective else { return 0.0 };
    let annealing = match *anneal {
        Annealing::None => 1.0,
        Annealing::Linear { epochs } => warmed_up(place.epoch, epochs),
    };
    let per_example = temperature * annealing / place.examples as f64;
    match *kl {
        KlWeighting::Exact => per_example,
        KlWeighting::Blundell => {
            let batches = place.batches as f64;
            let share = (-(place.batch as f64 + 1.0)).exp2() / (1.0 - (-batches).exp2());
            per_example * batches * share
        }
        KlWeighting::Soenderby { warmup } => per_example * warmed_up(place.epoch, warmup),
        KlWeighting::Scale { beta } => per_example * beta,
    }
}

/// w·N averaged over the batches of an epoch: the temperature of the posterior that is really
/// approached. 1 is Bayes; below 1 the likelihood counts more than the data give it. `None` where the
/// objective has no KL term.
pub fn effective_temperature(objective: &Objective, epoch: usize, batches: usize, examples: usize) -> Option<f64> {
    if !matches!(objective, Objective::Elbo { .. }) || batches == 0 {
        return None;
    }
    let weights = (0..batches).map(|batch| kl_weight(objective, Place { epoch, batch, batches, examples }));
    Some(weights.sum::<f64>() / batches as f64 * examples as f64)
}

/// min(epoch/epochs, 1); 1 where there is nothing to warm up.
fn warmed_up(epoch: usize, epochs: usize) -> f64 {
    if epoch >= epochs { 1.0 } else { epoch as f64 / epochs as f64 }
}
