//! Claims that are false, or at the edge of it, and how often they are decided all the same.

use crate::simulated::{Inputs, Network, Numbers, Procedure, Scored};
use elbo_compiler::ir::{Claim, ClaimExpression, ClaimFigure, Comparison, Estimand, Metric};
use elbo_runtime::report::{ClaimSubject, ClaimSubjects, Verdict, evaluate_claim};
use rayon::prelude::*;

/// A claim of simulated runs: one verdict a simulation.
type Simulated = fn(u32) -> Verdict;

/// A row of the table.
pub struct Case {
    /// What is simulated and claimed.
    pub name: &'static str,
    /// The verdict where there is nothing to find.
    pub null: Simulated,
    /// Verdicts that are wrong there.
    pub wrong: &'static [Verdict],
    /// What is there to find otherwise.
    pub difference: &'static str,
    /// The verdict where it is.
    pub alternative: Simulated,
    /// The verdict that finds it.
    pub found: Verdict,
}

impl Case {
    /// The share of simulations of the null that are decided wrongly.
    pub fn wrong(&self, simulations: u32) -> f64 {
        share(simulations, self.null, self.wrong)
    }

    /// The share of simulations of the alternative that are decided rightly.
    pub fn found(&self, simulations: u32) -> f64 {
        share(simulations, self.alternative, &[self.found])
    }
}

fn share(simulations: u32, verdict: Simulated, counted: &[Verdict]) -> f64 {
    let count = (0..simulations).into_par_iter().filter(|&number| counted.contains(&verdict(number))).count();
    count as f64 / f64::from(simulations)
}

const EITHER: &[Verdict] = &[Verdict::Held, Verdict::Failed];

