use super::*;
use crate::uncertainty::{InputSources, UncertaintyError};
use serde::Deserialize;

/// See tests/regression/scipy_mixtures.py.
#[derive(Deserialize)]
struct Stored {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    samples: usize,
    /// Samples × inputs × targets.
    means: Vec<Vec<Vec<f64>>>,
    log_variances: Vec<Vec<Vec<f64>>>,
    values: Vec<Vec<f64>>,
    /// A number a target, as of all below but the likelihood, coverage and the transform.
    root_mean_squared_error: Vec<f64>,
    mean_absolute_error: Vec<f64>,
    continuous_ranked_probability_score: Vec<f64>,
    /// Inputs × targets.
    transform: Vec<Vec<f64>>,
    negative_log_likelihood: f64,
    r_squared: Vec<f64>,
    aleatoric: Vec<f64>,
    epistemic_unbiased: Option<Vec<f64>>,
    /// Levels × targets.
    coverage: Vec<Vec<f64>>,
    widths: Vec<Vec<f64>>,
    interval_scores: Vec<Vec<f64>>,
}

impl Case {
    fn draws(&self) -> Vec<ValueDraws> {
        let mixture = |input: usize, target: usize| GaussianMixture {
            means: self.means.iter().map(|draw| draw[input][target]).collect(),
            log_variances: self.log_variances.iter().map(|draw| draw[input][target]).collect(),
        };
        let input = |(input, values): (usize, &Vec<f64>)| ValueDraws {
            marginals: (0..values.len()).map(|target| mixture(input, target)).collect(),
            values: values.clone(),
        };
        self.values.iter().enumerate().map(input).collect()
    }

    fn names(&self) -> Vec<String> {
        (0..self.values[0].len()).map(|target| format!("y{target}")).collect()
    }

    fn evaluation(&self) -> RegressionEvaluation {
        let mut replicates = ValueReplicates::new(self.samples);
        let draws = self.draws();
        draws.iter().for_each(|draws| replicates.add(&ValueReplicates::of(draws), draws.values.len()));
        let inputs: Vec<ValueScores> = draws.iter().map(ValueDraws::score).collect();
        RegressionEvaluation::new(&inputs, self.samples, &self.names(), &replicates, None).expect("there are inputs")
    }
}

fn cases() -> Vec<Case> {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/regression/scipy_mixtures.json"));
    serde_json::from_str::<Stored>(text).expect("is JSON of this form").cases
}

fn close(what: &str, found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-10 * expected.abs().max(1.0), "{what}: {found} against {expected}");
}

#[test]
fn scores_are_those_of_scipy() {
    let cases = cases();
    assert_eq!(cases.len(), 3);
    for case in cases {
        let found = case.evaluation();
        let draws = case.draws();
        let inputs: Vec<ValueScores> = draws.iter().map(ValueDraws::score).collect();
        close("negative log-likelihood", found.negative_log_likelihood, case.negative_log_likelihood);
        let mean = case.r_squared.iter().sum::<f64>() / case.r_squared.len() as f64;
        close("R²", found.r_squared.expect("targets vary"), mean);
        for (target, name) in case.names().iter().enumerate() {
            let found = TargetScores::new(&inputs, case.samples, target, name);
            close("root mean squared error", found.root_mean_squared_error, case.root_mean_squared_error[target]);
            close("mean absolute error", found.mean_absolute_error, case.mean_absolute_error[target]);
            let expected = case.continuous_ranked_probability_score[target];
            close("ranked probability", found.continuous_ranked_probability_score, expected);
            close("aleatoric", found.aleatoric, case.aleatoric[target]);
            let expected = case.epistemic_unbiased.as_ref().map(|all| all[target]);
            assert_eq!(found.epistemic_unbiased.is_some(), expected.is_some());
            close("epistemic", found.epistemic_unbiased.unwrap_or(0.0), expected.unwrap_or(0.0));
            for (at, level) in found.coverage.iter().enumerate() {
                close("coverage", level.coverage, case.coverage[at][target]);
                close("width", level.mean_width.expect("one target"), case.widths[at][target]);
                let expected = case.interval_scores[at][target];
                close("interval score", level.mean_interval_score.expect("one target"), expected);
            }
            for (input, expected) in inputs.iter().zip(&case.transform) {
                close("transform", input.transform[target], expected[target]);
            }
        }
    }
}

