//! The kernels as safe methods: each checks what its table relies on.

use crate::activation::Function;
use crate::draw::{Draw, Drawn};
use crate::filter::Filtering;
use crate::merge::Merge;
use crate::perturb::Perturbation;
use crate::product::Product;
use crate::random::{Across, Table};
use crate::retrace::{Retrace, Retraced};
use crate::table::Kernels;
use crate::tiles::Strip;
use crate::update::{Decay, Gaussians, Method, Motion, Points};
use crate::vector::PANEL;

fn same(length: usize, others: &[usize]) {
    assert!(others.iter().all(|&other| other == length), "stretches differ in length");
}

// SAFETY of every block here: the processor has the table's instructions, by the construction of `Kernels`, and the
// lines before the block check the kernel's own conditions.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Kernels {
    /// Adds a product to C, or replaces it if `fresh`. C is `[panel][row][PANEL]`, with `c_panel` numbers between
    /// two panels.
    ///
    /// # Panics
    /// If a slice is too short.
    pub fn multiply(self, product: &Product<'_>, c: &mut [f32], c_panel: usize, fresh: bool) {
        product.check(c, c_panel);
        unsafe { (self.table.multiply)(product, c, c_panel, fresh) }
    }

    /// Bias, noise, maximum, activation and square of one panel.
    ///
    /// # Panics
    /// If a slice or a strip is too short.
    pub fn draw(self, draw: &Draw<'_>, drawn: &mut Drawn<'_>) {
        draw.check(drawn);
        unsafe { (self.table.draw)(draw, drawn) }
    }

    /// The way back through [`Kernels::draw`].
    ///
    /// # Panics
    /// If a slice or a strip is too short.
    pub fn retrace(self, retrace: &Retrace<'_>, retraced: &mut Retraced<'_>) {
        retrace.check(retraced);
        unsafe { (self.table.retrace)(retrace, retraced) }
    }

    /// One of a filter's maps.
    ///
    /// # Panics
    /// If an array is too short.
    pub fn filter(self, filtering: &Filtering<'_>, target: &mut [f32]) {
        filtering.check(target);
        unsafe { (self.table.filter)(filtering, target) }
    }

    /// The gradient of a panel of inputs from those of both products.
    ///
    /// # Panics
    /// If a view is too short.
    pub fn merge(self, merge: &Merge<'_>, to: &mut Strip<'_, f32>) {
        merge.check(to);
        unsafe { (self.table.merge)(merge, to) }
    }

    /// One optimizer step of parameters of one value each.
    ///
    /// # Panics
    /// If lengths differ.
    pub fn move_points(self, points: &mut Points<'_>, method: Method, decay: Decay) {
        points.check(method);
        unsafe { (self.table.move_points)(points, method, decay) }
    }

    /// One optimizer step of Gaussians, with the gradient of their divergence; returns the new divergence.
    ///
    /// # Panics
    /// If lengths differ.
    pub fn move_gaussians(self, gaussians: &mut Gaussians<'_>, motion: &Motion) -> f64 {
        gaussians.check(Some(motion.method));
        unsafe { (self.table.move_gaussians)(gaussians, motion) }
    }

    /// Turns the gradients of Gaussians into those along μ and ρ of the whole objective; returns their squared norm.
    ///
    /// # Panics
    /// If lengths differ.
    pub fn complete_gradients(self, gaussians: &mut Gaussians<'_>, motion: &Motion) -> f64 {
        gaussians.check(Some(Method::Sgd { rate: 0.0, momentum: 0.0, nesterov: false }));
        same(gaussians.means.len(), &[gaussians.mean_gradient.len(), gaussians.second_gradient.len()]);
        unsafe { (self.table.complete_gradients)(gaussians, motion) }
    }

    /// Renews the variances of Gaussians; returns the divergence.
    ///
    /// # Panics
    /// If lengths differ.
    pub fn refresh(self, gaussians: &mut Gaussians<'_>, motion: &Motion) -> f64 {
        gaussians.check(None);
        unsafe { (self.table.refresh)(gaussians, motion) }
    }

    /// Draws weights.
    ///
    /// # Panics
    /// If lengths differ.
    pub fn perturb(self, stretch: &mut Perturbation<'_>) {
        stretch.check();
        unsafe { (self.table.perturb)(stretch) }
    }

    /// `to` = f(`from`).
    ///
    /// # Panics
    /// If lengths differ; so for the methods below.
    pub fn activate(self, function: Function, from: &[f32], to: &mut [f32]) {
        same(to.len(), &[from.len()]);
        unsafe { (self.table.activate)(function, from, to) }
    }

    /// `to` = `gradient`·f′(`from`).
    pub fn retract(self, function: Function, from: &[f32], gradient: &[f32], to: &mut [f32]) {
        same(to.len(), &[from.len(), gradient.len()]);
        unsafe { (self.table.retract)(function, from, gradient, to) }
    }

    /// `to` = `a`·`b`.
    pub fn multiply_each(self, a: &[f32], b: &[f32], to: &mut [f32]) {
        same(to.len(), &[a.len(), b.len()]);
        unsafe { (self.table.multiply_each)(a, b, to) }
    }

    /// `to` += `a`.
    pub fn add_to(self, a: &[f32], to: &mut [f32]) {
        same(to.len(), &[a.len()]);
        unsafe { (self.table.add_to)(a, to) }
    }

    /// `to` += `a`·`b`.
    pub fn add_product_to(self, a: &[f32], b: &[f32], to: &mut [f32]) {
        same(to.len(), &[a.len(), b.len()]);
        unsafe { (self.table.add_product_to)(a, b, to) }
    }

    /// `to` += `factor`·`a`.
    pub fn add_multiple_to(self, factor: f32, a: &[f32], to: &mut [f32]) {
        same(to.len(), &[a.len()]);
        unsafe { (self.table.add_multiple_to)(factor, a, to) }
    }

    /// `to` = `first` + 2·`x`·`second`.
    pub fn through_square(self, first: &[f32], x: &[f32], second: &[f32], to: &mut [f32]) {
        same(to.len(), &[first.len(), x.len(), second.len()]);
        unsafe { (self.table.through_square)(first, x, second, to) }
    }

    /// `to` = the larger of `to` and `a`; what is not a number stays visible.
    pub fn maximum_to(self, a: &[f32], to: &mut [f32]) {
        same(to.len(), &[a.len()]);
        unsafe { (self.table.maximum_to)(a, to) }
    }

    /// Where `values` is `maxima` (or neither is a number) and `open` is 1: `to` += `gradient`, and `open` becomes 0.
    /// No value is larger than its maximum.
    pub fn claim(self, values: &[f32], maxima: &[f32], gradient: &[f32], open: &mut [f32], to: &mut [f32]) {
        same(to.len(), &[values.len(), maxima.len(), gradient.len(), open.len()]);
        unsafe { (self.table.claim)(values, maxima, gradient, open, to) }
    }

    /// `to` = `a`·`scale` + `shift`, number by number.
    pub fn affine(self, a: &[f32], scale: &[f32], shift: &[f32], to: &mut [f32]) {
        same(to.len(), &[a.len(), scale.len(), shift.len()]);
        unsafe { (self.table.affine)(a, scale, shift, to) }
    }

    /// The sum of squares; not finite if a number is not.
    pub fn squared_norm(self, numbers: &[f32]) -> f64 {
        unsafe { (self.table.squared_norm)(numbers) }
    }

    /// Whether every number is finite.
    pub fn is_finite(self, numbers: &[f32]) -> bool {
        unsafe { (self.table.is_finite)(numbers) }
    }

    /// Standard normal numbers from number `first` of a table on. Any two overlapping ranges agree where they overlap.
    pub fn normals(self, table: Table, first: u64, values: &mut [f32]) {
        unsafe { (self.table.normals)(table, first, values) }
    }

    /// The same for numbers uniform in [0, 1), multiples of 2⁻²⁴.
    pub fn uniforms(self, table: Table, first: u64, values: &mut [f32]) {
        unsafe { (self.table.uniforms)(table, first, values) }
    }

    /// The same for the generator's words.
    pub fn bits(self, table: Table, first: u64, values: &mut [u32]) {
        unsafe { (self.table.bits)(table, first, values) }
    }

    /// Standard normal numbers for a panel of channels at the positions of a strip of `slots` positions.
    ///
    /// # Panics
    /// If a slot is named that the strip has not.
    pub fn normals_across(self, across: &Across<'_>, strip: &mut Strip<'_, f32>, slots: usize) {
        let mut named = across.wanted.iter().flat_map(|(_, slots)| slots).flatten();
        assert!(named.all(|&slot| usize::from(slot) < slots) && slots <= strip.slots(), "the strip has no such slot");
        unsafe { (self.table.normals_across)(across, strip) }
    }

    /// `to`\[j·to_row + i\] = `from`\[i·from_row + j\] for `size` = (rows, columns) numbers, each at most [`PANEL`]; rows
    /// of `to` are filled with zeros to [`PANEL`].
    pub fn transpose(self, from: &[f32], from_row: usize, size: (usize, usize), to: &mut [f32], to_row: usize) {
        let (rows, columns) = size;
        assert!(rows <= PANEL && columns <= PANEL, "a block larger than a panel");
        unsafe { (self.table.transpose)(from, from_row, size, to, to_row) }
    }
}
