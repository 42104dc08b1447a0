//! Which places are taken at which moments, so that the lowest place that is free all of a life is found without a look
//! at every buffer.

use std::ops::Range;

/// Places that are taken, in order; neighbours are one range.
#[derive(Debug, Clone, Default)]
struct Places(Vec<Range<usize>>);

impl Places {
    fn take(&mut self, taken: &Range<usize>) {
        // The first that ends no earlier than these begin, up to the first that begins after they end.
        let from = self.0.partition_point(|range| range.end < taken.start);
        let to = from + self.0[from..].partition_point(|range| range.start <= taken.end);
        let joined = self.0[from..to]
            .iter()
            .fold(taken.clone(), |joined, range| joined.start.min(range.start)..joined.end.max(range.end));
        self.0.splice(from..to, [joined]);
    }

    /// Where the first range ends that reaches into `wanted`.
    fn blocks(&self, wanted: &Range<usize>) -> Option<usize> {
        let range = self.0.get(self.0.partition_point(|range| range.end <= wanted.start))?;
        (range.start < wanted.end).then_some(range.end)
    }
}

/// Moments are the leaves of a binary tree, whose nodes stand for the moments below them.
#[derive(Debug, Clone)]
pub(crate) struct Occupied {
    /// Leaves, a power of two.
    moments: usize,
    /// What is taken at all moments of a node, of the node itself.
    all: Vec<Places>,
    /// What is taken at one of them at least.
    some: Vec<Places>,
}

impl Occupied {
    /// Nothing is taken at any of so many moments.
    pub(crate) fn new(moments: usize) -> Self {
        let moments = moments.max(1).next_power_of_two();
        Self { moments, all: vec![Places::default(); 2 * moments], some: vec![Places::default(); 2 * moments] }
    }

    /// Notes that a place is taken from the first moment to the last.
    pub(crate) fn take(&mut self, life: (usize, usize), taken: &Range<usize>) {
        if taken.is_empty() {
            return;
        }
        for node in self.cover(life) {
            self.all[node].take(taken);
            for above in std::iter::successors(Some(node), |node| Some(node / 2)).take_while(|node| *node > 0) {
                self.some[above].take(taken);
            }
        }
    }

    /// The lowest place of this length that is free from the first moment to the last.
    pub(crate) fn lowest_free(&self, life: (usize, usize), length: usize) -> usize {
        let cover = self.cover(life);
        let mut above: Vec<usize> = cover
            .iter()
            .flat_map(|node| std::iter::successors(Some(node / 2), |node| Some(node / 2)).take_while(|node| *node > 0))
            .collect();
        above.sort_unstable();
        above.dedup();
        let places: Vec<&Places> =
            cover.iter().map(|&node| &self.some[node]).chain(above.iter().map(|&node| &self.all[node])).collect();
        let mut offset = 0_usize;
        while let Some(end) = places.iter().find_map(|places| places.blocks(&(offset..offset.saturating_add(length)))) {
            offset = end;
        }
        offset
    }

    /// The fewest nodes that stand for these moments and no others.
    fn cover(&self, (first, last): (usize, usize)) -> Vec<usize> {
        let (mut from, mut to) = (first + self.moments, last + self.moments + 1);
        let mut nodes = Vec::new();
        while from < to {
            if from % 2 == 1 {
                nodes.push(from);
                from += 1;
            }
            if to % 2 == 1 {
                to -= 1;
                nodes.push(to);
            }
            (from, to) = (from / 2, to / 2);
        }
        nodes
    }
}
