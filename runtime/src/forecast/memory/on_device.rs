//! The peak memory of a run on a graphics processor, whose backend plans its buffers before it begins.

use super::kept::{NUMBER, PUBLISHED_COPIES, data_bytes, elements, reading_bytes, score_bytes, scored};
use super::peak::{MemoryForecast, PROGRAM};
use crate::backend::graphics::planned_memory;
use crate::backend::{BackendError, DeviceMemory};
use crate::forecast::Counts;
use elbo_compiler::ir::Run;

/// What the interface to the device and its driver take of the processor's memory: compiled kernels, and what is on its
/// way there and back. Measured on lavapipe as the growth of runs of a small network.
const DRIVER: u64 = 160 << 20;

/// A run over its whole life.
pub(in crate::forecast) fn plan_on_device(run: &Run, counts: Counts) -> Result<MemoryForecast, BackendError> {
    let batch = run.training.batch.min(counts.training).max(1);
    let planned = planned_memory(run, batch, scored(counts) as usize)?;
    let data = (data_bytes(run, counts), reading_bytes(run, counts));
    Ok(whole(planned, split_bytes(run, counts), data, score_bytes(run, counts)))
}

/// Bytes of the training split on the device: as it is stored, with the number of each example and what is to be
/// predicted of it.
fn split_bytes(run: &Run, counts: Counts) -> u64 {
    let numbers = elements(run.data.shape);
    let example = if run.data.source.kind().holds_pictures() { numbers } else { numbers.saturating_mul(NUMBER) };
    let words = 1 + run.data.target.values().map_or(1, |targets| targets as u64);
    (counts.training as u64).saturating_mul(example.saturating_add(words.saturating_mul(NUMBER)))
}

/// What lies on the device to the end, and on the processor the data, and the larger of what scoring keeps and what is
/// published.
fn whole(planned: DeviceMemory, split: u64, (data, reading): (u64, u64), kept_by_scoring: u64) -> MemoryForecast {
    let DeviceMemory { parameters, optimizer, passes, .. } = planned;
    let sum = |parts: &[u64]| parts.iter().fold(0, |sum: u64, part| sum.saturating_add(*part));
    let published = parameters.saturating_mul(PUBLISHED_COPIES as u64);
    let on_device = sum(&[parameters, optimizer, passes, split]);
    let on_processor = sum(&[kept_by_scoring.max(published), PROGRAM, DRIVER]).max(reading);
    let passes = sum(&[passes, split, on_processor]);
    let peak = sum(&[data, parameters, optimizer, passes]);
    MemoryForecast { data, parameters, optimizer, passes, on_device, peak, is_rough: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_on_the_device_is_told_apart_from_the_processor() {
        let planned = DeviceMemory { parameters: 1_000, optimizer: 2_000, passes: 50_000, largest: 40_000 };
        for (kept, larger) in [(10_000, 10_000), (100, 3_000)] {
            let memory = whole(planned, 700, (400, 0), kept);
            assert_eq!(memory.on_device, 1_000 + 2_000 + 50_000 + 700);
            assert_eq!(memory.peak - memory.on_device, 400 + larger + PROGRAM + DRIVER);
            assert_eq!(memory.peak, memory.data + memory.parameters + memory.optimizer + memory.passes);
        }
        let huge = DeviceMemory { parameters: u64::MAX / 2, optimizer: u64::MAX, ..planned };
        assert_eq!(whole(huge, u64::MAX, (u64::MAX, u64::MAX), 1).peak, u64::MAX);
    }
}
