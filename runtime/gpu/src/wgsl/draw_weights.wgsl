// Weights that are drawn once for all rows: μ + σ·ε, or σ·ε, with σ = ln(1 + e^ρ) and ε addressed by the canonical
// place.
struct Fixed {
    numbers: u32,
    first: u32, // the place of the first number of this dispatch
    key_low: u32,
    key_high: u32,
    sample: u32,
    columns: u32,
    rows: u32,
    taps: u32,
    inputs: u32,
    outputs: u32,
    exist: u32, // columns that exist
    output_distance: u32,
    input_distance: u32,
    reversed: u32,
    parts: u32,
    blocks: u32, // of the weights of one output, at most
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(2) var<storage, read> rhos: array<f32>;
//#if CENTRED
@group(0) @binding(3) var<storage, read> means: array<f32>;
//#end
@group(0) @binding(${WEIGHTS}) var<storage, read_write> weights: array<f32>;
@group(0) @binding(${WEIGHTS+1}) var<storage, read_write> noise: array<f32>;

// ln(1 + eˣ) = max(x, 0) + ln(1 + e^-|x|), the logarithm by the series of 2·artanh, which is exact near 0, too.
fn softplus(x: f32) -> f32 {
    let power = exp(-abs(x));
    let s = power / (power + 2.0);
    let z = s * s;
    var p = 1.0 / 15.0;
//#for i in 0..7
    p = fma(p, z, 1.0 / ${13+i*-2}.0);
//#end
    return max(x, 0.0) + 2.0 * s * p;
}

fn put(at: u32, e: f32) {
    noise[at] = e;
//#if CENTRED
    weights[at] = means[at] + softplus(rhos[at]) * e;
//#else
    weights[at] = softplus(rhos[at]) * e;
//#end
}

fn pad(at: u32) {
    weights[at] = 0.0;
    noise[at] = 0.0;
}

//#if LINES
// The weights of an output are neighbours in the canonical order: a thread has one block of four random numbers of
// them, and its neighbours those of the next outputs. Blocks that two outputs share are drawn for each.
@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) t: u32,
) {
    let number = workgroup_number(id, count) * 64u + t;
    let column = number % fixed.columns;
    let part = number / fixed.columns % fixed.parts;
    let block = number / fixed.columns / fixed.parts;
    if block >= fixed.blocks { return; }
    let first = part * fixed.taps * fixed.rows * fixed.columns + column;
    if block == 0u {
        for (var tap = 0u; tap < fixed.taps; tap++) {
            for (var row = fixed.inputs; row < fixed.rows; row++) {
                pad(first + (tap * fixed.rows + row) * fixed.columns);
            }
        }
    }
    let exists = column < fixed.exist;
    let length = fixed.inputs * fixed.taps;
    let start = ((part + column / fixed.outputs) * fixed.outputs + column % fixed.outputs) * length;
    let before = select(0u, start & 3u, exists);
    if block * 4u >= length + before { return; }
    let key = vec2<u32>(fixed.key_low, fixed.key_high);
    let normals = random_normals(key, now.step, now.sample + fixed.sample, vec2<u32>((start >> 2u) + block, 0u));
//#for i in 0..4
    {
        // Below the output's first number it wraps around, and is beyond its last.
        let at = block * 4u + ${i}u - before;
        if at < length {
            let place = first + (at % fixed.taps * fixed.rows + at / fixed.taps) * fixed.columns;
            if exists { put(place, normals[${i}]); } else { pad(place); }
        }
    }
//#end
}
//#else
@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) t: u32,
) {
    let at = workgroup_number(id, count) * 64u + t;
    if at >= fixed.numbers { return; }
    let place = fixed.first + at;
    let column = place % fixed.columns;
    let line = place / fixed.columns;
    let row = line % fixed.rows;
    if row >= fixed.inputs || column >= fixed.exist {
        pad(at);
        return;
    }
    var tap = line / fixed.rows % fixed.taps;
    let group = line / fixed.rows / fixed.taps + column / fixed.outputs;
    if fixed.reversed == 1u { tap = fixed.taps - 1u - tap; }
    let index = group * fixed.inputs * fixed.outputs * fixed.taps + column % fixed.outputs * fixed.output_distance
        + row * fixed.input_distance + tap;
    let key = vec2<u32>(fixed.key_low, fixed.key_high);
    let normals = random_normals(key, now.step, now.sample + fixed.sample, vec2<u32>(index >> 2u, 0u));
    put(at, normals[index & 3u]);
}
//#end