/// The table.
pub const CASES: &[Case] = &[
    Case {
        name: "calibrated network, n = 200, `ece < 0.02`",
        null: |number| calibration((200, 0.0, 0.02), Metric::ExpectedCalibrationError { bins: 15 }, number),
        wrong: &[Verdict::Failed],
        difference: "confidence 0.2 too high",
        alternative: |number| calibration((200, 0.2, 0.02), Metric::ExpectedCalibrationError { bins: 15 }, number),
        found: Verdict::Failed,
    },
    Case {
        name: "calibrated network, n = 200, `adaptive_ece < 0.02`",
        null: |number| calibration((200, 0.0, 0.02), Metric::AdaptiveCalibrationError { bins: 15 }, number),
        wrong: &[Verdict::Failed],
        difference: "confidence 0.2 too high",
        alternative: |number| calibration((200, 0.2, 0.02), Metric::AdaptiveCalibrationError { bins: 15 }, number),
        found: Verdict::Failed,
    },
    Case {
        name: "confidence 0.1 too high, n = 200, `ece < 0.1`",
        null: |number| calibration((200, 0.1, 0.1), Metric::ExpectedCalibrationError { bins: 15 }, number),
        wrong: EITHER,
        difference: "calibrated, n = 2,000",
        alternative: |number| calibration((2_000, 0.0, 0.1), Metric::ExpectedCalibrationError { bins: 15 }, number),
        found: Verdict::Held,
    },
    Case {
        name: "accuracy 0.95, n = 20, `accuracy > 0.99`",
        null: |number| accuracy((20, 0.95, 0.99), number),
        wrong: &[Verdict::Held],
        difference: "accuracy 0.7",
        alternative: |number| accuracy((20, 0.7, 0.99), number),
        found: Verdict::Failed,
    },
    Case {
        name: "accuracy 0.992, n = 20, `accuracy > 0.992`",
        null: |number| accuracy((20, 0.992, 0.992), number),
        wrong: EITHER,
        difference: "accuracy 0.7",
        alternative: |number| accuracy((20, 0.7, 0.992), number),
        found: Verdict::Failed,
    },
    Case {
        name: "NLL of a network against its true value, n = 100",
        null: |number| likelihood(0.0, number),
        wrong: EITHER,
        difference: "0.25 nats more",
        alternative: |number| likelihood(0.25, number),
        found: Verdict::Failed,
    },
    Case {
        name: "confidence 0.9999, accuracy 0.99, n = 20, Brier against its true value",
        null: |number| confident((20, 0.99), (Metric::Brier, [2.0 * LEFT * LEFT, 2.0 * CONFIDENT * CONFIDENT]), number),
        wrong: EITHER,
        difference: "accuracy 0.7",
        alternative: |number| {
            confident((20, 0.7), (Metric::Brier, [2.0 * LEFT * LEFT, 2.0 * CONFIDENT * CONFIDENT]), number)
        },
        found: Verdict::Failed,
    },
    Case {
        name: "confidence 0.9999, accuracy 0.99, n = 100, NLL against its true value",
        null: |number| confident((100, 0.99), (Metric::NegativeLogLikelihood, [-CONFIDENT.ln(), -LEFT.ln()]), number),
        wrong: EITHER,
        difference: "accuracy 0.9",
        alternative: |number| {
            confident((100, 0.9), (Metric::NegativeLogLikelihood, [-CONFIDENT.ln(), -LEFT.ln()]), number)
        },
        found: Verdict::Failed,
    },
    Case {
        name: "confidence 0.9999, accuracy 0.99, n = 100, ECE against its true value",
        null: |number| {
            confident((100, 0.99), (Metric::ExpectedCalibrationError { bins: 15 }, [-LEFT, CONFIDENT]), number)
        },
        wrong: EITHER,
        difference: "accuracy 0.9",
        alternative: |number| {
            confident((100, 0.9), (Metric::ExpectedCalibrationError { bins: 15 }, [-LEFT, CONFIDENT]), number)
        },
        found: Verdict::Failed,
    },
    Case {
        name: "Brier scores of two networks of confidence 0.9999 and accuracy 0.99, n = 50",
        null: |number| two_confident((50, 0.99, 0.99), number),
        wrong: EITHER,
        difference: "accuracy 0.99 against 0.75",
        alternative: |number| two_confident((50, 0.99, 0.75), number),
        found: Verdict::Held,
    },
    Case {
        name: "accuracies of two networks, n = 100, difference 0",
        null: |number| paired((100, 0.85, 0.85, 0.0), number),
        wrong: EITHER,
        difference: "0.85 against 0.70",
        alternative: |number| paired((100, 0.85, 0.70, 0.0), number),
        found: Verdict::Held,
    },
    Case {
        name: "accuracies `≈` at the margin of 5 points, n = 400",
        null: |number| paired((400, 0.85, 0.80, 0.05), number),
        wrong: EITHER,
        difference: "no difference, n = 2,000",
        alternative: |number| paired((2_000, 0.85, 0.85, 0.05), number),
        found: Verdict::Held,
    },
    Case {
        name: "same posterior, other draws, T = 25: epistemic",
        null: |number| draws((0.5, 0.5), Metric::Epistemic, number),
        wrong: EITHER,
        difference: "standard deviation 1.6 times as large",
        alternative: |number| draws((0.8, 0.5), Metric::Epistemic, number),
        found: Verdict::Held,
    },
    Case {
        name: "same posterior, other draws, T = 25: mutual information",
        null: |number| draws((0.5, 0.5), Metric::MutualInformation, number),
        wrong: EITHER,
        difference: "standard deviation 1.6 times as large",
        alternative: |number| draws((0.8, 0.5), Metric::MutualInformation, number),
        found: Verdict::Held,
    },
    Case {
        name: "same posterior, other draws, T = 25: NLL",
        null: |number| draws((0.5, 0.5), Metric::NegativeLogLikelihood, number),
        wrong: EITHER,
        difference: "standard deviation 10 times as large",
        alternative: |number| draws((5.0, 0.5), Metric::NegativeLogLikelihood, number),
        found: Verdict::Held,
    },
    Case {
        name: "exchangeable procedures, single runs, of procedures: NLL",
        null: |number| procedures([(1, 0, 0.4), (1, 0, 0.4)], Metric::NegativeLogLikelihood, number),
        wrong: EITHER,
        difference: "any: one run each is never decided",
        alternative: |number| procedures([(1, 0, 2.0), (1, 0, 0.4)], Metric::NegativeLogLikelihood, number),
        found: Verdict::Undecided,
    },
    Case {
        name: "exchangeable procedures, 5 seeds each, paired: accuracy",
        null: |number| procedures([(5, 0, 0.4), (5, 0, 0.4)], Metric::Accuracy, number),
        wrong: EITHER,
        difference: "noise 0.4 → 1.6 in the scores",
        alternative: |number| procedures([(5, 0, 0.4), (5, 0, 1.6)], Metric::Accuracy, number),
        found: Verdict::Held,
    },
    Case {
        name: "exchangeable procedures, 5 seeds each, paired: NLL",
        null: |number| procedures([(5, 0, 0.4), (5, 0, 0.4)], Metric::NegativeLogLikelihood, number),
        wrong: EITHER,
        difference: "noise 0.4 → 1.6 in the scores",
        alternative: |number| procedures([(5, 0, 1.6), (5, 0, 0.4)], Metric::NegativeLogLikelihood, number),
        found: Verdict::Held,
    },
    Case {
        name: "exchangeable procedures, 5 seeds each, paired: epistemic",
        null: |number| procedures([(5, 0, 0.4), (5, 0, 0.4)], Metric::Epistemic, number),
        wrong: EITHER,
        difference: "noise 0.4 → 4 in the scores",
        alternative: |number| procedures([(5, 0, 0.4), (5, 0, 4.0)], Metric::Epistemic, number),
        found: Verdict::Held,
    },
    Case {
        name: "exchangeable procedures, 4 and 6 other seeds: NLL",
        null: |number| procedures([(4, 0, 0.4), (6, 10, 0.4)], Metric::NegativeLogLikelihood, number),
        wrong: EITHER,
        difference: "noise 0.4 → 1.6 in the scores",
        alternative: |number| procedures([(4, 0, 1.6), (6, 10, 0.4)], Metric::NegativeLogLikelihood, number),
        found: Verdict::Held,
    },
    Case {
        name: "a sweep of 5 against one run of the same: accuracy",
        null: |number| procedures([(5, 0, 0.4), (1, 10, 0.4)], Metric::Accuracy, number),
        wrong: EITHER,
        difference: "noise 0.4 → 4 in the scores",
        alternative: |number| procedures([(5, 0, 0.4), (1, 10, 4.0)], Metric::Accuracy, number),
        found: Verdict::Held,
    },
    Case {
        name: "a sweep of 5 against one run of the same: NLL",
        null: |number| procedures([(5, 0, 0.4), (1, 10, 0.4)], Metric::NegativeLogLikelihood, number),
        wrong: EITHER,
        difference: "noise 0.4 → 2.4 in the scores",
        alternative: |number| procedures([(1, 10, 2.4), (5, 0, 0.4)], Metric::NegativeLogLikelihood, number),
        found: Verdict::Held,
    },
    Case {
        name: "frozen networks over 5 seeds, n = 100, difference 0",
        null: |number| frozen((0.85, 0.85), number),
        wrong: EITHER,
        difference: "0.85 against 0.70",
        alternative: |number| frozen((0.85, 0.70), number),
        found: Verdict::Held,
    },
];

