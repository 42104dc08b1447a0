//! An open graphics processor: its memory, and the way to it and back.

use crate::adapter::{Adapter, Description, Limits};
use crate::buffer::{Account, Buffer, NUMBER, Slice};
use crate::error::{GpuError, misuse};
use crate::failure::Failures;
use crate::pipeline::Pipelines;
use crate::varying::Varying;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How a device is opened.
#[derive(Debug, Clone, Copy, Default)]
pub struct Opening {
    /// The most bytes that may be allocated; `None`: what the device has.
    pub memory_limit: Option<u64>,
    /// At most so many bytes of an operand, below what the device can: for tests of what is divided.
    pub binding_limit: Option<u64>,
    /// At most so many workgroups along a dimension, for such tests, too.
    pub workgroup_limit: Option<u64>,
}

/// An open device. A clone is the same device; one run at a time happens on it, whoever asks.
#[derive(Debug, Clone)]
pub struct Device(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    description: Description,
    limits: Limits,
    handle: wgpu::Device,
    queue: wgpu::Queue,
    failures: Failures,
    account: Arc<Account>,
    pipelines: Pipelines,
    varying: wgpu::Buffer,
    turn: Mutex<Option<wgpu::Buffer>>,
}

/// Bytes that are read back, or sent, at once.
const PIECE: u64 = 1 << 25;

