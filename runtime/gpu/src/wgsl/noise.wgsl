// What draws a number for each number of a value, and the way back through it. Numbers are addressed in the canonical
// order [example][channel][position] and lie [row][position][channel]; a thread has one block of four random numbers
// of a line, which is a channel, or a whole row where there is one position. Blocks that two lines share are drawn
// for each of them.
struct Fixed {
    rows: u32,
    first_row: u32,
    key_low: u32,
    key_high: u32,
    sample: u32,
    examples: u32,
    size: u32, // numbers of an example that exist
    area: u32,
    width: u32,
    lines: u32, // that exist
    threads: u32, // lines of threads: padding is written, too
    length: u32,
    stride: u32,
    blocks: u32, // of a line, at most
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
//#if RETRACE
@group(0) @binding(2) var<storage, read> gradient: array<f32>;
@group(0) @binding(3) var<storage, read> deviations: array<f32>;
//#if RELU
@group(0) @binding(4) var<storage, read> values: array<f32>;
//#end
@group(0) @binding(${FIRST}) var<storage, read_write> first_gradient: array<f32>;
@group(0) @binding(${FIRST+1}) var<storage, read_write> second_gradient: array<f32>;
//#else
@group(0) @binding(2) var<storage, read> deviations: array<f32>;
//#if SHARED
@group(0) @binding(3) var<storage, read> means: array<f32>;
@group(0) @binding(4) var<storage, read_write> values: array<f32>;
//#else
@group(0) @binding(3) var<storage, read_write> values: array<f32>;
//#end
//#end

fn pad(place: u32) {
//#if RETRACE
    first_gradient[place] = 0.0;
    second_gradient[place] = 0.0;
//#else
    values[place] = 0.0;
//#end
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) t: u32,
) {
    let number = workgroup_number(id, count) * 64u + t;
    let line = number % fixed.threads;
    let block = number / fixed.threads % fixed.blocks;
    let row = number / fixed.threads / fixed.blocks;
    if row >= fixed.rows { return; }
    let start = row * fixed.area * fixed.width + line;
    if line >= fixed.lines {
        for (var i = block * 4u; i < min(block * 4u + 4u, fixed.length); i++) { pad(start + i * fixed.stride); }
        return;
    }
    if fixed.stride == 1u && block == 0u {
        for (var i = fixed.length; i < fixed.width; i++) { pad(start + i); }
    }
    let example = (row + fixed.first_row) % fixed.examples;
    let sample = now.sample + fixed.sample + (row + fixed.first_row) / fixed.examples;
    let from_index = wide(wide_sum(now.first_example, example), fixed.size, line * fixed.length);
    let before = from_index.x & 3u;
    if block * 4u >= fixed.length + before { return; }
    let key = vec2<u32>(fixed.key_low, fixed.key_high);
    let noise = random_normals(key, now.step, sample, wide_sum(block_of(from_index), block));
//#for i in 0..4
    {
        // Below the line's first number it wraps around, and is beyond its last.
        let at = block * 4u + ${i}u - before;
        if at < fixed.length {
            let place = start + at * fixed.stride;
//#if RETRACE
            var g = gradient[place];
//#if RELU
            g = select(g, 0.0, values[place] <= 0.0);
//#end
            first_gradient[place] = g;
            second_gradient[place] = g * noise[${i}] / (2.0 * deviations[place]);
//#else
//#if SHARED
            let shared_place = example * fixed.area * fixed.width + line + at * fixed.stride;
            var value = means[shared_place] + deviations[shared_place] * noise[${i}];
//#else
            var value = values[place] + deviations[place] * noise[${i}];
//#end
//#if RELU
            value = select(value, 0.0, value < 0.0);
//#end
            values[place] = value;
//#end
        }
    }
//#end
}
