//! What a task asks for, and which runs ask for the same: all tasks of an array have one shape.

use super::cluster::Cluster;
use super::settings::{MemoryRequest, SlurmSettings};
use std::collections::BTreeMap;

const GIB: u64 = 1 << 30;

/// What the forecast leaves out: the program itself, and what the system keeps for it.
const BESIDE_FORECAST: u64 = GIB / 4;

/// What a task asks for, beside what all of a batch ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape {
    /// Bytes of memory; `None` if none is asked for.
    pub memory: Option<u64>,
}

impl Shape {
    /// The shape of a run that is forecast to take so many bytes.
    fn of(forecast: u64, settings: &SlurmSettings, cluster: Cluster) -> Self {
        let memory = match settings.memory.unwrap_or(MemoryRequest::Auto) {
            MemoryRequest::Auto if cluster.counts_memory => Some(rounded(forecast)),
            MemoryRequest::Auto | MemoryRequest::None => None,
            MemoryRequest::Bytes(bytes) => Some(bytes),
        };
        Self { memory }
    }

    /// Runs by their shapes, in the order given: a run's place in the batch and its forecast bytes of memory.
    pub fn group(
        runs: impl IntoIterator<Item = (usize, u64)>,
        settings: &SlurmSettings,
        cluster: Cluster,
    ) -> BTreeMap<Self, Vec<usize>> {
        let mut groups: BTreeMap<Self, Vec<usize>> = BTreeMap::new();
        for (place, forecast) in runs {
            groups.entry(Self::of(forecast, settings, cluster)).or_default().push(place);
        }
        groups
    }
}

/// A forecast with a quarter on top, as the next power of two of GiB, so that a batch has few shapes.
fn rounded(forecast: u64) -> u64 {
    let needed = forecast.saturating_add(forecast / 4).saturating_add(BESIDE_FORECAST);
    needed.div_ceil(GIB).next_power_of_two().saturating_mul(GIB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_rounded_up_with_a_margin() {
        let gib = |bytes: u64| rounded(bytes) / GIB;
        assert_eq!([gib(0), gib(GIB / 2), gib(GIB), gib(3 * GIB), gib(4 * GIB)], [1, 1, 2, 4, 8]);
        assert!(rounded(u64::MAX) > 1 << 62);
    }

    #[test]
    fn runs_are_grouped_by_what_they_ask_for() {
        let runs = [(0, GIB / 2), (3, 4 * GIB), (4, GIB / 4), (7, 5 * GIB)];
        let counting = Cluster { largest_array: 100, counts_memory: true };
        let of = |memory: Option<u64>| Shape { memory: memory.map(|gib| gib * GIB) };
        let groups = Shape::group(runs, &SlurmSettings::default(), counting);
        assert_eq!(groups, BTreeMap::from([(of(Some(1)), vec![0, 4]), (of(Some(8)), vec![3, 7])]));
        let not = Cluster { counts_memory: false, ..counting };
        let all = vec![0, 3, 4, 7];
        assert_eq!(Shape::group(runs, &SlurmSettings::default(), not), BTreeMap::from([(of(None), all.clone())]));
        let settings = |memory| SlurmSettings { memory: Some(memory), ..SlurmSettings::default() };
        let fixed = Shape::group(runs, &settings(MemoryRequest::Bytes(3 * GIB)), not);
        assert_eq!(fixed, BTreeMap::from([(of(Some(3)), all.clone())]));
        let none = Shape::group(runs, &settings(MemoryRequest::None), counting);
        assert_eq!(none, BTreeMap::from([(of(None), all)]));
    }
}
