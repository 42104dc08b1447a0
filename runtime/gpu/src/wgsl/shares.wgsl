// Each place as the sum of other places with their shares: means over windows, interpolations, and the ways back of
// both.
struct Fixed {
    count: u32,        // quads of four channels to be written
    quads: u32,        // of a place
    from_places: u32,
    to_places: u32,
    add: u32,          // whether sums are added to what is there
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(2) var<storage, read> numbers: array<vec4<f32>>;
// Where the parts of each place begin, and one more; then place and share of each part.
@group(0) @binding(3) var<storage, read> parts: array<u32>;
@group(0) @binding(4) var<storage, read_write> sums: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let at = workgroup_number(group, groups) * 64u + local;
    if at >= fixed.count { return; }
    let quad = at % fixed.quads;
    let place = at / fixed.quads % fixed.to_places;
    let row = at / fixed.quads / fixed.to_places;
    let base = row * fixed.from_places * fixed.quads + quad;
    let entries = fixed.to_places + 1u;
    var sum = vec4<f32>();
    if fixed.add != 0u { sum = sums[at]; }
    for (var part = parts[place]; part < parts[place + 1u]; part++) {
        let share = bitcast<f32>(parts[entries + 2u * part + 1u]);
        sum = fma(vec4<f32>(share), numbers[base + parts[entries + 2u * part] * fixed.quads], sum);
    }
    sums[at] = sum;
}
