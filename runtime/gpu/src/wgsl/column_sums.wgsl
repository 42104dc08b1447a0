// Sums over rows by column, in two stages of fixed order: each workgroup sums a block of rows for a few columns, then
// others add up the blocks of a few columns each. Columns are quads of four channels, or of four numbers of an example.
struct Fixed {
    columns: u32,       // quads of a row
    lanes: u32,         // columns of a workgroup, a power of two; each has 64 / lanes threads
    block: u32,         // rows of a block
    blocks: u32,        // of all rows
    first_block: u32,   // of this dispatch
    dispatched: u32,    // blocks of this dispatch
    examples: u32,      // that there is room for
    places: u32,        // rows of an example
    channels: u32,      // without padding
    width: u32,         // of the channels with padding
    groups: u32,        // of channels with statistics of their own
    epsilon: f32,       // added to variances
    add: u32,           // whether sums are added to what is there
}
@group(0) @binding(1) var<uniform> fixed: Fixed;

var<workgroup> parts: array<vec4<f32>, 64>;

// The sum of a column's values over the threads of a workgroup that have it.
fn total(local: u32, lanes: u32, value: vec4<f32>) -> vec4<f32> {
    parts[local] = value;
    workgroupBarrier();
    for (var distance = 32u; distance >= lanes; distance = distance / 2u) {
        if local < distance { parts[local] = parts[local] + parts[local + distance]; }
        workgroupBarrier();
    }
    let sum = parts[local % lanes];
    workgroupBarrier();
    return sum;
}

// Rows of a block that count: a batch may be shorter than what there is room for.
fn rows_of(block: u32) -> u32 {
    let all = min(now.examples, fixed.examples) * fixed.places;
    let first = block * fixed.block;
    return min(max(all, first) - first, fixed.block);
}

// Terms that are added one by one before their sum is added to the others, so that rounding errors stay few.
const TERMS: u32 = 32u;

//#if BLOCKS
@group(0) @binding(2) var<storage, read> numbers: array<vec4<f32>>;
//#if MOMENTS
// By block and column the mean, then by column the sum of squared distances from it.
@group(0) @binding(3) var<storage, read_write> sums: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let lanes = fixed.lanes;
    let tiles = (fixed.columns + lanes - 1u) / lanes;
    let index = workgroup_number(group, groups);
    let here = index / tiles;
    if here >= fixed.dispatched { return; }
    let block = fixed.first_block + here;
    let column = min(index % tiles * lanes + local % lanes, fixed.columns - 1u);
    let count = rows_of(block);
    let first = here * fixed.block * fixed.columns + column;
    // Distances from some number of the column first, then from the mean that they give: no large numbers cancel.
    let origin = numbers[first];
    let all = f32(max(count, 1u));
    var sum = vec4<f32>();
    for (var start = local / lanes; start < count; start += TERMS * (64u / lanes)) {
        var part = vec4<f32>();
        for (var row = start; row < min(start + TERMS * (64u / lanes), count); row += 64u / lanes) {
            part += numbers[first + row * fixed.columns] - origin;
        }
        sum += part;
    }
    let mean = origin + total(local, lanes, sum) / all;
    sum = vec4<f32>();
    var squares = vec4<f32>();
    for (var start = local / lanes; start < count; start += TERMS * (64u / lanes)) {
        var part = vec4<f32>();
        var part_squares = vec4<f32>();
        for (var row = start; row < min(start + TERMS * (64u / lanes), count); row += 64u / lanes) {
            let distance = numbers[first + row * fixed.columns] - mean;
            part += distance;
            part_squares += distance * distance;
        }
        sum += part;
        squares += part_squares;
    }
    // What the rounding of the mean has left.
    let rest = total(local, lanes, sum);
    let spread = total(local, lanes, squares) - rest * rest / all;
    if local < lanes && index % tiles * lanes + local < fixed.columns {
        sums[2u * block * fixed.columns + column] = mean + rest / all;
        sums[(2u * block + 1u) * fixed.columns + column] = max(spread, vec4<f32>());
    }
}
//#else
@group(0) @binding(3) var<storage, read> gradients: array<vec4<f32>>;
// By block and column the sum of gradient times normalised number, then by column the sum of gradients.
@group(0) @binding(5) var<storage, read_write> sums: array<vec4<f32>>;
//#if BY_CHANNEL
// By channel the mean, then the inverse deviation.
@group(0) @binding(4) var<storage, read> statistics: array<vec4<f32>>;

fn groups_of(column: u32) -> vec4<u32> { return vec4<u32>(column); }

fn normal(value: vec4<f32>, row: u32, groups: vec4<u32>) -> vec4<f32> {
    return (value - statistics[groups.x]) * statistics[fixed.columns + groups.x];
}
//#else
// By example and group the mean and the inverse deviation.
@group(0) @binding(4) var<storage, read> statistics: array<vec2<f32>>;

