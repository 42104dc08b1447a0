//! The minimum of a function of one number.

/// Steps after which the search ends wherever it is; some twenty do.
const MOST_STEPS: usize = 100;

/// Where `value` is smallest between `lower` and `upper`, to about `tolerance`: golden section with steps to the
/// vertex of a parabola where they serve (Brent 1973, "Algorithms for Minimization without Derivatives", chapter 5).
/// Finds the minimum of a function that has only one; an end of the interval where that is smallest.
pub(super) fn minimum(lower: f64, upper: f64, tolerance: f64, value: impl Fn(f64) -> f64) -> f64 {
    // The square of the inverse golden ratio.
    let golden = 0.5 * (3.0 - 5.0_f64.sqrt());
    let (mut low, mut high) = (lower, upper);
    // The best place so far, the second best, and the one that was second best before.
    let mut best = low + golden * (high - low);
    let (mut second, mut third) = (best, best);
    let mut at_best = value(best);
    let (mut at_second, mut at_third) = (at_best, at_best);
    let (mut step, mut before) = (0.0_f64, 0.0_f64);
    for _ in 0..MOST_STEPS {
        let middle = 0.5 * (low + high);
        if (best - middle).abs() <= 2.0 * tolerance - 0.5 * (high - low) {
            break;
        }
        let parabola = (before.abs() > tolerance).then(|| {
            let r = (best - second) * (at_best - at_third);
            let q = (best - third) * (at_best - at_second);
            let numerator = (best - third) * q - (best - second) * r;
            let denominator = 2.0 * (q - r);
            if denominator > 0.0 { (-numerator, denominator) } else { (numerator, -denominator) }
        });
        let older = std::mem::replace(&mut before, step);
        match parabola {
            Some((p, q))
                if q > 0.0 && p.abs() < (0.5 * q * older).abs() && p > q * (low - best) && p < q * (high - best) =>
            {
                step = p / q;
                let place = best + step;
                if place - low < 2.0 * tolerance || high - place < 2.0 * tolerance {
                    step = tolerance.copysign(middle - best);
                }
            }
            _ => {
                before = if best >= middle { low - best } else { high - best };
                step = golden * before;
            }
        }
        let place = best + if step.abs() >= tolerance { step } else { tolerance.copysign(step) };
        let at_place = value(place);
        if at_place <= at_best {
            if place >= best {
                low = best
            } else {
                high = best
            }
            (third, at_third) = (second, at_second);
            (second, at_second) = (best, at_best);
            (best, at_best) = (place, at_place);
        } else {
            if place < best {
                low = place
            } else {
                high = place
            }
            if at_place <= at_second || second == best {
                (third, at_third) = (second, at_second);
                (second, at_second) = (place, at_place);
            } else if at_place <= at_third || third == best || third == second {
                (third, at_third) = (place, at_place);
            }
        }
    }
    // The search never quite reaches an end.
    let ends = [(lower, value(lower)), (upper, value(upper))];
    ends.into_iter().fold((best, at_best), |found, end| if end.1 < found.1 { end } else { found }).0
}

#[cfg(test)]
mod tests {
    use super::minimum;

    #[test]
    fn minima_inside_and_at_the_ends_are_found() {
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-6, "{found}, not {expected}");
        close(minimum(-3.0, 3.0, 1e-8, |x| (x - 0.7).powi(2)), 0.7);
        close(minimum(-3.0, 3.0, 1e-8, |x| x.exp() - 2.0 * x), 2.0_f64.ln());
        close(minimum(-3.0, 3.0, 1e-8, |x| (x + 2.5).abs()), -2.5);
        assert_eq!(minimum(-3.0, 3.0, 1e-8, |x| x), -3.0);
        assert_eq!(minimum(-3.0, 3.0, 1e-8, |x| -x), 3.0);
        assert!((-3.0..=3.0).contains(&minimum(-3.0, 3.0, 1e-8, |_| 1.0)));
    }
}
