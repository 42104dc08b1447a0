//! What the weight of the KL divergence makes of a run: warnings from its ledger.

use crate::analysis::{ExampleCounts, KlTerm, Ledger, LedgerEntry, TrainingPlan};
use crate::check::Checker;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::{Annealing, KlWeighting, Objective, Run, text};
use crate::opened::OpenedData;
use crate::origin::{LayerOrigin, Place};
use crate::quantity::{figure, fixed, short};

/// How many times what a label can say the KL of an example may come to at first. Of the networks on the digits that were
/// measured, all that start below 30 times that reach 96 %, and some of those above; the page of the code lists them.
const LARGE: f64 = 30.0;
/// Below this effective temperature a posterior is called cold; an average of weights loses a few digits.
const COLD: f64 = 0.5 - 1e-9;

/// A checked run with the places that its ledger is about.
struct Weighed<'r> {
    run: &'r Run,
    ledger: Ledger,
    plan: TrainingPlan,
    term: KlTerm,
    origins: &'r [LayerOrigin],
    objective: Place,
}

impl Checker<'_> {
    /// Says what is unusual about the KL of a run. `origins` are those of its network's layers.
    pub(super) fn check_divergence(
        &self,
        run: &Run,
        origins: &[LayerOrigin],
        objective: Place,
        opened: Option<&OpenedData>,
    ) {
        if !matches!(run.training.objective, Objective::Elbo { .. }) {
            return;
        }
        let ledger = Ledger::of(&run.network);
        if ledger.entries.is_empty() {
            return;
        }
        let counts = ExampleCounts::known(&run.data, opened);
        let Some(plan) = counts.and_then(|counts| TrainingPlan::with(run, counts)) else { return };
        let Some(term) = plan.kl else { return };
        let weighed = Weighed { run, ledger, plan, term, origins, objective };
        let found = [weighed.large_start(), weighed.unlike_bayes()];
        found.into_iter().flatten().for_each(|diagnostic| self.report(diagnostic));
    }
}

