//! The error of a claim's difference, source by source.
//!
//! A *network* is one set of weights, so only test inputs and draws could have been others. A *procedure* could have had
//! other seeds, too. Seeds and inputs are crossed, every network of a sweep being scored on the same inputs, so that the
//! variance of the mean has a part of seeds and one of inputs (Cameron, Gelbach & Miller 2011, "Robust inference with
//! multiway clustering", whose third term, what both share, is left out: it would only make the interval narrower). What
//! draws add is within the spread over seeds, each of which has draws of its own.

use super::error_part::{ErrorPart, Estimate};
use super::linear::Linear;
use super::measured::{Measured, MeasuredFigure};
use super::subject::{ClaimRun, Trainings};
use super::{ClaimBasis, Pairing, Undecidable};
use elbo_compiler::ir::{ClaimFigure, Estimand};

/// Runs that a sweep needs before anything is said of its procedure.
pub(super) const FEWEST_SEEDS: usize = 3;

/// What is claimed of which runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claimed<'c, 'r> {
    /// What it is about.
    pub estimand: Estimand,
    /// The runs of every name.
    pub subjects: &'c [Trainings<'r>],
    /// Every figure.
    pub figures: &'c [MeasuredFigure],
}

/// A place in a sweep or run: the name, and the run of it.
type Place = (usize, usize);

impl Claimed<'_, '_> {
    /// The estimate of something that can be in `range`, with its error, and what that rests on.
    ///
    /// # Errors
    /// [`Undecidable`] if its error cannot be had.
    pub fn estimate(&self, linear: &Linear, range: [f64; 2]) -> Result<(Estimate, ClaimBasis), Undecidable> {
        let mut estimate = Estimate { value: linear.value, range, parts: Vec::new(), correlations: Vec::new() };
        let mut basis = ClaimBasis::default();
        if self.active(linear).next().is_none() {
            return Ok((estimate, basis));
        }
        match self.estimand {
            Estimand::Networks => self.add_draws(linear, &mut estimate, &mut basis)?,
            Estimand::Procedures => self.add_seeds(linear, &mut estimate, &mut basis)?,
        }
        for split in self.splits(linear) {
            self.add_inputs(&split, linear, &mut estimate, &mut basis)?;
        }
        Ok((estimate, basis))
    }

