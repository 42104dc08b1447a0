// Between places with channels innermost and features with channels outermost.
struct Fixed {
    count: u32,       // numbers to be written
    positions: u32,
    channels: u32,
    width: u32,       // of a place
    features: u32,    // positions × channels with their padding
    add: u32,         // whether numbers are added to what is there
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(2) var<storage, read> numbers: array<f32>;
@group(0) @binding(3) var<storage, read_write> results: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let at = workgroup_number(group, groups) * 64u + local;
    if at >= fixed.count { return; }
    var value = 0.0;
//#if TO_FEATURES
    let feature = at % fixed.features;
    let row = at / fixed.features;
    if feature < fixed.positions * fixed.channels {
        let place = row * fixed.positions + feature % fixed.positions;
        value = numbers[place * fixed.width + feature / fixed.positions];
    }
//#else
    let channel = at % fixed.width;
    let position = at / fixed.width % fixed.positions;
    let row = at / fixed.width / fixed.positions;
    if channel < fixed.channels {
        value = numbers[row * fixed.features + channel * fixed.positions + position];
    }
//#end
    if fixed.add != 0u { value += results[at]; }
    results[at] = value;
}
