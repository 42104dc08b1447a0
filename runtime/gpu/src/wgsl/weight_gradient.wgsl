// Parts [split][weights] of the gradients of weights: sums over the places of `split_places` places each, of the
// input under a tap with the gradient of what it gave. A split is a number of whole rows, so that parts do not depend
// on dispatches.
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
    terms: u32,
    group_columns: u32,
    in_width: u32, // in fours; in numbers where groups are not whole fours and not single channels
    out_width: u32, // the same
    outputs: u32,
    tiles: u32, // of a group and split
    groups: u32,
    splits: u32,
    split_places: u32,
    add: u32,
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
//#if DIRECT
//#if DEPTHWISE
alias Number = vec4<f32>;
//#else
alias Number = f32;
//#end
@group(0) @binding(${INPUT}) var<storage, read> input: array<Number>;
@group(0) @binding(${GRADIENT}) var<storage, read> gradient: array<Number>;
//#if SECOND
@group(0) @binding(${GRADIENT_2}) var<storage, read> gradient_2: array<Number>;
@group(0) @binding(${PART_2}) var<storage, read_write> part_2: array<Number>;
//#end
//#if TWO_INPUTS
@group(0) @binding(${INPUT_2}) var<storage, read> input_2: array<Number>;
//#end
@group(0) @binding(${PART}) var<storage, read_write> part: array<Number>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) t: u32,
) {
    let place = workgroup_number(id, count) * 64u + t;
    let length = fixed.taps * fixed.terms * fixed.out_width;
    let split = place / length;
    if split >= fixed.splits { return; }
    let channel = place % fixed.out_width;
    let term = place / fixed.out_width % fixed.terms;
    let tap = place % length / fixed.out_width / fixed.terms;
    let r = tap / fixed.kernel_columns * fixed.dilation_y - fixed.padding_y;
    let s = tap % fixed.kernel_columns * fixed.dilation_x - fixed.padding_x;
//#if DEPTHWISE
    let from_channel = channel;
//#else
    // What padding would be is computed from the last group's inputs, and then left out.
    let from_channel = min(channel, fixed.outputs - 1u) / fixed.group_columns * fixed.terms + term;
//#end
    var first = Number();
    var second = Number();
    let split_rows = fixed.split_places / fixed.area;
    let last = min((split + 1u) * split_rows, fixed.total / fixed.area);
    for (var row = split * split_rows; row < last; row++) {
        for (var oy = 0u; oy < fixed.area / fixed.columns; oy++) {
            let yy = oy * fixed.stride_y + r;
//#if SPREAD
            let y = yy / fixed.spread_y;
            if y * fixed.spread_y != yy || y >= fixed.in_rows { continue; }
//#else
            let y = yy;
            if y >= fixed.in_rows { continue; }
//#end
            let from_line = (row * fixed.in_rows + y) * fixed.in_columns;
            let to_line = (row * fixed.area + oy * fixed.columns) * fixed.out_width + channel;
            for (var ox = 0u; ox < fixed.columns; ox++) {
                let xx = ox * fixed.stride_x + s;
//#if SPREAD
                let x = xx / fixed.spread_x;
                if x * fixed.spread_x != xx || x >= fixed.in_columns { continue; }
//#else
                let x = xx;
                if x >= fixed.in_columns { continue; }
//#end
                let at = (from_line + x) * fixed.in_width + from_channel;
                let a = input[at];
                first = fma(a, gradient[to_line + ox * fixed.out_width], first);
//#if SECOND
//#if TWO_INPUTS
                second = fma(input_2[at], gradient_2[to_line + ox * fixed.out_width], second);
//#else
                second = fma(a * a, gradient_2[to_line + ox * fixed.out_width], second);
//#end
//#end
            }
        }
    }
//#if !DEPTHWISE
    if channel >= fixed.outputs {
        first = 0.0;
        second = 0.0;
    }
//#end
    if fixed.add == 1u { first += part[place]; }
    part[place] = first;
//#if SECOND
    if fixed.add == 1u { second += part_2[place]; }
    part_2[place] = second;
//#end
}
//#else
@group(0) @binding(${INPUT}) var<storage, read> input: array<vec4<f32>>;
@group(0) @binding(${GRADIENT}) var<storage, read> gradient: array<vec4<f32>>;
//#if SECOND
@group(0) @binding(${GRADIENT_2}) var<storage, read> gradient_2: array<vec4<f32>>;
@group(0) @binding(${PART_2}) var<storage, read_write> part_2: array<vec4<f32>>;
//#end
//#if TWO_INPUTS
@group(0) @binding(${INPUT_2}) var<storage, read> input_2: array<vec4<f32>>;
//#end
@group(0) @binding(${PART}) var<storage, read_write> part: array<vec4<f32>>;