    /// The figures that matter, with their slopes.
    fn active<'l>(&self, linear: &'l Linear) -> impl Iterator<Item = (&MeasuredFigure, f64)> + use<'_, 'l> {
        self.figures.iter().zip(linear.slopes.iter().copied()).filter(|(_, slope)| *slope != 0.0)
    }

    fn run(&self, (subject, run): Place) -> &ClaimRun<'_> {
        &self.subjects[subject].runs[run]
    }

    /// The names that matter.
    fn active_subjects(&self, linear: &Linear) -> Vec<usize> {
        let mut subjects: Vec<usize> = self.active(linear).map(|(figure, _)| figure.subject).collect();
        subjects.sort_unstable();
        subjects.dedup();
        subjects
    }

    /// The runs that matter, those on one test set together.
    fn splits(&self, linear: &Linear) -> Vec<Vec<Place>> {
        let mut splits: Vec<Vec<Place>> = Vec::new();
        for subject in self.active_subjects(linear) {
            for place in (0..self.subjects[subject].runs.len()).map(|run| (subject, run)) {
                let known = splits.iter().position(|split| self.run(split[0]).shares_test_set(self.run(place)));
                match known {
                    Some(known) => splits[known].push(place),
                    None => splits.push(vec![place]),
                }
            }
        }
        splits
    }

    /// What other draws could have given: those of different runs are independent, those of one run's metrics err
    /// together at the most.
    fn add_draws(&self, linear: &Linear, estimate: &mut Estimate, basis: &mut ClaimBasis) -> Result<(), Undecidable> {
        for subject in self.active_subjects(linear) {
            let Trainings { name, runs, beside: _ } = &self.subjects[subject];
            let (mut squares, mut by_freedom) = (0.0, 0.0);
            for run in runs {
                let mut error = 0.0;
                for (figure, slope) in self.active(linear).filter(|(figure, _)| figure.subject == subject) {
                    let own = run.error_of_draws(figure.metric);
                    error += slope.abs() * own.ok_or_else(|| Undecidable::Draws { run: name.clone() })?;
                }
                let square = (error / runs.len() as f64).powi(2);
                squares += square;
                by_freedom += square * square / run.freedom_of_draws();
                if run.stochastic {
                    basis.draws = Some(basis.draws.map_or(run.samples(), |known| known.min(run.samples())));
                }
            }
            if squares > 0.0 {
                // Welch & Satterthwaite's degrees of freedom of a sum of variances.
                let freedom = squares * squares / by_freedom;
                estimate.parts.push(ErrorPart::Mean { error: squares.sqrt(), freedom, skewness: 0.0 });
            }
        }
        Ok(())
    }

    /// What other seeds could have given.
    fn add_seeds(&self, linear: &Linear, estimate: &mut Estimate, basis: &mut ClaimBasis) -> Result<(), Undecidable> {
        let (sweeps, singles): (Vec<usize>, Vec<usize>) =
            self.active_subjects(linear).into_iter().partition(|subject| self.subjects[*subject].runs.len() > 1);
        if sweeps.is_empty() {
            return Err(Undecidable::OneRunEach);
        }
        if let Some(few) = sweeps.iter().map(|sweep| &self.subjects[*sweep]).find(|few| few.runs.len() < FEWEST_SEEDS) {
            return Err(Undecidable::FewSeeds { sweep: few.name.clone(), seeds: few.runs.len(), beside: few.beside });
        }
        let seeds: Vec<Vec<u64>> = sweeps.iter().map(|sweep| self.subjects[*sweep].seeds()).collect();
        let distinct = |seeds: &[u64]| seeds.windows(2).all(|pair| pair[0] < pair[1]);
        let paired = seeds.windows(2).all(|pair| pair[0] == pair[1]) && distinct(&seeds[0]);
        let each: Vec<Vec<f64>> = sweeps.iter().map(|sweep| self.of_each_run(linear, *sweep, *sweep)).collect();
        if paired {
            let sums: Vec<f64> = (0..each[0].len()).map(|seed| each.iter().map(|values| values[seed]).sum()).collect();
            estimate.parts.push(over_seeds(&sums));
        } else {
            estimate.parts.extend(each.iter().map(|values| over_seeds(values)));
        }
        basis.seeds = seeds.iter().map(Vec::len).collect();
        basis.pairing = match (sweeps.len(), paired) {
            (1, _) => Pairing::Alone,
            (_, true) => Pairing::Paired,
            (_, false) => Pairing::Unpaired,
        };
        for single in singles {
            // Its own seed is one more, of as much spread as the sweep shows: s·√(1 + 1/n) with what the sweep's mean has.
            let spreads = sweeps.iter().map(|sweep| {
                let values = self.of_each_run(linear, single, *sweep);
                (deviation(&values), values.len())
            });
            let widest = spreads.max_by(|one, other| one.0.total_cmp(&other.0));
            if let Some((error, runs)) = widest {
                estimate.parts.push(ErrorPart::Mean { error, freedom: (runs - 1) as f64, skewness: 0.0 });
                basis.single_runs.push(self.subjects[single].name.clone());
            }
        }
        Ok(())
    }

    /// What each run of the sweep `of` adds to the difference, with the slopes that `as_if` has.
    fn of_each_run(&self, linear: &Linear, as_if: usize, of: usize) -> Vec<f64> {
        let slopes: Vec<(&MeasuredFigure, f64)> =
            self.active(linear).filter(|(figure, _)| figure.subject == as_if).collect();
        let value = |run: usize| {
            let metric = |figure: &MeasuredFigure| {
                let same = |other: &&MeasuredFigure| other.subject == of && other.metric == figure.metric;
                if let Some(found) = self.figures.iter().find(same) {
                    return found.runs[run].value();
                }
                // Spoken of for the single run alone. Without a value there is no spread, and nothing is decided.
                let name = self.subjects[of].name.clone();
                let measured =
                    Measured::new(&ClaimFigure { metric: figure.metric, run: name }, &self.subjects[of].runs[run]);
                measured.map_or(f64::NAN, |measured| measured.value())
            };
            slopes.iter().map(|(figure, slope)| slope * metric(figure)).sum()
        };
        (0..self.subjects[of].runs.len()).map(value).collect()
    }

    /// What other test inputs could have given.
    fn add_inputs(
        &self,
        split: &[Place],
        linear: &Linear,
        estimate: &mut Estimate,
        basis: &mut ClaimBasis,
    ) -> Result<(), Undecidable> {
        let count = self.run(split[0]).inputs.len();
        if count < 2 {
            return Err(Undecidable::OneInput);
        }
        basis.inputs.push(count);
        // Parts of this split with what each input adds to them.
        let mut added: Vec<(usize, Vec<f64>)> = Vec::new();
        let mut means = vec![0.0; count];
        for (figure, slope) in self.active(linear) {
            let runs = self.subjects[figure.subject].runs.len();
            let here = || split.iter().filter(|(subject, _)| *subject == figure.subject).map(|(_, run)| *run);
            let factor = slope / runs as f64;
            let mut influences = vec![0.0; count];
            let mut networks = Vec::new();
            for run in here() {
                match &figure.runs[run] {
                    mean @ Measured::Mean { .. } => {
                        mean.add_influences(factor, &mut means);
                    }
                    calibration @ Measured::Calibration(gaps) => {
                        calibration.add_influences(factor, &mut influences);
                        networks.push(gaps.clone());
                        basis.calibration = true;
                    }
                }
            }
            if !networks.is_empty() {
                added.push((estimate.parts.len(), influences));
                let coefficient = slope * networks.len() as f64 / runs as f64;
                estimate.parts.push(ErrorPart::Calibration { coefficient, networks });
            }
        }
        for (part, influences) in self.of_mistakes(split, linear)? {
            means.iter_mut().zip(&influences).for_each(|(sum, value)| *sum -= value);
            added.push((estimate.parts.len(), influences));
            estimate.parts.push(part);
        }
        // What is left of an accuracy is rounding.
        if means.iter().any(|value| value.abs() > 1e-12) {
            estimate.parts.push(of_mean(&means));
            added.push((estimate.parts.len() - 1, means));
        }
        for (place, (one, own)) in added.iter().enumerate() {
            for (other, others) in &added[place + 1..] {
                // Where they err in opposite directions the interval stays that of independent ones.
                let correlation = correlation(own, others);
                if correlation > 0.0 {
                    estimate.correlations.push(([*one, *other], correlation));
                }
            }
        }
        Ok(())
    }

    /// The error of the shares of mistakes, with what each input adds to it. Where the same metric of two names is compared,
    /// only inputs on which one alone errs tell them apart.
    fn of_mistakes(&self, split: &[Place], linear: &Linear) -> Result<Vec<(ErrorPart, Vec<f64>)>, Undecidable> {
        let shared =
            self.active(linear).filter_map(|(figure, slope)| Some((figure, slope, self.shared(figure, split)?)));
        let shared: Vec<(&MeasuredFigure, f64, SharedMistakes)> = shared.collect();
        if let Some((figure, ..)) = shared.iter().find(|(_, _, mistakes)| !mistakes.cost.is_finite()) {
            return Err(Undecidable::NoMistake { run: self.subjects[figure.subject].name.clone() });
        }
        if let [(one, slope, own), (other, opposite, others)] = shared.as_slice()
            && one.metric == other.metric
            && (slope + opposite).abs() < 1e-12 * slope.abs()
        {
            let dearer = if own.cost.abs() >= others.cost.abs() { own.cost } else { others.cost };
            return Ok(vec![paired(slope * dearer, own, others)]);
        }
        Ok(shared.iter().map(|(_, slope, mistakes)| mistakes.alone(slope * mistakes.cost)).collect())
    }

    /// The mistakes of the networks of a name that are scored on a test set; `None` where there are none of them, or the
    /// metric does not depend on labels.
    fn shared(&self, figure: &MeasuredFigure, split: &[Place]) -> Option<SharedMistakes> {
        let here = || split.iter().filter(|(subject, _)| *subject == figure.subject).map(|(_, run)| *run);
        let mut mistakes = SharedMistakes { wrong: Vec::new(), cost: 0.0, networks: here().count() };
        for run in here() {
            let Measured::Mean { mistakes: Some(own), .. } = &figure.runs[run] else { return None };
            mistakes.wrong.resize(own.wrong.len(), 0.0);
            let networks = mistakes.networks as f64;
            mistakes.wrong.iter_mut().zip(&own.wrong).for_each(|(sum, wrong)| *sum += wrong / networks);
            mistakes.cost += own.cost / figure.runs.len() as f64;
        }
        (mistakes.networks > 0).then_some(mistakes)
    }
}

