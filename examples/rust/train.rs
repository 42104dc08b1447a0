//! Trains the digits of the program's own data and shows how each epoch went:
//! `cargo run --release -p elbo --example train`.

use elbo::{Error, Event, Spec};

fn main() -> Result<(), Error> {
    let spec = Spec::open("specs/digits.elbo")?;
    print!("{}", spec.warnings());
    // Changes are checked like the text of the spec.
    let run = spec.run_with("digits_bayes", &["train.epochs=3"])?;
    let trained = run.store("runs").train_watched(&mut |event| {
        if let Event::Epoch(epoch) = event {
            println!("epoch {}: loss {:.4}, KL {:.0} nats", epoch.epoch, epoch.train.loss, epoch.train.kl);
        }
    })?;
    println!("{} test examples; the report is in {}", trained.report().test_examples(), trained.directory().display());
    Ok(())
}
