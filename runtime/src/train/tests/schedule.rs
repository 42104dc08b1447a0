//! Learning rates against schedules.json, which schedules.py has written with PyTorch.

use crate::train::Schedule;
use elbo_compiler::ir::LearningRate;
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    origin: String,
    base: f64,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    form: LearningRate,
    steps: Option<u64>,
    figures: Option<Vec<f64>>,
    rates: Vec<f64>,
}

#[test]
fn rates_are_those_of_pytorch() {
    let reference: Reference = serde_json::from_str(include_str!("schedules.json")).expect("the reference is JSON");
    assert!(reference.origin.contains("PyTorch"));
    for case in reference.cases {
        let mut schedule = Schedule::new(&case.form, reference.base, case.steps.unwrap_or(0));
        for (index, expected) in case.rates.iter().enumerate() {
            let rate = schedule.learning_rate(index as u64, index + 1);
            let near = (rate - expected).abs() <= 1e-12 * expected.max(1e-6);
            assert!(near, "{:?}, number {index}: {rate}, PyTorch {expected}", case.form);
            if let Some(figures) = &case.figures {
                schedule.end_epoch(figures[index]);
            }
        }
    }
}

#[test]
fn a_figure_that_is_no_number_is_no_improvement() {
    let form = LearningRate::Plateau {
        monitor: elbo_compiler::ir::Monitor::TrainLoss,
        factor: 0.5,
        patience: 1,
        minimum: 0.0,
    };
    let mut schedule = Schedule::new(&form, 1.0, 0);
    [f64::NAN, 1.0, f64::NAN, f64::NAN].into_iter().for_each(|figure| schedule.end_epoch(figure));
    assert_eq!(schedule.learning_rate(0, 5), 0.5);
}

#[test]
fn cosine_ends_at_its_final_factor() {
    let schedule = Schedule::new(&LearningRate::Cosine { final_factor: 0.1 }, 2.0, 10);
    assert_eq!(schedule.learning_rate(0, 1), 2.0);
    assert!((schedule.learning_rate(10, 1) - 0.2).abs() < 1e-15);
    assert!((schedule.learning_rate(99, 1) - 0.2).abs() < 1e-15);
}
