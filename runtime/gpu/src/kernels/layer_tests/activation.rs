use super::{close, put, random, run, same_bits, some_were_divided};
use crate::kernels::Value;
use crate::kernels::activation::{Activation, ActivationGradient, Function};
use crate::recording::Recording;
use crate::varying::Varying;
use std::f64::consts::{PI, SQRT_2};

const FUNCTIONS: [Function; 10] = [
    Function::Identity,
    Function::Relu,
    Function::LeakyRelu { slope: 0.01 },
    Function::LeakyRelu { slope: -0.5 },
    Function::Softplus,
    Function::Elu { alpha: 1.3 },
    Function::Tanh,
    Function::Sigmoid,
    Function::Gelu,
    Function::Silu,
];

/// Φ(x) by the Taylor series of the integral of the density (Marsaglia 2004).
fn cumulative(x: f64) -> f64 {
    if x.abs() > 8.0 {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    let (mut sum, mut term, mut i) = (x, x, 1.0);
    while term.abs() > 1e-17 * sum.abs() {
        i += 2.0;
        term *= x * x / i;
        sum += term;
    }
    0.5 + sum * density(x)
}

fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (PI * SQRT_2 * SQRT_2).sqrt()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// f(x) and f′(x)
fn exact(function: Function, x: f64) -> (f64, f64) {
    let positive = x > 0.0;
    match function {
        Function::Identity => (x, 1.0),
        Function::Relu => (x.max(0.0), f64::from(positive)),
        Function::LeakyRelu { slope } => {
            if positive {
                (x, 1.0)
            } else {
                (x * f64::from(slope), slope.into())
            }
        }
        Function::Softplus => (x.max(0.0) + (-x.abs()).exp().ln_1p(), sigmoid(x)),
        Function::Elu { alpha } => {
            let alpha = f64::from(alpha);
            if positive { (x, 1.0) } else { (alpha * x.exp_m1(), alpha * x.exp()) }
        }
        Function::Tanh => (x.tanh(), 1.0 - x.tanh() * x.tanh()),
        Function::Sigmoid => (sigmoid(x), sigmoid(x) * (1.0 - sigmoid(x))),
        Function::Gelu => (x * cumulative(x), cumulative(x) + x * density(x)),
        Function::Silu => (x * sigmoid(x), sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x)))),
    }
}

fn check(function: Function, value: Value, rows: usize, add: bool) {
    let scales = [0.001, 0.1, 1.0, 4.0, 30.0, 100.0];
    let from = random(6, value, rows);
    let from: Vec<f32> = from.iter().enumerate().map(|(at, number)| number * scales[at / 7 % 6]).collect();
    let (gradient, before) = (random(7, value, rows), random(8, value, rows));
    let got = same_bits((4 * rows * value.numbers() / 3).max(64 * value.numbers()), |device| {
        let [input, gradients, along] = [&from, &gradient, &before].map(|numbers| put(device, numbers));
        let result = super::fresh(device, from.len());
        let mut recording = Recording::new(device);
        let from = &input.all();
        let forward = Activation { function, value, rows, from, to: &result.all() };
        forward.record(&mut recording).unwrap();
        let (gradient, to) = (&gradients.all(), &along.all());
        let back = ActivationGradient { function, value, rows, from, gradient, to, add };
        back.record(&mut recording).unwrap();
        run(&recording, &Varying::default(), &[&result, &along])
    });
    let Some(got) = got else { return };
    let pairs: Vec<_> = from.iter().map(|&x| exact(function, x.into())).collect();
    let is_padding = |at: usize| at % value.width() >= value.channels;
    let values: Vec<f64> =
        pairs.iter().enumerate().map(|(at, pair)| if is_padding(at) { 0.0 } else { pair.0 }).collect();
    let along: Vec<f64> = (0..from.len())
        .map(|at| f64::from(gradient[at]) * pairs[at].1 + if add { f64::from(before[at]) } else { 0.0 })
        .collect();
    close(&format!("{function:?}"), &got[0], &values, 1e-6);
    close(&format!("slope of {function:?}"), &got[1], &along, 4e-6);
    assert!((0..from.len()).filter(|&at| is_padding(at)).all(|at| got[0][at] == 0.0), "{function:?}");
}

#[test]
fn functions_and_their_slopes() {
    for function in FUNCTIONS {
        for (size, channels, rows, add) in
            [([3, 5], 6, 7, false), ([1, 1], 10, 300, true), ([2, 2], 1, 1, true), ([4, 4], 8, 35, false)]
        {
            check(function, Value { size, channels }, rows, add);
        }
    }
    some_were_divided();
}

#[test]
fn what_is_not_a_number_stays_visible() {
    let Some(device) = crate::tests::device(&crate::Opening::default()) else { return };
    let value = Value { size: [1, 1], channels: 4 };
    let from = put(&device, &[f32::NAN, 1.0, f32::INFINITY, -2.0]);
    for function in FUNCTIONS {
        let (result, along, ones) = (super::fresh(&device, 4), super::fresh(&device, 4), put(&device, &[1.0; 4]));
        let mut recording = Recording::new(&device);
        let (from, to) = (&from.all(), &result.all());
        Activation { function, value, rows: 1, from, to }.record(&mut recording).unwrap();
        let (gradient, to) = (&ones.all(), &along.all());
        let back = ActivationGradient { function, value, rows: 1, from, gradient, to, add: false };
        back.record(&mut recording).unwrap();
        let got = run(&recording, &Varying::default(), &[&result, &along]);
        assert!(got[0][0].is_nan() && got[0][1].is_finite() && got[0][3].is_finite(), "{function:?}: {:?}", got[0]);
    }
}
