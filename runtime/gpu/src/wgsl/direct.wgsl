// The same as product.wgsl for groups that are not multiples of four channels: a thread a number, or four where every
// channel is a group of its own (widths are then in fours, and so are channels).
// Weights [tap][input channel of the group][all outputs, padded to four].
struct Fixed {
    total: u32,
    area: u32,
    columns: u32,
    in_rows: u32,
    in_columns: u32,
    kernel_columns: u32,
    taps: u32,
    stride_y: u32,
    stride_x: u32,
    dilation_y: u32,
    dilation_x: u32,
    spread_y: u32,
    spread_x: u32,
    padding_y: u32,
    padding_x: u32,
    terms: u32, // input channels of a group
    group_columns: u32, // outputs of a group
    in_width: u32,
    out_width: u32,
    outputs: u32,
    weight_width: u32,
}
//#if DEPTHWISE
alias Number = vec4<f32>;
//#else
alias Number = f32;
//#end
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(${INPUT}) var<storage, read> input: array<Number>;
@group(0) @binding(${WEIGHTS}) var<storage, read> weights: array<Number>;
//#if SECOND
@group(0) @binding(${WEIGHTS_2}) var<storage, read> weights_2: array<Number>;
//#end
//#if TWO_INPUTS
@group(0) @binding(${INPUT_2}) var<storage, read> input_2: array<Number>;
//#end
//#if BIAS
@group(0) @binding(${BIAS}) var<storage, read> bias: array<Number>;
//#end
//#if BIAS_2
@group(0) @binding(${BIAS_2}) var<storage, read> bias_2: array<Number>;
//#end
//#if FACTOR
@group(0) @binding(${FACTOR}) var<storage, read> factors: array<Number>;
//#end
@group(0) @binding(${RESULT}) var<storage, read_write> result: array<Number>;
//#if VARIANCE
@group(0) @binding(${DEVIATION}) var<storage, read_write> deviations: array<Number>;
//#end

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) t: u32,
) {
    let place = workgroup_number(id, count) * 64u + t;
    let channel = place % fixed.out_width;
    let p = place / fixed.out_width;
    if p >= fixed.total { return; }
//#if DEPTHWISE
    let exists = vec4<u32>(channel * 4u) + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(fixed.outputs);
//#else
    // What padding would be is computed from the last group's inputs, and then left out.
    let exists = channel < fixed.outputs;
    let group = min(channel, fixed.outputs - 1u) / fixed.group_columns;
//#end
    let y0 = p % fixed.area / fixed.columns * fixed.stride_y - fixed.padding_y;
    let x0 = p % fixed.area % fixed.columns * fixed.stride_x - fixed.padding_x;
    let row = p / fixed.area * (fixed.in_rows * fixed.in_columns);
    var value = Number();
    var second = Number();
    for (var ky = 0u; ky < fixed.taps / fixed.kernel_columns; ky++) {
//#if SPREAD
        let y = (y0 + ky * fixed.dilation_y) / fixed.spread_y;
        if y * fixed.spread_y != y0 + ky * fixed.dilation_y || y >= fixed.in_rows { continue; }
//#else
        let y = y0 + ky * fixed.dilation_y;
        if y >= fixed.in_rows { continue; }
//#end
        for (var kx = 0u; kx < fixed.kernel_columns; kx++) {
//#if SPREAD
            let x = (x0 + kx * fixed.dilation_x) / fixed.spread_x;
            if x * fixed.spread_x != x0 + kx * fixed.dilation_x || x >= fixed.in_columns { continue; }
//#else
            let x = x0 + kx * fixed.dilation_x;
            if x >= fixed.in_columns { continue; }
//#end
            let tap = ky * fixed.kernel_columns + kx;
//#if DEPTHWISE
            let at_input = (row + y * fixed.in_columns + x) * fixed.in_width + channel;
//#if TRANSPOSED
            let at = (fixed.taps - 1u - tap) * fixed.weight_width + channel;
//#else
            let at = tap * fixed.weight_width + channel;
//#end
            {
//#else
            let first = (row + y * fixed.in_columns + x) * fixed.in_width + group * fixed.terms;
//#if TRANSPOSED
            let line = (fixed.taps - 1u - tap) * fixed.group_columns + channel % fixed.group_columns;
            let weight = line * fixed.weight_width + group * fixed.terms;
//#else
            let weight = tap * fixed.terms * fixed.weight_width + channel;
//#end
            for (var term = 0u; term < fixed.terms; term++) {
                let at_input = first + term;
//#if TRANSPOSED
                let at = weight + term;
//#else
                let at = weight + term * fixed.weight_width;
//#end
//#end
                let a = input[at_input];
                value = fma(a, weights[at], value);
//#if SECOND
//#if TWO_INPUTS
                second = fma(input_2[at_input], weights_2[at], second);
//#else
                second = fma(a * a, weights_2[at], second);
//#end
//#end
            }
        }
    }
//#if BIAS
    value += bias[channel];
//#end
//#if SECOND
//#if VARIANCE
//#if BIAS_2
    second += bias_2[channel] + 1e-16;
//#else
    second += 1e-16;
//#end
    deviations[place] = select(Number(), sqrt(second), exists);
//#else
//#if BIAS_2
    second += bias_2[channel];
//#end
//#if SIGNED
    value += factors[p / fixed.area * fixed.out_width + channel] * second;
//#else
    value += 2.0 * factors[place] * second;
//#end
//#end
//#end
//#if RELU
    value = select(value, Number(), value < Number());
//#end
    value = select(Number(), value, exists);
//#if ADD
    value += result[place];
//#end
    result[place] = value;
}
