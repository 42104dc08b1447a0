//! How parameters start: distributions, and twins.

use crate::candle::CandleBackend;
use crate::tests::networks::{Chain, bayes, point};
use crate::{Backend, Parameters};
use candle_core::Device;
use elbo_compiler::ir::{
    DropoutPlacement, DropoutUnit, Estimator, Initialization, Mark, Posterior, PosteriorMean, Prior, Shape,
};
use elbo_compiler::priors::Normal;

const FAN_IN: usize = 400;

fn start(mark: Mark) -> Parameters {
    let chain = Chain::new(Shape::Vector { features: FAN_IN }).linear("fc1", 100, mark);
    CandleBackend::new(&chain.run(), Device::Cpu).unwrap().parameters().unwrap()
}

fn moments(values: &[f32]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
    (mean, (values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / count).sqrt())
}

#[test]
fn distributions_are_those_of_the_ir() {
    let bound = 1.0 / (FAN_IN as f64).sqrt();
    let normal = Initialization::Normal { mean: 0.3, std: 0.2 };
    for (initialization, mean, deviation) in [
        (Initialization::Default, 0.0, bound / 3f64.sqrt()),
        (Initialization::Zeros, 0.0, 0.0),
        (normal, 0.3, 0.2),
        (Initialization::LecunNormal, 0.0, bound),
        (Initialization::KaimingNormal, 0.0, bound * 2f64.sqrt()),
    ] {
        let parameters = start(Mark::Point { initialization: initialization.clone() });
        let weights = &parameters["fc1.weight"].values;
        let (found_mean, found_deviation) = moments(weights);
        // 40,000 weights: the errors of mean and deviation are deviation/200 and less.
        assert!((found_mean - mean).abs() <= deviation / 40.0 + 1e-9, "{initialization:?}: {found_mean}");
        assert!((found_deviation - deviation).abs() <= deviation / 40.0, "{initialization:?}: {found_deviation}");
        let biases = &parameters["fc1.bias"].values;
        if initialization == Initialization::Default {
            assert!(weights.iter().chain(biases).all(|value| f64::from(value.abs()) <= bound * (1.0 + 1e-6)));
            assert!(moments(biases).1 > bound / 3.0);
        } else {
            assert!(biases.iter().all(|&bias| bias == 0.0));
        }
    }
}

#[test]
fn posteriors_start_where_the_ir_says() {
    let mark = |mean| Mark::Bayes {
        prior: Prior::Normal(Normal { mean: 0.0, std: 1.0 }),
        posterior: Posterior { mean, rho: -5.0 },
        estimator: Estimator::LocalReparameterization,
    };
    let bound = 1.0 / (FAN_IN as f64).sqrt();
    for (posterior, mean, deviation) in [
        (PosteriorMean::Zeros, 0.0, 0.0),
        (PosteriorMean::Normal { mean: -0.1, std: 0.5 }, -0.1, 0.5),
        (PosteriorMean::LecunNormal, 0.0, bound),
        (PosteriorMean::KaimingNormal, 0.0, bound * 2f64.sqrt()),
    ] {
        let parameters = start(mark(posterior));
        let (found_mean, found_deviation) = moments(&parameters["fc1.weight.mu"].values);
        assert!((found_mean - mean).abs() <= deviation / 40.0 + 1e-9, "{found_mean}");
        assert!((found_deviation - deviation).abs() <= deviation / 40.0, "{found_deviation}");
        assert!(parameters["fc1.bias.mu"].values.iter().all(|&mean| mean == 0.0));
        for name in ["fc1.weight.rho", "fc1.bias.rho"] {
            assert!(parameters[name].values.iter().all(|&rho| rho == -5.0));
        }
    }
}

#[test]
fn twins_start_from_the_same_numbers() {
    let lecun = || Initialization::LecunNormal;
    let plain = start(Mark::Point { initialization: lecun() });
    let dropout = start(Mark::Dropout {
        probability: 0.5,
        on: DropoutPlacement::Input,
        unit: DropoutUnit::Element,
        at_prediction: true,
        initialization: lecun(),
    });
    assert_eq!(plain, dropout);
    for estimator in [Estimator::LocalReparameterization, Estimator::Reparameterization] {
        assert_eq!(start(bayes(estimator))["fc1.weight.mu"], plain["fc1.weight"]);
    }
    let again = start(point());
    assert_eq!(again, start(point()));
    assert_ne!(again["fc1.weight"], plain["fc1.weight"]);
}
