// The sum over an example's targets of squared distances from the mean prediction of samples. A thread has a row.
@group(0) @binding(2) var<storage, read> predictions: array<f32>;
@group(0) @binding(3) var<storage, read> targets: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> closeness: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = workgroup_number(id, count) * 64u + local;
    if row >= fixed.rows { return; }
    let width = (fixed.targets + 3u) / 4u * 4u;
    var sum = 0.0;
    if fixed.first_row + row < now.examples {
        for (var i = 0u; i < fixed.targets; i++) {
            let d = distance(targets[row * fixed.targets + i], predictions[row * width + i] * fixed.share);
            sum = fma(d, d, sum);
        }
    }
    closeness[row] = sum;
}
