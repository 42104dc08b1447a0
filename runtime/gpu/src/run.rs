//! Running what was recorded.

use crate::buffer::Slice;
use crate::device::Device;
use crate::error::{GpuError, misuse};
use crate::recording::{Recording, Step};
use crate::varying::Varying;

impl Device {
    /// Runs recordings one after the other and returns the numbers of some slices as they are then: one submission
    /// (more only where what is read back is very large) and one wait.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if something lies on another device, [`GpuError::Lost`], [`GpuError::Failed`].
    pub fn run(
        &self,
        recordings: &[&Recording],
        varying: &Varying,
        reads: &[Slice],
    ) -> Result<Vec<Vec<f32>>, GpuError> {
        if recordings.iter().any(|recording| !recording.device().is(self)) {
            return Err(misuse("a recording is of another device"));
        }
        self.check()?;
        let mut turn = self.turn();
        self.send_varying(varying);
        let mut encoder = self.handle().create_command_encoder(&Default::default());
        for recording in recordings {
            encode(&mut encoder, recording.steps());
        }
        self.read_after(&mut turn, Some(encoder), reads)
    }
}

/// Kernels that follow each other share a pass; wgpu puts barriers between those that depend on each other.
fn encode(encoder: &mut wgpu::CommandEncoder, steps: &[Step]) {
    let mut pass = None;
    for step in steps {
        match step {
            Step::Dispatch { pipeline, group, workgroups: [columns, lines] } => {
                let pass = pass.get_or_insert_with(|| {
                    encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default()).forget_lifetime()
                });
                pass.set_pipeline(&pipeline.handle);
                pass.set_bind_group(0, group, &[]);
                pass.dispatch_workgroups(*columns, *lines, 1);
            }
            Step::Clear(slice) => {
                pass = None;
                encoder.clear_buffer(slice.buffer().handle(), slice.offset(), Some(slice.bytes()));
            }
            Step::Copy { from, to } => {
                pass = None;
                let (source, target) = (from.buffer().handle(), to.buffer().handle());
                encoder.copy_buffer_to_buffer(source, from.offset(), target, to.offset(), from.bytes());
            }
        }
    }
}