#[test]
fn what_has_a_unit_is_of_one_target_alone() {
    let all: Vec<RegressionEvaluation> = cases().iter().map(Case::evaluation).collect();
    let (one, two) = (&all[0], &all[1]);
    assert!(one.by_target.is_empty() && one.root_mean_squared_error.is_some());
    assert_eq!(two.by_target.len(), 2);
    assert_eq!((two.root_mean_squared_error, two.mean_absolute_error, two.aleatoric), (None, None, None));
    assert_eq!((two.continuous_ranked_probability_score, two.epistemic_unbiased), (None, None));
    assert!(two.probability_integral_transform.is_none() && two.coverage[0].mean_width.is_none());
    let errors = &two.monte_carlo_standard_errors;
    assert!(errors.negative_log_likelihood.is_some() && errors.root_mean_squared_error.is_none());
    // Other units of a target change nothing but that target's own figures.
    let mut scaled = cases().swap_remove(1);
    let factor = 1000.0;
    scaled.means.iter_mut().flatten().for_each(|row| row[1] *= factor);
    scaled.log_variances.iter_mut().flatten().for_each(|row| row[1] += 2.0 * f64::ln(factor));
    scaled.values.iter_mut().for_each(|row| row[1] *= factor);
    let scaled = scaled.evaluation();
    let places = |list: &[RegressionExtreme]| list.iter().map(|input| input.index).collect::<Vec<usize>>();
    assert_eq!(places(&scaled.extremes.least_certain), places(&two.extremes.least_certain));
    close("coverage", scaled.coverage[1].coverage, two.coverage[1].coverage);
    close("first", scaled.by_target[0].root_mean_squared_error, two.by_target[0].root_mean_squared_error);
    close("second", scaled.by_target[1].root_mean_squared_error, factor * two.by_target[1].root_mean_squared_error);
}

#[test]
fn many_draws_are_compared_in_part() {
    // 600 equal draws have the score of one.
    let one = GaussianMixture { means: vec![0.5], log_variances: vec![-1.0] };
    let many = GaussianMixture { means: vec![0.5; 600], log_variances: vec![-1.0; 600] };
    let [one, many] = [one, many].map(|mixture| mixture.continuous_ranked_probability_score(1.25));
    close("score", many, one);
}

#[test]
fn variances_of_draws_sum_to_that_of_the_mixture() {
    let mixture = GaussianMixture { means: vec![-1.0, 0.5, 4.0], log_variances: vec![0.1, -2.0, 1.0] };
    // By the density itself, over a fine grid.
    let step = 1e-3;
    let grid = (-20_000..24_000).map(|at| f64::from(at) * step);
    let moment = |power: i32| -> f64 {
        grid.clone().map(|x| x.powi(power) * (mixture.cdf(x + step / 2.0) - mixture.cdf(x - step / 2.0))).sum()
    };
    let (mean, variance) = (moment(1), moment(2) - moment(1) * moment(1));
    assert!((mixture.mean() - mean).abs() < 1e-6);
    assert!((mixture.aleatoric() + mixture.epistemic() - variance).abs() < 1e-5);
}

#[test]
fn quantiles_invert_the_distribution_function() {
    let far = GaussianMixture { means: vec![-1e6, 1e6, 3.0], log_variances: vec![-20.0, 5.0, -3.0] };
    for (level, z) in LEVELS {
        let tail = 0.5 * (1.0 - level);
        for (share, z) in [(tail, -z), (1.0 - tail, z)] {
            let quantile = far.quantile(share, z);
            assert!((far.cdf(quantile) - share).abs() < 1e-6, "{share}: {quantile}");
        }
    }
}

