use super::*;
use crate::report::tests::report;
use crate::uncertainty::{Evaluation, InputScores, PredictedInput};
use elbo_compiler::ir::{ClaimExpression, ClaimFigure, Metric};

/// Scores of four draws, with the error of their draws that is given.
fn evaluation(error_of_draws: f64) -> Evaluation {
    let mut evaluation = report(4).scores.classes().cloned().expect("it is of classes");
    evaluation.monte_carlo_standard_errors.accuracy = Some(error_of_draws);
    evaluation.monte_carlo_standard_errors.negative_log_likelihood = Some(error_of_draws);
    evaluation.monte_carlo_standard_errors.epistemic_unbiased = Some(error_of_draws);
    evaluation
}

/// Inputs of which every `wrong`-th is wrong, with an epistemic trace.
fn inputs(count: usize, wrong: usize, epistemic: f64) -> Vec<PredictedInput> {
    let input = |index: usize| {
        let correct = !index.is_multiple_of(wrong);
        let scores = InputScores {
            predicted: usize::from(!correct),
            confidence: 0.75,
            correct,
            negative_log_likelihood: if correct { 0.3 } else { 1.4 },
            brier: 0.25,
            aleatoric: 0.5,
            epistemic: Some(epistemic * (1.0 + 0.1 * (index as f64).sin())),
            entropy: 0.5,
            expected_entropy: 0.4,
        };
        PredictedInput { label: 0, scores }
    };
    (0..count).map(input).collect()
}

/// A run of its own training, by that and its seed.
fn run<'r>(training: &'r str, seed: u64, (evaluation, inputs): (&'r Evaluation, &'r [PredictedInput])) -> ClaimRun<'r> {
    ClaimRun { seed, stochastic: true, training, test_set: "digits", evaluation: Some(evaluation), inputs }
}