fn figure(metric: Metric, run: &str) -> ClaimExpression {
    ClaimExpression::Figure(ClaimFigure { metric, run: run.to_owned() })
}

fn verdict(
    comparison: Comparison,
    estimand: Estimand,
    (left, right): (ClaimExpression, ClaimExpression),
    runs: &[(&str, &[Scored])],
) -> Verdict {
    let claim = Claim { text: String::new(), left, comparison, right, estimand };
    let subjects: ClaimSubjects<'_> = runs
        .iter()
        .map(|(name, runs)| {
            ((*name).to_owned(), ClaimSubject { runs: runs.iter().map(Scored::run).collect(), missing: vec![] })
        })
        .collect();
    evaluate_claim(&claim, &subjects).expect("all runs are there").verdict
}

/// `ece(a) < bound` of a network whose confidence is too high by `excess` everywhere.
fn calibration((count, excess, bound): (usize, f64, f64), metric: Metric, number: u32) -> Verdict {
    let mut numbers = Numbers::new("calibration", number);
    let confidences = numbers.uniforms(count).into_iter().map(|uniform| 0.4 + 0.6 * uniform);
    let outcomes: Vec<(f64, bool)> = confidences
        .zip(Numbers::new("right", number).uniforms(count))
        .map(|(confidence, chance)| (confidence, chance < confidence - excess))
        .collect();
    let runs = [Scored::right_and_wrong(&outcomes, "a")];
    let sides = (figure(metric, "a"), ClaimExpression::Number(bound));
    verdict(Comparison::Less, Estimand::Networks, sides, &[("a", &runs)])
}

