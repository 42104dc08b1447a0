//! The embedded digits; see `digits.md` for where they come from.

use crate::digest::Digest;
use crate::images::Images;
use crate::split::apportion;

const BYTES: &[u8] = include_bytes!("../../digits.bin");
const PIXELS: usize = 64;
const RECORD: usize = 1 + PIXELS;
const CLASSES: usize = 10;
/// Every fifth example, which leaves 1,438 for training.
const TEST: usize = 359;

/// The training and the test split, always the same, stratified by class: of 359 test examples each
/// class gets its share by largest remainders, and of its n examples in file order number k is a
/// test example when ⌊(k+1)·share/n⌋ > ⌊k·share/n⌋. They are spread evenly because neighbours in
/// the file come from the same writer.
pub(super) fn read() -> (Images, Images, Digest) {
    let records = || BYTES.chunks_exact(RECORD);
    let mut counts = [0; CLASSES];
    records().for_each(|record| counts[usize::from(record[0])] += 1);
    let shares = apportion(&counts, TEST);
    let mut seen = [0; CLASSES];
    let (test, training): (Vec<_>, Vec<_>) = records().partition(|record| {
        let class = usize::from(record[0]);
        let (k, n, share) = (seen[class], counts[class], shares[class]);
        seen[class] += 1;
        (k + 1) * share / n > k * share / n
    });
    (images(&training), images(&test), Digest::of("digits", BYTES))
}

fn images(records: &[&[u8]]) -> Images {
    Images {
        shape: [1, 8, 8],
        pixels: records.iter().flat_map(|record| &record[1..]).copied().collect(),
        unit: 16.0,
        labels: records.iter().map(|record| u16::from(record[0])).collect(),
        names: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{BYTES, RECORD, read};

    /// Values of `sklearn.datasets.load_digits()`.
    #[test]
    fn holds_the_published_digits() {
        assert_eq!(BYTES.len(), 1_797 * RECORD);
        let pixels = || BYTES.chunks(RECORD).flat_map(|record| &record[1..]);
        assert!(pixels().all(|&pixel| pixel <= 16));
        assert_eq!(pixels().map(|&pixel| u64::from(pixel)).sum::<u64>(), PIXEL_SUM);
        assert_eq!(&BYTES[1..17], [0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0]);
        let labels: Vec<u8> = BYTES.chunks(RECORD).map(|record| record[0]).collect();
        assert_eq!(&labels[..12], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
        assert_eq!(&labels[1_792..], [9, 0, 8, 9, 8]);
    }

    const PIXEL_SUM: u64 = 561_718;

    #[test]
    fn split_is_stratified_and_complete() {
        let (training, test, digest) = read();
        assert_eq!((training.len(), test.len(), digest.bytes), (1_438, 359, 116_805));
        let count = |labels: &[u16], class| labels.iter().filter(|&&label| label == class).count();
        let all = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180];
        let tested = [36, 36, 35, 37, 36, 36, 36, 36, 35, 36];
        for class in 0..10_u16 {
            let expected = tested[usize::from(class)];
            assert_eq!(count(&test.labels, class), expected, "class {class}");
            assert_eq!(count(&training.labels, class), all[usize::from(class)] - expected, "class {class}");
        }
    }
}
