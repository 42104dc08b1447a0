//! The variational family: a Gaussian for each weight of a `bayes` layer, which the objective `elbo` fits.

mod estimator;
mod kl_weight;
mod legality;

pub use estimator::Estimator;
pub(crate) use estimator::{ESTIMATOR_MEANINGS, ESTIMATOR_VALUES};
pub use kl_weight::{Place, effective_temperature, kl_weight, mean_kl_weight, warm_epoch};
pub(crate) use legality::Variational;
