//! The peak memory of a run on the native backend, which plans its buffers before it begins.

use super::kept::{PUBLISHED_COPIES, data_bytes, reading_bytes, score_bytes, scored};
use super::peak::{MemoryForecast, PROGRAM};
use crate::backend::BackendError;
use crate::backend::native::{PlannedMemory, planned_memory};
use crate::forecast::Counts;
use elbo_compiler::ir::Run;

/// A run over its whole life.
pub(in crate::forecast) fn plan(run: &Run, counts: Counts) -> Result<MemoryForecast, BackendError> {
    let batch = run.training.batch.min(counts.training).max(1);
    let planned = planned_memory(run, batch, scored(counts) as usize)?;
    let data = (data_bytes(run, counts), reading_bytes(run, counts));
    Ok(whole(planned, data, score_bytes(run, counts)))
}

/// The backend keeps its buffers to the end, so what scoring keeps and what is published, one after the other, come
/// on top of them. What reading takes is given back before.
fn whole(planned: PlannedMemory, (data, reading): (u64, u64), kept_by_scoring: u64) -> MemoryForecast {
    let PlannedMemory { parameters, optimizer, passes } = planned;
    let published = parameters.saturating_mul(PUBLISHED_COPIES as u64);
    let passes = passes.saturating_add(kept_by_scoring.max(published)).saturating_add(PROGRAM);
    let passes = passes.max(reading.saturating_sub(parameters.saturating_add(optimizer)));
    let peak = [data, parameters, optimizer, passes].iter().fold(0, |sum: u64, part| sum.saturating_add(*part));
    MemoryForecast { data, parameters, optimizer, passes, on_device: 0, peak, is_rough: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_all_of_it_and_the_larger_of_scoring_and_publishing() {
        let planned = PlannedMemory { parameters: 1_000, optimizer: 2_000, passes: 50_000 };
        for (kept, larger) in [(10_000, 10_000), (100, 3_000)] {
            let memory = whole(planned, (400, 0), kept);
            assert_eq!((memory.data, memory.parameters, memory.optimizer), (400, 1_000, 2_000));
            assert_eq!(memory.passes, 50_000 + larger + PROGRAM);
            assert_eq!(memory.peak, 400 + 1_000 + 2_000 + memory.passes);
        }
        let huge = PlannedMemory { parameters: u64::MAX / 2, optimizer: u64::MAX, passes: 1 };
        assert_eq!(whole(huge, (u64::MAX, u64::MAX), 1).peak, u64::MAX);
        // What reading takes beside the data is no more than what comes later, or is the peak.
        let read = whole(planned, (400, PROGRAM + 70_000), 100);
        assert_eq!(read.peak, 400 + PROGRAM + 70_000);
    }
}
