//! Which numbers are accepted where.

use std::ops::RangeInclusive;

/// The largest size, count or product of sizes that is accepted; far beyond any machine, and far
/// enough below the limits of the types that sums of a few cannot overflow.
pub(crate) const LARGEST_SIZE: usize = 1 << 40;

/// Which real numbers are accepted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bounds {
    /// x > 0
    Positive,
    /// 1.2·10⁻³⁸ ≤ x ≤ 3.4·10³⁸: above 0, and neither 0 nor infinite as the 32-bit number that is computed with.
    Single,
    /// x ≥ 0
    NotNegative,
    /// 0 ≤ x ≤ 1
    Share,
    /// 0 ≤ x < 1
    BelowOne,
    /// 10⁻¹⁸ ≤ x ≤ 10¹⁸: a standard deviation of weights, whose square is a 32-bit number as well.
    Deviation,
    /// 0, or a standard deviation.
    DeviationOrZero,
    /// −41 ≤ x ≤ 10¹⁸: a ρ whose softplus is such a standard deviation.
    Rho,
    /// −10¹⁸ ≤ x ≤ 10¹⁸: a weight, whose square is a 32-bit number as well.
    Weight,
    /// Any finite number.
    Any,
}

/// What 32 bits hold with all digits.
const SINGLES: RangeInclusive<f64> = 1.2e-38..=3.4e38;

/// The range of standard deviations of weights.
const DEVIATIONS: RangeInclusive<f64> = 1e-18..=1e18;

impl Bounds {
    /// Whether `value` is accepted.
    pub fn contains(self, value: f64) -> bool {
        match self {
            Self::Positive => value > 0.0,
            Self::Single => SINGLES.contains(&value),
            Self::NotNegative => value >= 0.0,
            Self::Share => (0.0..=1.0).contains(&value),
            Self::BelowOne => (0.0..1.0).contains(&value),
            Self::Deviation => DEVIATIONS.contains(&value),
            Self::DeviationOrZero => value == 0.0 || DEVIATIONS.contains(&value),
            Self::Rho => (-41.0..=1e18).contains(&value),
            Self::Weight => (-1e18..=1e18).contains(&value),
            Self::Any => true,
        }
    }

    /// The same in words, to follow "must be".
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Positive => "greater than 0",
            Self::Single => "above 0 in 32 bits, from 1.2e-38 to 3.4e38",
            Self::NotNegative => "at least 0",
            Self::Share => "between 0 and 1",
            Self::BelowOne => "at least 0 and below 1",
            Self::Deviation => "between 1e-18 and 1e18",
            Self::DeviationOrZero => "0, or between 1e-18 and 1e18",
            Self::Rho => "between -41 and 1e18",
            Self::Weight => "between -1e18 and 1e18",
            Self::Any => "finite",
        }
    }
}
