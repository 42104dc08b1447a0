use super::*;
use crate::report::tests::report;

/// A report of four draws with a seed and a data set.
fn report_of(seed: u64, digest: &str) -> Report {
    let mut report = report(4);
    report.run.seed = seed;
    report.run.data.digests.insert("file".to_owned(), digest.to_owned());
    report
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

fn figure(metric: Metric, run: &str) -> ClaimExpression {
    ClaimExpression::Figure(ClaimFigure { metric, run: run.to_owned() })
}

fn claim(left: ClaimExpression, comparison: Comparison, right: ClaimExpression) -> Claim {
    Claim { text: "as it is".to_owned(), left, comparison, right }
}

#[test]
fn quantiles_of_student_are_those_of_scipy() {
    // scipy.stats.t.ppf(0.975, freedom)
    for (freedom, expected) in [
        (1, 12.706_204_736_432_095),
        (2, 4.302_652_729_911_275),
        (3, 3.182_446_305_284_263),
        (4, 2.776_445_105_197_793),
        (9, 2.262_157_162_854_099),
        (30, 2.042_272_456_301_237),
    ] {
        assert!((student_t_95(freedom) - expected).abs() < 1e-8, "{freedom}: {}", student_t_95(freedom));
    }
}

#[test]
fn single_runs_are_compared_over_paired_inputs() {
    let report = report_of(0, "aa");
    // `better` is right wherever `worse` is.
    let (better, worse) = (inputs(1_000, 20, 0.1), inputs(1_000, 10, 0.001));
    let runs: ClaimRuns<'_> = [("better", &better), ("worse", &worse)]
        .map(|(name, inputs)| (name.to_owned(), vec![ClaimRun { report: &report, inputs }]))
        .into();
    let accuracy = |run| figure(Metric::Accuracy, run);
    let evaluate =
        |comparison, left, right| evaluate_claim(&claim(left, comparison, right), &runs).expect("runs are there");
    let outcome = evaluate(Comparison::Greater, accuracy("better"), accuracy("worse"));
    assert_eq!((outcome.verdict, outcome.over), (Verdict::Held, Over::Inputs { resamples: 1_000 }));
    assert!((outcome.difference - 0.05).abs() < 1e-12);
    let [low, high] = outcome.interval.expect("there are inputs");
    // Paired, the deviation is √(0.05·0.95/1000) = 0.0069; unpaired it would be 0.0117.
    let deviation = (high - low) / (2.0 * 1.96);
    assert!((deviation - 0.0069).abs() < 0.0008, "{deviation}");
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
fn runs_on_other_data_are_not_paired() {
    let reports = [report_of(0, "aa"), report_of(0, "bb")];
    let same = inputs(1_000, 10, 0.1);
    let runs: ClaimRuns<'_> = [("one", &reports[0]), ("other", &reports[1])]
        .map(|(name, report)| (name.to_owned(), vec![ClaimRun { report, inputs: &same }]))
        .into();
    let outcome = evaluate_claim(
        &claim(figure(Metric::Accuracy, "one"), Comparison::Greater, figure(Metric::Accuracy, "other")),
        &runs,
    )
    .expect("runs are there");
    assert_eq!((outcome.verdict, outcome.difference), (Verdict::Undecided, 0.0));
    let [low, high] = outcome.interval.expect("there are inputs");
    assert!(low < -0.01 && high > 0.01);
}

#[test]
fn sweeps_are_compared_over_seeds() {
    let reports: Vec<Report> = (0..4).map(|seed| report_of(seed, "aa")).collect();
    let of = |wrong: [usize; 4]| -> Vec<Vec<PredictedInput>> {
        wrong.into_iter().map(|wrong| inputs(600, wrong, 0.1)).collect()
    };
    let (better, worse) = (of([20, 25, 24, 30]), of([10, 12, 11, 13]));
    // The order in which members are given is no matter.
    let runs_of = |sets: &'static [Vec<PredictedInput>], reports: &'static [Report]| -> Vec<ClaimRun<'static>> {
        sets.iter().zip(reports).map(|(inputs, report)| ClaimRun { report, inputs }).rev().collect()
    };
    let (better, worse, reports): (&'static [_], &'static [_], &'static [_]) =
        (better.leak(), worse.leak(), reports.leak());
    let mut runs: ClaimRuns<'_> = ClaimRuns::new();
    runs.insert("better".to_owned(), runs_of(better, reports));
    runs.insert("worse".to_owned(), runs_of(worse, reports));
    let accuracy = |run| figure(Metric::Accuracy, run);
    let held = claim(accuracy("better"), Comparison::Greater, accuracy("worse"));
    let outcome = evaluate_claim(&held, &runs).expect("runs are there");
    assert_eq!((outcome.verdict, outcome.over), (Verdict::Held, Over::Seeds { seeds: 4 }));
    let share = |inputs: &[PredictedInput]| inputs.iter().filter(|i| i.scores.correct).count() as f64 / 600.0;
    let differences: Vec<f64> = (0..4).map(|seed| share(&better[seed]) - share(&worse[seed])).collect();
    let mean = differences.iter().sum::<f64>() / 4.0;
    let deviation = (differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 3.0).sqrt();
    let [low, high] = outcome.interval.expect("four seeds");
    assert!((outcome.difference - mean).abs() < 1e-12);
    assert!(((high - low) / 2.0 - 3.182_446_305 * deviation / 2.0).abs() < 1e-8);
    // A single run stands beside every seed.
    runs.insert("one".to_owned(), vec![ClaimRun { report: &reports[0], inputs: &worse[0] }]);
    let outcome = evaluate_claim(&claim(accuracy("better"), Comparison::Greater, accuracy("one")), &runs);
    assert_eq!(outcome.expect("runs are there").over, Over::Seeds { seeds: 4 });
    runs.get_mut("worse").expect("was added").pop();
    let error = evaluate_claim(&held, &runs).expect_err("other seeds");
    assert!(matches!(error, ClaimError::Seeds { .. }), "{error}");
}

#[test]
fn what_cannot_be_evaluated_says_why() {
    let report = report_of(0, "aa");
    let mut single = inputs(10, 3, 0.1);
    single.iter_mut().for_each(|input| input.scores.epistemic = None);
    let right = inputs(10, 1_000, 0.1);
    let mut runs = ClaimRuns::new();
    runs.insert("single".to_owned(), vec![ClaimRun { report: &report, inputs: &single }]);
    runs.insert("empty".to_owned(), vec![ClaimRun { report: &report, inputs: &[] }]);
    runs.insert("right".to_owned(), vec![ClaimRun { report: &report, inputs: &right }]);
    let zero = || {
        let accuracy = || figure(Metric::Accuracy, "right");
        ClaimExpression::Subtract(Box::new([accuracy(), accuracy()]))
    };
    let one = || ClaimExpression::Number(1.0);
    for (left, said) in [
        (figure(Metric::Accuracy, "absent"), "there is no result of `absent`"),
        (figure(Metric::Accuracy, "empty"), "the result of `empty` holds no prediction"),
        (figure(Metric::Epistemic, "single"), "`single` was scored by a single draw"),
        (figure(Metric::Confusion, "single"), "what is claimed of `single` is a table"),
        (ClaimExpression::Divide(Box::new([one(), zero()])), "a side of the claim divides by zero"),
    ] {
        let message = evaluate_claim(&claim(left, Comparison::Greater, one()), &runs).expect_err(said).to_string();
        assert!(message.starts_with(said), "{message}");
    }
}
