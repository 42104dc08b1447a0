//! Between the canonical order of the contract, `[row][channel][position]`, and that of the device,
//! `[row][position][channel]` with channels padded to a multiple of four by zeros.

use elbo_compiler::ir::Shape;
use elbo_gpu::kernels::Value;

/// An example of this shape as values are on the device.
pub(super) fn value_of(shape: Shape) -> Value {
    match shape.planes() {
        Some((channels, size)) => Value { size, channels },
        None => Value { size: [1, 1], channels: shape.elements() },
    }
}

/// Rows in canonical order as they lie on the device.
pub(super) fn pack(value: Value, canonical: &[f32]) -> Vec<f32> {
    let (positions, channels, width) = (value.positions(), value.channels, value.width());
    if positions == 1 && channels == width {
        return canonical.to_vec();
    }
    let example = (positions * channels).max(1);
    let mut packed = vec![0.0; canonical.len() / example * value.numbers()];
    for (to, from) in packed.chunks_exact_mut(value.numbers().max(1)).zip(canonical.chunks_exact(example)) {
        for (channel, plane) in from.chunks_exact(positions).enumerate() {
            for (position, &number) in plane.iter().enumerate() {
                to[position * width + channel] = number;
            }
        }
    }
    packed
}

/// The way back of [`pack`].
pub(super) fn unpack(value: Value, packed: &[f32]) -> Vec<f32> {
    let (positions, channels, width) = (value.positions(), value.channels, value.width());
    let example = (positions * channels).max(1);
    let mut canonical = vec![0.0; packed.len() / value.numbers().max(1) * example];
    for (to, from) in canonical.chunks_exact_mut(example).zip(packed.chunks_exact(value.numbers().max(1))) {
        for (channel, plane) in to.chunks_exact_mut(positions).enumerate() {
            for (position, number) in plane.iter_mut().enumerate() {
                *number = from[position * width + channel];
            }
        }
    }
    canonical
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_is_undone_and_pads_with_zeros() {
        let value = Value { size: [2, 3], channels: 5 };
        let canonical: Vec<f32> = (1..=60).map(|number| number as f32).collect();
        let packed = pack(value, &canonical);
        assert_eq!(packed.len(), 2 * 6 * 8);
        // The second channel of the third place of the first example.
        assert_eq!(packed[2 * 8 + 1], canonical[6 + 2]);
        assert!(packed.chunks_exact(8).all(|place| place[5..] == [0.0; 3]));
        assert_eq!(unpack(value, &packed), canonical);
        let vector = Value { size: [1, 1], channels: 4 };
        assert_eq!(pack(vector, &canonical), canonical);
    }
}
