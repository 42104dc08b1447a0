//! The trait, the choice of a backend, and what the tests of both backends build on.

pub(crate) mod cases;
mod choice;
mod decay;
mod draws;
pub(crate) mod networks;
