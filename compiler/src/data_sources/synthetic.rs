//! `synthetic(…)`: points of a function of one number, with noise.

use super::kind::{Declared, DeclaredSource, Origin, ReadSource, SourceKind};
use crate::bounds::Bounds;
use crate::ir::{Shape, Target};
use crate::numbers::number;
use crate::signature::{Parameter, Signature};
use serde::{Deserialize, Serialize};

/// The most points that are generated.
const MOST_GENERATED: i64 = 10_000_000;

/// Points of a function of one number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyntheticSource {
    /// Which function.
    pub kind: SyntheticKind,
    /// Training examples.
    pub examples: usize,
    /// Scales the standard deviation of the noise.
    pub noise: f64,
    /// Decides places and noise; a run's own seed does not, so that every run has the same data.
    pub seed: u64,
}

/// A function with noise, and where its examples lie. The test inputs are [`SyntheticKind::TEST_EXAMPLES`] on an even grid
/// over [−6, 6].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyntheticKind {
    /// y = sin x + noise·(x + 8)/12·ε, with x uniform over [−4, −1] and [1, 4]: more noise to the right, and a gap in which
    /// nothing was seen.
    Sine,
    /// y = x³ + noise·ε, with x uniform over [−4, 4] (Hernández-Lobato & Adams 2015, section 5.1, where there are 20 examples
    /// and the noise is 3).
    Cubic,
}

impl SyntheticKind {
    /// Test inputs of every kind.
    pub const TEST_EXAMPLES: usize = 241;
    /// Every kind with its name in specs.
    pub const ALL: [(&'static str, Self); 2] = [("sine", Self::Sine), ("cubic", Self::Cubic)];

    /// The noise where a spec names none.
    pub const fn default_noise(self) -> f64 {
        match self {
            Self::Sine => 0.3,
            Self::Cubic => 3.0,
        }
    }
}

const KINDS: [Signature; 2] = [
    Signature::constant("sine", "y = sin x + noise·(x + 8)/12·ε, x in [−4, −1] and [1, 4]."),
    Signature::constant("cubic", "y = x³ + noise·ε, x in [−4, 4]."),
];

pub(super) const DECLARED: Declared<SyntheticSource> = Declared {
    signature: Signature::optional(
        "synthetic",
        "Points that are made: `sine` or `cubic`.",
        &[
            Parameter::new("kind", "The function.").values(&KINDS),
            Parameter::whole("n", "How many points.", 1, MOST_GENERATED).default("200"),
            Parameter::number("noise", "Size of the noise; 0.3 for `sine`, 3 for `cubic`.", Bounds::NotNegative),
            Parameter::whole("seed", "Key of the noise.", 0, i64::MAX).default("0"),
        ],
    )
    .required(1)
    .positional(1),
    read,
};

fn read(arguments: &dyn ReadSource) -> Option<DeclaredSource<SyntheticSource>> {
    let kind = arguments.word("kind");
    let (examples, seed) = (arguments.size("n"), arguments.whole("seed"));
    let noise = arguments.optional("noise", |arguments, name| arguments.number(name));
    let word = kind?;
    let (_, kind) = SyntheticKind::ALL.into_iter().find(|(name, _)| *name == word)?;
    let noise = noise?.unwrap_or_else(|| kind.default_noise());
    let source = SyntheticSource { kind, examples: examples?, noise, seed: seed? as u64 };
    let target = Target::Values { names: vec!["y".to_owned()], normalize: false };
    Some(DeclaredSource::new(source, Shape::Vector { features: 1 }, target))
}

impl SourceKind for SyntheticSource {
    fn name(&self) -> &'static str {
        DECLARED.signature.name
    }

    fn origin(&self) -> Origin {
        Origin::Generated
    }

    fn in_text(&self) -> String {
        let named = SyntheticKind::ALL.iter().find(|(_, kind)| *kind == self.kind);
        let kind = named.map_or("", |(name, _)| name);
        format!("synthetic(kind={kind}, n={}, noise={}, seed={})", self.examples, number(self.noise), self.seed)
    }

    fn training_examples(&self) -> Option<Vec<usize>> {
        Some(vec![self.examples])
    }

    fn test_examples(&self) -> Option<usize> {
        Some(SyntheticKind::TEST_EXAMPLES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_told_by_its_name() {
        let names = SyntheticKind::ALL.map(|(name, _)| name);
        assert_eq!(KINDS.map(|kind| kind.name), names);
    }
}
