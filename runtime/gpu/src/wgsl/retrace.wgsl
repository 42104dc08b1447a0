// From the gradient of values to those of one or two products, where nothing random has to be drawn again.
struct Fixed {
    fours: u32,
    row: u32, // fours of a row
    width: u32, // fours of a place
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(2) var<storage, read> gradient: array<vec4<f32>>;
//#if SIGNED
@group(0) @binding(3) var<storage, read> signs: array<vec4<f32>>;
//#end
//#if RELU
@group(0) @binding(${VALUES}) var<storage, read> values: array<vec4<f32>>;
//#end
@group(0) @binding(${FIRST}) var<storage, read_write> first_gradient: array<vec4<f32>>;
//#if SIGNED
@group(0) @binding(${FIRST+1}) var<storage, read_write> second_gradient: array<vec4<f32>>;
//#end

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) t: u32,
) {
    let at = workgroup_number(id, count) * 64u + t;
    if at >= fixed.fours { return; }
    var g = gradient[at];
//#if RELU
    g = select(g, vec4<f32>(), values[at] <= vec4<f32>());
//#end
    first_gradient[at] = g;
//#if SIGNED
    second_gradient[at] = g * signs[at / fixed.row * fixed.width + at % fixed.width];
//#end
}
