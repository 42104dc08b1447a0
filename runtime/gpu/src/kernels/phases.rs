//! Output places that look at the same taps, where inputs are spread.

use super::geometry::Geometry;

/// Places along one axis, every `step`-th from `first` on, and the taps that look at an input there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Axis {
    first: u32,
    step: u32,
    count: u32,
    first_tap: u32,
    tap_step: u32,
    taps: u32,
    stride: u32,
    dilation: u32,
    padding: i32,
}

/// A part of the places of a geometry, with the taps that matter for them: windows over inputs that lie side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Phase([Axis; 2]);

fn common(one: u32, other: u32) -> u32 {
    if other == 0 { one } else { common(other, one % other) }
}

/// The phases along an axis. Place `i` and tap `t` meet at `i·stride + t·dilation − padding`, which must be a
/// multiple of the spread: that depends on `i` modulo `spread / gcd(stride, spread)` alone, and holds for every
/// so-manieth tap.
fn axis(geometry: &Geometry, axis: usize) -> Vec<Axis> {
    let (stride, dilation, spread) = (geometry.stride[axis], geometry.dilation[axis], geometry.spread[axis]);
    let (padding, kernel, output) = (geometry.padding[axis], geometry.kernel[axis], geometry.output[axis]);
    let step = spread / common(stride, spread);
    let tap_step = spread / common(dilation, spread);
    let phases = (0..step.min(output)).map(|first| {
        let meets = |tap: u32| i64::from(first * stride) + i64::from(tap * dilation) - i64::from(padding);
        let first_tap = (0..kernel.min(tap_step)).find(|tap| meets(*tap) % i64::from(spread) == 0);
        let before = first_tap.map_or(0, |tap| -meets(tap) / i64::from(spread));
        Axis {
            first,
            step,
            count: (output - first).div_ceil(step),
            first_tap: first_tap.unwrap_or(0),
            tap_step,
            taps: first_tap.map_or(0, |tap| (kernel - tap).div_ceil(tap_step)),
            stride: step * stride / spread,
            dilation: tap_step * dilation / spread,
            padding: before as i32,
        }
    });
    phases.collect()
}

impl Phase {
    /// All phases of a geometry: one where inputs are not spread.
    pub(crate) fn all(geometry: &Geometry) -> Vec<Self> {
        let [rows, columns] = [axis(geometry, 0), axis(geometry, 1)];
        rows.iter().flat_map(|row| columns.iter().map(|column| Self([*row, *column]))).collect()
    }

    /// Its places.
    pub(crate) fn area(&self) -> u64 {
        self.0.iter().map(|axis| u64::from(axis.count)).product()
    }

    /// The numbers that `product.wgsl` computes places with, for `places` places.
    pub(crate) fn windows(&self, geometry: &Geometry, places: u32) -> [u32; 13] {
        let [y, x] = self.0;
        [
            places,
            y.count * x.count,
            x.count,
            geometry.input[0],
            geometry.input[1],
            x.taps,
            y.taps * x.taps,
            y.stride,
            x.stride,
            y.dilation,
            x.dilation,
            y.padding as u32,
            x.padding as u32,
        ]
    }

    /// The numbers that say which places and taps they are.
    pub(crate) fn parts(&self, geometry: &Geometry) -> [u32; 8] {
        let [y, x] = self.0;
        let (kernel, output) = (geometry.kernel, geometry.output);
        [
            kernel[0] * kernel[1],
            y.first_tap * kernel[1] + x.first_tap,
            y.tap_step * kernel[1],
            x.tap_step,
            output[0] * output[1],
            y.first * output[1] + x.first,
            y.step * output[1],
            x.step,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::cases::geometries;

    /// Every pair of a place and a tap that meet at an input, by the definition.
    fn met(geometry: &Geometry, axis: usize) -> Vec<[i64; 3]> {
        let mut all = Vec::new();
        for place in 0..geometry.output[axis] {
            for tap in 0..geometry.kernel[axis] {
                let at = i64::from(place * geometry.stride[axis] + tap * geometry.dilation[axis]);
                let at = at - i64::from(geometry.padding[axis]);
                if at % i64::from(geometry.spread[axis]) == 0 {
                    all.push([place.into(), tap.into(), at / i64::from(geometry.spread[axis])]);
                }
            }
        }
        all
    }

    #[test]
    fn phases_have_every_place_and_tap_that_meet_once() {
        let strange = Geometry { spread: [6, 4], stride: [4, 6], dilation: [2, 3], ..geometries()[9].1 };
        let all = geometries().into_iter().map(|(_, geometry)| geometry);
        for geometry in all.flat_map(|geometry| [geometry, geometry.transposed()]).chain([strange]) {
            for at in 0..2 {
                let mut found = Vec::new();
                let mut places = Vec::new();
                for phase in axis(&geometry, at) {
                    for number in 0..phase.count {
                        places.push(phase.first + number * phase.step);
                        found.extend((0..phase.taps).map(|tap| {
                            let input = i64::from(number * phase.stride + tap * phase.dilation);
                            let place = i64::from(phase.first + number * phase.step);
                            let input = input - i64::from(phase.padding);
                            [place, i64::from(phase.first_tap + tap * phase.tap_step), input]
                        }));
                    }
                }
                found.sort_unstable();
                places.sort_unstable();
                assert_eq!(found, met(&geometry, at), "{geometry:?}");
                assert!(places.into_iter().eq(0..geometry.output[at]));
            }
        }
    }
}
