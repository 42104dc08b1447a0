// Decides by the records of all blocks, in their order, whether a step may be taken, and by how much gradients are
// scaled.
struct Fixed {
    records: u32,
    maximum: f32, // the largest norm let through; 0 for any
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(2) var<storage, read> records: array<vec4<f32>>;
// Words and numbers, by their bits: see `Verdict`.
@group(0) @binding(3) var<storage, read_write> verdict: array<u32>;

// Records that are added up before their sum is added to the others.
const TERMS: u32 = 32u;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) local: u32) {
    var sum = vec3<f32>();
    var bits = 0u;
    for (var start = local; start < fixed.records; start += TERMS * 256u) {
        var part = vec3<f32>();
        for (var at = start; at < min(start + TERMS * 256u, fixed.records); at += 256u) {
            let record = records[at];
            part += record.xyz;
            bits |= u32(record.w);
        }
        sum += part;
    }
    verdict[64u + local] = bitcast<u32>(sum.x);
    verdict[320u + local] = bitcast<u32>(sum.z);
    let all = record_of(local, sum, bits);
    if local == 0u {
        let norm = sqrt(all.y) * (1.0 / SHRINKING);
        var scale = 1.0;
        if fixed.maximum != 0.0 { scale = min(fixed.maximum / (norm + 1e-6), 1.0); }
        verdict[0] = u32(all.w);
        verdict[1] = bitcast<u32>(scale);
        verdict[2] = bitcast<u32>(norm);
    }
}
