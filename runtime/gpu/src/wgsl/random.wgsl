// Philox 4x32-10 and the normal numbers of elbo's own polynomials, operation for operation those of
// runtime/kernels/src/random/{philox,normal}.rs, so that the bits are the same. WGSL has neither a 64-bit product nor
// a way to forbid contraction, and the square root of a driver may be off by a few units in the last place; `high`,
// `product` and `root` make up for the three.

// The upper half of a·m: four products of 16 bits, each of which fits.
fn high(a: u32, m: u32) -> u32 {
    let al = a & 0xffffu;
    let ah = a >> 16u;
    let ml = m & 0xffffu;
    let mh = m >> 16u;
    let middle = ah * ml + ((al * ml) >> 16u);
    let other = al * mh + (middle & 0xffffu);
    return ah * mh + (middle >> 16u) + (other >> 16u);
}

// A number of 64 bits, the lower word first: a·b + c.
fn wide(a: vec2<u32>, b: u32, c: u32) -> vec2<u32> {
    let low = a.x * b;
    let sum = low + c;
    return vec2<u32>(sum, a.y * b + high(a.x, b) + select(0u, 1u, sum < low));
}

fn wide_sum(a: vec2<u32>, b: u32) -> vec2<u32> {
    let sum = a.x + b;
    return vec2<u32>(sum, a.y + select(0u, 1u, sum < b));
}

// The block that number `index` lies in.
fn block_of(index: vec2<u32>) -> vec2<u32> {
    return vec2<u32>((index.x >> 2u) | (index.y << 30u), index.y >> 2u);
}

// The four words of a block of the table (step, sample) under a key.
fn random_words(key: vec2<u32>, step: u32, sample: u32, block: vec2<u32>) -> vec4<u32> {
    var c = vec4<u32>(block, sample, step);
    var k = key;
//#for i in 0..10
    c = vec4<u32>(
        c.y ^ k.x ^ high(c.z, 0xCD9E8D57u),
        c.z * 0xCD9E8D57u,
        c.w ^ k.y ^ high(c.x, 0xD2511F53u),
        c.x * 0xD2511F53u,
    );
    k = k + vec2<u32>(0x9E3779B9u, 0xBB67AE85u);
//#end
    return c;
}

// Numbers uniform in [0, 1): the upper 24 bits of each word.
fn random_uniforms(key: vec2<u32>, step: u32, sample: u32, block: vec2<u32>) -> vec4<f32> {
    return vec4<f32>(random_words(key, step, sample, block) >> vec4<u32>(8u)) * (1.0 / 16777216.0);
}

// A product that no compiler can contract with a sum, because an operation of whole numbers lies between.
fn product(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    return bitcast<vec2<f32>>(bitcast<vec2<u32>>(a * b) ^ vec2<u32>(now.zero));
}
fn scaled(a: vec2<f32>, b: f32) -> vec2<f32> { return product(a, vec2<f32>(b)); }

// √x correctly rounded, if the driver's is within two units. x = M·2^E with M of 24 or 25 bits so that S = √(M·2^23)
// has 24; M·2^23 - S² is small, and so known from its lower 32 bits.
fn root(x: vec2<f32>) -> vec2<f32> {
    let bits = bitcast<vec2<u32>>(x);
    let exponent = bits >> vec2<u32>(23u);
    let mantissa = (bits & vec2<u32>(0x7fffffu)) | vec2<u32>(0x800000u);
    let odd = (exponent + vec2<u32>(1u)) & vec2<u32>(1u); // the exponent of [1, 2) is 127, odd
    let n = (mantissa << odd) << vec2<u32>(23u);
    var answer = bitcast<vec2<u32>>(sqrt(x));
//#if WRONG_ROOT
    answer = answer + bits % vec2<u32>(5u) - vec2<u32>(2u); // a test: off by -2 to 2 units
//#end
//#for i in 0..2
    {
        let s = (answer & vec2<u32>(0x7fffffu)) | vec2<u32>(0x800000u);
        let d = bitcast<vec2<i32>>(n - s * s);
        let above = select(vec2<u32>(0u), vec2<u32>(1u), d > vec2<i32>(s));
        answer = answer + above - select(vec2<u32>(0u), vec2<u32>(1u), d <= -vec2<i32>(s));
    }
//#end
    return select(bitcast<vec2<f32>>(answer), x, x == vec2<f32>(0.0));
}

fn minus_two_logarithm(u: vec2<f32>) -> vec2<f32> {
    let bits = bitcast<vec2<u32>>(u);
    let exponent = bitcast<vec2<i32>>(bits - vec2<u32>(0x3F3504F3u)) >> vec2<u32>(23u);
    let m = bitcast<vec2<f32>>(bits - (bitcast<vec2<u32>>(exponent) << vec2<u32>(23u)));
    let e = vec2<f32>(exponent);
    let x = m - 1.0;
    let z = product(x, x);
    var p = scaled(x, 7.0376836e-2) - 1.151461e-1;
    p = product(p, x) + 1.1676999e-1;
    p = product(p, x) - 1.2420141e-1;
    p = product(p, x) + 1.4249323e-1;
    p = product(p, x) - 1.6668058e-1;
    p = product(p, x) + 2.0000715e-1;
    p = product(p, x) - 2.4999994e-1;
    p = product(p, x) + 3.333333e-1;
    let tail = product(p * x, z) - scaled(e, 2.1219444e-4) - scaled(z, 0.5);
    return (tail + x + scaled(e, 0.6933594)) * -2.0;
}

// Two pairs, each the cosine's and the sine's number.
fn box_muller(words: vec4<u32>) -> vec4<f32> {
    let radius_word = words.xz;
    let angle_word = words.yw;
    let u = (vec2<f32>(vec2<i32>(radius_word >> vec2<u32>(1u))) + 0.5) * (1.0 / 2147483648.0);
    let radius = root(minus_two_logarithm(u));
    let x = vec2<f32>(vec2<i32>(angle_word << vec2<u32>(2u))) * (0.7853981633974483f / 2147483648.0f);
    let z = product(x, x);
    var sine = scaled(z, -1.9515296e-4) + 8.332161e-3;
    sine = product((product(sine, z) - 1.6666655e-1) * z, x) + x;
    var cosine = scaled(z, 2.4433157e-5) - 1.3887316e-3;
    cosine = product((product(cosine, z) + 4.1666646e-2) * z, z);
    cosine = cosine - scaled(z, 0.5) + 1.0;
    let c = bitcast<vec2<u32>>(cosine);
    let s = bitcast<vec2<u32>>(sine);
    let lower_bit = angle_word << vec2<u32>(1u);
    let difference = (c ^ s) & (vec2<u32>(0u) - (lower_bit >> vec2<u32>(31u)));
    let cosine_sign = (angle_word ^ lower_bit) & vec2<u32>(0x80000000u);
    let sine_sign = angle_word & vec2<u32>(0x80000000u);
    let first = radius * bitcast<vec2<f32>>(c ^ difference ^ cosine_sign);
    let second = radius * bitcast<vec2<f32>>(s ^ difference ^ sine_sign);
    return vec4<f32>(first.x, second.x, first.y, second.y);
}

// The standard normal numbers of a block.
fn random_normals(key: vec2<u32>, step: u32, sample: u32, block: vec2<u32>) -> vec4<f32> {
    return box_muller(random_words(key, step, sample, block));
}
