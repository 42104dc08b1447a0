// Batch normalisation by channel, given the channels' statistics.
struct Fixed {
    count: u32,      // quads of four channels to be written
    quads: u32,      // of a place
    channels: u32,   // of a place without padding
    places: u32,     // rows of an example
    first_row: u32,  // of this dispatch, in places
    examples: u32,   // that there is room for
    epsilon: f32,
    kept: f32,       // the share of the old running statistics
    taken: f32,      // the share of the batch's
    add: u32,        // whether gradients are added to what is there
}
@group(0) @binding(1) var<uniform> fixed: Fixed;

//#if NORMALISE
@group(0) @binding(2) var<storage, read> numbers: array<vec4<f32>>;
// By channel the mean, then the inverse deviation.
@group(0) @binding(3) var<storage, read> statistics: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> results: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let at = workgroup_number(group, groups) * 64u + local;
    if at >= fixed.count { return; }
    let quad = at % fixed.quads;
    let normal = (numbers[at] - statistics[quad]) * statistics[fixed.quads + quad];
    results[at] = fma(normal, weight[quad], bias[quad]);
}
//#end

//#if RUNNING
@group(0) @binding(2) var<storage, read> mean: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> variance: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> statistics: array<vec4<f32>>;

// The statistics of an evaluation.
@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let at = workgroup_number(group, groups) * 64u + local;
    if at >= fixed.quads { return; }
    let channels = vec4<u32>(at * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
    let inverse = 1.0 / sqrt(variance[at] + fixed.epsilon);
    statistics[at] = mean[at];
    statistics[fixed.quads + at] = select(vec4<f32>(), inverse, channels < vec4<u32>(fixed.channels));
}
//#end

//#if UPDATE
@group(0) @binding(2) var<storage, read> statistics: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> mean: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> variance: array<vec4<f32>>;

// The running statistics after a batch; the variance takes the unbiased form, and stays where a batch of one value a
// channel has none.
@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let at = workgroup_number(group, groups) * 64u + local;
    if at >= fixed.quads { return; }
    mean[at] = mean[at] * fixed.kept + statistics[at] * fixed.taken;
    let count = min(now.examples, fixed.examples) * fixed.places;
    let batch = statistics[2u * fixed.quads + at] / f32(max(count, 2u) - 1u);
    let blended = variance[at] * fixed.kept + batch * fixed.taken;
    // The padding of a variance stays as it is.
    let channels = vec4<u32>(at * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
    variance[at] = select(variance[at], blended, (channels < vec4<u32>(fixed.channels)) & vec4<bool>(count > 1u));
}
//#end

//#if RETRACE
@group(0) @binding(2) var<storage, read> numbers: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> statistics: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> weight: array<vec4<f32>>;
// By channel the sum of gradient times normalised number, then that of gradients.
@group(0) @binding(5) var<storage, read> sums: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> results: array<vec4<f32>>;

// With x̂ the normalised numbers and g the gradient (Ioffe & Szegedy 2015, section 3):
// dx = weight·inverse·(g − Σg/count − x̂·Σg·x̂/count).
@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let at = workgroup_number(group, groups) * 64u + local;
    if at >= fixed.count { return; }
    let quad = at % fixed.quads;
    let count = min(now.examples, fixed.examples) * fixed.places;
    let inverse = statistics[fixed.quads + quad];
    let normal = (numbers[at] - statistics[quad]) * inverse;
    let all = f32(max(count, 1u));
    let rest = gradients[at] - sums[fixed.quads + quad] / all - normal * (sums[quad] / all);
    // Rows that do not count have no gradient.
    let counts = fixed.first_row + at / fixed.quads < count;
    var along = select(vec4<f32>(), weight[quad] * inverse * rest, counts);
    if fixed.add != 0u { along += results[at]; }
    results[at] = along;
}
//#end
