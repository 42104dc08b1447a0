//! Measurements; they never fail by time.

use crate::candle::CandleBackend;
use crate::tests::networks::{alexnet, batch, bayes, point};
use crate::{Backend, DrawContext, StepContext};
use candle_core::Device;
use elbo_compiler::ir::{Estimator, Shape};

#[test]
#[ignore = "a measurement"]
fn images_per_second_of_alexnet() {
    let shape = Shape::Image { channels: 3, height: 32, width: 32 };
    let batch = batch(shape, 256, 10);
    for (what, mark) in [("bayes", bayes(Estimator::LocalReparameterization)), ("point", point())] {
        let mut backend = CandleBackend::new(&alexnet(&mark).run(), Device::Cpu).unwrap();
        for step in 0..6 {
            let context = StepContext { step, learning_rate: 1e-3, kl_weight: 1e-5, samples: 1 };
            let start = std::time::Instant::now();
            let outcome = backend.train_step(&batch, &context).unwrap();
            println!("{what} {:.0} images/s {outcome:?}", 256.0 / start.elapsed().as_secs_f64());
        }
        for sample in 0..3 {
            let start = std::time::Instant::now();
            backend.predict(&batch, &DrawContext { sample, first_example: 0, pass: 0 }).unwrap();
            println!("{what} prediction {:.0} images/s", 256.0 / start.elapsed().as_secs_f64());
        }
    }
}
