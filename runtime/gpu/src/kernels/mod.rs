//! The kernels, a file each: what it computes, its operands and their shapes, `record` and `cost`.

pub mod activation;
pub mod add;
pub mod batch_norm;
pub mod bias_gradient;
#[cfg(test)]
pub(crate) mod cases;
mod column_sums;
pub mod concat;
pub mod copy;
mod division;
pub mod draw_weights;
pub mod dropout;
pub mod example_norm;
pub mod flatten;
pub mod forward;
pub mod gather;
pub mod geometry;
pub mod input_gradient;
#[cfg(test)]
mod layer_tests;
pub mod max_pool;
pub mod noise;
mod operands;
pub mod outputs;
pub mod parameters;
mod phases;
pub(crate) mod product;
pub mod reduce;
pub mod resident;
pub mod retrace;
mod rows;
pub mod sample;
pub mod shares;
pub mod signs;
mod tile;
mod value;
pub mod weight_gradient;
pub mod weights;

pub use value::Value;
