//! Kernels made ready to run, once for each device.

use crate::error::GpuError;
use crate::template::expand;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A kernel: its template with what it is expanded with. Its entry is called `main`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Program {
    /// What errors and tools call it.
    pub name: &'static str,
    /// Parts of the template, one after the other; the prelude comes before them.
    pub sources: &'static [&'static str],
    /// The flags that are set.
    pub flags: Vec<&'static str>,
    /// The numbers that have names.
    pub values: Vec<(&'static str, i64)>,
}

/// How many operands are read and how many written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Operands {
    pub(crate) read: usize,
    pub(crate) written: usize,
}

/// A kernel that is ready.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) handle: wgpu::ComputePipeline,
    pub(crate) layout: wgpu::BindGroupLayout,
}

/// The kernels of a device that are ready.
#[derive(Debug, Default)]
pub(crate) struct Pipelines(Mutex<HashMap<(Program, Operands), Arc<Pipeline>>>);

const PRELUDE: &str = include_str!("wgsl/prelude.wgsl");

impl Pipelines {
    /// A kernel, compiled if it is not there yet.
    pub(crate) fn get(
        &self,
        device: &wgpu::Device,
        program: &Program,
        operands: Operands,
    ) -> Result<Arc<Pipeline>, GpuError> {
        let mut pipelines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (program.clone(), operands);
        if let Some(pipeline) = pipelines.get(&key) {
            return Ok(pipeline.clone());
        }
        let pipeline = Arc::new(compile(device, program, operands)?);
        pipelines.insert(key, pipeline.clone());
        Ok(pipeline)
    }

    /// How many kernels were compiled.
    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

fn compile(device: &wgpu::Device, program: &Program, operands: Operands) -> Result<Pipeline, GpuError> {
    let source = std::iter::once(&PRELUDE).chain(program.sources).copied().collect::<Vec<_>>().join("\n");
    let text = expand(&source, &program.flags, &program.values)?;
    let internal = device.push_error_scope(wgpu::ErrorFilter::Internal);
    let validation = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(program.name),
        source: wgpu::ShaderSource::Wgsl(text.into()),
    });
    let uniform = wgpu::BufferBindingType::Uniform;
    let kinds = [uniform; 2].into_iter().chain(storage(true, operands.read)).chain(storage(false, operands.written));
    let entries: Vec<_> = (0..).zip(kinds).map(|(binding, kind)| entry(binding, kind)).collect();
    let layout = device
        .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(program.name), entries: &entries });
    let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(program.name),
        bind_group_layouts: &[Some(&layout)],
        immediate_size: 0,
    });
    let handle = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(program.name),
        layout: Some(&pipeline_layout),
        module: &module,
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions {
            constants: &[],
            // Kernels write what they share before they read it.
            zero_initialize_workgroup_memory: false,
        },
        cache: None,
    });
    let errors = [pollster::block_on(validation.pop()), pollster::block_on(internal.pop())];
    match errors.into_iter().flatten().next() {
        Some(error) => Err(GpuError::Failed { message: format!("kernel {}: {error}", program.name) }),
        None => Ok(Pipeline { handle, layout }),
    }
}

fn storage(read_only: bool, count: usize) -> impl Iterator<Item = wgpu::BufferBindingType> {
    std::iter::repeat_n(wgpu::BufferBindingType::Storage { read_only }, count)
}

fn entry(binding: u32, kind: wgpu::BufferBindingType) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty: kind, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    }
}
