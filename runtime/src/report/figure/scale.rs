//! From values to places in a drawing, and where the ticks of an axis are.

/// A straight or logarithmic map from values to places.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    logarithmic: bool,
}

impl Scale {
    /// From `low` to `high`, which are set apart if they are equal.
    pub fn linear([low, high]: [f64; 2], [from, to]: [f64; 2]) -> Self {
        let (low, high) = if high > low {
            (low, high)
        } else {
            let room = if low == 0.0 { 1.0 } else { 0.5 * low.abs() };
            (low - room, low + room)
        };
        Self { low, high, from, to, logarithmic: false }
    }

    /// The same with the ends moved out to ticks.
    pub fn nice(range: [f64; 2], places: [f64; 2]) -> Self {
        let plain = Self::linear(range, places);
        let step = step(plain.high - plain.low, 5.0);
        Self { low: (plain.low / step + 1e-9).floor() * step, high: (plain.high / step - 1e-9).ceil() * step, ..plain }
    }

    /// Of logarithms; both ends positive.
    pub fn logarithmic([low, high]: [f64; 2], places: [f64; 2]) -> Self {
        let low = low.max(f64::MIN_POSITIVE);
        let high = high.max(low);
        let (low, high) = if high > low { (low, high) } else { (low / 2.0, high * 2.0) };
        Self { low, high, from: places[0], to: places[1], logarithmic: true }
    }

    /// The place of a value; values outside lie on the nearest end.
    pub fn place(&self, value: f64) -> f64 {
        let value = value.clamp(self.low, self.high);
        let share = if self.logarithmic {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        self.from + share * (self.to - self.from)
    }

    /// The least value.
    pub fn low(&self) -> f64 {
        self.low
    }

    /// The greatest value.
    pub fn high(&self) -> f64 {
        self.high
    }

    /// Round values inside, about `wanted` of them, each with its label.
    pub fn ticks(&self, wanted: f64) -> Vec<(f64, String)> {
        if self.logarithmic {
            return self.logarithmic_ticks();
        }
        let step = step(self.high - self.low, wanted);
        let first = (self.low / step - 1e-9).ceil() as i64;
        let last = (self.high / step + 1e-9).floor() as i64;
        (first..=last).map(|index| index as f64 * step).map(|value| (value, label(value, step))).collect()
    }

    fn logarithmic_ticks(&self) -> Vec<(f64, String)> {
        let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        let factors: &[f64] = if last - first <= 2 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let stride = ((last - first) / 6).max(1) as usize;
        let tenths = |power: i32| factors.iter().map(move |factor| factor * 10_f64.powi(power));
        let inside = |value: &f64| *value >= self.low * (1.0 - 1e-9) && *value <= self.high * (1.0 + 1e-9);
        (first..=last)
            .step_by(stride)
            .flat_map(tenths)
            .filter(inside)
            .map(|value| (value, label(value, value)))
            .collect()
    }
}

/// The least of 1, 2, 5 times a power of ten that divides `span` into `wanted` parts or fewer.
fn step(span: f64, wanted: f64) -> f64 {
    let raw = span / wanted;
    let power = 10_f64.powi(raw.log10().floor() as i32);
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= raw * 0.999).unwrap_or(raw)
}

/// A tick's value with as many digits as its distance to the next one needs.
fn label(value: f64, step: f64) -> String {
    let size = value.abs().max(step.abs());
    if value == 0.0 {
        return "0".to_owned();
    }
    for (unit, name) in [(1e9, " G"), (1e6, " M"), (1e3, " k")] {
        if size >= 10.0 * unit || (size >= unit && unit > 1e3) {
            return format!("{}{name}", digits(value / unit, step / unit));
        }
    }
    if size < 1e-3 {
        let power = value.abs().log10().floor() as i32;
        let factor = (value / 10_f64.powi(power) * 10.0).round() / 10.0;
        let power = superscript(power);
        return if factor == 1.0 { format!("10{power}") } else { format!("{factor}·10{power}") };
    }
    digits(value, step)
}

fn digits(value: f64, step: f64) -> String {
    let decimals = (-(step.abs() * 1.000_001).log10().floor()).clamp(0.0, 9.0) as usize;
    format!("{value:.decimals$}").replace('-', "−")
}

fn superscript(number: i32) -> String {
    let raise = |digit| match digit {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '0' => '⁰',
        digit => char::from_u32(0x2070 + digit.to_digit(10).unwrap_or(0)).expect("superscripts 4 to 9 follow U+2070"),
    };
    number.to_string().chars().map(raise).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: Scale) -> Vec<String> {
        scale.ticks(5.0).into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(labels(Scale::linear([0.0, 1.0], [0.0, 1.0])), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(Scale::nice([0.93, 0.991], [0.0, 1.0])), ["0.92", "0.94", "0.96", "0.98", "1.00"]);
        assert_eq!(
            labels(Scale::nice([4.1e6, 4.9e6], [0.0, 1.0])),
            ["4.0 M", "4.2 M", "4.4 M", "4.6 M", "4.8 M", "5.0 M"]
        );
        assert_eq!(labels(Scale::nice([-3.0, 3.0], [0.0, 1.0])), ["−4", "−2", "0", "2", "4"]);
        assert_eq!(labels(Scale::logarithmic([0.002, 30.0], [0.0, 1.0])), ["0.01", "0.1", "1", "10"]);
        assert_eq!(labels(Scale::logarithmic([1e-5, 1e-4], [0.0, 1.0])), ["10⁻⁵", "2·10⁻⁵", "5·10⁻⁵", "10⁻⁴"]);
        assert_eq!(labels(Scale::linear([7.0, 7.0], [0.0, 1.0])).len(), 4, "equal ends are set apart");
    }

    #[test]
    fn places_are_in_proportion_and_inside() {
        let scale = Scale::linear([10.0, 20.0], [100.0, 0.0]);
        assert_eq!([5.0, 10.0, 15.0, 25.0].map(|value| scale.place(value)), [100.0, 100.0, 50.0, 0.0]);
        let scale = Scale::logarithmic([1.0, 100.0], [0.0, 2.0]);
        assert!((scale.place(10.0) - 1.0).abs() < 1e-12);
        assert_eq!(scale.place(0.0), 0.0);
    }
}
