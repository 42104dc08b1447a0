//! What is measured: the product kernels of a stage, over layers of a few shapes.

use crate::buffer::Slice;
use crate::cost::Cost;
use crate::device::Device;
use crate::error::GpuError;
use crate::kernels::bias_gradient::BiasGradient;
use crate::kernels::draw_weights::DrawWeights;
use crate::kernels::forward::{Forward, Randomness};
use crate::kernels::geometry::{Geometry, width};
use crate::kernels::input_gradient::{InputGradient, SecondGradient};
use crate::kernels::noise::Noise;
use crate::kernels::retrace::{Randomly, Retrace};
use crate::kernels::weight_gradient::{SecondWeights, WeightGradient};
use crate::kernels::weights::{Order, Weights};
use crate::recording::Recording;

/// Shapes of layers with their rows, as networks have them: wide and narrow convolutions, with few channels, strides
/// and groups, and a linear map.
pub(super) fn shapes() -> Vec<(&'static str, u64, Geometry)> {
    let same = |size: u32, kernel: u32, channels: u32, outputs: u32| Geometry {
        input: [size; 2],
        output: [size; 2],
        kernel: [kernel; 2],
        padding: [(kernel as i32 - 1) / 2; 2],
        ..Geometry::linear(channels, outputs)
    };
    let inside = |size: u32, kernel: u32, channels: u32, outputs: u32| Geometry {
        output: [size - kernel + 1; 2],
        padding: [0; 2],
        ..same(size, kernel, channels, outputs)
    };
    vec![
        ("16x16x16 64-64 3x3", 16, same(16, 3, 64, 64)),
        ("16x8x8 256-256 3x3", 16, same(8, 3, 256, 256)),
        ("16x32x32 3-64 3x3", 16, same(32, 3, 3, 64)),
        ("16x28x28 1-6 5x5", 16, inside(28, 5, 1, 6)),
        ("16x12x12 6-16 5x5", 16, inside(12, 5, 6, 16)),
        ("8x64x64 3-64 11x11/4", 8, Geometry { output: [15; 2], stride: [4; 2], ..same(64, 11, 3, 64) }),
        ("16x16x16 64 depthwise 3x3", 16, Geometry { groups: 64, ..same(16, 3, 64, 64) }),
        ("64 2048-512", 64, Geometry::linear(2048, 512)),
    ]
}

/// The operands of a shape.
pub(super) struct Operands {
    rows: u64,
    geometry: Geometry,
    layout: Weights,
    input: Slice,
    back: Slice,
    weights: [Slice; 2],
    results: [Slice; 2],
    biases: [Slice; 2],
    values: [Slice; 2],
    gradients: [Slice; 2],
    sums: [Slice; 2],
}

impl Operands {
    /// Filled with numbers that are neither equal nor 0.
    ///
    /// # Errors
    /// What allocating and writing give.
    pub(super) fn new(device: &Device, rows: u64, geometry: Geometry) -> Result<Self, GpuError> {
        let layout = Weights::new(&geometry, Order::outputs_first(&geometry));
        let filled = |what: &str, numbers: u64| -> Result<Slice, GpuError> {
            let slice = device.zeros(what, numbers)?.all();
            let value = |at: u64| (at.wrapping_mul(2_654_435_761) % 1000) as f32 / 1000.0;
            device.write(&slice, &(0..numbers).map(value).collect::<Vec<_>>())?;
            Ok(slice)
        };
        let two = |what: &str, numbers: u64| Ok::<_, GpuError>([filled(what, numbers)?, filled(what, numbers)?]);
        let (from, to) = (rows * geometry.input_numbers(), rows * geometry.output_numbers());
        let channels = u64::from(width(geometry.outputs));
        let positions = geometry.output_area() as u32;
        let parts = WeightGradient::parts(&geometry, rows);
        let sums = BiasGradient::parts(geometry.outputs, positions, rows);
        Ok(Self {
            rows,
            geometry,
            layout,
            input: filled("input", from)?,
            back: filled("gradient of the input", from)?,
            weights: two("weights", layout.len())?,
            results: two("gradient of weights", (parts * layout.len()).max(1))?,
            biases: two("bias", channels)?,
            values: two("values", to)?,
            gradients: two("gradient", to)?,
            sums: two("sums", sums * channels)?,
        })
    }

    /// Every kernel of a stage with local reparameterisation, and what it costs.
    ///
    /// # Errors
    /// What recording gives.
    pub(super) fn kernels(&self, device: &Device) -> Result<Vec<(&'static str, Recording, Cost)>, GpuError> {
        let Self { rows, ref geometry, ref input, ref weights, ref biases, ref values, ref gradients, .. } = *self;
        let (channels, positions) = (geometry.outputs, geometry.output_area() as u32);
        let noise = Noise { key: [1, 2], sample: 0, examples: rows };
        let [bias, bias_variances] = biases.each_ref().map(Some);
        let [results, deviations] = values;
        let [gradient, second] = gradients;
        let point = Forward {
            geometry,
            rows,
            input,
            weights: &weights[0],
            bias,
            randomness: Randomness::None,
            values: results,
            relu: true,
        };
        let local = |noise| Randomness::Local { variances: &weights[1], bias_variances, deviations, noise };
        let moments = Forward { randomness: local(None), relu: false, ..point };
        let drawn = Forward { randomness: local(Some(noise)), ..point };
        let retrace = Retrace {
            channels,
            positions,
            rows,
            gradient: results,
            relu: None,
            random: Randomly::Local { deviations, noise, second },
            first: gradient,
        };
        let weight = WeightGradient {
            geometry,
            rows,
            input,
            gradient,
            second: Some(SecondWeights { input: None, gradient: second, result: &self.results[1] }),
            result: &self.results[0],
            add: false,
        };
        let back = InputGradient {
            geometry,
            rows,
            gradient,
            weights: &weights[0],
            second: SecondGradient::Local { gradient: second, variances: &weights[1], input },
            result: &self.back,
            add: false,
        };
        let sums = BiasGradient {
            channels,
            positions,
            rows,
            first: [gradient, &self.sums[0]],
            second: Some([second, &self.sums[1]]),
            add: false,
        };
        let draw = DrawWeights {
            weights: &self.layout,
            key: [1, 2],
            sample: 0,
            means: Some(&weights[0]),
            rhos: &weights[1],
            result: &self.results[0].part(0, self.layout.len())?,
            noise: &self.results[1].part(0, self.layout.len())?,
        };
        let record = |record: &dyn Fn(&mut Recording) -> Result<(), GpuError>| {
            let mut recording = Recording::new(device);
            record(&mut recording).map(|()| recording)
        };
        Ok(vec![
            ("forward, point", record(&|to| point.record(to))?, point.cost()),
            ("forward, moments", record(&|to| moments.record(to))?, moments.cost()),
            ("forward, drawn", record(&|to| drawn.record(to))?, drawn.cost()),
            ("retrace", record(&|to| retrace.record(to))?, retrace.cost()),
            ("weight gradient", record(&|to| weight.record(to))?, weight.cost()),
            ("input gradient", record(&|to| back.record(to))?, back.cost()),
            ("bias gradient", record(&|to| sums.record(to))?, sums.cost()),
            ("draw weights", record(&|to| draw.record(to))?, draw.cost()),
        ])
    }
}
