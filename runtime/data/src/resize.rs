//! Bilinear interpolation with half-pixel centres and no antialiasing, as PyTorch's
//! `interpolate(mode="bilinear", align_corners=False)` computes it.

/// A change of size, worked out once for all images.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Resize {
    rows: Vec<Tap>,
    columns: Vec<Tap>,
}

/// One place of the result: source[first] + weight·(source[second] − source[first]).
#[derive(Debug, Clone, Copy, PartialEq)]
struct Tap {
    first: usize,
    second: usize,
    weight: f32,
}

impl Resize {
    /// From `old` rows and columns to `new` ones, all at least 1.
    pub(super) fn new(old: [usize; 2], new: [usize; 2]) -> Self {
        Self { rows: taps(old[0], new[0]), columns: taps(old[1], new[1]) }
    }

    /// Resizes one channel.
    pub(super) fn apply(&self, old_columns: usize, old: &[f32], new: &mut [f32]) {
        for (row, new) in self.rows.iter().zip(new.chunks_exact_mut(self.columns.len())) {
            let upper = &old[row.first * old_columns..][..old_columns];
            let lower = &old[row.second * old_columns..][..old_columns];
            for (column, value) in self.columns.iter().zip(new) {
                let along = |line: &[f32]| between(line[column.first], line[column.second], column.weight);
                *value = between(along(upper), along(lower), row.weight);
            }
        }
    }
}

/// In this form exactly `a` where `a` = `b`, so that an even surface stays even.
fn between(a: f32, b: f32, weight: f32) -> f32 {
    a + weight * (b - a)
}

/// Place i of the result is (i + ½)·old/new − ½ of the source, held inside it.
fn taps(old: usize, new: usize) -> Vec<Tap> {
    let scale = old as f64 / new as f64;
    let tap = |i: usize| {
        let place = ((i as f64 + 0.5) * scale - 0.5).max(0.0);
        let first = (place as usize).min(old - 1);
        Tap { first, second: (first + 1).min(old - 1), weight: (place - first as f64) as f32 }
    };
    (0..new).map(tap).collect()
}
