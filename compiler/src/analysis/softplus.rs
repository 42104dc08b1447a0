//! ln(1 + eˣ), the σ of a ρ and the score of a normalised softplus, in double precision.

/// Below this softplus(x) = eˣ to the last bit of an `f64`, and its logarithm is x.
pub const SOFTPLUS_IS_EXPONENTIAL: f64 = -40.0;

/// ln(1 + eˣ) without overflow: max(x, 0) + ln(1 + e^−|x|).
pub fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// ln softplus(x), finite where softplus(x) itself underflows.
pub fn ln_softplus(x: f64) -> f64 {
    if x < SOFTPLUS_IS_EXPONENTIAL { x } else { softplus(x).ln() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Above its cut-off the logarithm gives x already, for every score that a network can give.
    #[test]
    fn the_logarithm_is_the_score_from_minus_37_on() {
        let bits = |x: f32| x.to_bits();
        for score in (bits(-37.0)..=bits(-45.0)).map(f32::from_bits) {
            let x = f64::from(score);
            assert_eq!(softplus(x).ln().to_bits(), x.to_bits(), "{score}");
            assert_eq!(ln_softplus(x).to_bits(), x.to_bits(), "{score}");
        }
    }

    #[test]
    fn nothing_overflows_at_either_end() {
        assert_eq!((softplus(1e300), softplus(-1e300)), (1e300, 0.0));
        assert_eq!(ln_softplus(-1e300), -1e300);
        assert_eq!(softplus(0.0), std::f64::consts::LN_2);
    }
}
