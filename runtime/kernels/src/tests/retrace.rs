//! The way back through draws, and transposed blocks.

use super::{FUNCTIONS, Numbers, Panel, close, on_every_table, reference, sizes};
use crate::tiles::Strip;
use crate::{Function, PANEL, Retrace, Retraced, usable};

const ROW: usize = PANEL + 5;

struct Case {
    rows: usize,
    slots: usize,
    function: Function,
    gradient: Panel,
    arguments: Panel,
    values: Panel,
    factors: Option<Panel>,
    choices: Vec<u8>,
    choice_row: usize,
}

impl Case {
    fn new(stream: &mut Numbers, rows: usize, slots: usize, function: Function, second: bool) -> Self {
        let gradient = Panel::new(stream, [1, rows], -2.0, 2.0);
        let arguments = Panel::new(stream, [1, rows], -4.0, 4.0);
        let value = |&x: &f32| reference::value(function, f64::from(x)) as f32;
        let values = arguments.numbers.iter().map(value).collect();
        let values = Panel { numbers: values, slot: arguments.slot, row: arguments.row };
        let factors = second.then(|| Panel::new(stream, [1, rows], -2.0, 2.0));
        let choice_row = PANEL + stream.below(4);
        let choices = (0..rows * choice_row).map(|_| stream.below(slots) as u8).collect();
        Self { rows, slots, function, gradient, arguments, values, factors, choices, choice_row }
    }

    fn retrace(&self) -> Retrace<'_> {
        Retrace {
            gradient: self.gradient.view(),
            values: self.values.view(),
            function: self.function,
            factors: self.factors.as_ref().map(Panel::view),
            choices: (self.slots > 1).then_some((&self.choices[..], self.choice_row)),
            slots: self.slots,
        }
    }

    /// The gradients of the chosen slot, without and with its factor.
    fn wanted(&self, row: usize, column: usize) -> [f64; 2] {
        let slope = reference::slope(self.function, self.arguments.at(0, row, column));
        let gradient = self.gradient.at(0, row, column) * slope;
        let factor = self.factors.as_ref().map_or(0.0, |factors| factors.at(0, row, column));
        [gradient, gradient * factor]
    }

    /// Gradients to 3e-6, sums to that for each row.
    fn compare(&self, kernels: crate::Kernels) -> Vec<(f32, f64)> {
        let slot_stride = self.rows * ROW + 11;
        let empty = || vec![-7.0f32; self.slots * slot_stride];
        let mut both = [empty(), if self.factors.is_some() { empty() } else { Vec::new() }];
        let mut sums = [[-7.0f32; PANEL + 1]; 2];
        let [first, second] = &mut both;
        let [first_sum, second_sum] = &mut sums;
        let absent: &mut [f32] = &mut [];
        let second_sum = if self.factors.is_some() { &mut second_sum[..] } else { absent };
        kernels.retrace(
            &self.retrace(),
            &mut Retraced {
                first: Strip::over(first, [self.slots, self.rows], [slot_stride, ROW]),
                second: Strip::over(second, [self.slots, self.rows], [slot_stride, ROW]),
                first_sum: Strip::over(first_sum, [1, 1], [0, 0]),
                second_sum: Strip::over(second_sum, [1, 1], [0, 0]),
            },
        );
        let mut all = Vec::new();
        for (which, numbers) in both.iter().enumerate().filter(|(_, numbers)| !numbers.is_empty()) {
            let mut total = [0.0; PANEL];
            for (at, &number) in numbers.iter().enumerate() {
                let (slot, row, column) = (at / slot_stride, at % slot_stride / ROW, at % slot_stride % ROW);
                if column >= PANEL || row >= self.rows {
                    assert_eq!(number, -7.0, "{kernels:?} writes between rows");
                    continue;
                }
                let choice = usize::from(self.choices[row * self.choice_row + column]);
                let wanted = if self.slots == 1 || choice == slot { self.wanted(row, column)[which] } else { 0.0 };
                close(number, wanted, 3e-6, || {
                    format!("{kernels:?} {:?}, slot {slot}, row {row}, column {column}", self.function)
                });
                total[column] += wanted;
                all.push((number, 1.0));
            }
            for (&sum, &wanted) in sums[which].iter().zip(&total) {
                close(sum, wanted, 3e-6 * self.rows as f64, || format!("{kernels:?} {:?}, sum", self.function));
                all.push((sum, self.rows as f64));
            }
            assert_eq!(sums[which][PANEL], -7.0);
        }
        all
    }
}

#[test]
fn retraces_agree_with_plain_loops() {
    let mut stream = Numbers(21);
    for &rows in sizes(&[1, 2, 3, 17, 64, 70], &[2]) {
        for &slots in sizes(&[1, 4, 9], &[1, 3]) {
            for function in FUNCTIONS.into_iter().filter(|function| function.is_invertible()) {
                for second in [false, true] {
                    let case = Case::new(&mut stream, rows, slots, function, second);
                    on_every_table(|kernels| case.compare(kernels));
                }
            }
        }
    }
}

#[test]
fn nothing_is_written_where_nothing_is_wanted() {
    let mut stream = Numbers(22);
    let case = Case::new(&mut stream, 2, 1, Function::Relu, false);
    for kernels in usable() {
        let mut nothing = [[0.0f32; 0]; 4];
        let [first, second, first_sum, second_sum] =
            nothing.each_mut().map(|numbers| Strip::over(numbers, [1, 1], [0, 0]));
        kernels.retrace(&case.retrace(), &mut Retraced { first, second, first_sum, second_sum });
    }
}

#[test]
fn blocks_are_turned() {
    let mut stream = Numbers(23);
    for rows in 0..=PANEL {
        for columns in (0..=PANEL).step_by(if super::MIRI { 5 } else { 1 }) {
            let (from_row, to_row) = (columns + stream.below(5), PANEL + stream.below(5));
            let from = stream.many(PANEL * from_row + PANEL, -1.0, 1.0);
            for kernels in usable() {
                let mut to = vec![-7.0; columns * to_row];
                kernels.transpose(&from, from_row, (rows, columns), &mut to, to_row);
                for (at, &number) in to.iter().enumerate() {
                    let (column, row) = (at / to_row, at % to_row);
                    let wanted = match row {
                        row if row < rows => from[row * from_row + column],
                        row if row < PANEL => 0.0,
                        _ => -7.0,
                    };
                    assert_eq!(number, wanted, "{kernels:?}, {rows} × {columns}, at {at}");
                }
            }
        }
    }
}
