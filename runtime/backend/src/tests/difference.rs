//! How far numbers are from those they should be.

/// The largest value.
pub(crate) fn largest(values: &[f32]) -> f64 {
    values.iter().fold(0.0f64, |largest, &value| largest.max(f64::from(value).abs()))
}

/// The largest difference over the largest value, or over `least` if that is larger: a gradient that is 0 but for
/// rounding, as before a normalisation, is measured by the others.
pub(crate) fn difference(found: &[f32], expected: &[f32], least: f64) -> f64 {
    assert_eq!(found.len(), expected.len());
    let largest = largest(expected).max(least);
    let furthest = found.iter().zip(expected).fold(0.0f64, |furthest, (&found, &expected)| {
        let distance = (f64::from(found) - f64::from(expected)).abs();
        if distance.is_nan() { f64::INFINITY } else { furthest.max(distance) }
    });
    if furthest == 0.0 { 0.0 } else { furthest / largest }
}
