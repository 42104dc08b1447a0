//! Black-box tests of batches on this machine.

mod disturbed;
mod graphics;
mod planned;
mod refused;
mod support;
