// Bernoulli masks, drawn again on the way back: a unit whose uniform number is below the probability becomes 0, the
// others are multiplied by 1/(1 − p). Numbers have the addresses of the canonical order (example, channel, row,
// column).
struct Fixed {
    count: u32,        // threads
    quads: u32,        // of a place
    positions: u32,
    channels: u32,     // without padding
    examples: u32,     // rows of a sample
    first_row: u32,    // of this dispatch, among those of all samples
    from_rows: u32,    // after which the rows that are read begin again
    from_first: u32,   // the quad where what is read begins
    to_first: u32,     // the quad where what is written begins
    sample: u32,       // the first row's, counted from the first of the run
    key_low: u32,
    key_high: u32,
    by_channel: u32,   // whether a channel has one number for all its places
    probability: f32,
    share: f32,        // 1/(1 − p)
    add: u32,          // whether the products are added to what is there
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(2) var<storage, read> numbers: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> results: array<vec4<f32>>;

// The factors of the four numbers of a block.
fn factors(number: vec2<u32>, sample: u32) -> vec4<f32> {
    let key = vec2<u32>(fixed.key_low, fixed.key_high);
    let uniforms = random_uniforms(key, now.step, sample, block_of(number));
    return select(vec4<f32>(), vec4<f32>(fixed.share), uniforms >= vec4<f32>(fixed.probability));
}

fn put(row_here: u32, row: u32, position: u32, quad: u32, factor: vec4<f32>) {
    let source = ((row % fixed.from_rows) * fixed.positions + position) * fixed.quads + quad;
    let to = fixed.to_first + (row_here * fixed.positions + position) * fixed.quads + quad;
    // The padding is 0 in what is read.
    var product = numbers[fixed.from_first + source] * factor;
    if fixed.add != 0u { product += results[to]; }
    results[to] = product;
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
    let channel = quad * 4u;
//#if FOUR_PLACES
    let positions = fixed.positions / 4u;
    let first_position = at / fixed.quads % positions * 4u;
//#else
    let positions = fixed.positions;
    let first_position = at / fixed.quads % positions;
//#end
    let row_here = at / fixed.quads / positions;
    let row = fixed.first_row + row_here;
    let sample = now.sample + fixed.sample + row / fixed.examples;
    let example = wide_sum(now.first_example, row % fixed.examples);
    let step = select(fixed.positions, 1u, fixed.by_channel != 0u);
    let place = select(first_position, 0u, fixed.by_channel != 0u);
    let first = wide(example, fixed.channels * step, place);
//#if FOUR_PLACES
    // Four neighbouring places of a channel share a block, or one number.
    var masks = array<vec4<f32>, 4>();
    for (var i = 0u; i < 4u; i++) {
        if channel + i < fixed.channels {
            let number = wide_sum(first, (channel + i) * step);
            masks[i] = factors(number, sample);
            if fixed.by_channel != 0u { masks[i] = vec4<f32>(masks[i][number.x & 3u]); }
        }
    }
    for (var i = 0u; i < 4u; i++) {
        put(row_here, row, first_position + i, quad, vec4<f32>(masks[0][i], masks[1][i], masks[2][i], masks[3][i]));
    }
//#else
    var factor = vec4<f32>();
    var known = vec2<u32>(0xffffffffu);
    var all = vec4<f32>();
    for (var i = 0u; i < min(4u, fixed.channels - channel); i++) {
        let number = wide_sum(first, (channel + i) * step);
        let wanted = block_of(number);
        if any(known != wanted) {
            all = factors(number, sample);
            known = wanted;
        }
        factor[i] = all[number.x & 3u];
    }
    put(row_here, row, first_position, quad, factor);
//#end
}