#[test]
fn the_jackknife_leaves_out_every_draw_once() {
    let case = &cases()[0];
    let found = case.evaluation().monte_carlo_standard_errors;
    // By hand for the mean absolute error: the figure without each of four draws.
    let without = |left: usize| -> f64 {
        let distance = |draws: &ValueDraws| {
            let kept: Vec<f64> =
                (0..4).filter(|&draw| draw != left).map(|draw| draws.marginals[0].means[draw]).collect();
            (draws.values[0] - kept.iter().sum::<f64>() / 3.0).abs()
        };
        case.draws().iter().map(distance).sum::<f64>() / case.values.len() as f64
    };
    let figures: Vec<f64> = (0..4).map(without).collect();
    let expected = crate::uncertainty::jackknife_standard_error(&figures).expect("there are four");
    close("mean absolute error", found.mean_absolute_error.expect("there are draws"), expected);
    let without = |left: usize| -> f64 {
        let score = |draws: &ValueDraws| {
            let kept = |values: &[f64]| (0..4).filter(|&draw| draw != left).map(|draw| values[draw]).collect();
            let GaussianMixture { means, log_variances } = &draws.marginals[0];
            let mixture = GaussianMixture { means: kept(means), log_variances: kept(log_variances) };
            mixture.continuous_ranked_probability_score(draws.values[0])
        };
        case.draws().iter().map(score).sum::<f64>() / case.values.len() as f64
    };
    let figures: Vec<f64> = (0..4).map(without).collect();
    let expected = crate::uncertainty::jackknife_standard_error(&figures).expect("there are four");
    close("ranked", found.continuous_ranked_probability_score.expect("there are draws"), expected);
    let single = &cases()[2];
    assert_eq!(single.evaluation().monte_carlo_standard_errors, RegressionErrors::default());
}

#[test]
fn predictions_have_a_column_for_everything() {
    let case = &cases()[1];
    let inputs: Vec<ValueScores> = case.draws().iter().map(ValueDraws::score).collect();
    let text =
        RegressionPredictions { targets: vec!["y".into(), "a,b".into()], inputs, sources: InputSources::Unnamed }
            .to_csv();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "index,target.y,mean.y,aleatoric_variance.y,epistemic_variance.y,continuous_ranked_probability_score.y,\
         probability_integral_transform.y,\"target.a,b\",\"mean.a,b\",\"aleatoric_variance.a,b\",\
         \"epistemic_variance.a,b\",\"continuous_ranked_probability_score.a,b\",\
         \"probability_integral_transform.a,b\",negative_log_likelihood"
    );
    assert_eq!((lines.len(), lines[1].split(',').count()), (6, 14));
    let single = &cases()[2];
    let inputs: Vec<ValueScores> = single.draws().iter().map(ValueDraws::score).collect();
    let text = RegressionPredictions {
        targets: vec!["y".into()],
        inputs,
        sources: InputSources::Rows { file: "t.csv".into(), places: vec![4], lines: vec![6] },
    }
    .to_csv();
    assert!(
        text.starts_with("index,target,mean,aleatoric_variance,epistemic_variance,continuous_ranked_probability_score")
    );
    let ends = text.lines().map(|line| line.rsplitn(4, ',').take(3).collect::<Vec<_>>());
    assert_eq!(ends.take(2).collect::<Vec<_>>(), [["line", "row", "file"], ["6", "4", "t.csv"]]);
    // A single draw has no epistemic part.
    assert_eq!(text.lines().nth(1).expect("a line").split(',').nth(4), Some(""));
}

#[test]
fn the_curve_of_many_inputs_is_thinned_evenly_in_order_of_the_input() {
    let case = &cases()[2];
    let scores = case.draws()[0].score();
    let curve = |count: usize| {
        // In no order.
        let singles: Vec<f64> = (0..count).map(|at| (at * 7 % count) as f64).collect();
        let inputs = vec![scores.clone(); count];
        let found = RegressionEvaluation::new(&inputs, 1, &["y".to_owned()], &ValueReplicates::new(1), Some(&singles));
        found.expect("there are inputs").curve.iter().map(|point| point.input).collect::<Vec<f64>>()
    };
    assert_eq!(curve(2_000).len(), 2_000);
    let thinned = curve(4_001);
    assert_eq!(thinned.len(), 1_334);
    assert!(thinned.iter().enumerate().all(|(at, input)| *input == (3 * at) as f64), "{thinned:?}");
}

#[test]
fn nothing_is_no_evaluation() {
    let none = RegressionEvaluation::new(&[], 1, &["y".to_owned()], &ValueReplicates::new(1), None);
    assert_eq!(none, Err(UncertaintyError::Empty));
}
