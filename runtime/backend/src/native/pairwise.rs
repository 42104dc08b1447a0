//! Sums of many terms in 32 bits by halves: a running sum of n terms is off by up to n roundings, one by halves by about
//! as many as it has levels (Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 4.2).

use elbo_kernels::Kernels;

/// Terms that are added one after the other. No sum of so few depends on anything else here.
const STRETCH: usize = 64;

/// Adds `count` vectors to `to`, of which `add` adds the one of a number: stretches of them one after the other, and the
/// sums of stretches by halves. The order depends on the count alone.
pub(super) fn add_pairwise(kernels: Kernels, count: usize, to: &mut [f32], add: impl Fn(usize, &mut [f32])) {
    let stretches = count.div_ceil(STRETCH).max(1);
    let levels = stretches.next_power_of_two().ilog2() as usize;
    add_stretches(kernels, (0, count), to, &mut vec![0.0; levels * to.len()], &add);
}

/// Adds the terms from `first` up to `end`; `spare` has a vector for each level of halves.
fn add_stretches(
    kernels: Kernels,
    (first, end): (usize, usize),
    to: &mut [f32],
    spare: &mut [f32],
    add: &impl Fn(usize, &mut [f32]),
) {
    let stretches = (end - first).div_ceil(STRETCH);
    if stretches <= 1 {
        (first..end).for_each(|term| add(term, to));
        return;
    }
    let middle = first + stretches.div_ceil(2) * STRETCH;
    let (own, spare) = spare.split_at_mut(to.len());
    add_stretches(kernels, (first, middle), to, spare, add);
    own.fill(0.0);
    add_stretches(kernels, (middle, end), own, spare, add);
    kernels.add_to(own, to);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Terms of one sign and one size, whose roundings do not cancel each other.
    fn term(number: usize, column: usize) -> f32 {
        1.0 + (number * 7 + column * 13) as f32 % 97.0 / 1000.0
    }

    fn add(number: usize, to: &mut [f32]) {
        to.iter_mut().enumerate().for_each(|(column, to)| *to += term(number, column));
    }

    #[test]
    fn sums_of_many_terms_are_those_of_double_precision() {
        for count in [0, 1, 2, 63, 64, 65, 127, 128, 129, 1000, 4097, 65_536, 300_001] {
            let mut found = vec![0.5_f32; 9];
            add_pairwise(Kernels::widest(), count, &mut found, add);
            for (column, found) in found.iter().enumerate() {
                let wanted = 0.5 + (0..count).map(|number| f64::from(term(number, column))).sum::<f64>();
                let off = (f64::from(*found) - wanted).abs() / wanted;
                assert!(off < 1e-6, "{count} terms, column {column}: {found} against {wanted}");
            }
        }
    }

    #[test]
    fn sums_of_few_terms_are_running_sums_to_the_bit() {
        for count in [1, 7, 49, 64] {
            let (mut found, mut running) = (vec![0.25_f32; 5], vec![0.25_f32; 5]);
            add_pairwise(Kernels::widest(), count, &mut found, add);
            (0..count).for_each(|number| add(number, &mut running));
            assert_eq!(found, running, "{count}");
        }
    }
}
