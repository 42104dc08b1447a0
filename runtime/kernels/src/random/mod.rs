//! Random numbers by counter: the words of Philox, and what is made of them. The numbers are the same to the bit in
//! every table: only operations that IEEE 754 fixes are used, in one order, and none is contracted.

mod fill;
mod normal;
mod philox;

pub use fill::{Across, Table};
pub(crate) use fill::{bits, normals, normals_across, uniforms};