fn subject(runs: Vec<ClaimRun<'_>>) -> ClaimSubject<'_> {
    ClaimSubject { runs, missing: Vec::new() }
}

fn figure(metric: Metric, run: &str) -> ClaimExpression {
    ClaimExpression::Figure(ClaimFigure { metric, run: run.to_owned() })
}

fn accuracy(run: &str) -> ClaimExpression {
    figure(Metric::Accuracy, run)
}

fn claim(estimand: Estimand, left: ClaimExpression, comparison: Comparison, right: ClaimExpression) -> Claim {
    Claim { text: "as it is".to_owned(), left, comparison, right, estimand }
}

fn of_networks(left: ClaimExpression, comparison: Comparison, right: ClaimExpression) -> Claim {
    claim(Estimand::Networks, left, comparison, right)
}

const TRAININGS: [&str; 12] = ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9", "t10", "t11"];

#[test]
fn single_runs_are_compared_over_paired_inputs() {
    let scores = evaluation(0.0);
    // `better` is right wherever `worse` is.
    let (better, worse) = (inputs(1_000, 20, 0.1), inputs(1_000, 10, 0.001));
    let runs = ClaimSubjects::from([
        ("better".to_owned(), subject(vec![run("t0", 0, (&scores, &better))])),
        ("worse".to_owned(), subject(vec![run("t1", 0, (&scores, &worse))])),
    ]);
    let evaluate =
        |comparison, left, right| evaluate_claim(&of_networks(left, comparison, right), &runs).expect("runs are there");
    let outcome = evaluate(Comparison::Greater, accuracy("better"), accuracy("worse"));
    assert_eq!((outcome.verdict, outcome.basis.inputs.as_slice()), (Verdict::Held, [1_000].as_slice()));
    assert_eq!((outcome.networks, outcome.basis.draws), (2, Some(4)));
    assert!((outcome.difference - 0.05).abs() < 1e-12);
    let [low, high] = outcome.interval.expect("there are inputs");
    // Paired, the error is √(0.05·0.95/1000) = 0.0069; unpaired it would be 0.0117.
    let error = (high - low) / (2.0 * 1.96);
    assert!((error - 0.0069).abs() < 0.0008, "{error}");
    assert!(outcome.p_value < 1e-6, "{}", outcome.p_value);
    assert_eq!(evaluate(Comparison::Less, accuracy("better"), accuracy("worse")).verdict, Verdict::Failed);
    let same = |comparison| evaluate(comparison, accuracy("worse"), accuracy("worse")).verdict;
    assert_eq!((same(Comparison::Greater), same(Comparison::GreaterOrEqual)), (Verdict::Failed, Verdict::Held));
    let near = evaluate(Comparison::Greater, accuracy("worse"), ClaimExpression::Number(0.9));
    assert_eq!(near.verdict, Verdict::Undecided);
    let tenfold =
        ClaimExpression::Multiply(Box::new([ClaimExpression::Number(10.0), figure(Metric::Epistemic, "worse")]));
    let outcome = evaluate(Comparison::Greater, figure(Metric::Epistemic, "better"), tenfold);
    assert_eq!(outcome.verdict, Verdict::Held);
    let mean = |inputs: &[PredictedInput]| {
        inputs.iter().filter_map(|input| input.scores.epistemic).sum::<f64>() / inputs.len() as f64
    };
    assert!(
        (outcome.difference - 4.0 / 3.0 * (mean(&better) - 10.0 * mean(&worse))).abs() < 1e-12,
        "the T/(T − 1) form"
    );
}

#[test]
fn an_equivalence_is_held_within_its_margin_only() {
    let scores = evaluation(0.0);
    let (one, other) = (inputs(2_000, 10, 0.1), inputs(2_000, 11, 0.1));
    let runs = ClaimSubjects::from([
        ("one".to_owned(), subject(vec![run("t0", 0, (&scores, &one))])),
        ("other".to_owned(), subject(vec![run("t1", 0, (&scores, &other))])),
    ]);
    let verdict = |margin| {
        let claim = of_networks(accuracy("one"), Comparison::Equivalent { margin }, accuracy("other"));
        evaluate_claim(&claim, &runs).expect("runs are there")
    };
    // The difference is 0.9 points with an error of 0.9.
    assert_eq!(verdict(0.04).verdict, Verdict::Held);
    assert_eq!(verdict(0.01).verdict, Verdict::Undecided);
    let claim = of_networks(accuracy("one"), Comparison::Equivalent { margin: 0.01 }, ClaimExpression::Number(0.8));
    assert_eq!(evaluate_claim(&claim, &runs).expect("it is there").verdict, Verdict::Failed);
    assert_eq!(verdict(0.04).margin, Some(0.04));
}

#[test]
fn draws_are_part_of_the_error_of_networks() {
    let all = inputs(1_000, 10, 0.1);
    let more = inputs(1_000, 10, 0.101);
    let verdict = |error, stochastic| {
        let scores = evaluation(error);
        let run = |training, inputs| ClaimRun { stochastic, ..run(training, 0, (&scores, inputs)) };
        let runs = ClaimSubjects::from([
            ("one".to_owned(), subject(vec![run("t0", &all)])),
            ("other".to_owned(), subject(vec![run("t1", &more)])),
        ]);
        let epistemic = |run| figure(Metric::Epistemic, run);
        let claim = of_networks(epistemic("one"), Comparison::Less, epistemic("other"));
        evaluate_claim(&claim, &runs).expect("runs are there").verdict
    };
    assert_eq!((verdict(0.0, true), verdict(0.001, true)), (Verdict::Held, Verdict::Undecided));
    // In a network in which nothing is random there are no draws to err.
    assert_eq!(verdict(0.001, false), Verdict::Held);
}

#[test]
fn a_single_draw_of_something_random_decides_nothing() {
    let mut scores = evaluation(0.0);
    scores.samples = 1;
    scores.monte_carlo_standard_errors = Default::default();
    let inputs = inputs(1_000, 10, 0.1);
    let runs = ClaimSubjects::from([("one".to_owned(), subject(vec![run("t0", 0, (&scores, &inputs))]))]);
    let claim = of_networks(accuracy("one"), Comparison::Greater, ClaimExpression::Number(0.5));
    let outcome = evaluate_claim(&claim, &runs).expect("it is there");
    assert_eq!(outcome.verdict, Verdict::Undecided);
    assert_eq!(outcome.undecidable, Some(Undecidable::Draws { run: "one".to_owned() }));
}

#[test]
fn runs_on_other_data_are_not_paired() {
    let scores = evaluation(0.0);
    let all = inputs(1_000, 10, 0.1);
    let [one, mut other] = ["t0", "t1"].map(|training| run(training, 0, (&scores, &all)));
    other.test_set = "other digits";
    let runs =
        ClaimSubjects::from([("one".to_owned(), subject(vec![one])), ("other".to_owned(), subject(vec![other]))]);
    let claim = of_networks(accuracy("one"), Comparison::Greater, accuracy("other"));
    let outcome = evaluate_claim(&claim, &runs).expect("runs are there");
    assert_eq!((outcome.verdict, outcome.difference), (Verdict::Undecided, 0.0));
    assert_eq!(outcome.basis.inputs, [1_000, 1_000]);
    let [low, high] = outcome.interval.expect("there are inputs");
    assert!(low < -0.01 && high > 0.01);
}

/// Four networks of each of two sweeps on 600 inputs.
fn two_sweeps() -> [Vec<Vec<PredictedInput>>; 2] {
    [[20, 25, 24, 30], [10, 12, 11, 13]].map(|each| each.into_iter().map(|wrong| inputs(600, wrong, 0.1)).collect())
}

fn sweep<'r>(scores: &'r Evaluation, sets: &'r [Vec<PredictedInput>], first: usize, seeds: u64) -> ClaimSubject<'r> {
    let run = |(place, inputs): (usize, &'r Vec<PredictedInput>)| {
        run(TRAININGS[first + place], seeds + place as u64, (scores, inputs))
    };
    // The order in which members are given is no matter.
    subject(sets.iter().enumerate().map(run).rev().collect())
}

#[test]
fn sweeps_are_compared_over_seeds_and_inputs() {
    let scores = evaluation(0.0);
    let [better, worse] = two_sweeps();
    let mut runs = ClaimSubjects::from([
        ("better".to_owned(), sweep(&scores, &better, 0, 0)),
        ("worse".to_owned(), sweep(&scores, &worse, 4, 0)),
    ]);
    let held = claim(Estimand::Procedures, accuracy("better"), Comparison::Greater, accuracy("worse"));
    let outcome = evaluate_claim(&held, &runs).expect("runs are there");
    assert_eq!((outcome.verdict, outcome.basis.seeds.as_slice()), (Verdict::Held, [4, 4].as_slice()));
    assert_eq!(outcome.basis.pairing, Pairing::Paired);
    let share = |inputs: &[PredictedInput]| inputs.iter().filter(|i| i.scores.correct).count() as f64 / 600.0;
    let differences: Vec<f64> = (0..4).map(|seed| share(&better[seed]) - share(&worse[seed])).collect();
    let mean = differences.iter().sum::<f64>() / 4.0;
    let deviation = (differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 3.0).sqrt();
    let over_seeds = 3.182_446_305 * deviation / 2.0;
    let [low, high] = outcome.interval.expect("four seeds");
    assert!((outcome.difference - mean).abs() < 1e-12);
    assert!((high - low) / 2.0 > over_seeds, "inputs are part of the error");
    let [.., text] = [claim_grounds(&Ok(outcome))];
    assert!(text.starts_with("of these procedures over 4 seeds: left minus right is "), "{text}");
    // Other seeds have a spread of their own.
    runs.insert("worse".to_owned(), sweep(&scores, &worse, 4, 7));
    let outcome = evaluate_claim(&held, &runs).expect("runs are there");
    assert_eq!((outcome.verdict, outcome.basis.pairing), (Verdict::Held, Pairing::Unpaired));
    assert!(claim_grounds(&Ok(outcome)).contains("are not paired"));
}

#[test]
fn a_single_run_beside_a_sweep_is_one_more_of_its_spread() {
    let scores = evaluation(0.0);
    let [better, worse] = two_sweeps();
    let mut runs = ClaimSubjects::from([
        ("sweep".to_owned(), sweep(&scores, &better, 0, 0)),
        ("one".to_owned(), subject(vec![run("t9", 9, (&scores, &worse[0]))])),
    ]);
    let held = claim(Estimand::Procedures, accuracy("sweep"), Comparison::Greater, accuracy("one"));
    let outcome = evaluate_claim(&held, &runs).expect("runs are there");
    assert_eq!(outcome.basis.single_runs, ["one"]);
    assert!(claim_grounds(&Ok(outcome.clone())).contains("s·√(1 + 1/n)"));
    let share = |inputs: &[PredictedInput]| inputs.iter().filter(|i| i.scores.correct).count() as f64 / 600.0;
    let shares: Vec<f64> = better.iter().map(|inputs| share(inputs)).collect();
    let mean = shares.iter().sum::<f64>() / 4.0;
    let deviation = (shares.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 3.0).sqrt();
    let over_seeds = 3.182_446_305 * deviation * (1.0_f64 + 0.25).sqrt();
    let [low, high] = outcome.interval.expect("four seeds");
    assert!(high - outcome.difference > over_seeds && outcome.difference - low > over_seeds);
    // A member of the sweep that stands beside it is taken out of it.
    runs.insert("one".to_owned(), subject(vec![run("t0", 0, (&scores, &better[0]))]));
    let outcome = evaluate_claim(&held, &runs).expect("runs are there");
    assert_eq!((outcome.basis.seeds.as_slice(), outcome.networks), ([3].as_slice(), 4));
}

#[test]
fn few_seeds_and_single_runs_decide_nothing_of_procedures() {
    let scores = evaluation(0.0);
    let [better, worse] = two_sweeps();
    let held = claim(Estimand::Procedures, accuracy("one"), Comparison::Greater, accuracy("other"));
    let single = |training, inputs| subject(vec![run(training, 0, (&scores, inputs))]);
    let mut runs = ClaimSubjects::from([
        ("one".to_owned(), single("t0", &better[0])),
        ("other".to_owned(), single("t9", &worse[0])),
    ]);
    let outcome = evaluate_claim(&held, &runs).expect("runs are there");
    assert_eq!((outcome.verdict, outcome.undecidable.clone()), (Verdict::Undecided, Some(Undecidable::OneRunEach)));
    assert!(claim_grounds(&Ok(outcome)).contains("one run each"));
    // The same training four times is one.
    let mut again = sweep(&scores, &better, 0, 0);
    again.runs.iter_mut().for_each(|run| run.training = "t0");
    runs.insert("one".to_owned(), again);
    let outcome = evaluate_claim(&held, &runs).expect("runs are there");
    assert_eq!(outcome.undecidable, Some(Undecidable::OneRunEach));
    runs.insert("one".to_owned(), sweep(&scores, &better[..2], 0, 0));
    let outcome = evaluate_claim(&held, &runs).expect("runs are there");
    assert_eq!(outcome.undecidable, Some(Undecidable::FewSeeds { sweep: "one".to_owned(), seeds: 2, beside: 0 }));
    // Of a sweep that is not finished nothing is said.
    let mut partial = sweep(&scores, &better, 0, 0);
    partial.missing = vec!["one/train.seed=7".to_owned()];
    runs.insert("one".to_owned(), partial);
    let error = evaluate_claim(&held, &runs).expect_err("a member is missing");
    assert_eq!(error.to_string(), "`one` is not finished: `one/train.seed=7` is missing; run the sweep again");
}

#[test]
fn several_claims_are_corrected_together() {
    let scores = evaluation(0.0);
    // 270 of 300 are right: against 0.86 that is p = 0.04, alone. A claim without a result counts, too.
    let all = inputs(300, 10, 0.1);
    let runs = ClaimSubjects::from([("one".to_owned(), subject(vec![run("t0", 0, (&scores, &all))]))]);
    let outcome = |bound| {
        let claim = of_networks(accuracy("one"), Comparison::Greater, ClaimExpression::Number(bound));
        (format!("above {bound}"), evaluate_claim(&claim, &runs))
    };
    let mut outcomes = vec![outcome(0.86), outcome(0.5), outcome(0.895)];
    outcomes.push(("none".to_owned(), Err(ClaimError::Arithmetic)));
    let alone: Vec<_> = outcomes.iter().take(3).map(|(_, outcome)| outcome.clone().expect("is there")).collect();
    assert_eq!(alone[0].verdict, Verdict::Held, "{}", alone[0].p_value);
    correct_for_number(&mut outcomes);
    let corrected: Vec<_> = outcomes.iter().take(3).map(|(_, outcome)| outcome.clone().expect("is there")).collect();
    assert_eq!(
        corrected.iter().map(|outcome| (outcome.verdict, outcome.alone, outcome.claims)).collect::<Vec<_>>(),
        [
            (Verdict::Undecided, Verdict::Held, 4),
            (Verdict::Held, Verdict::Held, 4),
            (Verdict::Undecided, Verdict::Undecided, 4)
        ]
    );
    assert!((corrected[0].corrected_p_value - 3.0 * alone[0].p_value).abs() < 1e-12);
    let text = claim_grounds(&outcomes[0].1);
    assert!(text.contains("corrected for 4 claims (Holm), which alone would have held"), "{text}");
}

#[test]
fn what_cannot_be_evaluated_says_why() {
    let scores = evaluation(0.0);
    let mut single = inputs(10, 3, 0.1);
    single.iter_mut().for_each(|input| input.scores.epistemic = None);
    let right = inputs(10, 1_000, 0.1);
    let of = |inputs| subject(vec![run("t0", 0, (&scores, inputs))]);
    let runs = ClaimSubjects::from([
        ("single".to_owned(), of(&single)),
        ("empty".to_owned(), of(&[])),
        ("right".to_owned(), of(&right)),
    ]);
    let zero = || ClaimExpression::Subtract(Box::new([accuracy("right"), accuracy("right")]));
    let one = || ClaimExpression::Number(1.0);
    for (left, said) in [
        (figure(Metric::Accuracy, "absent"), "there is no result of `absent`"),
        (figure(Metric::Accuracy, "empty"), "the result of `empty` holds no prediction"),
        (figure(Metric::Epistemic, "single"), "`single` was scored by a single draw"),
        (figure(Metric::Confusion, "single"), "what is claimed of `single` is a table"),
        (ClaimExpression::Divide(Box::new([one(), zero()])), "a side of the claim divides by zero"),
    ] {
        let message =
            evaluate_claim(&of_networks(left, Comparison::Greater, one()), &runs).expect_err(said).to_string();
        assert!(message.starts_with(said), "{message}");
    }
    // 1 / (accuracy − 0.7) where the accuracy is 0.6 of 10 inputs.
    let divisor = ClaimExpression::Subtract(Box::new([accuracy("single"), ClaimExpression::Number(0.7)]));
    let left = ClaimExpression::Divide(Box::new([one(), divisor]));
    let outcome = evaluate_claim(&of_networks(left, Comparison::Greater, one()), &runs).expect("it has a value");
    assert_eq!((outcome.undecidable, outcome.interval), (Some(Undecidable::Divisor), None));
}
