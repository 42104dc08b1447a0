//! How fast the kernels are on a device, beside the least time that cards could need for the same.

mod cards;
mod operands;

pub use cards::{CARDS, Card};

use crate::cost::Cost;
use crate::device::Device;
use crate::error::GpuError;
use crate::kernels::geometry::Geometry;
use crate::recording::Recording;
use crate::varying::Varying;
use operands::{Operands, shapes};
use std::time::{Duration, Instant};

/// The longest that one kernel is measured for, once it is compiled.
const LONGEST: Duration = Duration::from_millis(400);

/// The shape and the kernel that speak for a device where one is measured alone.
const ONE: (&str, &str) = ("16x16x16 64-64 3x3", "forward, moments");

/// One kernel over one shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Rows, size, channels and window of the layer.
    pub shape: &'static str,
    /// What of the layer.
    pub kernel: &'static str,
    /// Its work.
    pub cost: Cost,
    /// The shortest time of several runs, in seconds: submission, computing and the wait for it.
    pub seconds: f64,
}

impl Measured {
    /// Billions of additions and multiplications a second.
    pub fn gigaflops(&self) -> f64 {
        self.cost.flops / self.seconds / 1e9
    }
}

/// Measures every kernel over the shapes whose name holds `wanted`, and tells each as it is known. About half a minute
/// on a card, about a minute on a driver in software.
///
/// # Errors
/// What allocating and running give.
pub fn measure(device: &Device, wanted: &str, tell: &mut dyn FnMut(Measured)) -> Result<(), GpuError> {
    for (shape, rows, geometry) in shapes().into_iter().filter(|(name, ..)| name.contains(wanted)) {
        for (kernel, recording, cost) in Operands::new(device, rows, geometry)?.kernels(device)? {
            tell(Measured { shape, kernel, cost, seconds: shortest(device, &recording)? });
        }
    }
    Ok(())
}

/// Measures one kernel: the two products of a convolution of 64 channels, means and variances. About a second.
///
/// # Errors
/// What allocating and running give.
pub fn measure_one(device: &Device) -> Result<Option<Measured>, GpuError> {
    for (shape, rows, geometry) in shapes().into_iter().filter(|(name, ..)| *name == ONE.0) {
        for (kernel, recording, cost) in Operands::new(device, rows, geometry)?.kernels(device)? {
            if kernel == ONE.1 {
                return Ok(Some(Measured { shape, kernel, cost, seconds: shortest(device, &recording)? }));
            }
        }
    }
    Ok(None)
}

/// What every kernel of a layer with local reparameterisation costs; nothing is run.
///
/// # Errors
/// What allocating its operands and recording give.
pub fn costs(device: &Device, rows: u64, geometry: Geometry) -> Result<Vec<(&'static str, Cost)>, GpuError> {
    let kernels = Operands::new(device, rows, geometry)?.kernels(device)?;
    Ok(kernels.into_iter().map(|(kernel, _, cost)| (kernel, cost)).collect())
}

/// The shortest of several runs, in seconds.
fn shortest(device: &Device, recording: &Recording) -> Result<f64, GpuError> {
    // The first compiles.
    device.run(&[recording], &Varying::default(), &[])?;
    let (begin, mut best) = (Instant::now(), f64::INFINITY);
    // Once at least, however long it takes.
    while best.is_infinite() || begin.elapsed() < LONGEST {
        let start = Instant::now();
        device.run(&[recording], &Varying::default(), &[])?;
        best = best.min(start.elapsed().as_secs_f64());
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Opening;
    use crate::tests::device;

    #[test]
    fn what_is_measured_is_every_kernel_with_its_work() {
        let Some(device) = device(&Opening::default()) else { return };
        let mut found = Vec::new();
        measure(&device, "16x12x12 6-16 5x5", &mut |measured| found.push(measured)).unwrap();
        assert_eq!(found.len(), 8);
        // 16 examples of 8 x 8 places, windows of 5 x 5 over 6 channels, 16 outputs, and a multiplication is two.
        let products = 2.0 * 16.0 * 64.0 * 25.0 * 6.0 * 16.0;
        assert_eq!(found[0].cost.flops, products);
        assert_eq!(found[1].cost.flops, 2.0 * products);
        assert!(found.iter().all(|one| one.seconds > 0.0 && one.seconds.is_finite() && one.gigaflops() > 0.0));
        let mut none = 0;
        measure(&device, "no such shape", &mut |_| none += 1).unwrap();
        assert_eq!(none, 0);
    }

    #[test]
    fn one_kernel_speaks_for_a_device() {
        let Some(device) = device(&Opening::default()) else { return };
        let one = measure_one(&device).unwrap().expect("the shape and the kernel are among those that are measured");
        // 16 examples of 16 x 16 places, windows of 3 x 3 over 64 channels, 64 outputs, twice.
        assert_eq!(one.cost.flops, 2.0 * 2.0 * 16.0 * 256.0 * 9.0 * 64.0 * 64.0);
    }
}