// Of the four channels of a column. The padding has no statistics, and its gradients are 0.
fn groups_of(column: u32) -> vec4<u32> {
    let channels = vec4<u32>(column * 4u % fixed.width) + vec4<u32>(0u, 1u, 2u, 3u);
    return min(channels, vec4<u32>(fixed.channels - 1u)) / (fixed.channels / fixed.groups);
}

fn normal(value: vec4<f32>, row: u32, groups: vec4<u32>) -> vec4<f32> {
    let first = row / fixed.places * fixed.groups;
    if groups.x == groups.w {
        let own = statistics[first + groups.x];
        return (value - own.x) * own.y;
    }
    let x = statistics[first + groups.x];
    let y = statistics[first + groups.y];
    let z = statistics[first + groups.z];
    let w = statistics[first + groups.w];
    return (value - vec4<f32>(x.x, y.x, z.x, w.x)) * vec4<f32>(x.y, y.y, z.y, w.y);
}
//#end

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let lanes = fixed.lanes;
    let tiles = (fixed.columns + lanes - 1u) / lanes;
    let index = workgroup_number(group, groups);
    let here = index / tiles;
    if here >= fixed.dispatched { return; }
    let block = fixed.first_block + here;
    let column = min(index % tiles * lanes + local % lanes, fixed.columns - 1u);
    let count = rows_of(block);
    let first = here * fixed.block * fixed.columns + column;
    let own_groups = groups_of(column);
    var along = vec4<f32>();
    var sum = vec4<f32>();
    for (var start = local / lanes; start < count; start += TERMS * (64u / lanes)) {
        var part_along = vec4<f32>();
        var part = vec4<f32>();
        for (var row = start; row < min(start + TERMS * (64u / lanes), count); row += 64u / lanes) {
            let at = first + row * fixed.columns;
            let gradient = gradients[at];
            part_along += gradient * normal(numbers[at], block * fixed.block + row, own_groups);
            part += gradient;
        }
        along += part_along;
        sum += part;
    }
    let all_along = total(local, lanes, along);
    let all = total(local, lanes, sum);
    if local < lanes && index % tiles * lanes + local < fixed.columns {
        sums[2u * block * fixed.columns + column] = all_along;
        sums[(2u * block + 1u) * fixed.columns + column] = all;
    }
}
//#end
//#else
//#if MOMENTS
@group(0) @binding(2) var<storage, read> sums: array<vec4<f32>>;
// By channel the mean, the inverse deviation, and the sum of squared distances from the mean.
@group(0) @binding(3) var<storage, read_write> statistics: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let lanes = fixed.lanes;
    let first_column = workgroup_number(group, groups) * lanes;
    if first_column >= fixed.columns { return; }
    let column = min(first_column + local % lanes, fixed.columns - 1u);
    let all = f32(max(min(now.examples, fixed.examples) * fixed.places, 1u));
    // Means of blocks by their distance from the first's.
    let origin = sums[column];
    var sum = vec4<f32>();
    for (var block = local / lanes; block < fixed.blocks; block += 64u / lanes) {
        sum += f32(rows_of(block)) * (sums[2u * block * fixed.columns + column] - origin);
    }
    let distance = total(local, lanes, sum) / all;
    var squares = vec4<f32>();
    for (var block = local / lanes; block < fixed.blocks; block += 64u / lanes) {
        let rest = sums[2u * block * fixed.columns + column] - origin - distance;
        squares += sums[(2u * block + 1u) * fixed.columns + column] + f32(rows_of(block)) * rest * rest;
    }
    let all_squares = total(local, lanes, squares);
    if local < lanes && first_column + local < fixed.columns {
        statistics[column] = origin + distance;
        // The padding stays 0 whatever it is multiplied by.
        let channels = vec4<u32>(column * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
        let inverse = 1.0 / sqrt(all_squares / all + fixed.epsilon);
        statistics[fixed.columns + column] = select(vec4<f32>(), inverse, channels < vec4<u32>(fixed.channels));
        statistics[2u * fixed.columns + column] = all_squares;
    }
}
//#else
// The first block's sums become those of all.
@group(0) @binding(2) var<storage, read_write> sums: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> along_weight: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> along_bias: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let lanes = fixed.lanes;
    let first_column = workgroup_number(group, groups) * lanes;
    if first_column >= fixed.columns { return; }
    let column = min(first_column + local % lanes, fixed.columns - 1u);
    var along = vec4<f32>();
    var sum = vec4<f32>();
    for (var block = local / lanes; block < fixed.blocks; block += 64u / lanes) {
        along += sums[2u * block * fixed.columns + column];
        sum += sums[(2u * block + 1u) * fixed.columns + column];
    }
    let all_along = total(local, lanes, along);
    let all = total(local, lanes, sum);
    if local < lanes && first_column + local < fixed.columns {
        sums[column] = all_along;
        sums[fixed.columns + column] = all;
        if fixed.add != 0u {
            along_weight[column] = along_weight[column] + all_along;
            along_bias[column] = along_bias[column] + all;
        } else {
            along_weight[column] = all_along;
            along_bias[column] = all;
        }
    }
}
//#end
//#end
