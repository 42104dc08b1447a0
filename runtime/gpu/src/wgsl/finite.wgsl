// Says of each block of numbers whether all of them are numbers.
struct Fixed {
    first_block: u32,
    blocks: u32, // of this dispatch
    numbers: u32,
    first_record: u32,
    bit: u32, // what is said of those that are none
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(2) var<storage, read> numbers: array<u32>;
@group(0) @binding(3) var<storage, read_write> records: array<vec4<f32>>;

const BLOCK: u32 = 4096u;

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let here = workgroup_number(id, count);
    if here >= fixed.blocks { return; }
    let block = fixed.first_block + here;
    var bits = 0u;
    let end = min(BLOCK, fixed.numbers - block * BLOCK);
    for (var at = local; at < end; at += 256u) {
        if (numbers[here * BLOCK + at] & 0x7f800000u) == 0x7f800000u { bits = fixed.bit; }
    }
    let record = record_of(local, vec3<f32>(), bits);
    if local == 0u { records[fixed.first_record + block] = record; }
}
