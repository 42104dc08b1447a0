// A batch of resident examples: each is looked up by its position, changed at random by counter, and its bytes become
// the numbers they stand for. A dispatch has the examples of one part of the memory and leaves the rows of others
// alone.
struct Fixed {
    count: u32,          // quads of four channels of all rows
    quads: u32,          // of a place of the network's input
    positions: u32,      // of the network's input
    channels: u32,       // of it, without padding
    planes: u32,         // channels, rows and columns of an example, as an image
    rows: u32,
    columns: u32,
    first_example: u32,  // of this part of the memory
    examples: u32,       // in it
    is_first: u32,       // whether this is the first part, which empties the rows that do not count
    steps: u32,          // random changes
    key_low: u32,
    key_high: u32,
    first_row: u32,      // of this dispatch
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
// The numbers of the examples, or their bytes, four to a word, the lowest first.
@group(0) @binding(2) var<storage, read> content: array<u32>;
// What each byte stands for, planes × 256.
@group(0) @binding(3) var<storage, read> values: array<f32>;
// The number of each position's example.
@group(0) @binding(4) var<storage, read> numbers: array<u32>;
// The positions of the batch.
@group(0) @binding(5) var<storage, read> chosen: array<u32>;
// Eight words for each random change: its kind, then what it needs.
@group(0) @binding(6) var<storage, read> changes: array<u32>;
@group(0) @binding(7) var<storage, read_write> batch: array<vec4<f32>>;

const FLIP: u32 = 0u;
const CROP: u32 = 1u;

// Where the number at a place of the changed example comes from, followed back through the changes; negative: it is 0.
fn origin(place: vec2<i32>, example: u32) -> vec2<i32> {
    var at = place;
    for (var step = fixed.steps; step > 0u; step--) {
        let change = (step - 1u) * 8u;
        let key = vec2<u32>(fixed.key_low, fixed.key_high);
        let words = random_words(key, now.epoch, example, vec2<u32>(step - 1u, 0u));
        if changes[change] == FLIP {
            if words.x <= changes[change + 1u] { at.y = i32(changes[change + 2u]) - 1 - at.y; }
        } else if changes[change] == CROP {
            // A window of so many places on the image with zeros around it.
            let size = vec2<i32>(i32(changes[change + 1u]), i32(changes[change + 2u]));
            let places = vec2<u32>(changes[change + 3u], changes[change + 4u]);
            let padding = vec2<i32>(i32(changes[change + 5u]), i32(changes[change + 6u]));
            at += vec2<i32>(i32(high(words.x, places.x)), i32(high(words.y, places.y))) - padding;
            if any(at < vec2<i32>(0)) || any(at >= size) { return vec2<i32>(-1); }
        }
    }
    return at;
}

fn number_at(part: u32, plane: u32, place: vec2<i32>) -> f32 {
    if place.x < 0 { return 0.0; }
    let at = ((part * fixed.planes + plane) * fixed.rows + u32(place.x)) * fixed.columns + u32(place.y);
//#if BYTES
    return values[plane * 256u + ((content[at / 4u] >> (at % 4u * 8u)) & 0xffu)];
//#else
    return bitcast<f32>(content[at]);
//#end
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let at = workgroup_number(group, groups) * 64u + local;
    if at >= fixed.count { return; }
    let row = fixed.first_row + at / fixed.quads / fixed.positions;
    if row >= now.examples {
        if fixed.is_first != 0u { batch[at] = vec4<f32>(); }
        return;
    }
    let example = numbers[chosen[row]];
    if example < fixed.first_example || example - fixed.first_example >= fixed.examples { return; }
    let part = example - fixed.first_example;
    let position = at / fixed.quads % fixed.positions;
    let channel = at % fixed.quads * 4u;
    let area = fixed.rows * fixed.columns;
    var place = vec2<i32>();
    var known = area;
    var result = vec4<f32>();
    for (var i = 0u; i < min(4u, fixed.channels - channel); i++) {
        // In canonical order, in which a vector of features may have been an image.
        let canonical = (channel + i) * fixed.positions + position;
        let wanted = canonical % area;
        if wanted != known {
            known = wanted;
            place = origin(vec2<i32>(i32(wanted / fixed.columns), i32(wanted % fixed.columns)), example);
        }
        result[i] = number_at(part, canonical / area, place);
    }
    batch[at] = result;
}
