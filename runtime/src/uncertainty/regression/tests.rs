use super::*;
use crate::uncertainty::UncertaintyError;
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
    root_mean_squared_error: f64,
    mean_absolute_error: f64,
    negative_log_likelihood: f64,
    r_squared: f64,
    aleatoric: f64,
    epistemic: Option<f64>,
    epistemic_unbiased: Option<f64>,
    coverage: Vec<f64>,
    widths: Vec<f64>,
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
        close("root mean squared error", found.root_mean_squared_error, case.root_mean_squared_error);
        close("mean absolute error", found.mean_absolute_error, case.mean_absolute_error);
        close("negative log-likelihood", found.negative_log_likelihood, case.negative_log_likelihood);
        close("R²", found.r_squared.expect("targets vary"), case.r_squared);
        close("aleatoric", found.aleatoric, case.aleatoric);
        assert_eq!(found.epistemic.is_some(), case.samples > 1);
        for (found, expected) in
            [(found.epistemic, case.epistemic), (found.epistemic_unbiased, case.epistemic_unbiased)]
        {
            assert_eq!(found.is_some(), expected.is_some());
            close("epistemic", found.unwrap_or(0.0), expected.unwrap_or(0.0));
        }
        for ((level, coverage), width) in found.coverage.iter().zip(&case.coverage).zip(&case.widths) {
            close("coverage", level.coverage, *coverage);
            close("width", level.mean_width, *width);
        }
        assert_eq!(found.by_target.len(), if case.names().len() == 1 { 0 } else { 2 });
    }
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
    let single = &cases()[2];
    assert_eq!(single.evaluation().monte_carlo_standard_errors, RegressionErrors::default());
}

#[test]
fn predictions_have_a_column_for_everything() {
    let case = &cases()[1];
    let inputs: Vec<ValueScores> = case.draws().iter().map(ValueDraws::score).collect();
    let text = RegressionPredictions { targets: vec!["y".into(), "a,b".into()], inputs }.to_csv();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "index,target.y,mean.y,aleatoric_variance.y,epistemic_variance.y,\"target.a,b\",\"mean.a,b\",\
         \"aleatoric_variance.a,b\",\"epistemic_variance.a,b\",negative_log_likelihood"
    );
    assert_eq!((lines.len(), lines[1].split(',').count()), (6, 10));
    let single = &cases()[2];
    let inputs: Vec<ValueScores> = single.draws().iter().map(ValueDraws::score).collect();
    let text = RegressionPredictions { targets: vec!["y".into()], inputs }.to_csv();
    assert!(text.starts_with("index,target,mean,aleatoric_variance,epistemic_variance,negative_log_likelihood\n0,"));
    // A single draw has no epistemic part.
    assert_eq!(text.lines().nth(1).expect("a line").split(',').nth(4), Some(""));
}

#[test]
fn nothing_is_no_evaluation() {
    let none = RegressionEvaluation::new(&[], 1, &["y".to_owned()], &ValueReplicates::new(1), None);
    assert_eq!(none, Err(UncertaintyError::Empty));
}
