// What is known of a block: its share of the divergence, of the squared norm of the gradient, of the squared norm of
// the weights that a penalty is on, and the bits of what in it is not a number.
var<workgroup> sums: array<vec4<f32>, 256>;
var<workgroup> faults: array<u32, 256>;

// Squares are of gradients times this, so that none above 1e-13 vanishes and none below 1e25 is too large.
const SHRINKING: f32 = 9.5367431640625e-7;

const GRADIENT: u32 = 1u;
const DIVERGENCE: u32 = 2u;
const PARAMETER: u32 = 4u;

fn fault(numbers: vec4<f32>, bit: u32) -> u32 {
    return select(bit, 0u, all(finite4(numbers)));
}

// The record of a workgroup, in all its threads: sums in a fixed order.
fn record_of(local: u32, sum: vec3<f32>, bits: u32) -> vec4<f32> {
    sums[local] = vec4<f32>(sum, 0.0);
    faults[local] = bits;
    workgroupBarrier();
    for (var distance = 128u; distance > 0u; distance = distance / 2u) {
        if local < distance {
            sums[local] = sums[local] + sums[local + distance];
            faults[local] = faults[local] | faults[local + distance];
        }
        workgroupBarrier();
    }
    return vec4<f32>(sums[0].xyz, f32(faults[0]));
}
