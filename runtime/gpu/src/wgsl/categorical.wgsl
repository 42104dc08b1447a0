// What classes cost by a softmax of scores, or of ln softplus of them, with label smoothing s and a weight w for each
// class: −ln p(c) counts w_c·((1 − s)·[c = y] + s/C). A workgroup has a row.
struct Fixed {
    first_row: u32,
    rows: u32,       // of this dispatch
    classes: u32,
    add: u32,        // whether probabilities are added to those of earlier samples
    share: f32,      // of the sample in the objective
    rest: f32,       // 1 − s
    smoothing: f32,  // s/C
    all_weights: f32, // of all classes together
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(2) var<storage, read> outputs: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> labels: array<u32>;
@group(0) @binding(4) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> costs: array<f32>;
@group(0) @binding(6) var<storage, read_write> predictions: array<vec4<f32>>;
//#if GRADIENT
@group(0) @binding(7) var<storage, read_write> gradient: array<vec4<f32>>;
//#end

var<workgroup> sums: array<vec4<f32>, 64>;

const PLACES: vec4<u32> = vec4<u32>(0u, 1u, 2u, 3u);

// What the softmax is of.
fn scores(row: u32, quad: u32, quads: u32) -> vec4<f32> {
    let given = outputs[row * quads + quad];
//#if SOFTPLUS
    return logarithm_of_softplus4(given);
//#else
    return given;
//#end
}

fn total4(x: vec4<f32>) -> f32 { return x.x + x.y + x.z + x.w; }

fn sum_of(local: u32, own: vec4<f32>) -> vec4<f32> {
    sums[local] = own;
    workgroupBarrier();
    for (var distance = THREADS / 2u; distance > 0u; distance = distance / 2u) {
        if local < distance { sums[local] = sums[local] + sums[local + distance]; }
        workgroupBarrier();
    }
    return sums[0];
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = workgroup_number(id, count);
    if row >= fixed.rows { return; }
    let quads = (fixed.classes + 3u) / 4u;
    if fixed.first_row + row >= now.examples {
        for (var quad = local; quad < quads; quad += THREADS) {
            if fixed.add == 0u { predictions[row * quads + quad] = vec4<f32>(); }
//#if GRADIENT
            gradient[row * quads + quad] = vec4<f32>();
//#end
        }
        if local == 0u { costs[row] = 0.0; }
        return;
    }
    var own = Best(LEAST, NOWHERE);
    for (var quad = local; quad < quads; quad += THREADS) {
        let here = scores(row, quad, quads);
        for (var i = 0u; i < 4u; i++) {
            let place = quad * 4u + i;
            if place < fixed.classes { own = better(own, here[i], place); }
        }
    }
    let best = best_of(local, own);
    // Labels have been checked where they come from; nothing beyond the row is read whatever they are.
    let label = min(labels[row], fixed.classes - 1u);
    // Sums of e^(s − the largest) without the largest and without the label's, and of what smoothing takes, without
    // ln of the sum.
    var sum = vec4<f32>();
    for (var quad = local; quad < quads; quad += THREADS) {
        let place = vec4<u32>(quad * 4u) + PLACES;
        let exists = place < vec4<u32>(fixed.classes);
        let below = scores(row, quad, quads) - best.value;
        let power = select(vec4<f32>(), exponential4(below), exists);
        let others = select(power, vec4<f32>(), place == vec4<u32>(best.place));
        let without_label = select(power, vec4<f32>(), place == vec4<u32>(label));
        let weight = weights[quad];
        let smoothed = select(vec4<f32>(), weight * -below, exists & (weight != vec4<f32>()));
        sum += vec4<f32>(total4(others), total4(without_label), total4(smoothed), 0.0);
    }
    let all = sum_of(local, sum);
    let total = 1.0 + all.x;
    let logarithm = logarithm_of_one_plus4(vec4<f32>(all.x)).x;
    let weight = weights[label / 4u][label % 4u];
    if local == 0u {
        let score = scores(row, label / 4u, quads)[label % 4u];
        var cost = logarithm - (score - best.value);
        // What does not count must not turn ∞ into something that is not a number.
        cost = select(0.0, fixed.rest * weight * cost, weight != 0.0);
        if fixed.smoothing != 0.0 { cost += fixed.smoothing * fma(logarithm, fixed.all_weights, all.z); }
        costs[row] = cost;
    }
    let counts = fma(fixed.rest, weight, fixed.smoothing * fixed.all_weights);
    let scale = fixed.share * now.loss_weight;
    for (var quad = local; quad < quads; quad += THREADS) {
        let place = vec4<u32>(quad * 4u) + PLACES;
        let exists = place < vec4<u32>(fixed.classes);
        let probability = select(vec4<f32>(), exponential4(scores(row, quad, quads) - best.value) / total, exists);
        let at = row * quads + quad;
        if fixed.add == 0u { predictions[at] = probability; } else { predictions[at] = predictions[at] + probability; }
//#if GRADIENT
        // The label's is what all others sum up to, so that nothing cancels where its probability is close to 1.
        let own_weight = weights[quad];
        let of_label = fixed.smoothing * (fixed.all_weights - own_weight) - counts * (all.y / total);
        let of_others = fma(probability, vec4<f32>(counts), -fixed.smoothing * own_weight);
        var along = scale * select(of_others, of_label, place == vec4<u32>(label));
//#if SOFTPLUS
        // The derivative of ln softplus(z), which tends to 1 for very negative z.
        let z = outputs[at];
        along = along * select(sigmoid4(z) / softplus4(z), vec4<f32>(1.0), z < vec4<f32>(-15.0));
//#end
        gradient[at] = select(vec4<f32>(), along, exists);
//#end
    }
}
