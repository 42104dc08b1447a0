//! The objective as it is executed, in words and numbers.

use super::Section;
use super::table::definitions;
use crate::analysis::{ExampleCounts, Ledger, TrainingPlan, drawn_by_position};
use crate::ir::{Annealing, Estimator, KlWeighting, Mark, Network, Objective, Run, text};
use crate::outputs::Observed;
use crate::quantity::{figure, short};

/// What is minimised, term by term, with the numbers of this run.
pub(super) fn section(run: &Run, ledger: &Ledger, plan: Option<&TrainingPlan>) -> Section {
    let mut pairs = vec![("loss".to_owned(), loss(run, ledger)), ("likelihood".to_owned(), likelihood(run))];
    let examples = match plan {
        Some(plan) => origin_of_examples(run, &plan.examples),
        None if run.data.source.set().is_none() => "known once the files are opened".to_owned(),
        None => "unknown: the published set has fewer examples than `subset` asks for, or none are left".to_owned(),
    };
    pairs.push(("N".to_owned(), examples));
    if !ledger.entries.is_empty() {
        pairs.extend(weight(&run.training.objective, plan));
    }
    if let Some(l2) = penalty(&run.training.objective) {
        let words = format!("{} / 2 × the sum of squares of the `point` weights, biases excluded", short(l2));
        pairs.push(("penalty".to_owned(), words));
    }
    if !ledger.entries.is_empty() {
        let draws = match run.training.samples {
            1 => "one draw of the network a step".to_owned(),
            samples => format!("{samples} draws of the network a step; their negative log-likelihoods are averaged"),
        };
        pairs.push(("draws".to_owned(), draws));
        pairs.extend(estimator_pairs(&run.network));
    }
    Section { heading: "Objective, in nats a training example".to_owned(), body: definitions(&pairs) }
}

/// How a model's `bayes` layers are sampled, if it has any.
pub(super) fn estimators(network: &Network) -> Option<Section> {
    let pairs = estimator_pairs(network);
    (!pairs.is_empty()).then(|| Section { heading: "Sampling".to_owned(), body: definitions(&pairs) })
}

fn loss(run: &Run, ledger: &Ledger) -> String {
    let penalty = if penalty(&run.training.objective).is_some() { " + penalty" } else { "" };
    match run.training.objective {
        Objective::MaximumLikelihood => "mean negative log-likelihood of the batch (maximum likelihood)".to_owned(),
        Objective::Map { .. } => format!("mean negative log-likelihood of the batch{penalty} (maximum a posteriori)"),
        Objective::Elbo { .. } if ledger.entries.is_empty() => format!(
            "mean negative log-likelihood of the batch{penalty}; without `bayes` layers the KL is 0, so this is maximum \
             likelihood"
        ),
        Objective::Elbo { .. } if drawn_by_position(&run.network, None).next().is_some() => format!(
            "a surrogate of −ELBO/N: mean negative log-likelihood of the batch, under independent noise at each position, \
             + w · KL(q‖p){penalty}; the KL is summed over every `bayes` weight, posterior first, and enters once"
        ),
        Objective::Elbo { .. } => format!(
            "mean negative log-likelihood of the batch + w · KL(q‖p){penalty}; the KL is summed over every `bayes` weight, \
             posterior first, and enters once"
        ),
    }
}

fn likelihood(run: &Run) -> String {
    let (outputs, likelihood) = (run.network.outputs(), &run.training.likelihood);
    let observed = Observed { outputs, target: &run.data.target, likelihood, number: short };
    run.network.output.family().likelihood_in_words(&observed)
}

fn penalty(objective: &Objective) -> Option<f64> {
    match *objective {
        Objective::Map { l2 } | Objective::Elbo { l2, .. } if l2 != 0.0 => Some(l2),
        _ => None,
    }
}

/// N and how it comes about.
pub(super) fn origin_of_examples(run: &Run, counts: &ExampleCounts) -> String {
    let source = &run.data.source;
    let grouped = text::grouped;
    let mut words = format!("{}: ", grouped(counts.training));
    words.push_str(&format!("{} training examples of {}", grouped(counts.available), source.name()));
    if counts.chosen != counts.available {
        let kept = grouped(counts.chosen);
        words.push_str(&format!(", of which `subset = {}` keeps {kept}", text::plain(&run.data.subset)));
    }
    if counts.validation > 0 {
        let share = short(run.data.split.validation);
        words.push_str(&format!(", less {} for validation ({share} of them, rounded)", grouped(counts.validation)));
    }
    if source.set().is_some_and(|set| !set.is_embedded()) {
        words.push_str("; the published size, checked when the files are opened");
    }
    words
}

