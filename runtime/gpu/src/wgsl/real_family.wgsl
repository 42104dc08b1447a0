// What one real target costs. Its value comes in two parts, and where it is a count its logarithm, too.
struct Fixed {
    first_row: u32,
    rows: u32,    // of this dispatch
    targets: u32, // of an example
    width: u32,   // numbers of a row of outputs, its padding included
    add: u32,     // whether results are added to those of earlier samples
    share: f32,   // of the sample in the objective
    df: f32,      // degrees of freedom
}
@group(0) @binding(1) var<uniform> fixed: Fixed;

struct Terms {
    cost: f32,
    along_first: f32,
    along_second: f32,
    prediction: f32,
}

fn exponential(x: f32) -> f32 {
    let power = exponential4(vec4<f32>(x)).x;
    // Beyond its range it is infinite, not large.
    return select(power, power * power, x > 88.0);
}

// A number that no compiler joins with what follows.
fn apart(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ now.zero); }

fn distance(target_value: vec4<f32>, mean: f32) -> f32 { return apart(target_value.x - mean) + target_value.y; }

//#if GAUSSIAN
// ½·[s + d²·e^(−s)] at distance d = y − μ, with s = ln σ².
fn terms(target_value: vec4<f32>, first: f32, second: f32) -> Terms {
    let height = exponential(-0.5 * second);
    let z = distance(target_value, first) * height;
    return Terms(0.5 * fma(z, z, second), -z * height, 0.5 * fma(-z, z, 1.0), first);
}
//#end
//#if STUDENT_T
// ½·[s + (ν + 1)·ln(1 + z²/ν)] with z = d·e^(−s/2), s = ln τ². Along the mean −(ν + 1)·z/(ν + z²)·e^(−s/2), along s
// ½·ν·(1 − z²)/(ν + z²).
fn terms(target_value: vec4<f32>, first: f32, second: f32) -> Terms {
    let height = exponential(-0.5 * second);
    let z = distance(target_value, first) * height;
    // Beyond this 1 is nothing beside z²/ν, whose square could be too large.
    let is_far = abs(z) > 1e9;
    let near_square = select(z * z, 0.0, is_far);
    let near = logarithm_of_one_plus4(vec4<f32>(near_square / fixed.df)).x;
    let far = 2.0 * logarithm4(vec4<f32>(abs(z))).x - logarithm4(vec4<f32>(fixed.df)).x;
    let cost = 0.5 * fma(fixed.df + 1.0, select(near, far, is_far), second);
    let slope = select(z / (fixed.df + near_square), 1.0 / z, is_far);
    let along_second = select(0.5 * fixed.df * (1.0 - near_square) / (fixed.df + near_square), -0.5 * fixed.df, is_far);
    return Terms(cost, -(fixed.df + 1.0) * slope * height, along_second, first);
}
//#end
//#if POISSON
// e^z − y·z + ln y! is y·(e^d − 1 − d) with d = z − ln y, and what hangs on y alone; e^z where y is 0.
fn terms(target_value: vec4<f32>, first: f32, second: f32) -> Terms {
    let rate = exponential(first);
    if target_value.x == 0.0 { return Terms(rate, rate, 0.0, rate); }
    let d = apart(first - target_value.z) - target_value.w;
    var excess = exponential(d) - 1.0 - d;
    var growth = exponential_less_one4(vec4<f32>(d)).x;
    if d > 88.0 { growth = excess; }
    if abs(d) < 0.5 {
        var p = fma(d, 2.4801587e-5, 1.9841270e-4);
        p = fma(d, p, 1.3888889e-3);
        p = fma(d, p, 8.3333333e-3);
        p = fma(d, p, 4.1666667e-2);
        p = fma(d, p, 1.6666667e-1);
        p = fma(d, p, 0.5);
        excess = d * d * p;
    }
    return Terms(target_value.x * excess, target_value.x * growth, 0.0, rate);
}
//#end