impl Device {
    /// Opens an adapter with all that it can.
    ///
    /// # Errors
    /// [`GpuError::TooSmall`] or [`GpuError::NotOpened`].
    pub fn open(adapter: &Adapter, opening: &Opening) -> Result<Self, GpuError> {
        let description = adapter.description.clone();
        description.check()?;
        let request = adapter.handle.request_device(&wgpu::DeviceDescriptor {
            label: Some("elbo"),
            // The defaults are what WebGPU promises everywhere: 128 MiB an operand.
            required_limits: adapter.handle.limits(),
            memory_hints: wgpu::MemoryHints::Performance,
            ..Default::default()
        });
        let (handle, queue) = pollster::block_on(request)
            .map_err(|error| GpuError::NotOpened { adapter: description.name.clone(), message: error.to_string() })?;
        let failures = Failures::of(&handle);
        let mut limits = description.limits;
        limits.binding = limits.binding.min(limits.buffer).min(opening.binding_limit.unwrap_or(u64::MAX));
        limits.workgroups = limits.workgroups.min(opening.workgroup_limit.unwrap_or(u64::MAX)).max(1);
        let varying = handle.create_buffer(&wgpu::BufferDescriptor {
            label: Some("varying"),
            size: size_of::<Varying>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        failures.check()?;
        let account = Arc::new(Account::new(opening.memory_limit));
        let (pipelines, turn) = (Pipelines::default(), Mutex::default());
        Ok(Self(Arc::new(Inner { description, limits, handle, queue, failures, account, pipelines, varying, turn })))
    }

    /// The adapter.
    pub fn description(&self) -> &Description {
        &self.0.description
    }

    /// What it can, and may.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Bytes that are allocated.
    pub fn allocated(&self) -> u64 {
        self.0.account.allocated()
    }

    /// Bytes that went to the device and came from it so far.
    pub fn traffic(&self) -> [u64; 2] {
        self.0.account.traffic()
    }

    /// How many kernels were compiled for it.
    pub fn compiled(&self) -> usize {
        self.0.pipelines.count()
    }

    /// Ends it, as if it had been unplugged: every later use is [`GpuError::Lost`]. For tests.
    pub fn destroy(&self) {
        self.0.handle.destroy();
        self.0.failures.set(GpuError::Lost { message: "it was destroyed".to_owned() });
    }

    /// Whether it is still there and nothing failed.
    ///
    /// # Errors
    /// The first failure, for ever: [`GpuError::Lost`] or [`GpuError::Failed`].
    pub fn check(&self) -> Result<(), GpuError> {
        self.0.failures.check()
    }

    /// A buffer of zeros.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`], [`GpuError::TooLarge`] or that the device is lost.
    pub fn zeros(&self, what: &str, numbers: u64) -> Result<Buffer, GpuError> {
        self.check()?;
        let Inner { handle, limits, account, .. } = &*self.0;
        // Buffers are never empty, and operands may be read by fours.
        let bytes = numbers.checked_mul(NUMBER).and_then(|bytes| bytes.max(1).checked_next_multiple_of(16));
        let bytes = bytes.filter(|bytes| *bytes <= limits.buffer);
        let bytes = bytes.ok_or_else(|| GpuError::TooLarge {
            what: what.to_owned(),
            bytes: numbers.saturating_mul(NUMBER),
            limit: limits.buffer,
        })?;
        account.take(what, bytes)?;
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        self.allocate(what, bytes, usage)
            .inspect_err(|_| account.give_back(bytes))
            .map(|handle| Buffer::new(what, handle, numbers, account.clone()))
            .and_then(|buffer| handle.poll(wgpu::PollType::Poll).map_or_else(|error| Err(lost(&error)), |_| Ok(buffer)))
    }

    /// Memory that nobody counts.
    pub(crate) fn allocate(&self, what: &str, bytes: u64, usage: wgpu::BufferUsages) -> Result<wgpu::Buffer, GpuError> {
        let device = &self.0.handle;
        let memory = device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let internal = device.push_error_scope(wgpu::ErrorFilter::Internal);
        let validation = device.push_error_scope(wgpu::ErrorFilter::Validation);
        let descriptor = wgpu::BufferDescriptor { label: Some(what), size: bytes, usage, mapped_at_creation: false };
        let buffer = device.create_buffer(&descriptor);
        let failed = [pollster::block_on(validation.pop()), pollster::block_on(internal.pop())];
        if pollster::block_on(memory.pop()).is_some() {
            let allocated = self.allocated().saturating_sub(bytes);
            return Err(GpuError::OutOfMemory { what: what.to_owned(), bytes, allocated, limit: None });
        }
        match failed.into_iter().flatten().next() {
            Some(error) => Err(GpuError::Failed { message: format!("{what}: {error}") }),
            None => self.check().map(|()| buffer),
        }
    }

    /// Puts numbers where a slice lies.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] unless they are as many as the slice has, or that the device is lost.
    pub fn write(&self, to: &Slice, numbers: &[f32]) -> Result<(), GpuError> {
        self.write_aligned(to, bytemuck::cast_slice(numbers))
    }

    /// The same of whole numbers.
    ///
    /// # Errors
    /// As [`Device::write`].
    pub fn write_words(&self, to: &Slice, words: &[u32]) -> Result<(), GpuError> {
        self.write_aligned(to, bytemuck::cast_slice(words))
    }

    /// The same of bytes, four to a number, the lowest first; the last number is filled up with zeros.
    ///
    /// # Errors
    /// As [`Device::write`].
    pub fn write_bytes(&self, to: &Slice, bytes: &[u8]) -> Result<(), GpuError> {
        if bytes.len().is_multiple_of(4) {
            return self.write_aligned(to, bytes);
        }
        let whole = bytes.len() / 4 * 4;
        let mut last = [0; 4];
        last[..bytes.len() - whole].copy_from_slice(&bytes[whole..]);
        if to.bytes() != whole as u64 + 4 {
            return Err(wrong_length(to, bytes.len() as u64));
        }
        let numbers = whole as u64 / NUMBER;
        self.write_aligned(&to.part(0, numbers)?, &bytes[..whole])?;
        self.write_aligned(&to.part(numbers, 1)?, &last)
    }

    fn write_aligned(&self, to: &Slice, bytes: &[u8]) -> Result<(), GpuError> {
        self.check()?;
        self.owns(to)?;
        if to.bytes() != bytes.len() as u64 {
            return Err(wrong_length(to, bytes.len() as u64));
        }
        let mut offset = to.offset();
        for piece in bytes.chunks(PIECE as usize) {
            self.0.queue.write_buffer(to.buffer().handle(), offset, piece);
            offset += piece.len() as u64;
            if piece.len() as u64 == PIECE {
                // What waits to be sent takes host memory.
                self.0.queue.submit([]);
                self.wait()?;
            }
        }
        self.0.account.count_up(bytes.len() as u64);
        self.check()
    }

    /// The numbers of some slices, in one submission if they are few.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if a slice is another device's, or that the device is lost.
    pub fn read(&self, slices: &[Slice]) -> Result<Vec<Vec<f32>>, GpuError> {
        let mut turn = self.turn();
        self.read_after(&mut turn, None, slices)
    }

    /// The same of whole numbers.
    ///
    /// # Errors
    /// As [`Device::read`].
    pub fn read_words(&self, slices: &[Slice]) -> Result<Vec<Vec<u32>>, GpuError> {
        let mut turn = self.turn();
        self.read_after(&mut turn, None, slices)
    }

    /// Submits commands, and reads slices back in the same submission. Waits for it.
    pub(crate) fn read_after<T: bytemuck::Pod>(
        &self,
        staging: &mut Option<wgpu::Buffer>,
        commands: Option<wgpu::CommandEncoder>,
        slices: &[Slice],
    ) -> Result<Vec<Vec<T>>, GpuError> {
        self.check()?;
        slices.iter().try_for_each(|slice| self.owns(slice))?;
        let mut results: Vec<Vec<T>> =
            slices.iter().map(|slice| Vec::with_capacity(slice.numbers() as usize)).collect();
        let mut encoder = commands.unwrap_or_else(|| self.0.handle.create_command_encoder(&Default::default()));
        // Rounds of at most a piece.
        let mut round: Vec<(usize, Slice)> = Vec::new();
        let mut room = PIECE / NUMBER;
        for (at, slice) in slices.iter().enumerate() {
            let mut first = 0;
            while first < slice.numbers() {
                let numbers = room.min(slice.numbers() - first);
                round.push((at, slice.part(first, numbers)?));
                (first, room) = (first + numbers, room - numbers);
                if room == 0 {
                    self.read_round(staging, encoder, &round, &mut results)?;
                    encoder = self.0.handle.create_command_encoder(&Default::default());
                    (round, room) = (Vec::new(), PIECE / NUMBER);
                }
            }
        }
        self.read_round(staging, encoder, &round, &mut results)?;
        Ok(results)
    }

    fn read_round<T: bytemuck::Pod>(
        &self,
        staging: &mut Option<wgpu::Buffer>,
        mut encoder: wgpu::CommandEncoder,
        round: &[(usize, Slice)],
        results: &mut [Vec<T>],
    ) -> Result<(), GpuError> {
        let bytes: u64 = round.iter().map(|(_, slice)| slice.bytes()).sum();
        if bytes == 0 {
            self.0.queue.submit([encoder.finish()]);
            return self.wait();
        }
        let buffer = match staging.take().filter(|buffer| buffer.size() >= bytes) {
            Some(buffer) => buffer,
            None => {
                let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
                self.allocate("numbers read back", bytes.next_power_of_two(), usage)?
            }
        };
        let mut at = 0;
        for (_, slice) in round {
            encoder.copy_buffer_to_buffer(slice.buffer().handle(), slice.offset(), &buffer, at, slice.bytes());
            at += slice.bytes();
        }
        self.0.queue.submit([encoder.finish()]);
        let (sender, receiver) = std::sync::mpsc::channel();
        buffer.map_async(wgpu::MapMode::Read, ..bytes, move |result| drop(sender.send(result)));
        self.wait()?;
        match receiver.try_recv() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(lost(&error)),
            Err(error) => return Err(lost(&error)),
        }
        let view = buffer.get_mapped_range(..bytes).map_err(|error| lost(&error))?;
        let mut at = 0;
        for (which, slice) in round {
            let part = &view[at as usize..(at + slice.bytes()) as usize];
            results[*which].extend(bytemuck::pod_collect_to_vec::<u8, T>(part));
            at += slice.bytes();
        }
        drop(view);
        buffer.unmap();
        self.0.account.count_down(bytes);
        *staging = Some(buffer);
        Ok(())
    }

    /// Waits for all that was submitted, and asks how it went: on a device that is lost everything seems to succeed.
    pub(crate) fn wait(&self) -> Result<(), GpuError> {
        let waited = self.0.handle.poll(wgpu::PollType::wait_indefinitely());
        self.check()?;
        waited.map(drop).map_err(|error| lost(&error))
    }

    /// The right to run something, with the buffer that is read back through.
    pub(crate) fn turn(&self) -> MutexGuard<'_, Option<wgpu::Buffer>> {
        self.0.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn send_varying(&self, varying: &Varying) {
        self.0.queue.write_buffer(&self.0.varying, 0, bytemuck::bytes_of(varying));
        self.0.account.count_up(size_of::<Varying>() as u64);
    }

    pub(crate) fn owns(&self, slice: &Slice) -> Result<(), GpuError> {
        if slice.buffer().is_of(&self.0.account) {
            Ok(())
        } else {
            Err(misuse(format!("{} lies on another device", slice.buffer().what())))
        }
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn handle(&self) -> &wgpu::Device {
        &self.0.handle
    }

    pub(crate) fn queue(&self) -> &wgpu::Queue {
        &self.0.queue
    }

    pub(crate) fn pipelines(&self) -> &Pipelines {
        &self.0.pipelines
    }

    pub(crate) fn varying(&self) -> &wgpu::Buffer {
        &self.0.varying
    }
}

fn wrong_length(to: &Slice, bytes: u64) -> GpuError {
    misuse(format!("{} takes {} bytes here, not {bytes}", to.buffer().what(), to.bytes()))
}

fn lost(error: &dyn std::error::Error) -> GpuError {
    GpuError::Lost { message: error.to_string() }
}
