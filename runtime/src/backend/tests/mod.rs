//! The trait, the choice of a backend, and what the tests of both backends build on.

pub(in crate::backend) mod cases;
mod choice;
mod decay;
mod draws;
pub(in crate::backend) mod networks;
