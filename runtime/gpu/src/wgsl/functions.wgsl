// Elementary functions, and the functions of a network with their slopes, as
// runtime/kernels/src/{functions,activation}.rs have them: polynomials of our own, because a driver's exponential may
// be off by many units in the last place. What is not a number stays visible, for which reason bounds are chosen by
// comparison, not by min and max.

// n = x/ln 2 rounded, 2ⁿ, and eʳ − 1 of the rest r, from the polynomial of Cephes' `expf` (Moshier 1989).
struct Reduced {
    power: vec4<f32>,
    rest: vec4<f32>,
}
fn reduced(whole: vec4<f32>) -> Reduced {
    var x = select(whole, vec4<f32>(88.0), whole > vec4<f32>(88.0));
    x = select(x, vec4<f32>(-87.0), x < vec4<f32>(-87.0));
    let n = round(x * 1.44269504);
    // A compiler would join both parts of ln 2, were there no integer operation between them.
    let first = fma(n, vec4<f32>(-0.6933594), x);
    let r = fma(n, vec4<f32>(2.1219444e-4), bitcast<vec4<f32>>(bitcast<vec4<u32>>(first) ^ vec4<u32>(now.zero)));
    var p = vec4<f32>(1.9875691e-4);
    p = fma(p, r, vec4<f32>(1.3981999e-3));
    p = fma(p, r, vec4<f32>(8.333452e-3));
    p = fma(p, r, vec4<f32>(4.1665796e-2));
    p = fma(p, r, vec4<f32>(1.6666665e-1));
    p = fma(p, r, vec4<f32>(0.5));
    let power = bitcast<vec4<f32>>(vec4<u32>(vec4<i32>(n) + vec4<i32>(127)) << vec4<u32>(23u));
    return Reduced(power, fma(p * r, r, r));
}

// eˣ; what would be below 1.6e-38 is that, what would be above 1.6e38 is that.
fn exponential4(x: vec4<f32>) -> vec4<f32> {
    let parts = reduced(x);
    return (parts.rest + 1.0) * parts.power;
}

// eˣ − 1, also near 0.
fn exponential_less_one4(x: vec4<f32>) -> vec4<f32> {
    let parts = reduced(x);
    return fma(parts.power, parts.rest, parts.power - 1.0);
}

// ln(1 + x) for 0 ≤ x ≤ 1, also near 0: 2·artanh(s) with s = x/(2 + x) ≤ ⅓ by its series.
fn logarithm_of_one_and4(x: vec4<f32>) -> vec4<f32> {
    let s = x / (x + 2.0);
    let z = s * s;
    var p = vec4<f32>(0.06666667);
    p = fma(p, z, vec4<f32>(0.07692308));
    p = fma(p, z, vec4<f32>(0.09090909));
    p = fma(p, z, vec4<f32>(0.11111111));
    p = fma(p, z, vec4<f32>(0.14285715));
    p = fma(p, z, vec4<f32>(0.2));
    p = fma(p, z, vec4<f32>(0.33333334));
    p = fma(p, z, vec4<f32>(1.0));
    return (s + s) * p;
}

// ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|); below −87 it stays what it is there.
fn softplus4(x: vec4<f32>) -> vec4<f32> {
    return select(x, vec4<f32>(0.0), x < vec4<f32>(0.0)) + logarithm_of_one_and4(exponential4(-abs(x)));
}

// 1/(1 + e⁻ˣ); below −87 it stays what it is there.
fn sigmoid4(x: vec4<f32>) -> vec4<f32> {
    let t = exponential4(-abs(x));
    return select(vec4<f32>(1.0), t, x < vec4<f32>(0.0)) / (t + 1.0);
}

fn hyperbolic_tangent4(x: vec4<f32>) -> vec4<f32> {
    let t = exponential_less_one4(abs(x) * -2.0);
    let size = t / (t + 2.0);
    return select(-size, size, x < vec4<f32>(0.0));
}

// The error function (Abramowitz & Stegun 1964, 7.1.26), and e^−x².
struct Error {
    function: vec4<f32>,
    decay: vec4<f32>,
}
fn error4(x: vec4<f32>) -> Error {
    let size = abs(x);
    let t = 1.0 / fma(size, vec4<f32>(0.3275911), vec4<f32>(1.0));
    var p = vec4<f32>(1.0614054);
    p = fma(p, t, vec4<f32>(-1.453152));
    p = fma(p, t, vec4<f32>(1.4214137));
    p = fma(p, t, vec4<f32>(-0.28449674));
    p = fma(p, t, vec4<f32>(0.2548296));
    let decay = select(exponential4(-(size * size)), vec4<f32>(0.0), size > vec4<f32>(6.0));
    let above = 1.0 - p * t * decay;
    return Error(select(above, -above, x < vec4<f32>(0.0)), decay);
}

// The codes of `Function::code`.
const IDENTITY: u32 = 0u;
const RELU: u32 = 1u;
const LEAKY_RELU: u32 = 2u;
const SOFTPLUS: u32 = 3u;
const ELU: u32 = 4u;
const TANH: u32 = 5u;
const SIGMOID: u32 = 6u;
const GELU: u32 = 7u;
const SILU: u32 = 8u;

// f(x)
fn activate(function: u32, parameter: f32, x: vec4<f32>) -> vec4<f32> {
    let positive = x > vec4<f32>(0.0);
    switch function {
        case RELU: { return select(x, vec4<f32>(0.0), x < vec4<f32>(0.0)); }
        case LEAKY_RELU: { return select(x * parameter, x, positive); }
        case SOFTPLUS: { return softplus4(x); }
        case ELU: { return select(exponential_less_one4(x) * parameter, x, positive); }
        case TANH: { return hyperbolic_tangent4(x); }
        case SIGMOID: { return sigmoid4(x); }
        case GELU: { return x * fma(error4(x * 0.70710677).function, vec4<f32>(0.5), vec4<f32>(0.5)); }
        case SILU: { return x * sigmoid4(x); }
        default: { return x; }
    }
}

// f′ where f(x) = y, for functions that never fall.
fn slope_at_value(function: u32, parameter: f32, y: vec4<f32>) -> vec4<f32> {
    let positive = y > vec4<f32>(0.0);
    switch function {
        case RELU: { return select(vec4<f32>(0.0), vec4<f32>(1.0), positive); }
        case LEAKY_RELU: { return select(vec4<f32>(parameter), vec4<f32>(1.0), positive); }
        // The sigmoid of x is 1 − e^−softplus(x).
        case SOFTPLUS: { return -exponential_less_one4(-y); }
        case ELU: { return select(y + parameter, vec4<f32>(1.0), positive); }
        case TANH: { return 1.0 - y * y; }
        case SIGMOID: { return y * (1.0 - y); }
        default: { return vec4<f32>(1.0); }
    }
}

// f′(x)
fn slope(function: u32, parameter: f32, x: vec4<f32>) -> vec4<f32> {
    switch function {
        case SOFTPLUS: { return sigmoid4(x); }
        case ELU: { return select(exponential4(x) * parameter, vec4<f32>(1.0), x > vec4<f32>(0.0)); }
        case TANH, SIGMOID: { return slope_at_value(function, parameter, activate(function, parameter, x)); }
        case GELU: {
            let error = error4(x * 0.70710677);
            return fma(x, error.decay * 0.3989423, fma(error.function, vec4<f32>(0.5), vec4<f32>(0.5)));
        }
        case SILU: {
            let s = sigmoid4(x);
            return s * fma(x, 1.0 - s, vec4<f32>(1.0));
        }
        default: { return slope_at_value(function, parameter, x); }
    }
}
