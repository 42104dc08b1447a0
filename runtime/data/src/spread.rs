//! Numbers that lie far from 0 and close together, such as seconds since 1970: 32 bits would round away what they
//! differ by.

/// Mean and spread of a column of numbers, in double precision.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spread {
    /// The first number: differences from it are summed, so that a column of one value has a spread of exactly 0.
    first: f64,
    count: u64,
    sum: f64,
    squares: f64,
    /// Every so many-th number: one outlier moves neither their median nor how far half of them lie from it.
    sample: Vec<f64>,
    /// Numbers from one of the sample to the next, less one.
    passed: u64,
}

/// Numbers in a sample, at most.
const SAMPLE: usize = 64;

/// Means beyond so many standard deviations cost six of the 24 bits that numbers of 32 bits have.
const FAR: f64 = 64.0;

impl Spread {
    /// Adds a number.
    pub fn add(&mut self, value: f64) {
        if self.count == 0 {
            self.first = value;
        }
        if self.count.is_multiple_of(self.passed + 1) {
            if self.sample.len() == SAMPLE {
                let mut place = 0;
                self.sample.retain(|_| {
                    place += 1;
                    place % 2 == 1
                });
                self.passed = 2 * self.passed + 1;
            }
            if self.count.is_multiple_of(self.passed + 1) {
                self.sample.push(value);
            }
        }
        let difference = value - self.first;
        self.count += 1;
        self.sum += difference;
        self.squares += difference * difference;
    }

    /// What is best subtracted from the numbers before they are rounded to 32 bits: 0, or their mean where it is far
    /// beyond their standard deviation, or their median where that is far beyond how far half of them lie from it, as
    /// in a column with a stray 0.
    pub fn origin(&self) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        let by_mean = origin_of(self.first + self.sum / self.count as f64, self.deviation());
        if by_mean != 0.0 {
            return by_mean;
        }
        let median = |mut values: Vec<f64>| {
            values.sort_unstable_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let middle = median(self.sample.clone());
        origin_of(middle, median(self.sample.iter().map(|value| (value - middle).abs()).collect()))
    }

    /// The standard deviation of the numbers (the population's); 0 for none.
    pub fn deviation(&self) -> f64 {
        let count = self.count.max(1) as f64;
        let shift = self.sum / count;
        (self.squares / count - shift * shift).max(0.0).sqrt()
    }
}

/// What is best subtracted from numbers of this mean and standard deviation.
pub(super) fn origin_of(mean: f64, deviation: f64) -> f64 {
    // Rounded, so that whole numbers stay whole.
    if deviation > 0.0 && mean.abs() > FAR * deviation { f64::from(mean as f32) } else { 0.0 }
}

/// As [`Numbers`](super::Numbers) have them: empty where all are 0.
pub(super) fn unless_zero(origins: Vec<f64>) -> Vec<f64> {
    if origins.iter().all(|origin| *origin == 0.0) { Vec::new() } else { origins }
}

/// The origin of each column; empty where all are 0.
pub(super) fn origins(columns: &[Spread]) -> Vec<f64> {
    unless_zero(columns.iter().map(Spread::origin).collect())
}

#[cfg(test)]
mod tests {
    use super::Spread;

    fn origin(values: &[f64]) -> f64 {
        let mut spread = Spread::default();
        values.iter().for_each(|value| spread.add(*value));
        spread.origin()
    }

    #[test]
    fn only_far_columns_have_an_origin() {
        assert_eq!(origin(&[]), 0.0);
        assert_eq!(origin(&[2_460_000.3; 9]), 0.0);
        assert_eq!(origin(&[0.1, 0.2, 0.3]), 0.0);
        assert_eq!(origin(&[1.7e9, 1.7e9 + 100.0]), f64::from((1.7e9 + 50.0) as f32));
        assert_eq!(origin(&[-2_460_000.5, -2_460_001.5]), -2_460_001.0);
    }

    #[test]
    fn a_stray_number_hides_no_origin() {
        for stray in [0, 1, 700, 999] {
            let values: Vec<f64> =
                (0..1_000).map(|at| if at == stray { 0.0 } else { 1.7e9 + f64::from(at % 120) }).collect();
            assert!((origin(&values) - 1.7e9).abs() < 200.0, "{}", origin(&values));
        }
        // Mostly one value tells nothing of how far the others are.
        assert_eq!(origin(&[5.0, 5.0, 5.0, 5.0, 9.0]), 0.0);
    }
}
