// Logarithms and an error function that is accurate near 0, beside `functions.wgsl`. What is not a number stays
// visible.

// Whether each is a number, by its bits: a compiler may take for granted that comparisons are of numbers.
fn finite4(x: vec4<f32>) -> vec4<bool> {
    return (bitcast<vec4<u32>>(x) & vec4<u32>(0x7f800000u)) != vec4<u32>(0x7f800000u);
}

// ln x of positive normal x to 2e-7, from the polynomial of Cephes' `logf` (Moshier 1989) in m − 1 for m in [√½, √2).
fn logarithm4(x: vec4<f32>) -> vec4<f32> {
    let bits = bitcast<vec4<u32>>(x);
    let exponent = bitcast<vec4<i32>>(bits - vec4<u32>(0x3F3504F3u)) >> vec4<u32>(23u);
    let f = bitcast<vec4<f32>>(bits - (bitcast<vec4<u32>>(exponent) << vec4<u32>(23u))) - 1.0;
    let e = vec4<f32>(exponent);
    let z = f * f;
    var p = vec4<f32>(7.0376836e-2);
    p = fma(p, f, vec4<f32>(-1.151461e-1));
    p = fma(p, f, vec4<f32>(1.1676999e-1));
    p = fma(p, f, vec4<f32>(-1.2420141e-1));
    p = fma(p, f, vec4<f32>(1.4249323e-1));
    p = fma(p, f, vec4<f32>(-1.6668058e-1));
    p = fma(p, f, vec4<f32>(2.0000715e-1));
    p = fma(p, f, vec4<f32>(-2.4999994e-1));
    p = fma(p, f, vec4<f32>(3.333333e-1));
    let tail = fma(z, vec4<f32>(-0.5), fma(e, vec4<f32>(-2.1219444e-4), p * f * z));
    return select(x, fma(e, vec4<f32>(0.6933594), f + tail), finite4(x));
}

// ln(1 + x) for x ≥ 0, also near 0.
fn logarithm_of_one_plus4(x: vec4<f32>) -> vec4<f32> {
    return select(logarithm_of_one_and4(x), logarithm4(1.0 + x), x > vec4<f32>(1.0));
}

// ln softplus(x). Below −15 softplus is exponential to within rounding.
fn logarithm_of_softplus4(x: vec4<f32>) -> vec4<f32> {
    return select(logarithm4(softplus4(x)), x, x < vec4<f32>(-15.0));
}

// The error function, its relative error below 4e-7 also near 0: within 1 the polynomial of Cephes' `erff` (Moshier
// 1989).
fn error_function4(x: vec4<f32>) -> vec4<f32> {
    let z = x * x;
    var p = vec4<f32>(7.8538614e-5);
    p = fma(p, z, vec4<f32>(-8.0101936e-4));
    p = fma(p, z, vec4<f32>(5.1883273e-3));
    p = fma(p, z, vec4<f32>(-2.6853813e-2));
    p = fma(p, z, vec4<f32>(1.1283585e-1));
    p = fma(p, z, vec4<f32>(-3.7612626e-1));
    p = fma(p, z, vec4<f32>(1.1283792));
    return select(error4(x).function, x * p, abs(x) < vec4<f32>(1.0));
}
