//! A heap without memory: it hands out places, takes them back, and remembers how many bytes were ever resident
//! at once.
//!
//! The resident size of a process is larger than what its program holds: an allocator keeps what was freed between
//! two blocks in use. This model does what the GNU C library's `malloc` does with large blocks (its manual, "The GNU
//! Allocator" and `mallopt`): blocks above a threshold are mapped and given back one by one, the threshold grows with
//! what was given back, up to 32 MiB; smaller ones are the best fit among the gaps of one heap. That library would give
//! the free end of its heap back; measured runs hardly ever do, because some small block that lives on lies there.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Above this a block is mapped, at first, and at most.
const MAPPED_FROM: [u64; 2] = [128 << 10, 32 << 20];

/// The granularity of the system's memory.
const PAGE: u64 = 4096;

/// What the heap takes from the system, or keeps, beyond what is asked.
const PADDING: u64 = 128 << 10;

/// The small blocks that live on cut the free heap into pieces; blocks of this size were never seen to fit.
const PIECE: u64 = 128 << 20;

/// More than any memory; larger blocks count as this, so that sums stay far from overflow.
const LARGEST: u64 = 1 << 56;

/// Header and alignment of a block.
const ALIGNMENT: u64 = 16;

/// A heap; clones are the same heap.
#[derive(Debug, Clone, Default)]
pub(super) struct Heap(Rc<RefCell<State>>);

/// A block of a heap, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Block {
    heap: Heap,
    size: u64,
    place: Place,
}

/// Where a block lies.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// In the heap, from here.
    Heap(u64),
    /// In a mapping of its own with so many resident bytes.
    Mapping(u64),
}

impl Drop for Block {
    fn drop(&mut self) {
        self.heap.0.borrow_mut().free(self.size, self.place);
    }
}

impl Heap {
    /// A block that is written to.
    pub(super) fn allocate(&self, bytes: u64) -> Block {
        self.block(bytes, true)
    }

    /// A block of zeros that is read only: a fresh one takes no memory.
    pub(super) fn zeros(&self, bytes: u64) -> Block {
        self.block(bytes, false)
    }

    fn block(&self, bytes: u64, written: bool) -> Block {
        let size = bytes.min(LARGEST).saturating_add(ALIGNMENT).next_multiple_of(ALIGNMENT).max(2 * ALIGNMENT);
        let place = self.0.borrow_mut().allocate(size, written);
        Block { heap: self.clone(), size, place }
    }

    /// The most bytes that were resident at once.
    pub(super) fn peak(&self) -> u64 {
        self.0.borrow().peak
    }
}

#[derive(Debug)]
struct State {
    threshold: u64,
    /// Resident bytes of mappings.
    mapped: u64,
    /// The end of the heap's last block.
    top: u64,
    /// The end of the memory the heap has from the system.
    end: u64,
    /// How far the heap has been written to.
    written: u64,
    /// Gaps below `top` by their start.
    gaps: BTreeMap<u64, u64>,
    /// The same by size, then start.
    sizes: BTreeSet<(u64, u64)>,
    peak: u64,
}

impl Default for State {
    fn default() -> Self {
        let (gaps, sizes) = (BTreeMap::new(), BTreeSet::new());
        Self { threshold: MAPPED_FROM[0], mapped: 0, top: 0, end: 0, written: 0, gaps, sizes, peak: 0 }
    }
}

impl State {
    fn allocate(&mut self, size: u64, written: bool) -> Place {
        let gap = self.sizes.range((size, 0)..).next().copied().filter(|_| size < PIECE);
        let fits_at_end = size < PIECE && self.top + size <= self.end;
        let place = match gap {
            Some((found, start)) => {
                self.remove_gap(start, found);
                if found > size {
                    self.insert_gap(start + size, found - size);
                }
                Place::Heap(start)
            }
            None if size >= self.threshold && !fits_at_end => {
                Place::Mapping(if written { size.next_multiple_of(PAGE) } else { 0 })
            }
            None => {
                let start = self.top;
                self.top += size;
                if self.top > self.end {
                    self.end = self.top + PADDING;
                }
                Place::Heap(start)
            }
        };
        match place {
            Place::Heap(start) if written => self.written = self.written.max(start + size),
            Place::Heap(_) => {}
            Place::Mapping(resident) => self.mapped = self.mapped.saturating_add(resident),
        }
        self.peak = self.peak.max(self.mapped.saturating_add(self.written));
        place
    }

    fn free(&mut self, size: u64, place: Place) {
        let (mut start, mut size) = match place {
            Place::Heap(start) => (start, size),
            Place::Mapping(resident) => {
                self.mapped = self.mapped.saturating_sub(resident);
                if size <= MAPPED_FROM[1] {
                    self.threshold = self.threshold.max(size);
                }
                return;
            }
        };
        let before = self.gaps.range(..start).next_back().map(|(&start, &size)| (start, size));
        if let Some((gap, length)) = before.filter(|(gap, length)| gap + length == start) {
            self.remove_gap(gap, length);
            (start, size) = (gap, size + length);
        }
        if let Some(length) = self.gaps.get(&(start + size)).copied() {
            self.remove_gap(start + size, length);
            size += length;
        }
        if start + size < self.top {
            self.insert_gap(start, size);
            return;
        }
        self.top = start;
    }

    fn insert_gap(&mut self, start: u64, size: u64) {
        self.gaps.insert(start, size);
        self.sizes.insert((size, start));
    }

    fn remove_gap(&mut self, start: u64, size: u64) {
        self.gaps.remove(&start);
        self.sizes.remove(&(size, start));
    }
}

#[cfg(test)]
mod tests {
    use super::Heap;

    const MIB: u64 = 1 << 20;

    fn mebibytes(heap: &Heap) -> f64 {
        heap.peak() as f64 / MIB as f64
    }

    #[test]
    fn a_large_block_is_given_back() {
        let heap = Heap::default();
        drop(heap.allocate(200 * MIB));
        drop(heap.allocate(200 * MIB));
        assert!((mebibytes(&heap) - 200.0).abs() < 0.1);
        let _both = [heap.allocate(200 * MIB), heap.allocate(200 * MIB)];
        assert!((mebibytes(&heap) - 400.0).abs() < 0.1);
    }

    #[test]
    fn a_gap_is_used_again_but_not_given_back() {
        let heap = Heap::default();
        // Raises the threshold, so that what follows lies in the heap.
        drop(heap.allocate(20 * MIB));
        let (first, _second) = (heap.allocate(10 * MIB), heap.allocate(10 * MIB));
        drop(first);
        let _fits = [heap.allocate(4 * MIB), heap.allocate(5 * MIB)];
        assert!((mebibytes(&heap) - 20.0).abs() < 0.5, "{}", mebibytes(&heap));
        let _too_large = heap.allocate(15 * MIB);
        assert!((mebibytes(&heap) - 35.0).abs() < 0.5, "{}", mebibytes(&heap));
    }

    #[test]
    fn zeros_that_are_only_read_take_nothing() {
        let heap = Heap::default();
        let _zeros = heap.zeros(100 * MIB);
        assert_eq!(heap.peak(), 0);
    }

    #[test]
    fn no_size_overflows() {
        let heap = Heap::default();
        let blocks: Vec<_> = (0..1000).map(|_| heap.allocate(u64::MAX)).collect();
        assert!(heap.peak() > 1 << 60);
        drop(blocks);
        drop(heap.allocate(1));
    }
}
