// The same as product.wgsl for groups that are not multiples of four channels: a thread a number.
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
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(${INPUT}) var<storage, read> input: array<f32>;
@group(0) @binding(${WEIGHTS}) var<storage, read> weights: array<f32>;
//#if SECOND
@group(0) @binding(${WEIGHTS_2}) var<storage, read> weights_2: array<f32>;
//#end
//#if TWO_INPUTS
@group(0) @binding(${INPUT_2}) var<storage, read> input_2: array<f32>;
//#end
//#if BIAS
@group(0) @binding(${BIAS}) var<storage, read> bias: array<f32>;
//#end
//#if BIAS_2
@group(0) @binding(${BIAS_2}) var<storage, read> bias_2: array<f32>;
//#end
//#if FACTOR
@group(0) @binding(${FACTOR}) var<storage, read> factors: array<f32>;
//#end
@group(0) @binding(${RESULT}) var<storage, read_write> result: array<f32>;
//#if VARIANCE
@group(0) @binding(${DEVIATION}) var<storage, read_write> deviations: array<f32>;
//#end

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) t: u32) {
    let place = workgroup_number(id, count) * 64u + t;
    let channel = place % fixed.out_width;
    let p = place / fixed.out_width;
    if p >= fixed.total { return; }
    if channel >= fixed.outputs {
//#if !ADD
        result[place] = 0.0;
//#end
//#if VARIANCE
        deviations[place] = 0.0;
//#end
        return;
    }
    let group = channel / fixed.group_columns;
    let y0 = p % fixed.area / fixed.columns * fixed.stride_y - fixed.padding_y;
    let x0 = p % fixed.area % fixed.columns * fixed.stride_x - fixed.padding_x;
    let row = p / fixed.area * (fixed.in_rows * fixed.in_columns);
    var value = 0.0;
    var second = 0.0;
    for (var tap = 0u; tap < fixed.taps; tap++) {
        let yy = y0 + tap / fixed.kernel_columns * fixed.dilation_y;
        let xx = x0 + tap % fixed.kernel_columns * fixed.dilation_x;
        let y = yy / fixed.spread_y;
        let x = xx / fixed.spread_x;
        if y * fixed.spread_y == yy && x * fixed.spread_x == xx && y < fixed.in_rows && x < fixed.in_columns {
            let first = (row + y * fixed.in_columns + x) * fixed.in_width + group * fixed.terms;
//#if TRANSPOSED
            let weight = ((fixed.taps - 1u - tap) * fixed.group_columns + channel % fixed.group_columns) * fixed.weight_width
                + group * fixed.terms;
//#else
            let weight = tap * fixed.terms * fixed.weight_width + channel;
//#end
            for (var term = 0u; term < fixed.terms; term++) {
//#if TRANSPOSED
                let at = weight + term;
//#else
                let at = weight + term * fixed.weight_width;
//#end
                let a = input[first + term];
                value = fma(a, weights[at], value);
//#if SECOND
//#if TWO_INPUTS
                second = fma(input_2[first + term], weights_2[at], second);
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
    deviations[place] = sqrt(second);
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
    value = select(value, 0.0, value < 0.0);
//#end
//#if ADD
    value += result[place];
//#end
    result[place] = value;
}
