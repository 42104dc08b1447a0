//! Bayesian neural networks from spec files: compile, train, predict and read reports from Rust.
//!
//! A spec declares models, data sets, training regimes and runs; [`Spec`] compiles it. A [`Run`] of it is trained, scored
//! and stored once; training it again finds the result. [`Trained`] predicts, and holds the report: accuracy, calibration,
//! and the split of predictive uncertainty into an aleatoric and an epistemic part. Everything that the `elbo` program
//! prints stands on the same functions, and results are the same to the bit.
//!
//! ```
//! # fn main() -> Result<(), elbo::Error> {
//! # let store = std::env::temp_dir().join(format!("elbo-facade-{}", std::process::id()));
//! let spec = elbo::Spec::from_text("digits.elbo", r#"
//!     model small { input image[1, 8, 8]; default bayes; flatten; head: linear(10); output categorical }
//!     dataset own { source = digits(); split = fraction(train=0.9, validation=0.1) }
//!     train brief { objective = elbo(temperature=0.1); optimizer = adam(lr=3e-3); epochs = 1; batch = 64; seed = 1 }
//!     run trial { model = small; data = own; train = brief }
//! "#)?;
//! let trained = spec.run("trial")?.store(&store).train()?;
//! let prediction = &trained.predict(&[0.0; 64])?[0];
//! println!("{} test examples, {prediction:?}", trained.report().test_examples());
//! # std::fs::remove_dir_all(store).ok();
//! # Ok(())
//! # }
//! ```

mod error;
mod run;
mod spec;
mod trained;

pub use elbo_runtime::finished::{ClassPrediction, FilePredictions, Prediction};
pub use elbo_runtime::report::Report;
pub use elbo_runtime::train::{EpochRecord, Event};
pub use error::Error;
pub use run::Run;
pub use spec::Spec;
pub use trained::Trained;

/// The code of the documentation for users, compiled as this crate's own is.
#[cfg(doctest)]
#[doc = include_str!("../../docs/rust.md")]
struct Documentation;
