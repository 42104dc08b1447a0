// One step of an optimizer over tensors that lie one after the other, unless the step's verdict forbids it.
struct Fixed {
    first_block: u32,
    blocks: u32,     // of this dispatch
    all_blocks: u32, // of the table
    pull: f32,       // this times a weight that decays is added to its gradient
    first_decay: f32,
    second_decay: f32,
    first_rest: f32, // one less the decay
    second_rest: f32,
    epsilon: f32,
    momentum: f32,
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(3) var<storage, read> verdict: array<u32>;
@group(0) @binding(4) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> values: array<vec4<f32>>;
//#for moment in 0..MOMENTS
@group(0) @binding(${6+moment}) var<storage, read_write> moment_${moment}: array<vec4<f32>>;
//#end
//#if VARIANCES
@group(0) @binding(${6+MOMENTS}) var<storage, read_write> variances: array<vec4<f32>>;
//#end

const WEIGHT: u32 = 0u;
const FREE: u32 = 1u;

// The value after the step.
fn moved(at: u32, value: vec4<f32>, along: vec4<f32>) -> vec4<f32> {
//#if ADAM
    // Kingma & Ba 2015, algorithm 1; corrections: the rate over 1 − β₁ᵗ, 1/√(1 − β₂ᵗ).
    let mean = fma(along, vec4<f32>(fixed.first_rest), moment_0[at] * fixed.first_decay);
    let square = fma(along * along, vec4<f32>(fixed.second_rest), moment_1[at] * fixed.second_decay);
    moment_0[at] = mean;
    moment_1[at] = square;
    return value - mean * now.corrections.x / fma(sqrt(square), vec4<f32>(now.corrections.y), vec4<f32>(fixed.epsilon));
//#end
//#if SGD
    var direction = along;
//#if MOMENTUM
    let velocity = fma(moment_0[at], vec4<f32>(fixed.momentum), along);
    moment_0[at] = velocity;
    direction = velocity;
//#if NESTEROV
    direction = fma(velocity, vec4<f32>(fixed.momentum), along);
//#end
//#end
    return fma(direction, vec4<f32>(-now.learning_rate), value);
//#end
//#if RMSPROP
    let square = fma(along * along, vec4<f32>(fixed.second_rest), moment_0[at] * fixed.second_decay);
    moment_0[at] = square;
    var spread = square;
//#if CENTERED
    let mean = fma(along, vec4<f32>(fixed.second_rest), moment_1[at] * fixed.second_decay);
    moment_1[at] = mean;
    // A variance, which rounding may take below 0.
    spread = max(spread - mean * mean, vec4<f32>());
//#end
    var step = along / (sqrt(spread) + fixed.epsilon);
//#if MOMENTUM
    step = fma(moment_${VELOCITY}[at], vec4<f32>(fixed.momentum), step);
    moment_${VELOCITY}[at] = step;
//#end
    return fma(step, vec4<f32>(-now.learning_rate), value);
//#end
}

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let here = workgroup_number(id, count);
    if here >= fixed.blocks || verdict[0] != 0u { return; }
    let scale = bitcast<f32>(verdict[1]);
    let block = fixed.first_block + here;
    let segment = segment_of(block, fixed.all_blocks);
    let decays = segment.kind == WEIGHT || segment.kind == FREE;
    let pull = select(0.0, fixed.pull, decays);
    // What bypasses the moments.
    let shrink = select(1.0, now.optimizer.x, decays);
    for (var turn = 0u; turn < TURNS; turn++) {
        let place = turn * THREADS + local;
        let exists = existing(segment, block, place * 4u);
        if !any(exists) { continue; }
        let at = here * (BLOCK / 4u) + place;
        let value = values[at];
        let along = fma(value, vec4<f32>(pull), select(vec4<f32>(), gradient[at], exists) * scale);
        let result = moved(at, value * shrink, along);
        values[at] = result;
//#if VARIANCES
        let deviation = select(softplus4(result), vec4<f32>(), !exists | (result <= vec4<f32>(ABSENT)));
        variances[at] = deviation * deviation;
//#end
    }
}