// [place][weight row or output, in fours]
var<workgroup> a_tile: array<vec4<f32>, ${KS*TY*RG}>;
var<workgroup> b_tile: array<vec4<f32>, ${KS*TX*CG}>;
//#if SECOND
var<workgroup> c_tile: array<vec4<f32>, ${KS*TX*CG}>;
//#end
//#if TWO_INPUTS
var<workgroup> a2_tile: array<vec4<f32>, ${KS*TY*RG}>;
//#end

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) t: u32,
) {
    let number = workgroup_number(id, count);
    let split = number / (fixed.tiles * fixed.groups);
    if split >= fixed.splits { return; }
    let group = number / fixed.tiles % fixed.groups;
    let inner = fixed.taps * fixed.terms;
    let columns_tiles = (fixed.group_columns + ${TX*CG*4+-1}u) / ${TX*CG*4}u;
    let k0 = number % fixed.tiles / columns_tiles * ${TY*RG*4}u;
    let n0 = number % fixed.tiles % columns_tiles * ${TX*CG*4}u;
    let tx = t % ${TX}u;
    let ty = t / ${TX}u;
    // The four weight rows that this thread loads.
    let k = k0 + t % ${TY*RG}u * 4u;
    let tap = k / fixed.terms;
    let channel = (group * fixed.terms + k % fixed.terms) / 4u;
    let r = tap / fixed.kernel_columns * fixed.dilation_y - fixed.padding_y;
    let s = tap % fixed.kernel_columns * fixed.dilation_x - fixed.padding_x;
    let columns_fours = group * fixed.group_columns / 4u;
//#for i in 0..RG*4
//#for j in 0..CG
    var m${i}_${j} = vec4<f32>();
//#if SECOND
    var v${i}_${j} = vec4<f32>();
//#end
//#end
//#end
    let last = min((split + 1u) * fixed.split_places, fixed.total);
    for (var first = split * fixed.split_places; first < last; first += ${KS}u) {
//#for i in 0..4
        {
            let place = (t + ${i*64}u) / ${TY*RG}u;
            let p = first + place;
            var a = vec4<f32>();
            var a2 = vec4<f32>();
            if p < last && k < inner {
                let inside = p % fixed.area;
                let yy = inside / fixed.columns * fixed.stride_y + r;
                let xx = inside % fixed.columns * fixed.stride_x + s;
//#if SPREAD
                let y = yy / fixed.spread_y;
                let x = xx / fixed.spread_x;
                let there = y * fixed.spread_y == yy && x * fixed.spread_x == xx;
                if there && y < fixed.in_rows && x < fixed.in_columns {
//#else
                let y = yy;
                let x = xx;
                if y < fixed.in_rows && x < fixed.in_columns {
//#end
                    let at = ((p / fixed.area * fixed.in_rows + y) * fixed.in_columns + x) * fixed.in_width + channel;
                    a = input[at];
//#if TWO_INPUTS
                    a2 = input_2[at];
//#end
                }
            }
            a_tile[t + ${i*64}u] = a;
//#if TWO_INPUTS
            a2_tile[t + ${i*64}u] = a2;
//#end
        }
//#end
//#for i in 0..LOADS
        if t + ${i*64}u < ${KS*TX*CG}u {
            let p = first + (t + ${i*64}u) / ${TX*CG}u;
            let column = n0 + (t + ${i*64}u) % ${TX*CG}u * 4u;
            var b = vec4<f32>();
            var c = vec4<f32>();
            if p < last && column < fixed.group_columns {
                let at = p * fixed.out_width + columns_fours + column / 4u;
                b = gradient[at];
//#if SECOND
                c = gradient_2[at];
//#end
            }
            b_tile[t + ${i*64}u] = b;
//#if SECOND
            c_tile[t + ${i*64}u] = c;
//#end
        }
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
//#for g in 0..RG
    {
        let row = k0 + ${g*TY*4}u + ty * 4u;
//#for j in 0..CG
        {
            let column = n0 + ${j*TX*4}u + tx * 4u;
            if row < inner && column < fixed.group_columns {
//#for i in 0..4
                {
                    let line = (split * fixed.groups + group) * inner + row + ${i}u;
                    let at = (line * fixed.group_columns + column) / 4u;
                    if fixed.add == 1u { m${g*4+i}_${j} += part[at]; }
                    part[at] = m${g*4+i}_${j};
//#if SECOND
                    if fixed.add == 1u { v${g*4+i}_${j} += part_2[at]; }
                    part_2[at] = v${g*4+i}_${j};
//#end
                }
//#end
            }
        }
//#end
    }
//#end
}
//#end
