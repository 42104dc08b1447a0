// Maxima over windows, and the way back, which finds the first of equal maxima again from the input.
struct Fixed {
    count: u32,              // quads of four channels to be written
    quads: u32,              // of a place
    add: u32,                // whether gradients are added to what is there
    input_rows: u32,
    input_columns: u32,
    output_rows: u32,
    output_columns: u32,
    kernel_rows: u32,
    kernel_columns: u32,
    stride_rows: u32,
    stride_columns: u32,
    padding_rows: u32,
    padding_columns: u32,
    dilation_rows: u32,
    dilation_columns: u32,
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(2) var<storage, read> numbers: array<vec4<f32>>;

// Rows and columns.
fn input() -> vec2<u32> { return vec2<u32>(fixed.input_rows, fixed.input_columns); }
fn output() -> vec2<u32> { return vec2<u32>(fixed.output_rows, fixed.output_columns); }
fn stride() -> vec2<u32> { return vec2<u32>(fixed.stride_rows, fixed.stride_columns); }
fn padding() -> vec2<u32> { return vec2<u32>(fixed.padding_rows, fixed.padding_columns); }
fn dilation() -> vec2<u32> { return vec2<u32>(fixed.dilation_rows, fixed.dilation_columns); }

fn is_no_number(x: vec4<f32>) -> vec4<bool> {
    return (bitcast<vec4<u32>>(x) & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u);
}

// The place under a tap of a window, or one outside.
fn under(window: vec2<u32>, tap: vec2<u32>) -> vec2<i32> {
    return vec2<i32>(window * stride() + tap * dilation()) - vec2<i32>(padding());
}

fn is_inside(place: vec2<i32>) -> bool {
    return all(place >= vec2<i32>(0)) && all(place < vec2<i32>(input()));
}

// The quad of a place in a row of the input.
fn quad_of(row: u32, place: vec2<u32>, quad: u32) -> u32 {
    return ((row * fixed.input_rows + place.x) * fixed.input_columns + place.y) * fixed.quads + quad;
}

//#if FORWARD
@group(0) @binding(3) var<storage, read_write> maxima: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let at = workgroup_number(group, groups) * 64u + local;
    if at >= fixed.count { return; }
    let quad = at % fixed.quads;
    let place = at / fixed.quads;
    let x = place % fixed.output_columns;
    let y = place / fixed.output_columns % fixed.output_rows;
    let row = place / fixed.output_columns / fixed.output_rows;
    // Minus infinity, which WGSL refuses as a constant.
    var best = bitcast<vec4<f32>>(vec4<u32>(0xff800000u | now.zero));
    for (var ky = 0u; ky < fixed.kernel_rows; ky++) {
        for (var kx = 0u; kx < fixed.kernel_columns; kx++) {
            let seen = under(vec2<u32>(y, x), vec2<u32>(ky, kx));
            if !is_inside(seen) { continue; }
            let value = numbers[quad_of(row, vec2<u32>(seen), quad)];
            best = select(best, value, (value > best) | is_no_number(value));
        }
    }
    maxima[at] = best;
}
//#else
@group(0) @binding(3) var<storage, read> maxima: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> sums: array<vec4<f32>>;

// Whether a value is a window's maximum: at most the maximum, so that it is equal unless it is smaller.
fn wins(value: vec4<f32>, largest: vec4<f32>) -> vec4<bool> {
    return select(!(largest > value), is_no_number(value), is_no_number(largest));
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let at = workgroup_number(group, groups) * 64u + local;
    if at >= fixed.count { return; }
    let quad = at % fixed.quads;
    let place = at / fixed.quads;
    let own = vec2<u32>(place / fixed.input_columns % fixed.input_rows, place % fixed.input_columns);
    let row = place / fixed.input_columns / fixed.input_rows;
    let value = numbers[at];
    var sum = vec4<f32>();
    if fixed.add != 0u { sum = sums[at]; }
    // Of the windows that may see the place, in their order.
    let reach = (vec2<u32>(fixed.kernel_rows, fixed.kernel_columns) - 1u) * dilation();
    let padded = own + padding();
    let first = (max(padded, reach) - reach + stride() - 1u) / stride();
    let end = min(padded / stride() + 1u, output());
    for (var y = first.x; y < end.x; y++) {
        for (var x = first.y; x < end.y; x++) {
            let window = vec2<u32>(y, x);
            let distance = padded - window * stride();
            let tap = distance / dilation();
            if any(tap * dilation() != distance) { continue; }
            let result = ((row * fixed.output_rows + y) * fixed.output_columns + x) * fixed.quads + quad;
            let largest = maxima[result];
            var chosen = wins(value, largest);
            // No tap before this one may have won.
            let number = tap.x * fixed.kernel_columns + tap.y;
            for (var before = 0u; before < number && any(chosen); before++) {
                let seen = under(window, vec2<u32>(before / fixed.kernel_columns, before % fixed.kernel_columns));
                if is_inside(seen) {
                    chosen = chosen & !wins(numbers[quad_of(row, vec2<u32>(seen), quad)], largest);
                }
            }
            sum += select(vec4<f32>(), gradients[result], chosen);
        }
    }
    sums[at] = sum;
}
//#end
