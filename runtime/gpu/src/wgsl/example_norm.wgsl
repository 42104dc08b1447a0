// Normalisation of each example by itself, over groups of channels: a workgroup has an example's group. It looks at all
// quads of four channels that the group has a part of.
struct Fixed {
    count: u32,       // workgroups: examples × groups
    positions: u32,
    channels: u32,    // of a place without padding
    width: u32,       // with padding
    groups: u32,
    each: u32,        // whether each number has its own scale, not each channel
    epsilon: f32,
    first: u32,       // of the groups with statistics in this dispatch
    add: u32,         // whether gradients are added to what is there
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(2) var<storage, read> numbers: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> weight: array<vec4<f32>>;

const THREADS: u32 = 256u;
// Terms that are added one by one before their sum is added to the others.
const TERMS: u32 = 32u;
var<workgroup> parts: array<vec2<f32>, 256>;

fn total(local: u32, value: vec2<f32>) -> vec2<f32> {
    parts[local] = value;
    workgroupBarrier();
    for (var distance = THREADS / 2u; distance > 0u; distance = distance / 2u) {
        if local < distance { parts[local] = parts[local] + parts[local + distance]; }
        workgroupBarrier();
    }
    let sum = parts[0];
    workgroupBarrier();
    return sum;
}

fn sum_of(value: vec4<f32>) -> f32 {
    return (value.x + value.y) + (value.z + value.w);
}

// The part of an example that a workgroup works on.
struct Own {
    first: u32,     // channel
    end: u32,
    quad: u32,      // the first with a channel of the group
    span: u32,      // such quads of a place
    row: u32,       // the first place
    count: f32,     // numbers
}
fn own_part(index: u32) -> Own {
    let size = fixed.channels / fixed.groups;
    let first = index % fixed.groups * size;
    let quad = first / 4u;
    let span = (first + size - 1u) / 4u - quad + 1u;
    let row = index / fixed.groups * fixed.positions;
    return Own(first, first + size, quad, span, row, f32(size * fixed.positions));
}

// A quad's place, the quad in it, and which of its channels are the group's.
struct Quad {
    position: u32,
    quad: u32,
    at: u32,
    scale: u32,
    is_own: vec4<bool>,
}
fn quad_of(own: Own, number: u32) -> Quad {
    let position = number / own.span;
    let quad = own.quad + number % own.span;
    let channels = vec4<u32>(quad * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
    let is_own = (channels >= vec4<u32>(own.first)) & (channels < vec4<u32>(own.end));
    let quads = fixed.width / 4u;
    let scale = select(0u, position * quads, fixed.each != 0u) + quad;
    return Quad(position, quad, (own.row + position) * quads + quad, scale, is_own);
}

//#if FORWARD
@group(0) @binding(4) var<storage, read> bias: array<vec4<f32>>;
// By example and group the mean and the inverse deviation.
@group(0) @binding(5) var<storage, read_write> statistics: array<vec2<f32>>;
@group(0) @binding(6) var<storage, read_write> results: array<f32>;
//#else
@group(0) @binding(4) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> statistics: array<vec2<f32>>;
@group(0) @binding(6) var<storage, read_write> results: array<f32>;
//#end

// Number by number, since other workgroups write the other channels of a quad. The last group has the padding, too.
fn put(own: Own, quad: Quad, value: vec4<f32>) {
    let is_last = own.end == fixed.channels;
    for (var i = 0u; i < 4u; i++) {
        let at = quad.at * 4u + i;
        if quad.is_own[i] {
            if fixed.add != 0u { results[at] = results[at] + value[i]; } else { results[at] = value[i]; }
        } else if is_last && fixed.add == 0u && quad.quad * 4u + i >= own.end {
            results[at] = 0.0;
        }
    }
}

//#if FORWARD
@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = workgroup_number(workgroup, workgroups);
    if index >= fixed.count { return; }
    let own = own_part(index);
    let count = own.span * fixed.positions;
    let origin = numbers[own.row * (fixed.width / 4u) + own.quad][own.first % 4u];
    var sum = vec4<f32>();
    for (var start = local; start < count; start += TERMS * THREADS) {
        var part = vec4<f32>();
        for (var number = start; number < min(start + TERMS * THREADS, count); number += THREADS) {
            let quad = quad_of(own, number);
            part += select(vec4<f32>(), numbers[quad.at] - origin, quad.is_own);
        }
        sum += part;
    }
    let about = origin + total(local, vec2<f32>(sum_of(sum), 0.0)).x / own.count;
    sum = vec4<f32>();
    var squares = vec4<f32>();
    for (var start = local; start < count; start += TERMS * THREADS) {
        var part = vec4<f32>();
        var part_squares = vec4<f32>();
        for (var number = start; number < min(start + TERMS * THREADS, count); number += THREADS) {
            let quad = quad_of(own, number);
            let distance = select(vec4<f32>(), numbers[quad.at] - about, quad.is_own);
            part += distance;
            part_squares += distance * distance;
        }
        sum += part;
        squares += part_squares;
    }
    // What the rounding of the mean has left.
    let rest = total(local, vec2<f32>(sum_of(sum), sum_of(squares))) / own.count;
    let mean = about + rest.x;
    let variance = max(rest.y - rest.x * rest.x, 0.0);
    let inverse = 1.0 / sqrt(variance + fixed.epsilon);
    if local == 0u { statistics[fixed.first + index] = vec2<f32>(mean, inverse); }
    for (var number = local; number < count; number += THREADS) {
        let quad = quad_of(own, number);
        put(own, quad, fma((numbers[quad.at] - mean) * inverse, weight[quad.scale], bias[quad.scale]));
    }
}
//#else
// With x̂ the normalised numbers, g the gradient and h = g·weight: dx = inverse·(h − mean(h) − x̂·mean(h·x̂)).
@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = workgroup_number(workgroup, workgroups);
    if index >= fixed.count { return; }
    let own = own_part(index);
    let count = own.span * fixed.positions;
    let known = statistics[fixed.first + index];
    var sum = vec4<f32>();
    var turned = vec4<f32>();
    for (var start = local; start < count; start += TERMS * THREADS) {
        var part = vec4<f32>();
        var part_turned = vec4<f32>();
        for (var number = start; number < min(start + TERMS * THREADS, count); number += THREADS) {
            let quad = quad_of(own, number);
            let scaled = select(vec4<f32>(), gradients[quad.at] * weight[quad.scale], quad.is_own);
            part += scaled;
            part_turned += scaled * ((numbers[quad.at] - known.x) * known.y);
        }
        sum += part;
        turned += part_turned;
    }
    let means = total(local, vec2<f32>(sum_of(sum), sum_of(turned))) / own.count;
    for (var number = local; number < count; number += THREADS) {
        let quad = quad_of(own, number);
        let normal = (numbers[quad.at] - known.x) * known.y;
        put(own, quad, known.y * (gradients[quad.at] * weight[quad.scale] - means.x - normal * means.y));
    }
}
//#end
