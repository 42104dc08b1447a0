//! Tests of the whole path from files to batches.

mod as_they_are;
mod batches;
mod faults;
mod locating;
mod normalizing;
mod overlap;
mod own;
mod published;
mod resident;
mod resize;
mod sizes;

use super::{Images, Raw, Stored};
use elbo_compiler::ir::{Data, DataSource, Source, Split, Subset, Target};
use std::sync::Arc;

/// Images of `shape` with bytes that look random, and labels that go round the classes.
fn images(count: usize, shape: [usize; 3], classes: u16) -> Images {
    let size = shape.iter().product::<usize>();
    let byte = |i: usize| (i as u32).wrapping_mul(0x9E37_79B9).rotate_right(13) as u8;
    Images {
        shape,
        pixels: (0..count * size).map(byte).collect(),
        unit: 255.0,
        labels: (0..count).map(|i| i as u16 % classes).collect(),
        names: Vec::new(),
    }
}

fn raw(training: Images, test: Images) -> Raw {
    let stored = |images| Arc::new(Stored::Images(images));
    Raw {
        training: stored(training),
        test: stored(test),
        digests: Vec::new(),
        test_files: 0,
        class_names: Vec::new(),
        file_notes: Vec::new(),
    }
}

/// The images that are stored.
fn of(stored: &Stored) -> &Images {
    stored.images().expect("they are of bytes")
}

/// All of a source's examples as they are, without validation.
fn plain(source: DataSource) -> Data {
    Data {
        source: Source::Set(source),
        root: None,
        shape: source.shape(),
        target: Target::of_classes(source.classes()),
        subset: Subset::All,
        split: Split { train: 1.0, validation: 0.0 },
        transform: Vec::new(),
        augment: Vec::new(),
    }
}

/// Runs `work` on a pool of so many threads.
fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("two threads can be started").install(work)
}