/// `accuracy(a) > bound`.
fn accuracy((count, share, bound): (usize, f64, f64), number: u32) -> Verdict {
    let chances = Numbers::new("accuracy", number).uniforms(count);
    let outcomes: Vec<(f64, bool)> = chances.into_iter().map(|chance| (0.9, chance < share)).collect();
    let runs = [Scored::right_and_wrong(&outcomes, "a")];
    let sides = (figure(Metric::Accuracy, "a"), ClaimExpression::Number(bound));
    verdict(Comparison::Greater, Estimand::Networks, sides, &[("a", &runs)])
}

/// `nll(a) < TRUTH` where the truth is less than the network's by `excess`: −ln of 0.95 where it is right, in 9 of 10 cases,
/// and of 0.05 where it is wrong.
fn likelihood(excess: f64, number: u32) -> Verdict {
    let chances = Numbers::new("likelihood", number).uniforms(100);
    let outcomes: Vec<(f64, bool)> = chances.into_iter().map(|chance| (0.95, chance < 0.9)).collect();
    let truth = -0.9 * 0.95_f64.ln() - 0.1 * 0.05_f64.ln();
    let runs = [Scored::right_and_wrong(&outcomes, "a")];
    let sides = (figure(Metric::NegativeLogLikelihood, "a"), ClaimExpression::Number(truth - excess));
    verdict(Comparison::Less, Estimand::Networks, sides, &[("a", &runs)])
}

/// How confident of all inputs the networks are that hardly ever err.
const CONFIDENT: f64 = 0.9999;
/// What that leaves.
const LEFT: f64 = 1.0 - CONFIDENT;

/// `metric(a) < TRUTH` of a network that is as confident of all inputs and right of a share of them, where the truth is that
/// of a share of 0.99, by what the metric is of right and of wrong inputs.
fn confident((count, share): (usize, f64), (metric, [right, wrong]): (Metric, [f64; 2]), number: u32) -> Verdict {
    let chances = Numbers::new("confident", number).uniforms(count);
    let outcomes: Vec<(f64, bool)> = chances.into_iter().map(|chance| (CONFIDENT, chance < share)).collect();
    let runs = [Scored::right_and_wrong(&outcomes, "a")];
    let sides = (figure(metric, "a"), ClaimExpression::Number(0.99 * right + 0.01 * wrong));
    verdict(Comparison::Less, Estimand::Networks, sides, &[("a", &runs)])
}

/// `brier(a) < brier(b)` of two such networks.
fn two_confident((count, one, other): (usize, f64, f64), number: u32) -> Verdict {
    let [a, b] = two_networks((count, CONFIDENT), (one, other), number);
    let sides = (figure(Metric::Brier, "a"), figure(Metric::Brier, "b"));
    verdict(Comparison::Less, Estimand::Networks, sides, &[("a", &[a]), ("b", &[b])])
}

