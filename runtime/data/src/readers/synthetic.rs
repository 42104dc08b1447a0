//! Points of a function of one number, with noise.

use super::reader::Reader;
use crate::digest::Digest;
use crate::error::DataError;
use crate::raw::Raw;
use crate::stored::{Labels, Numbers, Stored};
use elbo_compiler::ir::{Data, SyntheticKind, SyntheticSource};
use elbo_random::{Key, Purpose, Stream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the test grid ends on both sides.
const REACH: f64 = 6.0;

impl Reader for SyntheticSource {
    fn read(&self, _: &Data, _: &Path, _: &[PathBuf]) -> Result<Raw, DataError> {
        Ok(generate(self))
    }
}

/// Both splits of a generated set: a function of its parameters alone. The formulas stand at [`SyntheticKind`].
fn generate(source: &SyntheticSource) -> Raw {
    let stream = Key::new(source.seed).stream(Purpose::GeneratedData, "synthetic");
    let mut places = vec![0.0; source.examples];
    stream.fill_uniform(0, 0, 0, &mut places);
    let training: Vec<f64> = places.iter().map(|&place| training_place(source.kind, f64::from(place))).collect();
    let steps = (SyntheticKind::TEST_EXAMPLES - 1) as f64;
    let test: Vec<f64> =
        (0..SyntheticKind::TEST_EXAMPLES).map(|step| REACH * (2.0 * step as f64 / steps - 1.0)).collect();
    let (training, test) = (points(source, &stream, 1, &training), points(source, &stream, 2, &test));
    let mut bytes = Vec::new();
    for numbers in [&training, &test] {
        let Labels::Values { values, .. } = &numbers.labels else { continue };
        let values = values.iter().map(|value| *value as f32);
        numbers.values.iter().copied().chain(values).for_each(|value| bytes.extend(value.to_le_bytes()));
    }
    Raw {
        training: Arc::new(Stored::Numbers(training)),
        test: Arc::new(Stored::Numbers(test)),
        digests: vec![Digest::of("synthetic", &bytes)],
        test_files: 0,
        class_names: Vec::new(),
        file_notes: Vec::new(),
    }
}

/// The place of a training example, from a number uniform over [0, 1).
fn training_place(kind: SyntheticKind, uniform: f64) -> f64 {
    match kind {
        SyntheticKind::Sine if uniform < 0.5 => -4.0 + 6.0 * uniform,
        SyntheticKind::Sine => 1.0 + 6.0 * (uniform - 0.5),
        SyntheticKind::Cubic => 8.0 * uniform - 4.0,
    }
}

/// The function without noise.
fn mean(kind: SyntheticKind, x: f64) -> f64 {
    match kind {
        SyntheticKind::Sine => x.sin(),
        SyntheticKind::Cubic => x * x * x,
    }
}

/// The standard deviation of the noise, divided by the parameter `noise`.
fn deviation(kind: SyntheticKind, x: f64) -> f64 {
    match kind {
        SyntheticKind::Sine => (x + 8.0) / 12.0,
        SyntheticKind::Cubic => 1.0,
    }
}

fn points(source: &SyntheticSource, stream: &Stream, sample: u32, places: &[f64]) -> Numbers {
    let mut noise = vec![0.0; places.len()];
    stream.fill_normal(0, sample, 0, &mut noise);
    let target = |(&x, &noise): (&f64, &f32)| {
        (mean(source.kind, x) + source.noise * deviation(source.kind, x) * f64::from(noise)) as f32
    };
    let values = places.iter().zip(&noise).map(target).map(f64::from).collect();
    let inputs = places.iter().map(|&x| x as f32).collect();
    Numbers::new([1, 1, 1], inputs, Labels::Values { targets: 1, values })
}
