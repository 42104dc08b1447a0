//! What is to run, recorded once and run as often as wanted.

use crate::adapter::ALIGNMENT;
use crate::buffer::Slice;
use crate::device::Device;
use crate::error::{GpuError, misuse};
use crate::pipeline::{Operands, Pipeline, Program};
use std::sync::Arc;

/// One kernel with its operands.
#[derive(Debug)]
pub struct Dispatch<'d> {
    /// Which kernel.
    pub program: &'d Program,
    /// The words of its `struct Fixed`, numbers by their bits.
    pub fixed: &'d [u32],
    /// What it reads: binding 2 and so on.
    pub reads: &'d [&'d Slice],
    /// What it writes, and may read: the bindings after those.
    pub writes: &'d [&'d Slice],
    /// How many workgroups. Where they are more than fit into one dimension, some beyond the last are started, which a
    /// kernel must leave out.
    pub workgroups: u64,
}

#[derive(Debug)]
pub(crate) enum Step {
    Dispatch { pipeline: Arc<Pipeline>, group: wgpu::BindGroup, workgroups: [u32; 2] },
    Clear(Slice),
    Copy { from: Slice, to: Slice },
}

/// Kernels, clearings and copies in their order. Each sees what those before it wrote.
#[derive(Debug)]
pub struct Recording {
    device: Device,
    steps: Vec<Step>,
    dispatches: usize,
    /// Where the fixed numbers of the next kernels go, and how much of it is taken.
    fixed: Option<(wgpu::Buffer, u64)>,
}

/// Bytes of a buffer of fixed numbers.
const FIXED: u64 = 1 << 16;

impl Recording {
    /// An empty one.
    pub fn new(device: &Device) -> Self {
        Self { device: device.clone(), steps: Vec::new(), dispatches: 0, fixed: None }
    }

    /// Where it will run.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// How many kernels it starts.
    pub fn dispatches(&self) -> usize {
        self.dispatches
    }

    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Adds a kernel; one of no workgroups is left out.
    ///
    /// # Errors [`GpuError::Misuse`] where an operand cannot be one, [`GpuError::TooLarge`] where one or the number
    /// of workgroups is beyond the device, [`GpuError::Failed`] where the kernel cannot be compiled.
    pub fn dispatch(&mut self, dispatch: &Dispatch<'_>) -> Result<(), GpuError> {
        self.device.check()?;
        let Dispatch { program, fixed, reads, writes, workgroups } = dispatch;
        for slice in reads.iter().chain(*writes) {
            self.check_operand(program.name, slice)?;
        }
        if let Some(slice) = reads.iter().find(|read| writes.iter().any(|write| write.buffer().is(read.buffer()))) {
            return Err(misuse(format!("{} reads and writes {}", program.name, slice.buffer().what())));
        }
        if *workgroups == 0 {
            return Ok(());
        }
        let workgroups = self.spread(program.name, *workgroups)?;
        let operands = Operands { read: reads.len(), written: writes.len() };
        let pipeline = self.device.pipelines().get(self.device.handle(), program, operands)?;
        let (fixed, offset, size) = self.place(fixed)?;
        let range = |buffer, offset, bytes: u64| {
            wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset, size: std::num::NonZero::new(bytes) })
        };
        let operands = reads.iter().chain(*writes);
        // Kernels may see operands as vectors of four.
        let operands = operands.map(|slice| {
            let bytes = slice.bytes().next_multiple_of(16).min(slice.buffer().handle().size() - slice.offset());
            range(slice.buffer().handle(), slice.offset(), bytes)
        });
        let uniforms = [self.device.varying().as_entire_binding(), range(&fixed, offset, size)];
        let entries: Vec<_> = (0..)
            .zip(uniforms.into_iter().chain(operands))
            .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource })
            .collect();
        let group = self.device.handle().create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(program.name),
            layout: &pipeline.layout,
            entries: &entries,
        });
        self.device.check()?;
        self.steps.push(Step::Dispatch { pipeline, group, workgroups });
        self.dispatches += 1;
        Ok(())
    }

    /// Sets a slice to 0.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if it lies on another device.
    pub fn clear(&mut self, slice: &Slice) -> Result<(), GpuError> {
        self.device.owns(slice)?;
        if slice.numbers() > 0 {
            self.steps.push(Step::Clear(slice.clone()));
        }
        Ok(())
    }

    /// Copies a slice to one of another buffer.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if one lies on another device, both in one buffer, or they are not of one length.
    pub fn copy(&mut self, from: &Slice, to: &Slice) -> Result<(), GpuError> {
        self.device.owns(from)?;
        self.device.owns(to)?;
        if from.numbers() != to.numbers() || from.buffer().is(to.buffer()) {
            let [from, to] = [from, to].map(|slice| slice.buffer().what().to_owned());
            return Err(misuse(format!("{from} cannot be copied to {to}")));
        }
        if from.numbers() > 0 {
            self.steps.push(Step::Copy { from: from.clone(), to: to.clone() });
        }
        Ok(())
    }

    fn check_operand(&self, program: &str, slice: &Slice) -> Result<(), GpuError> {
        self.device.owns(slice)?;
        let what = slice.buffer().what();
        if slice.numbers() == 0 {
            return Err(misuse(format!("{program} is given nothing of {what}")));
        }
        if !slice.offset().is_multiple_of(ALIGNMENT) {
            return Err(misuse(format!("{what} begins at number {}, no multiple of 64", slice.first())));
        }
        let limit = self.device.limits().binding;
        if slice.bytes() > limit {
            return Err(GpuError::TooLarge { what: what.to_owned(), bytes: slice.bytes(), limit });
        }
        Ok(())
    }

    /// Workgroups along two dimensions, as few beyond the last as possible.
    fn spread(&self, program: &str, workgroups: u64) -> Result<[u32; 2], GpuError> {
        let limit = self.device.limits().workgroups;
        let lines = workgroups.div_ceil(limit);
        let too_many = || GpuError::TooLarge {
            what: format!("{program}, counted in workgroups,"),
            bytes: workgroups,
            limit: limit.saturating_mul(limit),
        };
        if lines > limit {
            return Err(too_many());
        }
        let columns = workgroups.div_ceil(lines);
        let [columns, lines] = [columns, lines].map(|count| u32::try_from(count).map_err(|_| too_many()));
        Ok([columns?, lines?])
    }

    /// Sends fixed numbers to where they stay; their buffer, place and size.
    fn place(&mut self, words: &[u32]) -> Result<(wgpu::Buffer, u64, u64), GpuError> {
        let size = (size_of_val(words) as u64).max(16).next_multiple_of(16);
        if size > FIXED {
            return Err(misuse("a kernel has too many fixed numbers"));
        }
        let (buffer, offset) = match self.fixed.take().filter(|(_, taken)| taken + size <= FIXED) {
            Some(place) => place,
            None => {
                let usage = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
                (self.device.allocate("fixed numbers", FIXED, usage)?, 0)
            }
        };
        self.device.queue().write_buffer(&buffer, offset, bytemuck::cast_slice(words));
        self.fixed = Some((buffer.clone(), (offset + size).next_multiple_of(ALIGNMENT)));
        Ok((buffer, offset, size))
    }
}
