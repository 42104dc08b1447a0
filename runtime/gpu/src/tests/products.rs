//! Products and their gradients against plain loops in double precision, for every geometry.

use super::device;
use crate::buffer::Slice;
use crate::device::{Device, Opening};
use crate::error::GpuError;
use crate::kernels::bias_gradient::BiasGradient;
use crate::kernels::cases::{Case, difference, geometries};
use crate::kernels::forward::{Forward, Randomness};
use crate::kernels::geometry::width;
use crate::kernels::input_gradient::{InputGradient, SecondGradient};
use crate::kernels::noise::Noise;
use crate::kernels::reduce::Reduce;
use crate::kernels::weight_gradient::{SecondWeights, WeightGradient};
use crate::recording::Recording;
use crate::varying::Varying;

/// The largest difference that is allowed, as a part of the largest number.
pub(super) const CLOSE: f64 = 1e-6;

/// What a bias, or the floor of a variance, adds where a channel exists.
fn floor(case: &Case, at: usize, bias: &[f32], more: f64) -> f64 {
    Case::channel(at, case.geometry.outputs).map_or(0.0, |channel| f64::from(bias[channel]) + more)
}

pub(super) fn up(device: &Device, what: &str, numbers: &[f32]) -> Slice {
    let buffer = device.zeros(what, numbers.len() as u64).unwrap();
    device.write(&buffer.all(), numbers).unwrap();
    buffer.all()
}

pub(super) fn empty(device: &Device, what: &str, numbers: u64) -> Slice {
    let buffer = device.zeros(what, numbers).unwrap();
    // What is not written shows.
    device.write(&buffer.all(), &vec![f32::NAN; numbers as usize]).unwrap();
    buffer.all()
}

/// Records, runs and reads back.
pub(super) fn run_with(
    device: &Device,
    varying: &Varying,
    reads: &[Slice],
    record: impl FnOnce(&mut Recording) -> Result<(), GpuError>,
) -> Result<Vec<Vec<f32>>, GpuError> {
    let mut recording = Recording::new(device);
    record(&mut recording)?;
    device.run(&[&recording], varying, reads)
}

fn run(
    device: &Device,
    reads: &[Slice],
    record: impl FnOnce(&mut Recording) -> Result<(), GpuError>,
) -> Result<Vec<Vec<f32>>, GpuError> {
    run_with(device, &Varying::default(), reads, record)
}

/// A case on a device.
struct Placed<'c> {
    case: &'c Case,
    input: Slice,
    other: Slice,
    weights: [Slice; 2],
    biases: [Slice; 2],
    gradients: [Slice; 2],
    input_signs: Slice,
    output_signs: Slice,
}

impl<'c> Placed<'c> {
    fn new(device: &Device, case: &'c Case) -> Self {
        let [from, to] = [case.geometry.channels, case.geometry.outputs].map(|c| case.rows * u64::from(width(c)));
        let signs = |seed, count: u64| -> Vec<f32> {
            crate::kernels::cases::numbers(seed, count as usize).iter().map(|number| number.signum()).collect()
        };
        Self {
            case,
            input: up(device, "input", &case.input),
            other: up(device, "other input", &case.other_input),
            weights: case.kernels.each_ref().map(|kernel| up(device, "weights", &case.weights.pack(kernel))),
            biases: case.biases.each_ref().map(|bias| up(device, "bias", bias)),
            gradients: case.gradients.each_ref().map(|gradient| up(device, "gradient", gradient)),
            input_signs: up(device, "signs", &signs(11, from)),
            output_signs: up(device, "signs", &signs(12, to)),
        }
    }