/// The mistakes of some networks on the same inputs.
struct SharedMistakes {
    /// The share of them that err on each input.
    wrong: Vec<f64>,
    /// What one more of all their mistakes adds to the mean over all networks of the name.
    cost: f64,
    networks: usize,
}

impl SharedMistakes {
    fn share(&self) -> f64 {
        self.wrong.iter().sum::<f64>() / self.wrong.len() as f64
    }

    /// The error of `coefficient` times their share.
    fn alone(&self, coefficient: f64) -> (ErrorPart, Vec<f64>) {
        let share = self.share();
        let trials = self.wrong.len() as f64 * effective(share * (1.0 - share), &self.wrong, self.networks);
        let influences = self.wrong.iter().map(|wrong| coefficient * (wrong - share)).collect();
        (ErrorPart::Share { coefficient, successes: share * trials, trials }, influences)
    }
}

/// The error of `coefficient` times the share of mistakes of the one less that of the other.
fn paired(coefficient: f64, one: &SharedMistakes, other: &SharedMistakes) -> (ErrorPart, Vec<f64>) {
    let count = one.wrong.len() as f64;
    let pairs = || one.wrong.iter().zip(&other.wrong);
    let discordant =
        [pairs().map(|(a, b)| a * (1.0 - b)).sum::<f64>(), pairs().map(|(a, b)| b * (1.0 - a)).sum::<f64>()];
    let difference = (discordant[0] - discordant[1]) / count;
    let differences: Vec<f64> = pairs().map(|(a, b)| a - b).collect();
    let variance = (discordant[0] + discordant[1]) / count - difference * difference;
    let effective = effective(variance, &differences, one.networks.min(other.networks));
    let part = ErrorPart::PairedShares {
        coefficient,
        discordant: discordant.map(|number| number * effective),
        trials: count * effective,
    };
    (part, differences.iter().map(|wrong| coefficient * (wrong - difference)).collect())
}

