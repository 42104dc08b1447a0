//! Buffers whose places are settled before the first step: each lives from one moment of a pass to another, and what
//! does not live at the same time may share memory.

use crate::occupied::Occupied;
use elbo_kernels::PANEL;
use std::ops::Range;

/// A buffer of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct BufferId(pub(crate) usize);

/// What is known of a buffer.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    /// What it holds, for readers of the plan.
    pub(crate) name: String,
    /// How many numbers.
    pub(crate) length: usize,
    /// The first and the last moment it is needed.
    pub(crate) life: Option<(usize, usize)>,
    /// Where it lies.
    offset: usize,
}

impl Planned {
    /// The memory it takes. Saturating: a plan may be of what no memory holds.
    fn taken(&self) -> Range<usize> {
        self.offset..self.offset.saturating_add(self.length.div_ceil(PANEL).saturating_mul(PANEL))
    }
}

/// The buffers of a plan, all of one kind of number.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory {
    buffers: Vec<Planned>,
    total: usize,
}

impl Memory {
    /// A buffer of so many numbers.
    pub(crate) fn buffer(&mut self, name: String, length: usize) -> BufferId {
        self.buffers.push(Planned { name, length, life: None, offset: 0 });
        BufferId(self.buffers.len() - 1)
    }

    /// The buffer is needed at this moment, and at all between this and others.
    pub(crate) fn touch(&mut self, buffer: BufferId, moment: usize) {
        let life = &mut self.buffers[buffer.0].life;
        *life = Some(life.map_or((moment, moment), |(first, last)| (first.min(moment), last.max(moment))));
    }

    /// Gives every buffer its place: the largest first, each at the lowest place that is free all its life.
    pub(crate) fn settle(&mut self) {
        let mut order: Vec<usize> = (0..self.buffers.len()).collect();
        order.sort_by_key(|&buffer| std::cmp::Reverse(self.buffers[buffer].length));
        let last = self.buffers.iter().filter_map(|buffer| buffer.life).map(|(_, last)| last).max();
        let mut occupied = Occupied::new(last.map_or(0, |last| last + 1));
        for buffer in order {
            let buffer = &mut self.buffers[buffer];
            let Some(life) = buffer.life else { continue };
            buffer.offset = occupied.lowest_free(life, buffer.length);
            let taken = buffer.taken();
            occupied.take(life, &taken);
            self.total = self.total.max(taken.end);
        }
    }

    /// Numbers in all.
    pub(crate) fn total(&self) -> usize {
        self.total
    }

    /// Where each buffer lies; nowhere if it is never needed.
    pub(crate) fn ranges(&self) -> Vec<Range<usize>> {
        let end = |buffer: &Planned| buffer.life.map_or(buffer.offset, |_| buffer.offset + buffer.length);
        self.buffers.iter().map(|buffer| buffer.offset..end(buffer)).collect()
    }

    /// The buffers that are needed at all, with their places.
    pub(crate) fn buffers(&self) -> impl Iterator<Item = (&Planned, usize)> {
        self.buffers.iter().filter(|buffer| buffer.life.is_some()).map(|buffer| (buffer, buffer.offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lives_together_never_overlaps_and_what_does_not_shares() {
        let mut memory = Memory::default();
        let mut state = 12_345_u64;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let buffers: Vec<BufferId> = (0..200)
            .map(|number| {
                let buffer = memory.buffer(format!("b{number}"), 1 + next(1000) as usize);
                let first = next(100) as usize;
                memory.touch(buffer, first);
                memory.touch(buffer, first + next(20) as usize);
                buffer
            })
            .collect();
        memory.settle();
        let sum: usize = memory.buffers().map(|(planned, _)| planned.length).sum();
        let ranges = memory.ranges();
        assert!(memory.total() < sum / 3, "{} of {sum}", memory.total());
        for (at, &one) in buffers.iter().enumerate() {
            for &other in &buffers[at + 1..] {
                let life = |buffer: BufferId| memory.buffers[buffer.0].life.expect("each was touched");
                let together = life(one).0 <= life(other).1 && life(other).0 <= life(one).1;
                let (a, b) = (&ranges[one.0], &ranges[other.0]);
                assert!(!together || a.end <= b.start || b.end <= a.start);
            }
        }
    }

    /// Where a look at every buffer that lives at the same time finds the lowest free place.
    fn settled_one_by_one(memory: &Memory) -> Vec<usize> {
        let mut order: Vec<usize> = (0..memory.buffers.len()).collect();
        order.sort_by_key(|&buffer| std::cmp::Reverse(memory.buffers[buffer].length));
        let mut placed: Vec<Planned> = Vec::new();
        let mut offsets = vec![0; memory.buffers.len()];
        for buffer in order {
            let mut planned = Planned { offset: 0, ..memory.buffers[buffer].clone() };
            let Some((first, last)) = planned.life else { continue };
            let lives_then = |other: &&Planned| other.life.is_some_and(|(from, to)| from <= last && first <= to);
            let mut taken: Vec<Range<usize>> = placed.iter().filter(lives_then).map(Planned::taken).collect();
            taken.sort_by_key(|range| range.start);
            for range in taken {
                if range.start >= planned.offset.saturating_add(planned.length) {
                    break;
                }
                planned.offset = planned.offset.max(range.end);
            }
            offsets[buffer] = planned.offset;
            placed.push(planned);
        }
        offsets
    }

    #[test]
    fn every_buffer_lies_where_a_look_at_all_others_would_put_it() {
        let mut state = 7_u64;
        let mut next = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        for round in 0..60 {
            let mut memory = Memory::default();
            let (moments, longest) = (1 + next(40), [1, 3, 40, 400, usize::MAX][round % 5]);
            for number in 0..next(120) {
                let buffer = memory.buffer(number.to_string(), next(longest));
                let (one, other) = (next(moments), next(moments));
                if next(10) > 0 {
                    memory.touch(buffer, one);
                    memory.touch(buffer, if next(2) == 0 { one } else { other });
                }
            }
            let expected = settled_one_by_one(&memory);
            memory.settle();
            let found: Vec<usize> = memory.buffers.iter().map(|buffer| buffer.offset).collect();
            assert_eq!(found, expected, "round {round}");
        }
    }

    #[test]
    fn a_buffer_that_is_never_needed_takes_nothing() {
        let mut memory = Memory::default();
        memory.buffer("unused".to_owned(), 1000);
        memory.settle();
        assert_eq!(memory.total(), 0);
        assert!(memory.ranges().iter().all(Range::is_empty));
    }
}