    /// All results on a device: of forward passes and gradients of inputs.
    fn values(&self, device: &Device) -> Result<Vec<Vec<f32>>, GpuError> {
        let Case { rows, geometry, .. } = self.case;
        let (rows, geometry) = (*rows, geometry);
        let to = rows * geometry.output_numbers();
        let Self { input, other, weights, biases, gradients, input_signs, output_signs, .. } = self;
        let mut all = Vec::new();
        let [values, deviations] = ["values", "deviations"].map(|what| empty(device, what, to));
        let randomness = [
            (Randomness::None, None, true),
            (
                Randomness::Local {
                    variances: &weights[1],
                    bias_variances: Some(&biases[1]),
                    deviations: &deviations,
                    noise: None,
                },
                Some(&biases[0]),
                false,
            ),
            (
                Randomness::Flipout {
                    flipped: other,
                    drawn: &weights[1],
                    drawn_bias: Some(&biases[1]),
                    signs: output_signs,
                },
                Some(&biases[0]),
                false,
            ),
            // What is drawn is compared elsewhere, but must not depend on how rows are divided.
            (
                Randomness::Local {
                    variances: &weights[1],
                    bias_variances: Some(&biases[1]),
                    deviations: &deviations,
                    noise: Some(Noise { key: [1, 2], sample: 3, examples: 5 }),
                },
                None,
                true,
            ),
        ];
        for (randomness, bias, relu) in randomness {
            let forward =
                Forward { geometry, rows, input, weights: &weights[0], bias, randomness, values: &values, relu };
            all.extend(run(device, &[values.clone(), deviations.clone()], |recording| forward.record(recording))?);
        }
        let back = empty(device, "gradient of the input", rows * geometry.input_numbers());
        let second = [
            SecondGradient::None,
            SecondGradient::Local { gradient: &gradients[1], variances: &weights[1], input },
            SecondGradient::Flipout { gradient: &gradients[1], drawn: &weights[1], signs: input_signs },
        ];
        for (at, second) in second.into_iter().enumerate() {
            let (gradient, weights) = (&gradients[0], &weights[0]);
            let kernel = InputGradient { geometry, rows, gradient, weights, second, result: &back, add: at == 1 };
            all.extend(run(device, std::slice::from_ref(&back), |recording| kernel.record(recording))?);
        }
        Ok(all)
    }

    /// The same of weights and biases.
    fn sums(&self, device: &Device) -> Result<Vec<Vec<f32>>, GpuError> {
        let mut all = Vec::new();
        for other in [None, Some(&self.other)] {
            all.extend(self.weight_gradient(device, other)?);
        }
        all.extend(self.bias_gradient(device)?);
        Ok(all)
    }

    fn weight_gradient(&self, device: &Device, other: Option<&Slice>) -> Result<Vec<Vec<f32>>, GpuError> {
        let Case { rows, ref geometry, weights, .. } = *self.case;
        let parts = WeightGradient::parts(geometry, rows);
        let pieces = ["parts", "second parts"].map(|what| empty(device, what, parts * weights.len()));
        let sums = ["sum", "second sum"].map(|what| empty(device, what, weights.len()));
        let second = Some(SecondWeights { input: other, gradient: &self.gradients[1], result: &pieces[1] });
        let (input, gradient) = (&self.input, &self.gradients[0]);
        let kernel = WeightGradient { geometry, rows, input, gradient, second, result: &pieces[0], add: false };
        let found = run(device, &sums, |recording| {
            kernel.record(recording)?;
            pieces.iter().zip(&sums).try_for_each(|(parts, sum)| {
                let count = parts.numbers() / sum.numbers();
                Reduce { parts, count, sum: Some(sum), along_deviation: None, add: false }.record(recording)
            })
        })?;
        for packed in &found {
            assert!(
                packed.iter().enumerate().all(|(at, number)| weights.canonical(at as u64).is_some() || *number == 0.0)
            );
        }
        Ok(found.iter().map(|packed| weights.unpack(packed)).collect())
    }

