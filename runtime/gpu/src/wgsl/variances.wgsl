// σ² = softplus(ρ)²; 0 of numbers that do not exist.
struct Fixed {
    first_block: u32,
    blocks: u32,     // of this dispatch
    all_blocks: u32, // of the table
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(3) var<storage, read> rhos: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> variances: array<vec4<f32>>;

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let here = workgroup_number(id, count);
    if here >= fixed.blocks { return; }
    let block = fixed.first_block + here;
    let segment = segment_of(block, fixed.all_blocks);
    for (var turn = 0u; turn < TURNS; turn++) {
        let place = turn * THREADS + local;
        let at = here * (BLOCK / 4u) + place;
        let rho = rhos[at];
        let exists = existing(segment, block, place * 4u) & !(rho <= vec4<f32>(ABSENT));
        let deviation = select(vec4<f32>(), softplus4(rho), exists);
        variances[at] = deviation * deviation;
    }
}
