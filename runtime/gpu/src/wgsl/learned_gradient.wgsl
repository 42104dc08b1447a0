// The gradient along what an output learns beside the layers: a sum over rows. A workgroup has a target.
@group(0) @binding(2) var<storage, read> outputs: array<f32>;
@group(0) @binding(3) var<storage, read> targets: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> learned: array<f32>;
@group(0) @binding(5) var<storage, read_write> gradient: array<f32>;

var<workgroup> sums: array<f32, 256>;

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let place = workgroup_number(id, count);
    if place >= fixed.targets { return; }
    var sum = 0.0;
    for (var row = local; row < min(fixed.rows, now.examples); row += 256u) {
        let mean = outputs[row * fixed.width + place];
        sum += terms(targets[row * fixed.targets + place], mean, learned[place]).along_second;
    }
    sums[local] = sum;
    workgroupBarrier();
    for (var distance = 128u; distance > 0u; distance = distance / 2u) {
        if local < distance { sums[local] = sums[local] + sums[local + distance]; }
        workgroupBarrier();
    }
    if local == 0u {
        let along = fixed.share * now.loss_weight * sums[0];
        if fixed.add == 0u { gradient[place] = along; } else { gradient[place] = gradient[place] + along; }
    }
}
