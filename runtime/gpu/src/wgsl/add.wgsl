// Copies and sums of whole values.
struct Fixed {
    count: u32,       // quads of four numbers to be written
    row: u32,         // quads of a row
    first_row: u32,   // of this dispatch
    from_rows: u32,   // after which the rows that are read begin again
    from_first: u32,  // the quad where what is read begins
    to_first: u32,    // the quad where what is written begins
    add: u32,         // whether what is read is added to what is there
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(2) var<storage, read> numbers: array<vec4<f32>>;
//#if PAIR
// What else is added, as long as the result.
@group(0) @binding(3) var<storage, read> others: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> results: array<vec4<f32>>;
//#else
@group(0) @binding(3) var<storage, read_write> results: array<vec4<f32>>;
//#end

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let at = workgroup_number(group, groups) * 64u + local;
    if at >= fixed.count { return; }
    let row = (fixed.first_row + at / fixed.row) % fixed.from_rows;
    var value = numbers[fixed.from_first + row * fixed.row + at % fixed.row];
    let to = fixed.to_first + at;
//#if PAIR
    value += others[to];
//#end
    if fixed.add != 0u { value = results[to] + value; }
    results[to] = value;
}
