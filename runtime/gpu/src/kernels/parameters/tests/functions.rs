//! The elementary functions that kernels here are made of.

use super::*;
use crate::pipeline::Program;
use crate::recording::Dispatch;

const KERNEL: &str = "
struct Fixed { count: u32 }
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(2) var<storage, read> numbers: array<f32>;
@group(0) @binding(3) var<storage, read_write> results: array<array<f32, 8>>;
@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) t: u32,
) {
    let at = workgroup_number(id, count) * 64u + t;
    if at >= fixed.count { return; }
    let x = vec4<f32>(numbers[at]);
    results[at][0] = exponential4(x).x;
    results[at][1] = exponential_less_one4(x).x;
    results[at][2] = softplus4(x).x;
    results[at][3] = logarithm4(x).x;
    results[at][4] = logarithm_of_one_plus4(x).x;
    results[at][5] = logarithm_of_softplus4(x).x;
    results[at][6] = error_function4(x).x;
    results[at][7] = error4(x).decay.x;
}";

fn results(numbers: &[f32]) -> Option<Vec<[f32; 8]>> {
    let device = device(&Opening::default())?;
    let from = buffer(&device, "numbers", numbers);
    let to = device.zeros("results", 8 * numbers.len() as u64).unwrap();
    let program = Program {
        name: "functions",
        sources: &[include_str!("../../../wgsl/functions.wgsl"), include_str!("../../../wgsl/logarithms.wgsl"), KERNEL],
        flags: Vec::new(),
        values: Vec::new(),
    };
    let mut recording = Recording::new(&device);
    let dispatch = Dispatch {
        program: &program,
        fixed: &[numbers.len() as u32],
        reads: &[&from.all()],
        writes: &[&to.all()],
        workgroups: (numbers.len() as u64).div_ceil(64),
    };
    recording.dispatch(&dispatch).unwrap();
    let found = device.run(&[&recording], &Varying::default(), &[to.all()]).unwrap();
    Some(found[0].chunks(8).map(|chunk| chunk.try_into().unwrap()).collect())
}

/// The largest relative error of a function over some numbers.
fn error(which: usize, function: impl Fn(f64) -> f64, numbers: &[f32]) -> Option<(f64, f32)> {
    let found = results(numbers)?;
    let errors = numbers.iter().zip(found).map(|(&x, found)| {
        let wanted = function(f64::from(x));
        (((f64::from(found[which]) - wanted) / wanted).abs(), x)
    });
    Some(errors.fold((0.0, 0.0), |worst, error| if error.0 > worst.0 || error.0.is_nan() { error } else { worst }))
}

fn over(from: f32, to: f32) -> Vec<f32> {
    numbers(1, 20_000).iter().map(|x| from + (0.5 * x + 0.5) * (to - from)).collect()
}

#[test]
fn functions_are_accurate_to_a_few_units_in_the_last_place() {
    let powers: Vec<f32> = over(-36.0, 36.0).iter().map(|x| x.exp()).collect();
    let small: Vec<f32> = over(-12.0, 0.0).iter().map(|x| x.exp()).collect();
    let around_1 = over(0.99, 1.01);
    let softplus_ln = |x: f64| if x < -36.0 { x } else { softplus(x).ln() };
    type Case<'c> = (usize, fn(f64) -> f64, &'c [f32], f64);
    let (wide, narrow, middle) = (over(-87.0, 88.0), over(-1.0, 1.0), over(-30.0, 30.0));
    let cases: [Case<'_>; 11] = [
        (0, f64::exp, &wide, 3e-7),
        (1, f64::exp_m1, &narrow, 4e-7),
        (2, softplus, &middle, 5e-7),
        (3, f64::ln, &powers, 3e-7),
        (3, f64::ln, &around_1, 3e-7),
        (4, f64::ln_1p, &powers, 4e-7),
        (4, f64::ln_1p, &small, 4e-7),
        (5, softplus_ln, &over(-60.0, -0.6), 5e-7),
        (6, libm::erf, &narrow, 4e-7),
        (6, libm::erf, &over(1.0, 6.0), 4e-7),
        (6, libm::erf, &small, 4e-7),
    ];
    for (number, (which, function, numbers, bound)) in cases.into_iter().enumerate() {
        let Some((error, at)) = error(which, function, numbers) else { return };
        println!("case {number}: {error:e} at {at}");
        assert!(error < bound, "case {number}: {error:e} at {at}");
    }
}

#[test]
fn what_is_no_number_stays_visible() {
    let Some(found) = results(&[f32::NAN, f32::INFINITY]) else { return };
    assert!(found[0].iter().all(|number| number.is_nan()), "{found:?}");
    assert!([2, 3, 4, 5].iter().all(|&which| !found[1][which].is_finite()), "{found:?}");
}
