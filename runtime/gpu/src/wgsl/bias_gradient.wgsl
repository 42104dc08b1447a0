// Parts [split][channel] of sums over places and rows, of one gradient or of two. Splits are whole rows. The places
// of a split are taken by sixteen threads in turns, whose sums are then added in their order.
struct Fixed {
    splits: u32,
    places: u32,
    split_places: u32,
    width: u32, // fours
    tiles: u32, // of sixteen threads by four fours
    add: u32,
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(2) var<storage, read> gradient: array<vec4<f32>>;
//#if SECOND
@group(0) @binding(3) var<storage, read> gradient_2: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> part_2: array<vec4<f32>>;
var<workgroup> sums_2: array<vec4<f32>, 64>;
//#end
@group(0) @binding(${PART}) var<storage, read_write> part: array<vec4<f32>>;
var<workgroup> sums: array<vec4<f32>, 64>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) t: u32,
) {
    let number = workgroup_number(id, count);
    let split = number / fixed.tiles;
    if split >= fixed.splits { return; }
    let column = number % fixed.tiles * 4u + t % 4u;
    let last = min((split + 1u) * fixed.split_places, fixed.places);
    var sum = vec4<f32>();
    var sum_2 = vec4<f32>();
    if column < fixed.width {
        for (var p = split * fixed.split_places + t / 4u; p < last; p += 16u) {
            sum += gradient[p * fixed.width + column];
//#if SECOND
            sum_2 += gradient_2[p * fixed.width + column];
//#end
        }
    }
    sums[t] = sum;
//#if SECOND
    sums_2[t] = sum_2;
//#end
    workgroupBarrier();
    if t >= 4u || column >= fixed.width { return; }
    for (var other = 1u; other < 16u; other++) {
        sum += sums[other * 4u + t];
//#if SECOND
        sum_2 += sums_2[other * 4u + t];
//#end
    }
    let at = split * fixed.width + column;
    if fixed.add == 1u { sum += part[at]; }
    part[at] = sum;
//#if SECOND
    if fixed.add == 1u { sum_2 += part_2[at]; }
    part_2[at] = sum_2;
//#end
}
