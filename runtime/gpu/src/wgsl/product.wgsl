// One or two products of windows with weights, in tiles of TY·RG·4 places by TX·CG·4 outputs: 64 threads, each RG
// groups of four places by CG groups of four outputs. The input is gathered under the taps of a window; so the
// gradient of an input is the same kernel over the gradient of the output, with transposed weights and the taps in
// reverse. Where inputs are spread, places that look at the same taps are a phase, and a phase is a dispatch: no tap
// looks between two inputs.
struct Fixed {
    total: u32, // places of all rows
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
    padding_y: u32, // modulo 2³², may be negative
    padding_x: u32,
    terms: u32, // input channels of a group, padded to four
    group_columns: u32, // outputs of a group, padded to four
    in_width: u32, // in fours
    out_width: u32, // in fours
    outputs: u32, // outputs that exist
    tiles: u32, // of a group
    groups: u32,
    // Of a phase: which places and which taps of all there are.
    all_taps: u32,
    first_tap: u32,
    tap_step_y: u32,
    tap_step_x: u32,
    all_area: u32,
    first_place: u32,
    place_step_y: u32,
    place_step_x: u32,
    // Of what is drawn.
    key_low: u32,
    key_high: u32,
    sample: u32,
    examples: u32,
    first_row: u32,
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(${INPUT}) var<storage, read> input: array<vec4<f32>>;
@group(0) @binding(${WEIGHTS}) var<storage, read> weights: array<vec4<f32>>;
//#if SECOND
@group(0) @binding(${WEIGHTS_2}) var<storage, read> weights_2: array<vec4<f32>>;
//#end
//#if TWO_INPUTS
@group(0) @binding(${INPUT_2}) var<storage, read> input_2: array<vec4<f32>>;
//#end
//#if BIAS
@group(0) @binding(${BIAS}) var<storage, read> bias: array<vec4<f32>>;
//#end
//#if BIAS_2
@group(0) @binding(${BIAS_2}) var<storage, read> bias_2: array<vec4<f32>>;
//#end
//#if FACTOR
@group(0) @binding(${FACTOR}) var<storage, read> factors: array<vec4<f32>>;
//#end
@group(0) @binding(${RESULT}) var<storage, read_write> result: array<vec4<f32>>;
//#if VARIANCE
@group(0) @binding(${DEVIATION}) var<storage, read_write> deviations: array<vec4<f32>>;
//#end

// [term][place or output, in fours]
var<workgroup> a_tile: array<vec4<f32>, ${KS*TY*RG}>;
var<workgroup> b_tile: array<vec4<f32>, ${KS*TX*CG}>;
//#if SECOND
var<workgroup> c_tile: array<vec4<f32>, ${KS*TX*CG}>;
//#end
//#if TWO_INPUTS
var<workgroup> a2_tile: array<vec4<f32>, ${KS*TY*RG}>;
//#end

// The tap of all that a tap of the phase is.
fn tap_of(tap: u32) -> u32 {
//#if PHASES
    let y = tap / fixed.kernel_columns;
    let x = tap % fixed.kernel_columns;
    return fixed.first_tap + y * fixed.tap_step_y + x * fixed.tap_step_x;
//#else
    return tap;
//#end
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) t: u32,
) {
    let number = workgroup_number(id, count);
    let group = number / fixed.tiles;
    if group >= fixed.groups { return; }
    let columns_tiles = (fixed.group_columns + ${TX*CG*4+-1}u) / ${TX*CG*4}u;
    let m0 = number % fixed.tiles / columns_tiles * ${TY*RG*4}u;
    let n0 = number % fixed.tiles % columns_tiles * ${TX*CG*4}u;
    let tx = t % ${TX}u;
    let ty = t / ${TX}u;
    let inner = fixed.taps * fixed.terms;
    // This thread loads four places by four terms, and turns them.
    let quad = t % ${QUADS}u;
    let row = t / ${QUADS}u;
//#for i in 0..4
    let p${i} = m0 + row * 4u + ${i}u;
    let at${i} = p${i} / fixed.area * (fixed.in_rows * fixed.in_columns);
    // A place beyond the end is far outside of every input.
    let inside${i} = p${i} % fixed.area / fixed.columns * fixed.stride_y - fixed.padding_y;
    let y${i} = select(0x80000000u, inside${i}, p${i} < fixed.total);
    let x${i} = p${i} % fixed.area % fixed.columns * fixed.stride_x - fixed.padding_x;
//#end
//#for i in 0..RG*4
//#for j in 0..CG
    var m${i}_${j} = vec4<f32>();
//#if SECOND
    var v${i}_${j} = vec4<f32>();
//#end
//#end
//#end
    for (var k0 = 0u; k0 < inner; k0 += ${KS}u) {
        let k = k0 + quad * 4u;
        let tap = k / fixed.terms;
        let channel = (group * fixed.terms + k % fixed.terms) / 4u;
        let r = tap / fixed.kernel_columns * fixed.dilation_y;
        let s = tap % fixed.kernel_columns * fixed.dilation_x;
//#for i in 0..4
        var a${i} = vec4<f32>();
//#if TWO_INPUTS
        var s${i} = vec4<f32>();
//#end
        {
            let y = y${i} + r;
            let x = x${i} + s;
            if k < inner && y < fixed.in_rows && x < fixed.in_columns {
                let place = (at${i} + y * fixed.in_columns + x) * fixed.in_width + channel;
                a${i} = input[place];
//#if TWO_INPUTS
                s${i} = input_2[place];
//#end
            }
        }
//#end
//#for i in 0..4
        a_tile[(quad * 4u + ${i}u) * ${TY*RG}u + row] = vec4<f32>(a0[${i}], a1[${i}], a2[${i}], a3[${i}]);
//#if TWO_INPUTS
        a2_tile[(quad * 4u + ${i}u) * ${TY*RG}u + row] = vec4<f32>(s0[${i}], s1[${i}], s2[${i}], s3[${i}]);
//#end
//#end
//#if TRANSPOSED
        if t < ${QUADS*TX*CG}u {
            let term = k0 + t % ${QUADS}u * 4u;
            let place = t / ${QUADS}u;
            let column = n0 + place * 4u;
            let tap = fixed.all_taps - 1u - tap_of(term / fixed.terms);
//#for i in 0..4
            var b${i} = vec4<f32>();
            var c${i} = vec4<f32>();
//#end
            if term < inner && column < fixed.group_columns {
                let line = (group * fixed.all_taps + tap) * fixed.group_columns + column;
                let first = (line * fixed.terms + term % fixed.terms) / 4u;
//#for i in 0..4
                b${i} = weights[first + ${i}u * (fixed.terms / 4u)];
//#if SECOND
                c${i} = weights_2[first + ${i}u * (fixed.terms / 4u)];
//#end
//#end
            }
//#for i in 0..4
            let line${i} = (t % ${QUADS}u * 4u + ${i}u) * ${TX*CG}u + place;
            b_tile[line${i}] = vec4<f32>(b0[${i}], b1[${i}], b2[${i}], b3[${i}]);
//#if SECOND
            c_tile[line${i}] = vec4<f32>(c0[${i}], c1[${i}], c2[${i}], c3[${i}]);
//#end
//#end
        }
//#else
//#for i in 0..LOADS
        if t + ${i*64}u < ${KS*TX*CG}u {
            let term = k0 + (t + ${i*64}u) / ${TX*CG}u;
            let column = n0 + (t + ${i*64}u) % ${TX*CG}u * 4u;
            var b = vec4<f32>();
            var c = vec4<f32>();
            if term < inner && column < fixed.group_columns {
//#if PHASES
                let line = (group * fixed.all_taps + tap_of(term / fixed.terms)) * fixed.terms + term % fixed.terms;
//#else
                let line = group * inner + term;
//#end
                let place = (line * fixed.group_columns + column) / 4u;
                b = weights[place];
//#if SECOND
                c = weights_2[place];
//#end
            }
            b_tile[t + ${i*64}u] = b;
//#if SECOND
            c_tile[t + ${i*64}u] = c;
//#end
        }
//#end
//#end
        workgroupBarrier();
        for (var kk = 0u; kk < ${KS}u; kk++) {
//#for g in 0..RG
            let a_${g} = a_tile[kk * ${TY*RG}u + ${g*TY}u + ty];
//#if TWO_INPUTS
            let s_${g} = a2_tile[kk * ${TY*RG}u + ${g*TY}u + ty];
//#else
            let s_${g} = a_${g} * a_${g};
//#end
//#end
//#for j in 0..CG
            let b_${j} = b_tile[kk * ${TX*CG}u + ${j*TX}u + tx];
//#if SECOND
            let c_${j} = c_tile[kk * ${TX*CG}u + ${j*TX}u + tx];
//#end
//#end
//#for g in 0..RG
//#for i in 0..4
//#for j in 0..CG
            m${g*4+i}_${j} = fma(vec4<f32>(a_${g}[${i}]), b_${j}, m${g*4+i}_${j});
//#if SECOND
            v${g*4+i}_${j} = fma(vec4<f32>(s_${g}[${i}]), c_${j}, v${g*4+i}_${j});
//#end
//#end
//#end
//#end
        }
        workgroupBarrier();
    }
//#if NOISE
    // A loop over the thread's fours of places by fours of outputs, with selections, so that the generator stands
    // here four times and not for every number: half the time to compile.
    for (var quarter = 0u; quarter < ${RG*CG}u; quarter++) {
        let p = m0 + quarter / ${CG}u * ${TY*4}u + ty * 4u;
        let column = n0 + quarter % ${CG}u * ${TX*4}u + tx * 4u;
        if p < fixed.total && column < fixed.group_columns {
            let first_channel = group * fixed.group_columns + column;
            let channel = first_channel / 4u;
            let exists = vec4<u32>(first_channel) + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(fixed.outputs);
            let key = vec2<u32>(fixed.key_low, fixed.key_high);
//#if LINES
//#for i in 0..4
            // Four channels of one place are one block.
            let row${i} = p + ${i}u + fixed.first_row;
            let index${i} = wide(wide_sum(now.first_example, row${i} % fixed.examples), fixed.outputs, first_channel);
            let sample${i} = now.sample + fixed.sample + row${i} / fixed.examples;
            let noise${i} = random_normals(key, now.step, sample${i}, block_of(index${i}));
//#end
//#else
            // Four places of one channel are one block.
            let row = p / fixed.area + fixed.first_row;
            let sample = now.sample + fixed.sample + row / fixed.examples;
            let example = wide_sum(now.first_example, row % fixed.examples);
            let inside = first_channel * fixed.area + p % fixed.area;
            let block = block_of(wide(example, fixed.outputs * fixed.area, inside));
//#for i in 0..4
            let column${i} = random_normals(key, now.step, sample, wide_sum(block, ${i}u * (fixed.area / 4u)));
//#end
//#for i in 0..4
            let noise${i} = vec4<f32>(column0[${i}], column1[${i}], column2[${i}], column3[${i}]);
//#end
//#end
//#for i in 0..4
            if p + ${i}u < fixed.total {
                var value = m${i}_0;
                var second = v${i}_0;
//#for g in 0..RG
//#for j in 0..CG
                value = select(value, m${g*4+i}_${j}, quarter == ${g*CG+j}u);
                second = select(second, v${g*4+i}_${j}, quarter == ${g*CG+j}u);
//#end
//#end
//#if BIAS
                value += bias[channel];
//#end
//#if BIAS_2
                second += bias_2[channel] + 1e-16;
//#else
                second += 1e-16;
//#end
                let deviation = sqrt(second);
                value += deviation * noise${i};
//#if RELU
                value = select(value, vec4<f32>(), value < vec4<f32>());
//#end
                let place = (p + ${i}u) * fixed.out_width + channel;
                result[place] = select(vec4<f32>(), value, exists);
                deviations[place] = select(vec4<f32>(), deviation, exists);
            }
//#end
        }
    }
//#else
//#for j in 0..CG
    {
        let column = n0 + ${j*TX*4}u + tx * 4u;
        if column < fixed.group_columns {
            let channel = (group * fixed.group_columns + column) / 4u;
            let exists = vec4<u32>(channel * 4u) + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(fixed.outputs);
//#for g in 0..RG
//#for i in 0..4
            {
                let p = m0 + ${g*TY*4}u + ty * 4u + ${i}u;
                if p < fixed.total {
//#if PHASES
                    let inside = p % fixed.area;
                    let line = p / fixed.area * fixed.all_area + fixed.first_place
                        + inside / fixed.columns * fixed.place_step_y + inside % fixed.columns * fixed.place_step_x;
                    let place = line * fixed.out_width + channel;
//#else
                    let place = p * fixed.out_width + channel;
//#end
                    var value = m${g*4+i}_${j};
//#if BIAS
                    value += bias[channel];
//#end
//#if SECOND
                    var second = v${g*4+i}_${j};
//#if VARIANCE
                    // The floor keeps slopes finite where nothing is uncertain.
//#if BIAS_2
                    second += bias_2[channel] + 1e-16;
//#else
                    second += 1e-16;
//#end
                    deviations[place] = select(vec4<f32>(), sqrt(second), exists);
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
                    value = select(value, vec4<f32>(), value < vec4<f32>());
//#end
                    value = select(vec4<f32>(), value, exists);
//#if ADD
                    value += result[place];
//#end
                    result[place] = value;
                }
            }
//#end
//#end
        }
    }
//#end
//#end
}
