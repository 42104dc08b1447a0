//! What the tests of all backends build on, and the comparison of one with the other.

pub(in crate::backend) mod cases;
pub(in crate::backend) mod networks;
