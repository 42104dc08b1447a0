//! The weight of the KL divergence in the objective.

use crate::ir::{Annealing, KlWeighting, Objective};

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

/// w averaged over the batches of a whole epoch: the weight with which an epoch's loss is −ELBO/N, up to the temperature.
/// Where the weight does not change within an epoch it is [`kl_weight`] to the bit.
pub fn mean_kl_weight(objective: &Objective, place: Place) -> f64 {
    let Objective::Elbo { kl, temperature, anneal, l2 } = objective else { return 0.0 };
    match kl {
        // Over an epoch both sum to the same weight.
        KlWeighting::Blundell => {
            let exact = Objective::Elbo { kl: KlWeighting::Exact, temperature: *temperature, anneal: *anneal, l2: *l2 };
            kl_weight(&exact, place)
        }
        KlWeighting::Exact | KlWeighting::Soenderby { .. } | KlWeighting::Scale { .. } => kl_weight(objective, place),
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

/// The first epoch, counted from 1, in which every warm-up of the KL weight is over.
pub fn warm_epoch(objective: &Objective) -> usize {
    let Objective::Elbo { kl, anneal, .. } = *objective else { return 1 };
    let warmup = if let KlWeighting::Soenderby { warmup } = kl { warmup } else { 1 };
    let epochs = if let Annealing::Linear { epochs } = anneal { epochs } else { 1 };
    warmup.max(epochs).max(1)
}

/// min(epoch/epochs, 1); 1 where there is nothing to warm up.
fn warmed_up(epoch: usize, epochs: usize) -> f64 {
    if epoch >= epochs { 1.0 } else { epoch as f64 / epochs as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY_WEIGHTING: [KlWeighting; 4] = [
        KlWeighting::Exact,
        KlWeighting::Blundell,
        KlWeighting::Soenderby { warmup: 4 },
        KlWeighting::Scale { beta: 0.25 },
    ];

    fn elbo(kl: KlWeighting, temperature: f64, anneal: Annealing) -> Objective {
        Objective::Elbo { kl, temperature, anneal, l2: 0.0 }
    }

    fn close(left: f64, right: f64) {
        assert!((left - right).abs() <= 1e-12 * right.abs(), "{left} against {right}");
    }

    fn sum_over_epoch(objective: &Objective, batches: usize, examples: usize) -> f64 {
        (0..batches).map(|batch| kl_weight(objective, Place { epoch: 1, batch, batches, examples })).sum()
    }

    #[test]
    fn weights_are_those_of_their_formulas() {
        // Every weighting × annealing × temperature at epoch 2, batch 1 of 3, N = 100, worked out by hand:
        // exact τ·a/N, blundell τ·a·(3/100)·(1/4)/(7/8), soenderby τ·a·(2/4)/N, scale τ·a·0.25/N.
        let at_one = [1.0 / 100.0, 3.0 / 350.0, 1.0 / 200.0, 1.0 / 400.0];
        let place = Place { epoch: 2, batch: 1, batches: 3, examples: 100 };
        let annealings = [
            (Annealing::None, 1.0),
            (Annealing::Linear { epochs: 5 }, 0.4),
            (Annealing::Linear { epochs: 2 }, 1.0),
            (Annealing::Linear { epochs: 0 }, 1.0),
        ];
        for (kl, expected) in EVERY_WEIGHTING.into_iter().zip(at_one) {
            for (anneal, factor) in annealings {
                for temperature in [1.0, 0.01, 2.0] {
                    close(kl_weight(&elbo(kl, temperature, anneal), place), expected * factor * temperature);
                }
            }
        }
        for objective in [Objective::MaximumLikelihood, Objective::Map { l2: 0.1 }] {
            assert_eq!(kl_weight(&objective, place), 0.0);
            assert_eq!(effective_temperature(&objective, 1, 3, 100), None);
        }
    }

    #[test]
    fn exact_and_blundell_sum_to_the_same_over_an_epoch() {
        for batches in [1, 2, 157, 10_000] {
            let [exact, blundell] = [KlWeighting::Exact, KlWeighting::Blundell]
                .map(|kl| sum_over_epoch(&elbo(kl, 1.0, Annealing::None), batches, 40_000));
            close(blundell, exact);
            close(exact, batches as f64 / 40_000.0);
        }
    }

    #[test]
    fn the_mean_weight_of_an_epoch_is_that_of_its_batches() {
        for kl in EVERY_WEIGHTING {
            let objective = elbo(kl, 0.5, Annealing::Linear { epochs: 3 });
            for batches in [1, 3, 157] {
                let place = Place { epoch: 1, batch: 0, batches, examples: 1_000 };
                let mean = sum_over_epoch(&objective, batches, 1_000) / batches as f64;
                close(mean_kl_weight(&objective, place), mean);
            }
        }
        let place = Place { epoch: 1, batch: 0, batches: 3, examples: 100 };
        assert_eq!(mean_kl_weight(&Objective::MaximumLikelihood, place), 0.0);
    }

    #[test]
    fn blundell_halves_from_batch_to_batch_and_never_overflows() {
        let objective = elbo(KlWeighting::Blundell, 1.0, Annealing::None);
        for batches in [1, 157, 10_000] {
            let weights: Vec<f64> = (0..batches)
                .map(|batch| kl_weight(&objective, Place { epoch: 1, batch, batches, examples: 50_000 }))
                .collect();
            assert!(weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0));
            for pair in weights.windows(2).take(100) {
                close(pair[1], pair[0] / 2.0);
            }
        }
    }

    #[test]
    fn soenderby_reaches_the_full_weight_and_stays() {
        let objective = elbo(KlWeighting::Soenderby { warmup: 4 }, 1.0, Annealing::None);
        let weights =
            [1, 2, 4, 9].map(|epoch| kl_weight(&objective, Place { epoch, batch: 0, batches: 2, examples: 10 }));
        for (weight, expected) in weights.into_iter().zip([0.025, 0.05, 0.1, 0.1]) {
            close(weight, expected);
        }
    }

    #[test]
    fn effective_temperature_is_that_of_the_posterior() {
        for kl in [KlWeighting::Exact, KlWeighting::Blundell] {
            for batches in [1, 157] {
                let of = |temperature, anneal, epoch| {
                    effective_temperature(&elbo(kl, temperature, anneal), epoch, batches, 40_000).expect("a KL term")
                };
                close(of(1.0, Annealing::None, 1), 1.0);
                close(of(0.01, Annealing::None, 1), 0.01);
                close(of(1.0, Annealing::Linear { epochs: 10 }, 3), 0.3);
            }
        }
        let scaled = elbo(KlWeighting::Scale { beta: 0.1 }, 0.5, Annealing::None);
        close(effective_temperature(&scaled, 1, 7, 100).expect("a KL term"), 0.05);
    }

    #[test]
    fn the_weight_is_full_once_every_warm_up_is_over() {
        for (kl, anneal, expected) in [
            (KlWeighting::Exact, Annealing::None, 1),
            (KlWeighting::Exact, Annealing::Linear { epochs: 5 }, 5),
            (KlWeighting::Soenderby { warmup: 7 }, Annealing::Linear { epochs: 5 }, 7),
            (KlWeighting::Soenderby { warmup: 7 }, Annealing::None, 7),
        ] {
            let objective = elbo(kl, 0.5, anneal);
            assert_eq!(warm_epoch(&objective), expected);
            let at = |epoch| effective_temperature(&objective, epoch, 3, 100).expect("a KL term");
            close(at(expected), 0.5);
            assert!(expected == 1 || at(expected - 1) < 0.5);
        }
        assert_eq!(warm_epoch(&Objective::MaximumLikelihood), 1);
    }
}