    fn bias_gradient(&self, device: &Device) -> Result<Vec<Vec<f32>>, GpuError> {
        let Case { rows, geometry, .. } = *self.case;
        let positions = geometry.output_area() as u32;
        let parts = BiasGradient::parts(geometry.outputs, positions, rows);
        let line = u64::from(width(geometry.outputs));
        let pieces = ["parts", "second parts"].map(|what| empty(device, what, parts * line));
        let sums = ["sum", "second sum"].map(|what| empty(device, what, line));
        let [first, second] = [0, 1].map(|at| [&self.gradients[at], &pieces[at]]);
        let kernel =
            BiasGradient { channels: geometry.outputs, positions, rows, first, second: Some(second), add: false };
        run(device, &sums, |recording| {
            kernel.record(recording)?;
            pieces.iter().zip(&sums).try_for_each(|(parts, sum)| {
                let count = parts.numbers() / sum.numbers();
                Reduce { parts, count, sum: Some(sum), along_deviation: None, add: false }.record(recording)
            })
        })
    }

    /// The same by plain loops, given what the last gradient of the input is added to.
    fn wanted(&self, device: &Device) -> Vec<Vec<f64>> {
        let case = self.case;
        let geometry = &case.geometry;
        let signs = device.read(&[self.input_signs.clone(), self.output_signs.clone()]).unwrap();
        let [to, from] = [case.gradients[0].len(), case.input.len()];
        let mut sums = vec![vec![0.0; to]; 3];
        let mut back = vec![vec![0.0; from]; 2];
        let mut weights = vec![vec![0.0; case.kernels[0].len()]; 3];
        let f = |numbers: &[f32], at: usize| f64::from(numbers[at]);
        case.visit(|from, to, weight| {
            let (x, other) = (f(&case.input, from), f(&case.other_input, from));
            let [first, second] = case.kernels.each_ref().map(|kernel| f(kernel, weight));
            let gradients = case.gradients.each_ref().map(|gradient| f(gradient, to));
            sums[0][to] += x * first;
            sums[1][to] += x * x * second;
            sums[2][to] += other * second;
            back[0][from] += gradients[0] * first;
            back[1][from] += gradients[1] * second;
            weights[0][weight] += x * gradients[0];
            weights[1][weight] += x * x * gradients[1];
            weights[2][weight] += other * gradients[1];
        });
        let sign = |signs: &[f32], at: usize, area: u64, channels: u32| {
            let wide = width(channels) as usize;
            f64::from(signs[at / (area as usize * wide) * wide + at % wide])
        };
        let outputs = |function: &dyn Fn(usize) -> f64| (0..to).map(function).collect::<Vec<f64>>();
        let means = outputs(&|at| sums[0][at] + floor(case, at, &case.biases[0], 0.0));
        let deviations = outputs(&|at| (sums[1][at] + floor(case, at, &case.biases[1], 1e-16)).sqrt());
        let flipped = outputs(&|at| {
            let sign = sign(&signs[1], at, geometry.output_area(), geometry.outputs);
            means[at] + sign * (sums[2][at] + floor(case, at, &case.biases[1], 0.0))
        });
        let inputs = |function: &dyn Fn(usize) -> f64| (0..from).map(function).collect::<Vec<f64>>();
        let local = inputs(&|at| 2.0 * back[0][at] + 2.0 * f64::from(case.input[at]) * back[1][at]);
        let flipout =
            inputs(&|at| back[0][at] + sign(&signs[0], at, geometry.input_area(), geometry.channels) * back[1][at]);
        let bias = |gradient: &[f32]| {
            let wide = width(geometry.outputs) as usize;
            (0..wide).map(|channel| gradient.iter().skip(channel).step_by(wide).map(|g| f64::from(*g)).sum()).collect()
        };
        let relu = outputs(&|at| sums[0][at].max(0.0));
        let [first, second, third] = <[Vec<f64>; 3]>::try_from(weights).unwrap();
        vec![
            relu,
            Vec::new(),
            means,
            deviations.clone(),
            flipped,
            deviations.clone(),
            Vec::new(),
            deviations,
            back.swap_remove(0),
            local,
            flipout,
            first.clone(),
            second,
            first,
            third,
            bias(&case.gradients[0]),
            bias(&case.gradients[1]),
        ]
    }
}

