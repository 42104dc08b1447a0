// Sums parts in their order, and where they are the gradient of a draw, its gradient along the deviations, too.
struct Fixed {
    fours: u32,
    parts: u32,
    stride: u32, // fours of a part
    add: u32,
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(2) var<storage, read> parts: array<vec4<f32>>;
//#if NOISE
@group(0) @binding(3) var<storage, read> noise: array<vec4<f32>>;
@group(0) @binding(${RESULT+CENTRE}) var<storage, read_write> along_deviation: array<vec4<f32>>;
//#end
//#if SUM
@group(0) @binding(${RESULT}) var<storage, read_write> result: array<vec4<f32>>;
//#end

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) t: u32,
) {
    let at = workgroup_number(id, count) * 64u + t;
    if at >= fixed.fours { return; }
    var sum = vec4<f32>();
    for (var part = 0u; part < fixed.parts; part++) { sum += parts[part * fixed.stride + at]; }
//#if NOISE
    var along = sum * noise[at];
    if fixed.add == 1u { along += along_deviation[at]; }
    along_deviation[at] = along;
//#end
//#if SUM
    if fixed.add == 1u { sum += result[at]; }
    result[at] = sum;
//#end
}
