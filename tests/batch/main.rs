//! Black-box tests of batches on this machine.

mod disturbed;
mod planned;
mod refused;
mod support;
