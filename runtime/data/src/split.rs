//! The division of the training examples into training and validation.

use super::error::DataError;
use elbo_compiler::analysis::rounded_share;
use elbo_compiler::ir;
use elbo_random::{Key, Purpose};

/// Divides `total` in proportion to `counts`, as evenly as whole numbers allow (largest remainders,
/// of equal ones the first). No share exceeds its count when `total` is at most their sum.
pub(super) fn apportion(counts: &[usize], total: usize) -> Vec<usize> {
    let sum: u128 = counts.iter().map(|&count| count as u128).sum();
    let scaled = |count: usize| count as u128 * total as u128;
    if sum == 0 {
        return vec![0; counts.len()];
    }
    // Each quotient is at most `total` as its count is at most `sum`.
    let mut shares: Vec<usize> = counts.iter().map(|&count| (scaled(count) / sum) as usize).collect();
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by_key(|&class| std::cmp::Reverse(scaled(counts[class]) % sum));
    let left = total - shares.iter().sum::<usize>();
    order.iter().take(left).for_each(|&class| shares[class] += 1);
    shares
}

/// The training and the validation examples among `chosen`, each in file order: as many of each
/// class as [`apportion`] says of ⌊n·validation + ½⌋, drawn by a random order of the class (the
/// stream of the seed for [`Purpose::Split`] and `name`, its step the class).
///
/// # Errors
/// [`DataError::EmptySplit`] if a split that should have examples gets none.
pub(super) fn divide(
    split: ir::Split,
    (seed, name): (u64, &str),
    chosen: &[u32],
    labels: &[u16],
) -> Result<(Vec<u32>, Vec<u32>), DataError> {
    let n = chosen.len();
    let wanted = rounded_share(n, split.validation);
    let empty = |split, reason| Err(DataError::EmptySplit { split, reason, decided_by: "`subset` and `split`" });
    if n == 0 {
        return empty("training", "`subset` chooses no examples".into());
    }
    if wanted == 0 && split.validation > 0.0 {
        return empty("validation", format!("{} of {n} examples rounds to none", split.validation));
    }
    if wanted == n {
        return empty("training", format!("validation takes all {n} examples"));
    }
    let classes = super::subset::by_class(chosen, labels);
    let counts: Vec<usize> = classes.iter().map(Vec::len).collect();
    let stream = Key::new(seed).stream(Purpose::Split, name);
    let mut taken = vec![false; labels.len()];
    for (class, (members, share)) in classes.iter().zip(apportion(&counts, wanted)).enumerate() {
        // Members are numbered in 32 bits, and classes in 16.
        for place in stream.permutation(class as u32, members.len() as u32).into_iter().take(share) {
            taken[members[place as usize] as usize] = true;
        }
    }
    let (validation, training) = chosen.iter().partition(|&&index| taken[index as usize]);
    Ok((training, validation))
}

#[cfg(test)]
mod tests {
    use super::{apportion, divide};
    use elbo_compiler::ir::Split;
    use proptest::prelude::*;

    fn split(validation: f64) -> Split {
        Split { train: 1.0 - validation, validation }
    }

    proptest! {
        #[test]
        fn shares_are_proportional(
            counts in prop::collection::vec(0_usize..1_000, 1..20),
            part in 0.0..=1.0_f64,
        ) {
            let sum: usize = counts.iter().sum();
            let total = (sum as f64 * part) as usize;
            let shares = apportion(&counts, total);
            prop_assert_eq!(shares.iter().sum::<usize>(), total);
            for (&share, &count) in shares.iter().zip(&counts) {
                prop_assert!(share <= count);
                let exact = count as f64 * total as f64 / (sum as f64).max(1.0);
                prop_assert!((share as f64 - exact).abs() < 1.0);
            }
        }
    }

    #[test]
    fn division_is_complete_stratified_and_keyed_by_the_seed() {
        let labels: Vec<u16> = (0..1_000).map(|i| (i % 7 % 3) as u16).collect();
        let chosen: Vec<u32> = (0..1_000).filter(|i| i % 3 != 0).collect();
        let (training, validation) = divide(split(0.25), (1, ""), &chosen, &labels).unwrap();
        assert_eq!(validation.len(), 167);
        assert!(training.is_sorted() && validation.is_sorted());
        let mut all = [training.as_slice(), &validation].concat();
        all.sort_unstable();
        assert_eq!(all, chosen);
        for class in 0..3 {
            let count = |indices: &[u32]| indices.iter().filter(|&&i| labels[i as usize] == class).count() as f64;
            assert!((count(&validation) - count(&chosen) * 0.25).abs() <= 1.0);
        }
        assert_eq!(divide(split(0.25), (1, ""), &chosen, &labels).unwrap().1, validation);
        assert_ne!(divide(split(0.25), (2, ""), &chosen, &labels).unwrap().1, validation);
    }

    #[test]
    fn splits_that_come_out_empty_are_errors() {
        let labels = [0; 10];
        let chosen: Vec<u32> = (0..10).collect();
        assert_eq!(divide(split(0.0), (0, ""), &chosen, &labels).unwrap(), (chosen.clone(), vec![]));
        assert_eq!(divide(split(0.05), (0, ""), &chosen, &labels).unwrap().1.len(), 1);
        let cases: [(f64, &[u32], &str); 3] = [
            (0.04, &chosen, "the validation split is empty: 0.04 of 10 examples rounds to none"),
            (0.96, &chosen, "the training split is empty: validation takes all 10 examples"),
            (0.0, &[], "the training split is empty: `subset` chooses no examples"),
        ];
        for (share, chosen, message) in cases {
            assert_eq!(divide(split(share), (0, ""), chosen, &labels).unwrap_err().to_string(), message);
        }
    }
}