/// How many inputs one is worth: networks of several seeds that err on different inputs show more of each than one does
/// (Korn & Graubard 1998), at the most as many times as there are networks.
fn effective(of_one: f64, means: &[f64], runs: usize) -> f64 {
    let variance = moments(means).0;
    if variance > 0.0 { (of_one / variance).clamp(1.0, runs as f64) } else { 1.0 }
}

/// The error of a mean of what inputs add.
fn of_mean(influences: &[f64]) -> ErrorPart {
    let count = influences.len() as f64;
    let (variance, third) = moments(influences);
    let square = variance / (count - 1.0);
    let skewness = if square > 0.0 { third / (count * count) / square.powf(1.5) } else { 0.0 };
    ErrorPart::Mean { error: square.sqrt(), freedom: count - 1.0, skewness }
}

/// The second and third central moment.
fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let (mut square, mut cube) = (0.0, 0.0);
    for value in values {
        let away = value - mean;
        square += away * away;
        cube += away * away * away;
    }
    (square / count, cube / count)
}

fn correlation(one: &[f64], other: &[f64]) -> f64 {
    let count = one.len() as f64;
    let means = [one, other].map(|values| values.iter().sum::<f64>() / count);
    let product: f64 = one.iter().zip(other).map(|(a, b)| (a - means[0]) * (b - means[1])).sum::<f64>() / count;
    let scale = (moments(one).0 * moments(other).0).sqrt();
    if scale > 0.0 { (product / scale).clamp(-1.0, 1.0) } else { 0.0 }
}

/// The standard deviation with n − 1.
fn deviation(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    (moments(values).0 * count / (count - 1.0)).sqrt()
}

fn over_seeds(values: &[f64]) -> ErrorPart {
    let count = values.len() as f64;
    ErrorPart::Mean { error: deviation(values) / count.sqrt(), freedom: count - 1.0, skewness: 0.0 }
}
