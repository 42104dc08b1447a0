// Before every kernel. Binding 0, `now`, is what varies from step to step, binding 1 a kernel's own `struct Fixed` of
// 32-bit scalars (`@group(0) @binding(1) var<uniform> fixed: Fixed;`); operands follow from binding 2 on, those that
// are read first.
struct Varying {
    step: u32,
    sample: u32,
    first_example: vec2<u32>, // lower word first
    examples: u32,
    epoch: u32,
    zero: u32, // 0, but only at run time
    learning_rate: f32,
    divergence_weight: f32,
    loss_weight: f32,
    corrections: vec2<f32>,
    optimizer: vec4<f32>,
}
@group(0) @binding(0) var<uniform> now: Varying;

// The number of a workgroup where there may be more than fit into one dimension. The last ones may be beyond the end.
fn workgroup_number(id: vec3<u32>, count: vec3<u32>) -> u32 {
    return id.y * count.x + id.x;
}
