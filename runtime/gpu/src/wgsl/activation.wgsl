// A function of each number, and the gradient along its argument.
struct Fixed {
    count: u32,       // quads of four channels to be written
    quads: u32,       // of a place
    channels: u32,    // of a place without padding
    function: u32,
    parameter: f32,
    add: u32,         // whether gradients are added to what is there
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(2) var<storage, read> numbers: array<vec4<f32>>;

//#if FORWARD
@group(0) @binding(3) var<storage, read_write> results: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let at = workgroup_number(group, groups) * 64u + local;
    if at >= fixed.count { return; }
    let result = activate(fixed.function, fixed.parameter, numbers[at]);
    let channels = vec4<u32>(at % fixed.quads * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
    // The padding stays 0, where a sigmoid has ½.
    results[at] = select(vec4<f32>(), result, channels < vec4<u32>(fixed.channels));
}
//#else
@group(0) @binding(3) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> results: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let at = workgroup_number(group, groups) * 64u + local;
    if at >= fixed.count { return; }
    var along = slope(fixed.function, fixed.parameter, numbers[at]) * gradients[at];
    if fixed.add != 0u { along += results[at]; }
    results[at] = along;
}
//#end
