//! Histograms as TensorBoard draws them.

use super::event::Histogram;

/// Buckets of equal width.
const BUCKETS: usize = 64;

/// The histogram of finite values, from the least to the greatest of them; `None` without any. If all are equal, they have
/// one bucket.
pub(super) fn histogram(values: impl Iterator<Item = f64> + Clone) -> Option<Histogram> {
    let range = values.clone().fold(None, |range, value| match range {
        None => Some((value, value)),
        Some((low, high)) => Some((f64::min(low, value), f64::max(high, value))),
    });
    let (min, max) = range?;
    let buckets = if min < max { BUCKETS } else { 1 };
    let width = (max - min) / buckets as f64;
    let mut bucket = vec![0.0; buckets];
    let (mut num, mut sum, mut sum_squares) = (0.0, 0.0, 0.0);
    for value in values {
        // The greatest value ends the last bucket; none of them begins another one.
        let place = if width > 0.0 { ((value - min) / width) as usize } else { 0 };
        bucket[place.min(buckets - 1)] += 1.0;
        num += 1.0;
        sum += value;
        sum_squares += value * value;
    }
    let bucket_limit = (1..=buckets).map(|end| if end == buckets { max } else { min + width * end as f64 }).collect();
    Some(Histogram { min, max, num, sum, sum_squares, bucket_limit, bucket })
}
