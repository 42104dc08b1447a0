// Random signs for the channels of each row, and a value times them.
struct Fixed {
    numbers: u32,
    first_row: u32,
    key_low: u32,
    key_high: u32,
    sample: u32,
    examples: u32,
    channels: u32,
    width: u32,
    row: u32,
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
//#if FLIP
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read> signs: array<f32>;
@group(0) @binding(4) var<storage, read_write> result: array<f32>;
//#else
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
//#end

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) t: u32,
) {
    let at = workgroup_number(id, count) * 64u + t;
    if at >= fixed.numbers { return; }
    let channel = at % fixed.width;
//#if FLIP
    result[at] = values[at] * signs[at / fixed.row * fixed.width + channel];
//#else
    let row = at / fixed.width + fixed.first_row;
    let index = wide(wide_sum(now.first_example, row % fixed.examples), fixed.channels, channel);
    let sample = now.sample + fixed.sample + row / fixed.examples;
    let uniforms = random_uniforms(vec2<u32>(fixed.key_low, fixed.key_high), now.step, sample, block_of(index));
    let sign = select(-1.0, 1.0, uniforms[index.x & 3u] >= 0.5);
    result[at] = select(0.0, sign, channel < fixed.channels);
//#end
}
