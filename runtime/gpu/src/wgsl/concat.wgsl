// A range of channels of one value to a range of channels of another, number by number, since ranges begin anywhere.
struct Fixed {
    count: u32,          // numbers to be looked at: places × channels
    channels: u32,       // numbers of each place to be written: those that are copied, then zeros
    copied: u32,
    from_width: u32,
    from_channel: u32,   // where the range begins
    to_width: u32,
    to_channel: u32,
    add: u32,            // whether numbers are added to what is there; the zeros then change nothing
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
    let channel = at % fixed.channels;
    let place = at / fixed.channels;
    let to = place * fixed.to_width + fixed.to_channel + channel;
    var value = 0.0;
    if channel < fixed.copied {
        value = numbers[place * fixed.from_width + fixed.from_channel + channel];
    }
    if fixed.add != 0u { value += results[to]; }
    results[to] = value;
}
