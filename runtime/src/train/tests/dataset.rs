//! The embedded digits, as the training loop sees them.

use super::{logistic::Logistic, run};
use crate::backend::{
    Backend, BackendError, Batch, Chosen, Closeness, DrawContext, OptimizerState, Parameters, StepContext, StepOutcome,
    TrainingExamples,
};
use crate::data::{Dataset, Part, Raw, locate, prepare};
use crate::random::{Key, Purpose};
use crate::train::{Silent, TrainingData, train};
use elbo_compiler::ir::{DataSource, Run};

fn digits() -> (Run, Dataset) {
    let mut run = run();
    run.data.shape = DataSource::Digits.shape();
    run.data.target = elbo_compiler::ir::Target::of_classes(10);
    run.data.split = elbo_compiler::ir::Split { train: 0.9, validation: 0.1 };
    run.training.epochs = 1;
    let raw = Raw::read(&locate(DataSource::Digits, None, &[]).expect("is embedded")).expect("is whole");
    let data = prepare(&run.data, run.training.seed, &raw).expect("can be divided");
    (run, data)
}

/// Remembers the batches it is trained on, and which classes of those it has taken over are named for them; predicts
/// nothing.
struct Listener {
    inner: Logistic,
    batches: Vec<Batch>,
    /// The classes it has taken over, at each time.
    taken: Vec<Vec<u32>>,
    named: Vec<u32>,
}

impl Listener {
    fn new() -> Self {
        Self { inner: Logistic::new(0.0), batches: Vec::new(), taken: Vec::new(), named: Vec::new() }
    }
}

impl Backend for Listener {
    fn name(&self) -> &'static str {
        "listener"
    }

    fn take_examples(&mut self, examples: &dyn TrainingExamples) -> Result<(), BackendError> {
        self.taken.push(examples.resident().expect("it is a data set").targets.classes().to_vec());
        Ok(())
    }

    fn train_step_at(
        &mut self,
        examples: &dyn TrainingExamples,
        chosen: &Chosen<'_>,
        context: &StepContext,
    ) -> Result<StepOutcome, BackendError> {
        let taken = self.taken.last().expect("they come before the first step");
        self.named.extend(chosen.positions.iter().map(|&position| taken[position as usize]));
        self.train_step(&examples.batch(chosen), context)
    }

    fn train_step(&mut self, batch: &Batch, _: &StepContext) -> Result<StepOutcome, BackendError> {
        self.batches.push(batch.clone());
        Ok(StepOutcome {
            loss: 1.0,
            negative_log_likelihood: 1.0,
            kl: 0.0,
            penalty: 0.0,
            closeness: Closeness::Correct(0),
        })
    }

    fn predict(&self, batch: &Batch, _: &DrawContext) -> Result<Vec<f32>, BackendError> {
        Ok(vec![0.0; batch.len() * 10])
    }

    fn kl(&self) -> Result<f64, BackendError> {
        self.inner.kl()
    }

    fn parameters(&self) -> Result<Parameters, BackendError> {
        self.inner.parameters()
    }

    fn set_parameters(&mut self, parameters: &Parameters) -> Result<(), BackendError> {
        self.inner.set_parameters(parameters)
    }

    fn optimizer_state(&self) -> Result<OptimizerState, BackendError> {
        Ok(OptimizerState { steps: 0, tensors: Parameters::new() })
    }

    fn set_optimizer_state(&mut self, _: &OptimizerState) -> Result<(), BackendError> {
        Ok(())
    }

    fn is_stochastic(&self) -> bool {
        false
    }
}

#[test]
fn a_data_set_is_trained_on_in_its_own_order_and_validated_on_its_rest() {
    let (mut run, data) = digits();
    let features = elbo_compiler::ir::Shape::Vector { features: 10 };
    run.network.layers[0].output = features;
    let mut backend = Listener::new();
    let summary = train(&run, &mut backend, &data, &mut Silent).expect("trains");
    assert_eq!((summary.examples, summary.validation_examples), (1_294, 144));
    let expected = data.training_batch(
        1,
        &Key::new(run.training.seed).stream(Purpose::Order, "").permutation(1, data.training.len() as u32),
    );
    let labels: Vec<u32> = backend.batches.iter().flat_map(|batch| batch.targets.classes().to_vec()).collect();
    let images: Vec<f32> = backend.batches.iter().flat_map(|batch| batch.inputs.clone()).collect();
    assert_eq!((labels, images), (expected.targets.classes().to_vec(), expected.inputs));
    // Ten equal probabilities: ln 10, and the lowest class is the one predicted.
    let validation = summary.validation.expect("there is a validation split");
    assert!((validation.negative_log_likelihood - 10.0_f64.ln()).abs() < 1e-12);
    let zeros = data.validation.labels().filter(|&label| label == 0).count();
    assert!((validation.accuracy.expect("there are classes") - zeros as f64 / 144.0).abs() < 1e-12);
}

#[test]
fn a_backend_takes_the_examples_over_once_and_steps_name_them_by_position() {
    let (mut run, data) = digits();
    run.network.layers[0].output = elbo_compiler::ir::Shape::Vector { features: 10 };
    run.training.epochs = 2;
    let mut backend = Listener::new();
    train(&run, &mut backend, &data, &mut Silent).expect("trains");
    assert_eq!(backend.taken.len(), 1);
    let of_batches: Vec<u32> = backend.batches.iter().flat_map(|batch| batch.targets.classes().to_vec()).collect();
    assert_eq!(of_batches.len(), 2 * data.training.len());
    assert_eq!(backend.named, of_batches);
}

#[test]
fn ranges_are_the_split_in_order() {
    let (_, data) = digits();
    let part: &dyn TrainingData = &data;
    assert_eq!(part.examples(Part::Test), 359);
    let labels: Vec<u32> = data.test.labels().collect();
    assert_eq!(part.batch(Part::Test, 350..359).targets.classes(), &labels[350..359]);
    assert!(part.batch(Part::Test, 5..5).is_empty());
}
