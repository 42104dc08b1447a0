// Whether the largest of a row of probabilities, or of sums of them, is that of its label: 1 or 0. A workgroup has a
// row.
struct Fixed {
    first_row: u32,
    rows: u32, // of this dispatch
    classes: u32,
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(2) var<storage, read> predictions: array<f32>;
@group(0) @binding(3) var<storage, read> labels: array<u32>;
@group(0) @binding(4) var<storage, read_write> closeness: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = workgroup_number(id, count);
    if row >= fixed.rows { return; }
    let width = (fixed.classes + 3u) / 4u * 4u;
    var own = Best(LEAST, NOWHERE);
    for (var place = local; place < fixed.classes; place += THREADS) {
        own = better(own, predictions[row * width + place], place);
    }
    let best = best_of(local, own);
    let counts = fixed.first_row + row < now.examples;
    if local == 0u { closeness[row] = select(0.0, 1.0, counts && best.place == labels[row]); }
}
