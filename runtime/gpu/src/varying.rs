//! What changes from step to step: a handful of numbers that every kernel can read.

/// The numbers that are sent with every run; everything else is fixed when a dispatch is recorded. `wgsl/prelude.wgsl`
/// has the same fields in the same order.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Varying {
    /// The step of training, or the pass over the data: the step of random addresses.
    pub step: u32,
    /// The (first) sample.
    pub sample: u32,
    /// The place of the first example in its split, lower word first; 0 in training.
    pub first_example: [u32; 2],
    /// Examples that count; a batch may be shorter than what was planned.
    pub examples: u32,
    /// The pass over the training split.
    pub epoch: u32,
    /// Always 0. A compiler cannot know that, which keeps products from being contracted with sums.
    pub zero: u32,
    /// The learning rate of the step.
    pub learning_rate: f32,
    /// The weight of the divergence in the loss.
    pub divergence_weight: f32,
    /// The scale of the gradients of the loss, such as one over the examples of a batch.
    pub loss_weight: f32,
    /// What corrects an optimizer's sums of the first and the second moment at this step.
    pub corrections: [f32; 2],
    /// What else an optimizer needs of this step; its kernel says what.
    pub optimizer: [f32; 4],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_have_the_same_fields() {
        let text = include_str!("wgsl/prelude.wgsl");
        let body = text.split_once("struct Varying {").unwrap().1.split_once('}').unwrap().0;
        let lines = body.lines().filter_map(|line| line.split("//").next()?.trim().strip_suffix(','));
        let fields: Vec<&str> = lines.flat_map(|line| line.split(", ")).collect();
        let wanted = [
            "step: u32",
            "sample: u32",
            "first_example: vec2<u32>",
            "examples: u32",
            "epoch: u32",
            "zero: u32",
            "learning_rate: f32",
            "divergence_weight: f32",
            "loss_weight: f32",
            "corrections: vec2<f32>",
            "optimizer: vec4<f32>",
        ];
        assert_eq!(fields, wanted);
        // Vectors of WGSL are aligned to their size; these places are.
        assert_eq!(std::mem::offset_of!(Varying, first_example), 8);
        assert_eq!(std::mem::offset_of!(Varying, corrections), 40);
        assert_eq!(std::mem::offset_of!(Varying, optimizer), 48);
        assert_eq!(size_of::<Varying>(), 64);
    }
}