/// The weight of the KL from the first step to the full warm-up, and what it makes of the posterior.
fn weight(objective: &Objective, plan: Option<&TrainingPlan>) -> Vec<(String, String)> {
    let Objective::Elbo { kl, temperature, anneal, .. } = objective else { return Vec::new() };
    let mut factors = vec![format!("τ = {}", short(*temperature))];
    let formula = match *kl {
        KlWeighting::Exact => "τ·a / N".to_owned(),
        KlWeighting::Blundell => "τ·a·(M/N)·2^−(i+1) / (1 − 2^−M) in batch i of M".to_owned(),
        KlWeighting::Soenderby { warmup } => format!("τ·a·min(epoch/{warmup}, 1) / N"),
        KlWeighting::Scale { beta } => {
            factors.push(format!("β = {}", short(beta)));
            "β·τ·a / N".to_owned()
        }
    };
    factors.push(match *anneal {
        Annealing::None => "a = 1".to_owned(),
        Annealing::Linear { epochs } => format!("a = min(epoch/{epochs}, 1)"),
    });
    let mut pairs = vec![("w".to_owned(), format!("{formula}; {}", factors.join(", ")))];
    let Some((plan, term)) = plan.and_then(|plan| Some((plan, plan.kl?))) else { return pairs };
    let mut course = format!("{} in the first step", figure(term.first_weight));
    let [first, last] = term.full_weights;
    if matches!(kl, KlWeighting::Blundell) {
        course.push_str(&format!(
            "; at full warm-up (epoch {}) {} in an epoch's first step, {} in its last, {} on average",
            term.full_epoch,
            figure(first),
            figure(last),
            figure(term.temperature / plan.examples.training as f64)
        ));
    } else if term.full_epoch > 1 {
        course.push_str(&format!(", rising by epoch to {} from epoch {} on", figure(first), term.full_epoch));
    } else {
        course.push_str(" and in every other");
    }
    pairs.push((String::new(), course));
    let posterior = match term.temperature {
        0.0 => "the KL never counts; this is maximum likelihood with noise".to_owned(),
        temperature if (temperature - 1.0).abs() < 1e-9 => "Bayes' own posterior".to_owned(),
        temperature if temperature < 1.0 => format!(
            "a tempered (cold) posterior: every example counts {} times, the prior as it is",
            figure(1.0 / temperature)
        ),
        temperature => format!("a hot posterior: every example counts {} times", figure(1.0 / temperature)),
    };
    pairs.push((
        "temperature".to_owned(),
        format!("{} effective (w·N averaged over an epoch at full warm-up): {posterior}", short(term.temperature)),
    ));
    pairs
}

/// Each estimator in use, its layers, and what it implies.
fn estimator_pairs(network: &Network) -> Vec<(String, String)> {
    let layers = |wanted: Estimator| {
        network
            .layers
            .iter()
            .filter(move |layer| matches!(layer.mark, Some(Mark::Bayes { estimator, .. }) if estimator == wanted))
    };
    let mut pairs = Vec::new();
    for (estimator, words) in [
        (
            Estimator::LocalReparameterization,
            "noise on each pre-activation, from its mean and variance; the distribution of each by itself is exact",
        ),
        (Estimator::Reparameterization, "w = μ + σ ⊙ ε, one draw of the weights for the whole batch"),
        (Estimator::Flipout, "w = μ + σ ⊙ ε, one draw for the batch, decorrelated by random signs for each example"),
    ] {
        let count = layers(estimator).count();
        if count == 0 {
            continue;
        }
        let convolutions: Vec<&str> = drawn_by_position(network, None).map(|layer| layer.name.as_str()).collect();
        let plural = if count == 1 { "" } else { "s" };
        let mut words = format!("{} in {count} layer{plural}: {words}", text::plain(&estimator));
        if let (Estimator::LocalReparameterization, [first, ..]) = (estimator, convolutions.as_slice()) {
            let named = match convolutions.as_slice() {
                [_] => format!("`{first}`"),
                all => format!("the {} convolutions", all.len()),
            };
            words.push_str(&format!(
                ". In {named} positions share their weights, which independent noise at each position does not follow: the \
                 draws are not from q, and the loss is a surrogate, not −ELBO/N (W0160). `flipout` and `reparameterization` \
                 train q itself; the report has the scores under draws of the weights, too"
            ));
        }
        pairs.push(("estimator".to_owned(), words));
    }
    pairs
}
