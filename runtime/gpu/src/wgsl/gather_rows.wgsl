// Rows of a table by their positions, such as what is to be predicted of the examples of a batch.
struct Fixed {
    count: u32,      // words of all rows
    width: u32,      // words of a row
    first: u32,      // position of this part of the table
    positions: u32,  // in it
    is_first: u32,   // whether this is the first part, which empties the rows that do not count
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(2) var<storage, read> table: array<u32>;
@group(0) @binding(3) var<storage, read> chosen: array<u32>;
@group(0) @binding(4) var<storage, read_write> rows: array<u32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let at = workgroup_number(group, groups) * 64u + local;
    if at >= fixed.count { return; }
    let row = at / fixed.width;
    if row >= now.examples {
        if fixed.is_first != 0u { rows[at] = 0u; }
        return;
    }
    let position = chosen[row];
    if position < fixed.first || position - fixed.first >= fixed.positions { return; }
    rows[at] = table[(position - fixed.first) * fixed.width + at % fixed.width];
}
