//! Whether a class is recognised worse than the others, by more than chance.

use super::ClassSummary;

/// A class of whose examples more are wrong than of the others, by more than chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeakestClass {
    /// The class.
    pub class: usize,
    /// Its examples that are wrong.
    pub errors: usize,
    /// Its examples.
    pub support: usize,
    /// The probability of as many errors or more in it if errors fell on all examples alike, by Fisher's exact test, times
    /// the number of classes that were tested.
    pub p_value: f64,
}

/// The level of the test.
pub const LEVEL: f64 = 0.05;

/// The class whose error rate is most clearly above that of the other classes, by Fisher's exact test of each class
/// against the rest (Fisher 1935), one-sided, corrected by Holm (1979) over the classes that have examples; with its
/// p-value, whatever that is. `None` with examples of fewer than two classes.
pub fn weakest_class(classes: &[ClassSummary]) -> Option<WeakestClass> {
    let seen: Vec<(usize, usize, usize)> = classes
        .iter()
        .filter_map(|class| {
            let hits = (class.recall? * class.support as f64).round() as usize;
            Some((class.class, class.support - hits.min(class.support), class.support))
        })
        .collect();
    if seen.len() < 2 {
        return None;
    }
    let (total, wrong) = seen.iter().fold((0, 0), |sum, (_, errors, support)| (sum.0 + support, sum.1 + errors));
    let tested = seen.iter().map(|&(class, errors, support)| {
        let p_value = at_least(errors, [total, wrong, support]);
        WeakestClass { class, errors, support, p_value }
    });
    let weakest =
        tested.min_by(|left, right| left.p_value.total_cmp(&right.p_value).then(left.class.cmp(&right.class)));
    // The smallest of Holm's p-values is the smallest of all times their number.
    weakest.map(|weakest| WeakestClass { p_value: (seen.len() as f64 * weakest.p_value).min(1.0), ..weakest })
}

/// The probability that `support` examples of `total`, taken at random, hold `errors` or more of the `wrong` ones: the upper
/// tail of the hypergeometric distribution.
fn at_least(errors: usize, [total, wrong, support]: [usize; 3]) -> f64 {
    let factorial = |n: usize| libm::lgamma(n as f64 + 1.0);
    let choices = |n: usize, k: usize| factorial(n) - factorial(k) - factorial(n - k);
    let least = errors.max((wrong + support).saturating_sub(total));
    let one = |errors: usize| {
        (choices(wrong, errors) + choices(total - wrong, support - errors) - choices(total, support)).exp()
    };
    if errors == 0 { 1.0 } else { (least..=wrong.min(support)).map(one).sum::<f64>().min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summaries(errors_and_support: &[(usize, usize)]) -> Vec<ClassSummary> {
        let summary = |(class, &(errors, support)): (usize, &(usize, usize))| ClassSummary {
            class,
            support,
            predicted: support,
            precision: None,
            recall: (support > 0).then(|| (support - errors) as f64 / support as f64),
            recall_interval: None,
            f1: None,
            aleatoric: None,
            epistemic: None,
        };
        errors_and_support.iter().enumerate().map(summary).collect()
    }

    #[test]
    fn tails_are_those_of_scipy() {
        // scipy.stats.hypergeom.sf(errors - 1, total, wrong, support)
        for (errors, numbers, expected) in [
            (2, [360, 8, 35], 0.177_323_422_887_952_8),
            (9, [1000, 30, 100], 0.001_676_618_718_668_824_7),
            (0, [50, 5, 10], 1.0),
            (3, [10, 5, 8], 1.0),
        ] {
            let found = at_least(errors, numbers);
            assert!((found - expected).abs() < 1e-10, "{errors} of {numbers:?}: {found}, not {expected}");
        }
    }

    #[test]
    fn two_errors_of_35_are_within_noise_and_thirty_are_not() {
        let mut digits = vec![(0, 36), (1, 36), (1, 35), (0, 37), (1, 36), (1, 37), (0, 36), (1, 36), (2, 35), (1, 36)];
        let found = weakest_class(&summaries(&digits)).expect("ten classes");
        assert_eq!((found.class, found.errors), (8, 2));
        assert!(found.p_value > 0.5, "{found:?}");
        digits[8] = (12, 35);
        assert!(weakest_class(&summaries(&digits)).is_some_and(|found| found.class == 8 && found.p_value < 1e-6));
        assert_eq!(weakest_class(&summaries(&[(1, 9), (0, 0)])), None);
        assert_eq!(weakest_class(&summaries(&[(0, 9), (0, 7)])).map(|found| found.p_value), Some(1.0));
    }
}