/// Two networks of a confidence of which each is right with its own chance, mostly on the same inputs.
fn two_networks((count, confidence): (usize, f64), shares: (f64, f64), number: u32) -> [Scored; 2] {
    let mut numbers = Numbers::new("paired", number);
    let (common, own, others) = (numbers.uniforms(count), numbers.uniforms(count), numbers.uniforms(count));
    // Half of the inputs are as hard for one as for the other.
    let shared: Vec<bool> = numbers.uniforms(count).into_iter().map(|chance| chance < 0.5).collect();
    let outcomes = |own: &[f64], share: f64| -> Vec<(f64, bool)> {
        (0..count).map(|place| (confidence, if shared[place] { common[place] } else { own[place] } < share)).collect()
    };
    [
        Scored::right_and_wrong(&outcomes(&own, shares.0), "a"),
        Scored::right_and_wrong(&outcomes(&others, shares.1), "b"),
    ]
}

/// `accuracy(a) > accuracy(b)`, or `≈` within a margin.
fn paired((count, one, other, margin): (usize, f64, f64, f64), number: u32) -> Verdict {
    let [a, b] = two_networks((count, 0.9), (one, other), number);
    let sides = (figure(Metric::Accuracy, "a"), figure(Metric::Accuracy, "b"));
    let comparison = if margin > 0.0 { Comparison::Equivalent { margin } } else { Comparison::Greater };
    verdict(comparison, Estimand::Networks, sides, &[("a", &[a]), ("b", &[b])])
}

/// A metric of two networks of five seeds each, which do not differ at all.
fn frozen((one, other): (f64, f64), number: u32) -> Verdict {
    let [a, b] = two_networks((100, 0.9), (one, other), number);
    let over_seeds =
        |network: &Scored, name: &str| -> Vec<Scored> { (0..5).map(|seed| network.under_seed(name, seed)).collect() };
    let (a, b) = (over_seeds(&a, "a"), over_seeds(&b, "b"));
    let sides = (figure(Metric::Accuracy, "a"), figure(Metric::Accuracy, "b"));
    verdict(Comparison::Greater, Estimand::Procedures, sides, &[("a", &a), ("b", &b)])
}

/// A metric of one network whose weights were drawn twice.
fn draws((one, other): (f64, f64), metric: Metric, number: u32) -> Verdict {
    let mut numbers = Numbers::new("draws", number);
    let inputs = Inputs::new(200, &mut numbers);
    let procedure = |drawn| Procedure { shared: 0.3, own: 0.3, drawn, samples: 25 };
    let network = Network::trained(&inputs, procedure(one), &mut numbers);
    let [a, b] = [(one, 0), (other, 1)].map(|(drawn, seed)| {
        network.scored(&inputs, procedure(drawn), seed, &mut Numbers::new(&format!("draws/{seed}"), number))
    });
    let sides = (figure(metric, "a"), figure(metric, "b"));
    verdict(Comparison::Greater, Estimand::Networks, sides, &[("a", &[a]), ("b", &[b])])
}

/// A metric of two procedures, each with so many seeds from a first one, and its noise in the scores.
fn procedures(of: [(usize, u64, f64); 2], metric: Metric, number: u32) -> Verdict {
    let mut numbers = Numbers::new("procedures", number);
    let inputs = Inputs::new(150, &mut numbers);
    let [a, b] = [("a", of[0]), ("b", of[1])].map(|(name, (seeds, first, own))| -> Vec<Scored> {
        let procedure = Procedure { shared: 0.4, own, drawn: 0.5, samples: 5 };
        (first..first + seeds as u64)
            .map(|seed| {
                let mut numbers = Numbers::new(&format!("{name}/{seed}"), number);
                let network = Network::trained(&inputs, procedure, &mut numbers);
                network.scored(&inputs, procedure, seed, &mut numbers).under_seed(name, seed)
            })
            .collect()
    });
    let sides = (figure(metric, "a"), figure(metric, "b"));
    verdict(Comparison::Greater, Estimand::Procedures, sides, &[("a", &a), ("b", &b)])
}
