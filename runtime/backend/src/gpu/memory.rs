//! The buffers of a plan: each lives from one moment of a pass to another, and those that never live at the same time
//! may be one buffer of the device, a slot.

use elbo_gpu::{Buffer, Device, GpuError, Slice};

/// A buffer of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct BufferId(usize);

/// What is known of a buffer.
#[derive(Debug, Clone)]
struct Planned {
    /// What it holds, for whoever reads that there is no room for it.
    name: String,
    /// How many numbers.
    numbers: usize,
    /// The first and the last moment it is needed.
    life: Option<(usize, usize)>,
    /// The slot it lies in.
    slot: usize,
}

/// A buffer of the device.
#[derive(Debug, Clone)]
struct Slot {
    /// The largest of the buffers that lie in it.
    name: String,
    /// How many numbers that has.
    numbers: usize,
    /// When it is taken.
    lives: Vec<(usize, usize)>,
}

/// The buffers of a plan.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    buffers: Vec<Planned>,
    slots: Vec<Slot>,
}

impl Memory {
    /// A buffer of so many numbers.
    pub(super) fn buffer(&mut self, name: String, numbers: usize) -> BufferId {
        self.buffers.push(Planned { name, numbers, life: None, slot: 0 });
        BufferId(self.buffers.len() - 1)
    }

    /// The buffer is needed at this moment, and at all between this and others.
    pub(super) fn touch(&mut self, buffer: BufferId, moment: usize) {
        let life = &mut self.buffers[buffer.0].life;
        *life = Some(life.map_or((moment, moment), |(first, last)| (first.min(moment), last.max(moment))));
    }

    /// Gives every buffer a slot: the largest first, each the first slot that is free all its life.
    pub(super) fn settle(&mut self) {
        let mut order: Vec<usize> = (0..self.buffers.len()).collect();
        order.sort_by_key(|&buffer| std::cmp::Reverse(self.buffers[buffer].numbers));
        for buffer in order {
            let Planned { name, numbers, life, slot } = &mut self.buffers[buffer];
            let Some((first, last)) = *life else { continue };
            let is_free = |slot: &Slot| slot.lives.iter().all(|(from, to)| *to < first || last < *from);
            *slot = self.slots.iter().position(is_free).unwrap_or_else(|| {
                self.slots.push(Slot { name: name.clone(), numbers: *numbers, lives: Vec::new() });
                self.slots.len() - 1
            });
            self.slots[*slot].lives.push((first, last));
        }
    }

    /// Bytes of all slots.
    pub(super) fn bytes(&self) -> u64 {
        self.slots.iter().fold(0, |sum: u64, slot| sum.saturating_add((slot.numbers as u64).saturating_mul(4)))
    }

    /// Bytes of the largest slot.
    pub(super) fn largest(&self) -> u64 {
        self.slots.iter().map(|slot| (slot.numbers as u64).saturating_mul(4)).max().unwrap_or(0)
    }

    /// The buffers on a device; nothing for those that are never needed.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`] or [`GpuError::TooLarge`] if there is no room for one, [`GpuError::Lost`].
    pub(super) fn allocate(&self, device: &Device) -> Result<Vec<Option<Slice>>, GpuError> {
        let slots = self.slots.iter().map(|slot| device.zeros(&slot.name, slot.numbers as u64));
        let slots = slots.collect::<Result<Vec<Buffer>, _>>()?;
        let place = |buffer: &Planned| match buffer.life {
            Some(_) => slots[buffer.slot].slice(0, buffer.numbers as u64).map(Some),
            None => Ok(None),
        };
        self.buffers.iter().map(place).collect()
    }

    /// The number of a buffer among those of [`Memory::allocate`].
    pub(super) fn number(buffer: BufferId) -> usize {
        buffer.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lives_together_never_shares_a_slot_and_what_does_not_may() {
        let mut memory = Memory::default();
        let mut state = 12_345_u64;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for number in 0..200 {
            let buffer = memory.buffer(format!("b{number}"), 1 + next(1000) as usize);
            let first = next(100) as usize;
            memory.touch(buffer, first);
            memory.touch(buffer, first + next(20) as usize);
        }
        memory.buffer("unused".to_owned(), 1_000_000);
        memory.settle();
        let sum: usize = memory.buffers.iter().take(200).map(|buffer| buffer.numbers).sum();
        assert!(memory.bytes() < 4 * sum as u64 / 2, "{} of {}", memory.bytes(), 4 * sum);
        for (at, one) in memory.buffers.iter().enumerate() {
            let Some((from, to)) = one.life else { continue };
            assert!(one.numbers <= memory.slots[one.slot].numbers);
            for other in &memory.buffers[at + 1..] {
                let Some((first, last)) = other.life else { continue };
                assert!(one.slot != other.slot || to < first || last < from, "{} and {}", one.name, other.name);
            }
        }
    }
}
