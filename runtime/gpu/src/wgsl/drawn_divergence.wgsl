// Adds the gradient of ln q(w) − ln p(w) at the draw w = μ + σ·ε (Blundell et al. 2015, equation 2) to the gradients
// along μ and along σ: −s and −1/σ − ε·s, where s = d ln p/dw; says what is known of each block.
struct Fixed {
    first_block: u32,
    blocks: u32, // of this dispatch
    numbers: u32,
    first_record: u32,
    share: f32, // of the sample in the objective
    add: u32,   // whether the divergence is added to that of earlier samples
//#if MIXTURE
    first_height: f32, // ln of each component's share over its deviation
    second_height: f32,
    first_precision: f32,
    second_precision: f32,
//#else
    df: f32,
    inverse_scale: f32,
    centre: f32,
    height: f32, // ln p at the centre
//#end
}
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(2) var<storage, read> means: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> rhos: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> noise: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> along_mean: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> along_deviation: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> records: array<vec4<f32>>;

const BLOCK: u32 = 4096u;
const THREADS: u32 = 256u;
const TURNS: u32 = 4u;
const HALF_LN_TWO_PI: f32 = 0.9189385;

// ln p and its slope.
struct Density {
    value: vec4<f32>,
    slope: vec4<f32>,
}
//#if MIXTURE
// By the larger part and the ratio of the other to it: neither part underflows.
fn density(w: vec4<f32>) -> Density {
    let square = w * w;
    let first = fma(square, vec4<f32>(-0.5 * fixed.first_precision), vec4<f32>(fixed.first_height));
    let second = fma(square, vec4<f32>(-0.5 * fixed.second_precision), vec4<f32>(fixed.second_height));
    let larger = select(second, first, first > second);
    let other = exponential4(-abs(first - second));
    let value = larger + logarithm_of_one_and4(other) - HALF_LN_TWO_PI;
    let share = select(other, vec4<f32>(1.0), first > second) / (1.0 + other);
    let rest = select(vec4<f32>(1.0), other, first > second) / (1.0 + other);
    return Density(value, -w * (share * fixed.first_precision + rest * fixed.second_precision));
}
//#else
// With z = (w − centre)/scale: the height − (ν + 1)/2·ln(1 + z²/ν), and −(ν + 1)·z/(ν + z²)/scale.
fn density(w: vec4<f32>) -> Density {
    let z = (w - fixed.centre) * fixed.inverse_scale;
    let square = z * z;
    let value = fixed.height - 0.5 * (fixed.df + 1.0) * logarithm_of_one_plus4(square / fixed.df);
    return Density(value, -(fixed.df + 1.0) * z / (fixed.df + square) * fixed.inverse_scale);
}
//#end

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let here = workgroup_number(id, count);
    if here >= fixed.blocks { return; }
    let block = fixed.first_block + here;
    var sum = 0.0;
    var bits = 0u;
    for (var turn = 0u; turn < TURNS; turn++) {
        let place = turn * THREADS + local;
        let number = vec4<u32>(block * BLOCK + place * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
        if number.x >= fixed.numbers { continue; }
        let at = here * (BLOCK / 4u) + place;
        let rho = rhos[at];
        let exists = (number < vec4<u32>(fixed.numbers)) & !(rho <= vec4<f32>(ABSENT));
        let own = select(vec4<f32>(), rho, exists);
        let deviation = softplus4(own);
        let draw = select(vec4<f32>(), noise[at], exists);
        let mean = select(vec4<f32>(), means[at], exists);
        let known = density(fma(deviation, draw, mean));
        let all = -logarithm_of_softplus4(own) - 0.5 * draw * draw - HALF_LN_TWO_PI - known.value;
        let value = select(vec4<f32>(), all, exists);
        sum += value.x + value.y + value.z + value.w;
        bits |= fault(value, DIVERGENCE);
        let weight = fixed.share * now.divergence_weight;
        if weight != 0.0 {
            along_mean[at] = along_mean[at] - select(vec4<f32>(), weight * known.slope, exists);
            let along = weight * fma(draw, known.slope, 1.0 / deviation);
            along_deviation[at] = along_deviation[at] - select(vec4<f32>(), along, exists);
        }
    }
    var record = record_of(local, vec3<f32>(sum * fixed.share, 0.0, 0.0), bits);
    if local == 0u {
        let to = fixed.first_record + block;
        if fixed.add != 0u {
            let before = records[to];
            record = vec4<f32>(record.xyz + before.xyz, f32(u32(record.w) | u32(before.w)));
        }
        records[to] = record;
    }
}
