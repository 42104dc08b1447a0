use super::{blobs::Blobs, evaluate, logistic::Logistic, run};
use crate::train::{Silent, train};
use elbo_compiler::ir::{EarlyStopping, LearningRate, Metric, Monitor, Run, Select};

/// The message `train` ends with, and how many steps it took.
fn refusal(change: impl Fn(&mut Run), data: &Blobs) -> (String, usize) {
    let mut run = run();
    change(&mut run);
    let mut backend = Logistic::new(0.1);
    let error = train(&run, &mut backend, data, &mut Silent).expect_err("cannot be trained");
    (error.to_string(), backend.steps.len())
}

#[test]
fn what_cannot_be_trained_is_refused_before_the_first_step() {
    let data = Blobs::new(40, 10, 0);
    let no_validation = Blobs::new(40, 0, 0);
    let watching = |monitor| {
        move |run: &mut Run| {
            run.training.learning_rate = LearningRate::Plateau { monitor, factor: 0.5, patience: 1, minimum: 0.0 };
        }
    };
    let cases = [
        (refusal(|_| {}, &Blobs::new(0, 10, 10)), "the train split holds no example"),
        (refusal(|run| run.training.epochs = 0, &data), "`epochs` is 0"),
        (refusal(|run| run.training.batch = 0, &data), "`batch` is 0"),
        (refusal(|run| run.training.samples = 0, &data), "`samples` is 0"),
        (refusal(|run| run.training.validation_samples = 0, &data), "`validation_samples` is 0"),
        (refusal(|run| run.training.max_steps = Some(0), &data), "`max_steps` is 0"),
        (refusal(|run| run.training.epochs = usize::MAX, &data), "`epochs` is 18446744073709551615, but at most"),
        (refusal(|run| run.report.samples = 0, &data), "the report cannot be made"),
        (refusal(|run| run.report.metrics = vec![Metric::Reliability { bins: 0 }], &data), "the report cannot be made"),
        (
            refusal(watching(Monitor::ValidationAccuracy), &no_validation),
            "the learning rate watches `validation.accuracy`, but the validation split holds no example",
        ),
        (
            refusal(watching(Monitor::ValidationNegativeLogLikelihood), &no_validation),
            "the learning rate watches `validation.nll`",
        ),
        (
            refusal(
                |run| {
                    let monitor = Monitor::ValidationNegativeLogLikelihood;
                    run.training.early_stopping = Some(EarlyStopping { monitor, patience: 3 });
                },
                &no_validation,
            ),
            "`early_stopping` watches `validation.nll`, but the validation split holds no example",
        ),
        (
            refusal(|run| run.training.select = Select::Best { monitor: Monitor::ValidationAccuracy }, &no_validation),
            "`select` watches `validation.accuracy`, but the validation split holds no example",
        ),
    ];
    for ((message, steps), expected) in cases {
        assert!(message.starts_with(expected), "`{message}` should start with `{expected}`");
        assert_eq!(steps, 0, "{message}");
    }
}

#[test]
fn a_value_that_is_no_number_stops_at_its_step_and_names_the_layer() {
    let mut backend = Logistic::new(0.0);
    backend.fails_at = Some(4);
    let error = train(&run(), &mut backend, &Blobs::new(40, 10, 0), &mut Silent).expect_err("fails");
    assert_eq!(error.to_string(), "the output of layer `head` stopped being a finite number at step 4");
    assert_eq!(backend.steps.len(), 5);
}

#[test]
fn a_loss_that_is_no_number_stops_even_if_the_backend_is_content() {
    let mut backend = Logistic::new(0.0);
    backend.kl_offset = f64::INFINITY;
    let error = train(&run(), &mut backend, &Blobs::new(40, 10, 0), &mut Silent).expect_err("fails");
    assert_eq!(
        error.to_string(),
        "the loss stopped being a finite number at step 0; a lower learning rate often helps"
    );
}

#[test]
fn an_evaluation_without_examples_or_with_infinite_scores_is_refused() {
    let nothing = evaluate(&run(), &Logistic::new(0.0), &Blobs::new(9, 9, 0), &mut Silent);
    assert!(nothing.expect_err("is empty").to_string().starts_with("the test split holds no example"));
    let mut backend = Logistic::new(0.0);
    backend.weights.fill(1e60); // infinite in 32 bits
    let error = evaluate(&run(), &backend, &Blobs::new(9, 9, 300), &mut Silent).expect_err("not finite");
    let message = error.to_string();
    assert!(message.starts_with("the test split could not be scored: the network's score of class 0 for input 0"));
}
