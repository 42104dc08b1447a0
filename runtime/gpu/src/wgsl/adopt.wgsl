// Copies pending numbers to where they belong, unless the step's verdict forbids it.
struct Fixed {
    blocks: u32,
    numbers: u32,
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(2) var<storage, read> verdict: array<u32>;
@group(0) @binding(3) var<storage, read> pending: array<u32>;
@group(0) @binding(4) var<storage, read_write> kept: array<u32>;

const BLOCK: u32 = 4096u;

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let block = workgroup_number(id, count);
    if block >= fixed.blocks || verdict[0] != 0u { return; }
    let end = min((block + 1u) * BLOCK, fixed.numbers);
    for (var at = block * BLOCK + local; at < end; at += 256u) { kept[at] = pending[at]; }
}
