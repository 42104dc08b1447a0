//! Random orders: the shuffle of Fisher and Yates (Durstenfeld 1964, algorithm 235) over unbiased
//! bounded integers (Lemire 2019, "Fast random integer generation in an interval").

use super::address::Stream;

impl Stream {
    /// A uniformly random order of 0 … `n` − 1: a function of the stream, `step` and `n` alone. It uses
    /// the table (step, sample 0).
    pub fn permutation(&self, step: u32, n: u32) -> Vec<u32> {
        let mut order: Vec<u32> = (0..n).collect();
        let mut words = Words { stream: self, step, next: 0, buffer: [0; BUFFER] };
        for last in (1..n).rev() {
            let chosen = words.below(last + 1);
            order.swap(last as usize, chosen as usize);
        }
        order
    }
}

const BUFFER: usize = 256;

/// The words of a table, one after the other.
struct Words<'a> {
    stream: &'a Stream,
    step: u32,
    next: u64,
    buffer: [u32; BUFFER],
}

impl Words<'_> {
    fn next(&mut self) -> u32 {
        let place = (self.next % BUFFER as u64) as usize;
        if place == 0 {
            self.stream.fill_bits(self.step, 0, self.next, &mut self.buffer);
        }
        self.next += 1;
        self.buffer[place]
    }

    /// A number uniform over 0 … `bound` − 1, for `bound` ≥ 1. The high half of word × bound is biased
    /// by the 2³² mod bound words too many, which are the ones that are drawn again.
    fn below(&mut self, bound: u32) -> u32 {
        let excess = bound.wrapping_neg() % bound;
        loop {
            let product = u64::from(self.next()) * u64::from(bound);
            if product as u32 >= excess {
                return (product >> 32) as u32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Key, Purpose};

    #[test]
    fn holds_every_number_once() {
        let stream = Key::new(1).stream(Purpose::Order, "");
        for n in [0, 1, 2, 3, 255, 256, 257, 10_000] {
            let mut order = stream.permutation(5, n);
            assert_eq!(order.len(), n as usize);
            order.sort_unstable();
            assert!(order.iter().copied().eq(0..n));
        }
    }

    #[test]
    fn every_order_of_four_is_equally_likely() {
        let stream = Key::new(3).stream(Purpose::Order, "");
        let mut counts = std::collections::BTreeMap::new();
        let trials = 24_000;
        for step in 0..trials {
            *counts.entry(stream.permutation(step, 4)).or_insert(0_u32) += 1;
        }
        assert_eq!(counts.len(), 24);
        let expected = f64::from(trials) / 24.0;
        let chi_squared: f64 = counts.values().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum();
        // 23 degrees of freedom: 49.7 is exceeded once in a thousand.
        assert!(chi_squared < 49.7, "{chi_squared}");
    }

    #[test]
    fn steps_and_seeds_differ_and_repeat() {
        let order = |seed, step| Key::new(seed).stream(Purpose::Order, "").permutation(step, 100);
        assert_eq!(order(1, 0), order(1, 0));
        assert_ne!(order(1, 0), order(1, 1));
        assert_ne!(order(1, 0), order(2, 0));
    }
}
