// Costs of real targets, what is predicted of them, and the gradient along the outputs. A thread has a row.
@group(0) @binding(2) var<storage, read> outputs: array<f32>;
@group(0) @binding(3) var<storage, read> targets: array<vec4<f32>>;
//#if LEARNED
@group(0) @binding(4) var<storage, read> learned: array<f32>;
//#end
@group(0) @binding(${4+LEARNED}) var<storage, read_write> costs: array<f32>;
@group(0) @binding(${5+LEARNED}) var<storage, read_write> predictions: array<f32>;
//#if GRADIENT
@group(0) @binding(${6+LEARNED}) var<storage, read_write> gradient: array<f32>;
//#end

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = workgroup_number(id, count) * 64u + local;
    if row >= fixed.rows { return; }
    let counts = fixed.first_row + row < now.examples;
    let scale = fixed.share * now.loss_weight;
    let width = (fixed.targets + 3u) / 4u * 4u;
//#if GRADIENT
    // The padding, and rows that do not count.
    for (var i = 0u; i < fixed.width; i++) { gradient[row * fixed.width + i] = 0.0; }
//#end
    var cost = 0.0;
    for (var i = 0u; i < width; i++) {
        var prediction = 0.0;
        if counts && i < fixed.targets {
            let first = outputs[row * fixed.width + i];
            var second = 0.0;
//#if LEARNED
            second = learned[i];
//#end
//#if GIVEN
            second = outputs[row * fixed.width + fixed.targets + i];
//#end
            let known = terms(targets[row * fixed.targets + i], first, second);
            cost += known.cost;
            prediction = known.prediction;
//#if GRADIENT
            gradient[row * fixed.width + i] = scale * known.along_first;
//#if GIVEN
            gradient[row * fixed.width + fixed.targets + i] = scale * known.along_second;
//#end
//#end
        }
        let at = row * width + i;
        if fixed.add == 0u { predictions[at] = prediction; } else { predictions[at] = predictions[at] + prediction; }
    }
    costs[row] = cost;
}
