use crate::train::{Place, effective_temperature, kl_weight};
use elbo_compiler::ir::{Annealing, KlWeighting, Objective};

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
    let weights = [1, 2, 4, 9].map(|epoch| kl_weight(&objective, Place { epoch, batch: 0, batches: 2, examples: 10 }));
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
