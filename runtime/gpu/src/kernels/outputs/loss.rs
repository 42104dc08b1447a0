//! Costs of examples, what is predicted of them, and the gradient along a network's outputs.

use super::family::{Family, padded};
use crate::buffer::Slice;
use crate::cost::Cost;
use crate::error::{GpuError, misuse};
use crate::kernels::rows::{expect, part, ranges, word};
use crate::recording::{Dispatch, Recording};

/// What outputs of one sample cost. Rows from [`crate::Varying::examples`] on cost 0, and their gradient is 0.
#[derive(Debug, Clone, Copy)]
pub struct Loss<'l> {
    /// What outputs mean.
    pub family: &'l Family,
    /// Examples there is room for.
    pub rows: u64,
    /// The share of the sample in the objective.
    pub share: f64,
    /// Whether predictions hold those of earlier samples, to which this one's are added.
    pub add: bool,
    /// `[row][outputs padded]`
    pub outputs: &'l Slice,
    /// What is learned beside the layers, where the family learns something: [`Family::learned`] numbers, or padded.
    pub learned: Option<&'l Slice>,
    /// Words of targets, `[row][`[`Family::words_of_example`]`]`.
    pub targets: &'l Slice,
    /// Where costs go, `[row]`, without [`Family::constant`] and not divided by [`Family::total`].
    pub costs: &'l Slice,
    /// Where predictions go, `[row][`[`Family::predictions`]` padded]`.
    pub predictions: &'l Slice,
    /// Where share·[`crate::Varying::loss_weight`] times the gradient along the outputs goes, as they lie, its
    /// padding 0; `None` where it is not wanted.
    pub gradient: Option<&'l Slice>,
}

impl Loss<'_> {
    /// Adds the kernel.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if an operand does not fit; see [`Recording::dispatch`].
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let Self { family, rows, outputs, targets, costs, predictions, gradient, .. } = *self;
        let (width, words, predicted) =
            (padded(family.outputs()), family.words_of_example(), padded(family.predictions()));
        for slice in std::iter::once(outputs).chain(gradient) {
            expect("loss", "outputs", slice, rows.saturating_mul(width))?;
        }
        expect("loss", "targets", targets, rows.saturating_mul(words))?;
        expect("loss", "costs", costs, rows)?;
        expect("loss", "predictions", predictions, rows.saturating_mul(predicted))?;
        word("rows", rows)?;
        let learned = self.learned_operand()?;
        let program = match family {
            Family::Categorical(family) => family.program(gradient.is_some()),
            Family::Real(family) => family.program(gradient.is_some()),
        };
        let weights = match family {
            Family::Categorical(family) => Some(family.weights()),
            Family::Real(_) => learned.cloned(),
        };
        for range in ranges(recording.device(), program.name, rows, &[width, words, 1])? {
            let count = range.end - range.start;
            let (outputs, targets) = (part(outputs, &range, width)?, part(targets, &range, words)?);
            let (costs, predictions) = (part(costs, &range, 1)?, part(predictions, &range, predicted)?);
            let gradient = gradient.map(|slice| part(slice, &range, width)).transpose()?;
            let [first, count_word, add] = [word("rows", range.start)?, word("rows", count)?, u32::from(self.add)];
            let number = |number: f64| (number as f32).to_bits();
            let (fixed, workgroups) = match family {
                Family::Categorical(family) => {
                    let [rest, smoothing, all] = family.constants().map(number);
                    let classes = word("classes", family.classes())?;
                    (vec![first, count_word, classes, add, number(self.share), rest, smoothing, all], count)
                }
                Family::Real(family) => {
                    let targets = word("targets", family.targets())?;
                    let fixed = vec![
                        first,
                        count_word,
                        targets,
                        word("outputs", width)?,
                        add,
                        number(self.share),
                        number(family.df()),
                    ];
                    (fixed, count.div_ceil(64))
                }
            };
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &fixed,
                reads: &[&outputs, &targets].into_iter().chain(&weights).collect::<Vec<_>>(),
                writes: &[&costs, &predictions].into_iter().chain(&gradient).collect::<Vec<_>>(),
                workgroups,
            })?;
        }
        Ok(())
    }

    /// The learned vector, if the family has one.
    fn learned_operand(&self) -> Result<Option<&Slice>, GpuError> {
        let wanted = self.family.learned();
        match self.learned {
            Some(learned) if wanted > 0 && learned.numbers() >= wanted => Ok(Some(learned)),
            None if wanted == 0 => Ok(None),
            Some(_) | None => Err(misuse(format!("the output learns {wanted} numbers"))),
        }
    }

    /// What it does, an elementary function counted as 20 operations.
    pub fn cost(&self) -> Cost {
        let (rows, width) = (self.rows as f64, self.family.outputs() as f64);
        Cost { flops: 60.0 * rows * width, bytes: 16.0 * rows * width }
    }
}
