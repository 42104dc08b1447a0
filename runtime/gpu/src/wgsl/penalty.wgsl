// Adds the penalty's gradient to that of weights of one value, and says what is known of each block.
struct Fixed {
    first_block: u32,
    blocks: u32,     // of this dispatch
    all_blocks: u32, // of the table
    first_record: u32,
    penalty: f32,
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(3) var<storage, read> values: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> gradient: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> records: array<vec4<f32>>;

const WEIGHT: u32 = 0u;

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
    let penalised = segment.kind == WEIGHT;
    var squares = 0.0;
    var penalty = 0.0;
    var bits = 0u;
    for (var turn = 0u; turn < TURNS; turn++) {
        let place = turn * THREADS + local;
        let exists = existing(segment, block, place * 4u);
        if !any(exists) { continue; }
        let at = here * (BLOCK / 4u) + place;
        let value = select(vec4<f32>(), values[at], exists);
        var along = select(vec4<f32>(), gradient[at], exists);
        if penalised {
            penalty += dot(value, value);
            if fixed.penalty != 0.0 {
                along = fma(value, vec4<f32>(fixed.penalty), along);
                gradient[at] = along;
            }
        }
        let small = along * SHRINKING;
        squares += dot(small, small);
        bits |= fault(along, GRADIENT) | fault(value, PARAMETER);
    }
    let record = record_of(local, vec3<f32>(0.0, squares, penalty), bits);
    if local == 0u { records[fixed.first_record + block] = record; }
}
