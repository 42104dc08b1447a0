//! Predicts an example in memory and says how sure the network is of it:
//! `cargo run --release -p elbo --example predict`.

use elbo::{Error, Prediction, Spec};

fn main() -> Result<(), Error> {
    let spec = Spec::open("specs/digits.elbo")?;
    let trained = spec.run_with("digits_bayes", &["train.epochs=3"])?.train()?;
    // A vertical stroke, 8 by 8 pixels from 0 to 1: somebody's 1.
    let stroke: Vec<f64> = (0..64).map(|place| if matches!(place % 8, 3 | 4) { 1.0 } else { 0.0 }).collect();
    for prediction in trained.predict(&stroke)? {
        match prediction {
            Prediction::Class(class) => println!(
                "class {} with probability {:.3}; aleatoric {:.4}, epistemic {:.4}",
                class.predicted,
                class.confidence(),
                class.aleatoric,
                class.epistemic.unwrap_or_default()
            ),
            Prediction::Values(values) => println!("{values:?}"),
        }
    }
    Ok(())
}
