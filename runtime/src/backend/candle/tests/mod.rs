//! Tests of the whole backend, and what they build on.

mod estimators;
mod gradients;
mod kernels;
mod kl;
mod likelihood;
mod networks;
mod non_finite;
mod optimizers;
mod parameters;
mod parity;
mod speed;
mod starting_values;
mod threads;