#[test]
fn products_and_gradients_agree_with_plain_loops() {
    let Some(device) = device(&Opening::default()) else { return };
    for case in Case::all() {
        let placed = Placed::new(&device, &case);
        let mut results = placed.values(&device).unwrap();
        results.extend(placed.sums(&device).unwrap());
        let wanted = placed.wanted(&device);
        assert_eq!(results.len(), wanted.len());
        for (at, (got, wanted)) in results.iter().zip(&wanted).enumerate().filter(|(_, (_, w))| !w.is_empty()) {
            let off = difference(got, wanted);
            assert!(off <= CLOSE, "result {at} is off by {off:e}: {:?}, {} rows", case.geometry, case.rows);
        }
    }
}

fn bits(results: &[Vec<f32>]) -> Vec<Vec<u32>> {
    results.iter().map(|numbers| numbers.iter().map(|number| number.to_bits()).collect()).collect()
}

/// The results of a computation over a case on devices of ever larger limits, from `limit` on, until they are enough;
/// and that limit.
fn divided(
    case: &Case,
    mut limit: u64,
    compute: impl Fn(&Placed<'_>, &Device) -> Result<Vec<Vec<f32>>, GpuError>,
) -> Option<(Vec<Vec<f32>>, u64)> {
    loop {
        let opening = Opening { binding_limit: Some(limit), workgroup_limit: Some(32), ..Opening::default() };
        let small = device(&opening)?;
        match compute(&Placed::new(&small, case), &small) {
            Err(GpuError::TooLarge { .. }) => limit *= 2,
            results => return Some((results.unwrap(), limit)),
        }
    }
}

#[test]
fn no_bit_of_a_value_depends_on_how_rows_are_divided() {
    let Some(device) = device(&Opening::default()) else { return };
    let mut divided_cases = 0;
    for case in Case::all() {
        let case = Case::new((case.rows.max(33), case.geometry));
        let [whole, again] = [(); 2].map(|()| Placed::new(&device, &case).values(&device).unwrap());
        assert!(bits(&whole) == bits(&again), "twice: {:?}", case.geometry);
        let largest = [case.geometry.input_numbers(), case.geometry.output_numbers(), case.weights.len()];
        let limit = largest.into_iter().max().unwrap().max(64) * 4;
        let Some((divided, limit)) = divided(&case, limit, |placed, device| placed.values(device)) else { return };
        assert!(bits(&whole) == bits(&divided), "divided: {:?}", case.geometry);
        divided_cases += usize::from(case.input.len().max(case.gradients[0].len()) as u64 * 4 > limit);
    }
    assert!(divided_cases >= 12, "only {divided_cases} cases have rows that are divided");
}

#[test]
fn no_bit_of_a_sum_depends_on_how_rows_are_divided() {
    let Some(device) = device(&Opening::default()) else { return };
    let mut divided_cases = 0;
    for (_, geometry) in geometries() {
        let numbers = geometry.input_numbers().max(geometry.output_numbers());
        let case = Case::new(((1 << 19) / numbers.max(1 << 8), geometry));
        let [whole, again] = [(); 2].map(|()| Placed::new(&device, &case).sums(&device).unwrap());
        assert!(bits(&whole) == bits(&again), "twice: {geometry:?}");
        let Some((divided, limit)) = divided(&case, 1 << 16, |placed, device| placed.sums(device)) else { return };
        assert!(bits(&whole) == bits(&divided), "divided: {geometry:?}");
        divided_cases += usize::from(case.rows * numbers * 4 > limit);
    }
    // Of the others the parts are larger than the rows.
    assert!(divided_cases >= 8, "only {divided_cases} cases have rows that are divided");
}
