//! Device memory: buffers of 32-bit numbers that are counted, and stretches of them.

use crate::error::{GpuError, misuse};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of a number.
pub(crate) const NUMBER: u64 = 4;

/// What is allocated on a device, and what has crossed to it and from it.
#[derive(Debug, Default)]
pub(crate) struct Account {
    limit: Option<u64>,
    allocated: Mutex<u64>,
    up: AtomicU64,
    down: AtomicU64,
}

impl Account {
    pub(crate) fn new(limit: Option<u64>) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Takes bytes, unless the limit forbids it.
    pub(crate) fn take(&self, what: &str, bytes: u64) -> Result<(), GpuError> {
        let mut allocated = self.allocated.lock().unwrap_or_else(PoisonError::into_inner);
        let total = allocated.saturating_add(bytes);
        if self.limit.is_some_and(|limit| total > limit) {
            return Err(GpuError::OutOfMemory {
                what: what.to_owned(),
                bytes,
                allocated: *allocated,
                limit: self.limit,
            });
        }
        *allocated = total;
        Ok(())
    }

    pub(crate) fn give_back(&self, bytes: u64) {
        let mut allocated = self.allocated.lock().unwrap_or_else(PoisonError::into_inner);
        *allocated = allocated.saturating_sub(bytes);
    }

    pub(crate) fn allocated(&self) -> u64 {
        *self.allocated.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn count_up(&self, bytes: u64) {
        self.up.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn count_down(&self, bytes: u64) {
        self.down.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes up and down so far.
    pub(crate) fn traffic(&self) -> [u64; 2] {
        [&self.up, &self.down].map(|count| count.load(Ordering::Relaxed))
    }
}

#[derive(Debug)]
struct Memory {
    what: String,
    handle: wgpu::Buffer,
    numbers: u64,
    account: Arc<Account>,
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.account.give_back(self.handle.size());
    }
}

/// Numbers of 32 bits on a device. A clone is the same memory.
#[derive(Debug, Clone)]
pub struct Buffer(Arc<Memory>);

impl Buffer {
    /// Around memory that the account has taken.
    pub(crate) fn new(what: &str, handle: wgpu::Buffer, numbers: u64, account: Arc<Account>) -> Self {
        Self(Arc::new(Memory { what: what.to_owned(), handle, numbers, account }))
    }

    /// What it is for.
    pub fn what(&self) -> &str {
        &self.0.what
    }

    /// How many numbers it holds.
    pub fn numbers(&self) -> u64 {
        self.0.numbers
    }

    /// All of it.
    pub fn all(&self) -> Slice {
        Slice { buffer: self.clone(), first: 0, numbers: self.0.numbers }
    }

    /// `numbers` numbers from number `first` on. Operands of kernels begin at multiples of 64.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if they are not all there.
    pub fn slice(&self, first: u64, numbers: u64) -> Result<Slice, GpuError> {
        self.all().part(first, numbers)
    }

    pub(crate) fn handle(&self) -> &wgpu::Buffer {
        &self.0.handle
    }

    /// Whether both are the same memory.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn is_of(&self, account: &Arc<Account>) -> bool {
        Arc::ptr_eq(&self.0.account, account)
    }
}

/// A stretch of a buffer.
#[derive(Debug, Clone)]
pub struct Slice {
    buffer: Buffer,
    first: u64,
    numbers: u64,
}

impl Slice {
    /// Where it lies.
    pub fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// Its first number.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// How many numbers.
    pub fn numbers(&self) -> u64 {
        self.numbers
    }

    /// A part of it, `numbers` numbers from its own number `first` on.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if they are not all there.
    pub fn part(&self, first: u64, numbers: u64) -> Result<Self, GpuError> {
        if first.checked_add(numbers).is_none_or(|end| end > self.numbers) {
            return Err(misuse(format!(
                "{} has {} numbers, not {numbers} from {first} on",
                self.buffer.what(),
                self.numbers
            )));
        }
        Ok(Self { buffer: self.buffer.clone(), first: self.first + first, numbers })
    }

    /// Its place in the buffer, in bytes.
    pub(crate) fn offset(&self) -> u64 {
        self.first * NUMBER
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.numbers * NUMBER
    }
}
