// Completes the gradients of Gaussian weights: those along σ² or σ become those along ρ, σ = softplus(ρ), and the
// gradient of the divergence that has a closed form is added; says what is known of each block.
struct Fixed {
    first_block: u32,
    blocks: u32,     // of this dispatch
    all_blocks: u32, // of the table
    first_record: u32,
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(3) var<storage, read> means: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> rhos: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> mean_gradient: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> second_gradient: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> records: array<vec4<f32>>;

const NORMAL: u32 = 16u;
const LAPLACE: u32 = 17u;
// What the second gradient is along.
const VARIANCE: u32 = 0u;

const ROOT_TWO_OVER_PI: f32 = 0.7978846;
const ROOT_HALF: f32 = 0.70710677;
// ln 2 − ½·ln(2π) − ½
const LAPLACE_HEIGHT: f32 = -0.7257913;

// The divergence, and its derivatives along μ and along σ, the latter without its −1/σ.
struct Divergence {
    value: vec4<f32>,
    along_mean: vec4<f32>,
    along_deviation: vec4<f32>,
}

// Kingma & Welling 2014, appendix B: −ln r + (r² − 1)/2 + d²/2 with r = σ/σ_p and d = (μ − μ_p)/σ_p.
fn from_normal(segment: Segment, mean: vec4<f32>, rho: vec4<f32>, deviation: vec4<f32>) -> Divergence {
    let inverse = 1.0 / segment.spread;
    let ratio = deviation * inverse;
    let distance = (mean - segment.centre) * inverse;
    let far = rho + logarithm4(vec4<f32>(inverse));
    let logarithm = select(logarithm4(ratio), far, rho < vec4<f32>(-15.0));
    let value = fma(fma(distance, distance, (ratio - 1.0) * (ratio + 1.0)), vec4<f32>(0.5), -logarithm);
    return Divergence(value, distance * inverse, ratio * inverse);
}

// −½·ln(2πeσ²) + ln(2b) + E|w − m|/b, where E|w − m| = σ·√(2/π)·e^(−z²/2) + d·erf(z/√2) with d = μ − m and z = d/σ
// (Leone, Nelson & Nottingham 1961).
fn from_laplace(segment: Segment, mean: vec4<f32>, rho: vec4<f32>, deviation: vec4<f32>) -> Divergence {
    let inverse = 1.0 / segment.spread;
    let from_centre = mean - segment.centre;
    let distance = from_centre * inverse;
    let width = deviation * inverse;
    // Beyond 40 deviations an error function is ±1, however large a quotient would be.
    let is_far = abs(from_centre) > 40.0 * deviation;
    let divisor = select(deviation, vec4<f32>(1.0), is_far);
    let z = select(from_centre / divisor, sign(from_centre) * 40.0, is_far) * ROOT_HALF;
    let error = error_function4(z);
    let decay = error4(z).decay * ROOT_TWO_OVER_PI;
    let far = rho + logarithm4(vec4<f32>(inverse));
    let logarithm = select(logarithm4(width), far, rho < vec4<f32>(-15.0));
    let value = fma(distance, error, width * decay) - logarithm + LAPLACE_HEIGHT;
    return Divergence(value, error * inverse, decay * inverse);
}

fn divergence(segment: Segment, mean: vec4<f32>, rho: vec4<f32>, deviation: vec4<f32>) -> Divergence {
    if segment.kind == NORMAL { return from_normal(segment, mean, rho, deviation); }
    return from_laplace(segment, mean, rho, deviation);
}

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let here = workgroup_number(id, count);
    if here >= fixed.blocks { return; }
    let block = fixed.first_block + here;
    let segment = segment_of(block, fixed.all_blocks);
    let closed = segment.kind == NORMAL || segment.kind == LAPLACE;
    var value = 0.0;
    var squares = 0.0;
    var bits = 0u;
    for (var turn = 0u; turn < TURNS; turn++) {
        let place = turn * THREADS + local;
        if !any(existing(segment, block, place * 4u)) { continue; }
        let at = here * (BLOCK / 4u) + place;
        let rho = rhos[at];
        // By comparison with what is absent, so that what is not a number counts.
        let exists = existing(segment, block, place * 4u) & !(rho <= vec4<f32>(ABSENT));
        let mean = select(vec4<f32>(), means[at], exists);
        let deviation = softplus4(select(vec4<f32>(), rho, exists));
        var along_mean = select(vec4<f32>(), mean_gradient[at], exists);
        var along_rho = select(vec4<f32>(), second_gradient[at], exists);
//#if !WHOLE
        // dσ/dρ is the sigmoid of ρ, 1 − e^−σ; over σ it tends to 1.
        let slope = -exponential_less_one4(-deviation);
        if segment.along == VARIANCE { along_rho = along_rho * (deviation + deviation); }
        along_rho = along_rho * slope;
//#end
        var own = vec4<f32>();
        if closed {
            let known = divergence(segment, mean, select(vec4<f32>(), rho, exists), deviation);
            own = select(vec4<f32>(), known.value, exists);
//#if !WHOLE
            if now.divergence_weight != 0.0 {
                let weight = select(vec4<f32>(), vec4<f32>(now.divergence_weight), exists);
                along_mean = fma(known.along_mean, weight, along_mean);
                let quotient = select(slope / deviation, 1.0 - 0.5 * deviation, deviation < vec4<f32>(1e-4));
                along_rho = fma(fma(known.along_deviation, slope, -quotient), weight, along_rho);
            }
//#end
        }
//#if !WHOLE
        mean_gradient[at] = along_mean;
        second_gradient[at] = along_rho;
//#end
        value += own.x + own.y + own.z + own.w;
        let small_mean = along_mean * SHRINKING;
        let small_rho = along_rho * SHRINKING;
        squares += dot(small_mean, small_mean) + dot(small_rho, small_rho);
        bits |= fault(along_mean, GRADIENT) | fault(along_rho, GRADIENT);
        bits |= fault(mean, PARAMETER) | fault(deviation, PARAMETER) | fault(own, DIVERGENCE);
    }
    let record = record_of(local, vec3<f32>(value, squares, 0.0), bits);
    if local == 0u { records[fixed.first_record + block] = record; }
}