impl Weighed<'_> {
    /// Where the mark of a layer was written.
    fn mark(&self, layer: &str) -> Option<Place> {
        let index = self.run.network.layers.iter().position(|known| known.name == layer)?;
        Some(self.origins.get(index)?.mark.as_ref()?.place())
    }

    /// A KL that starts far above what the labels can say.
    fn large_start(&self) -> Option<Diagnostic> {
        let classes = self.run.network.layers.last()?.output.elements();
        let information = self.run.network.output.kind().information(classes)?;
        // Averaged over the first epoch, because some weightings put all on its first batches.
        let cost = |nats: f64| self.term.first_temperature * nats / self.plan.examples.training as f64;
        let nats = cost(self.ledger.total()?.mean);
        let ratio = nats / information;
        if ratio.is_nan() || ratio <= LARGE {
            return None;
        }
        let nats_text = fixed(nats, 1);
        let dearest = self.ledger.entries.iter().max_by(|left, right| mean(left).total_cmp(&mean(right)))?;
        // A prior narrower than the posterior starts is the root of it, and has been reported.
        if dearest.prior.family().std() < dearest.deviation {
            return None;
        }
        let (source, span) = self.mark(&dearest.layer)?;
        let message = format!(
            "the KL starts at {nats_text} nats per example, {} times what the labels can say (ln {classes} = \
             {information:.2})",
            fixed(ratio, 0)
        );
        let label = format!(
            "{} weights, posterior std {}, prior {}, N = {}",
            text::grouped(self.ledger.elements()),
            short_figure(dearest.deviation),
            dearest.prior.family().text(),
            text::grouped(self.plan.examples.training)
        );
        let (objective_source, objective_span) = self.objective;
        let narrow = cost(self.narrow_start());
        let mut diagnostic = Diagnostic::new(Code::LargeStartingKl, message, source, span, label).label(
            objective_source,
            objective_span,
            format!("weighs it {} in the first step", figure(self.term.first_weight)),
        );
        // Beyond what can be represented there are no parts.
        if nats.is_finite() && narrow.is_finite() {
            diagnostic = diagnostic.note(format!(
                "{} of these nats are ln(σ_prior/σ_0), the price of starting narrow, which falls as the posteriors \
                 widen; the rest of the KL comes to {}",
                fixed(narrow, 1),
                fixed(nats - narrow, 1).replace('-', "−")
            ));
        }
        diagnostic = diagnostic
            .note("how high the KL starts does not decide the result: watch whether the nll comes down with it");
        Some(diagnostic.help(format!("if the nll stays near {information:.2}: {}", self.remedies(ratio, cost))))
    }

    /// Σ ln(σ_prior/σ_0) over all weights, in nats: what it costs that posteriors start narrower than their priors.
    fn narrow_start(&self) -> f64 {
        let of = |entry: &LedgerEntry| entry.elements as f64 * (entry.prior.family().std() / entry.deviation).ln();
        self.ledger.entries.iter().map(of).sum()
    }

    /// A temperature, an annealing, fewer `bayes` layers: what brings the cost down, in numbers.
    fn remedies(&self, ratio: f64, cost: impl Fn(f64) -> f64) -> String {
        let mut remedies = Vec::new();
        if let Objective::Elbo { kl, temperature, anneal, .. } = &self.run.training.objective {
            let weighting = match kl {
                KlWeighting::Exact => "exact".to_owned(),
                KlWeighting::Blundell => "blundell".to_owned(),
                KlWeighting::Soenderby { warmup } => format!("soenderby(warmup={warmup})"),
                KlWeighting::Scale { beta } => format!("scale({})", short(*beta)),
            };
            let cooler = one_digit_below(temperature / ratio);
            if cooler > 0.0 {
                remedies.push(format!("`elbo(kl={weighting}, temperature={})`", short(cooler)));
            }
            let epochs = (ratio / LARGE).ceil();
            if *anneal == Annealing::None && epochs < self.run.training.epochs as f64 {
                remedies.push(format!("`anneal=linear(epochs={epochs})`"));
            }
        }
        remedies.push("a prior nearer to how the weights start".to_owned());
        let layers = self.ledger.layers();
        if let [_, .., (last, Some(kl))] = layers.as_slice()
            && cost(kl.mean).is_finite()
        {
            remedies.push(format!(
                "fewer `bayes` layers (`mark {last} as bayes` alone costs {} nats)",
                short_figure(cost(kl.mean))
            ));
        }
        let last = remedies.pop().unwrap_or_default();
        if remedies.is_empty() { last } else { format!("{}, or {last}", remedies.join(", ")) }
    }

    /// A temperature other than 1.
    fn unlike_bayes(&self) -> Option<Diagnostic> {
        let (source, span) = self.objective;
        let temperature = self.term.temperature;
        let label = format!("effective temperature {}", short(temperature));
        // A KL that never counts is a matter of its own.
        if temperature > 0.0 && temperature < COLD {
            let message = format!("the posterior is tempered: each example counts {} times", figure(1.0 / temperature));
            let note = "a tempered posterior is narrower than Bayes' own, so its epistemic uncertainty is a lower one; say \
                        the temperature with every figure";
            return Some(Diagnostic::new(Code::ColdPosterior, message, source, span, label).note(note));
        }
        if temperature > 1.0 + 1e-9 {
            let message = format!("the KL weighs {} times what Bayes' rule gives it", figure(temperature));
            let note = "each example counts for less than one, so the network learns less from them than they say";
            return Some(Diagnostic::new(Code::HotPosterior, message, source, span, label).note(note));
        }
        None
    }
}

fn mean(entry: &LedgerEntry) -> f64 {
    entry.kl.map_or(0.0, |kl| kl.mean)
}

/// Two significant digits.
fn short_figure(value: f64) -> String {
    crate::quantity::significant(value, 2)
}

/// The largest number with one significant digit that is not above `value`.
fn one_digit_below(value: f64) -> f64 {
    let unit = 10_f64.powf(value.log10().floor());
    let digit = (value / unit + 1e-9).floor();
    // By its decimal form, so that 3·10⁻² is 0.03.
    format!("{digit}e{}", value.log10().floor()).parse().unwrap_or(value)
}
