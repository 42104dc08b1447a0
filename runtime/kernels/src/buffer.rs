//! Memory for numbers: aligned to cache lines, in huge pages where it is large.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ops::{Deref, DerefMut};

/// A cache line, and the widest vector.
const LINE: usize = 64;
/// A huge page; memory walked with large strides needs one entry of the translation cache for each page.
const HUGE: usize = 2 << 20;

/// A fixed number of `f32`, 0 at first.
#[derive(Debug)]
pub struct Buffer {
    first: std::ptr::NonNull<f32>,
    length: usize,
}

// SAFETY: it owns its memory, as a vector does.
unsafe impl Send for Buffer {}
// SAFETY: shared access only reads.
unsafe impl Sync for Buffer {}

impl Buffer {
    /// So many zeros.
    ///
    /// # Panics
    /// If their size overflows; aborts if memory runs out, like a vector.
    pub fn zeros(length: usize) -> Self {
        if length == 0 {
            return Self { first: std::ptr::NonNull::dangling(), length };
        }
        let layout = layout(length);
        // SAFETY: the layout's size is not 0.
        let memory = unsafe { alloc(layout) }.cast::<f32>();
        let Some(first) = std::ptr::NonNull::new(memory) else { handle_alloc_error(layout) };
        // Before the first touch, which is what decides between huge pages and others.
        advise(first.as_ptr().cast(), layout.size());
        // SAFETY: `length` numbers of our own allocation.
        unsafe { first.as_ptr().write_bytes(0, length) };
        Self { first, length }
    }
}

fn layout(length: usize) -> Layout {
    let bytes = length.checked_mul(size_of::<f32>()).expect("the size of a buffer overflows");
    let alignment = if bytes >= HUGE { HUGE } else { LINE };
    Layout::from_size_align(bytes, alignment).expect("the size of a buffer overflows")
}

/// Asks for huge pages where the memory is that large.
fn advise(memory: *mut u8, bytes: usize) {
    #[cfg(all(target_os = "linux", not(miri)))]
    if bytes >= HUGE {
        // SAFETY: the range is our own allocation, aligned to a page; the advice changes no content. It may be refused,
        // which only costs speed.
        let _ = unsafe { libc::madvise(memory.cast(), bytes, libc::MADV_HUGEPAGE) };
    }
    #[cfg(not(all(target_os = "linux", not(miri))))]
    let _ = (memory, bytes);
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.length > 0 {
            // SAFETY: allocated by `zeros` with this very layout.
            unsafe { dealloc(self.first.as_ptr().cast(), layout(self.length)) };
        }
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        let mut copy = Self::zeros(self.length);
        copy.copy_from_slice(self);
        copy
    }
}

impl Deref for Buffer {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        // SAFETY: `length` initialised numbers that this buffer owns.
        unsafe { std::slice::from_raw_parts(self.first.as_ptr(), self.length) }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        // SAFETY: as above, and borrowed alone.
        unsafe { std::slice::from_raw_parts_mut(self.first.as_ptr(), self.length) }
    }
}
