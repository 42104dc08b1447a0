//! What is measured: kernels at the sizes that training uses them with, with the work each must do at least.

mod filters;
mod layers;
mod parameters;
mod products;
mod random;

use elbo_kernels::Kernels;

/// One measurement.
pub struct Case {
    /// Numbers that come out.
    pub numbers: usize,
    /// Multiplications and additions of products; 0 for kernels that memory or functions limit.
    pub operations: usize,
    /// Bytes that must be read and written, each once.
    pub bytes: usize,
    /// Runs the kernel once.
    pub run: Box<dyn FnMut()>,
}

type Make = fn(Kernels) -> Case;

/// Every case by its name; its memory is only set up when it is made.
pub const CASES: &[(&str, Make)] = &[
    ("multiply forward", products::forward),
    ("multiply forward k64", products::forward_short),
    ("multiply forward k64 rows 1 KiB apart", products::forward_far),
    ("multiply forward k64 rows 2 KiB apart", products::forward_farther),
    ("multiply forward A from L2", products::forward_second_level),
    ("multiply weight gradient", products::weight_gradient),
    ("multiply input gradient", products::input_gradient),
    ("filter four of three, inputs", filters::four_of_three_inputs),
    ("filter four of three, outputs", filters::four_of_three_outputs),
    ("filter four of three, output gradients", filters::four_of_three_output_gradients),
    ("filter four of three, taps", filters::four_of_three_taps),
    ("filter pair of three, inputs", filters::pair_of_three_inputs),
    ("filter quad of five, inputs", filters::quad_of_five_inputs),
    ("filter quad of five, taps", filters::quad_of_five_taps),
    ("draw relu", layers::draw_relu),
    ("draw variance relu", layers::draw_variance_relu),
    ("draw variance softplus", layers::draw_variance_softplus),
    ("draw variance softplus, values only", layers::draw_values_only),
    ("draw variance softplus, largest of 4", layers::draw_largest),
    ("retrace softplus", layers::retrace_softplus),
    ("retrace softplus, largest of 4", layers::retrace_largest),
    ("merge", layers::merge),
    ("transpose", layers::transpose),
    ("move_points adam", parameters::points_adam),
    ("move_gaussians adam normal", parameters::gaussians_normal),
    ("move_gaussians adam laplace", parameters::gaussians_laplace),
    ("perturb", parameters::perturb),
    ("is_finite", parameters::is_finite),
    ("normals", random::normals),
    ("normals_across", random::normals_across),
    ("uniforms", random::uniforms),
    ("bits", random::bits),
];

/// Numbers that are neither equal nor large nor subnormal.
fn some(count: usize) -> Vec<f32> {
    (0..count).map(|at| ((at * 37 + 11) % 101) as f32 * 0.02 - 1.0).collect()
}

/// The same, positive.
fn positive(count: usize) -> Vec<f32> {
    some(count).into_iter().map(|number| number.abs() + 0.1).collect()
}
