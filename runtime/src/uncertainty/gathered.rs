//! The draws of a batch of inputs, gathered on all threads.

use super::{DrawGroups, Predictive, UncertaintyError, probabilities};
use elbo_compiler::ir::ProbabilityLink;
use rayon::prelude::*;

/// Inputs that one task takes through a draw. Inputs share nothing, so this and the number of threads change no bit.
const INPUTS_OF_A_TASK: usize = 16;

/// What is known of a batch of inputs from the class scores of some draws.
#[derive(Debug, Clone)]
pub struct GatheredDraws {
    link: ProbabilityLink,
    classes: usize,
    inputs: usize,
    /// Of [`INPUTS_OF_A_TASK`] inputs each, the last perhaps of fewer.
    parts: Vec<DrawGroups>,
}

impl GatheredDraws {
    /// Of no draw yet; of `samples` to come, kept apart by groups for a jackknife.
    pub fn in_groups(link: ProbabilityLink, (inputs, classes): (usize, usize), samples: usize) -> Self {
        Self::new(link, (inputs, classes), |inputs| DrawGroups::new(inputs, classes, samples))
    }

    /// The same without groups, so that nothing can be left out of it.
    pub fn together(link: ProbabilityLink, (inputs, classes): (usize, usize), samples: usize) -> Self {
        Self::new(link, (inputs, classes), |inputs| DrawGroups::together(inputs, classes, samples))
    }

    fn new(link: ProbabilityLink, (inputs, classes): (usize, usize), part: impl Fn(usize) -> DrawGroups) -> Self {
        let sizes = (0..inputs).step_by(INPUTS_OF_A_TASK).map(|first| INPUTS_OF_A_TASK.min(inputs - first));
        Self { link, classes, inputs, parts: sizes.map(part).collect() }
    }

    /// Adds the next draws: for each of them, inputs × classes scores.
    ///
    /// # Errors
    /// [`UncertaintyError::Size`] if the scores do not fill whole draws, [`UncertaintyError::NotFinite`] for the first
    /// score that is NaN or infinite.
    ///
    /// # Panics
    /// If more draws are added than were announced.
    pub fn add(&mut self, scores: &[f32]) -> Result<(), UncertaintyError> {
        let (classes, link) = (self.classes, self.link);
        let size = self.inputs * classes;
        let draws = scores.len().checked_div(size).unwrap_or(0);
        if draws * size != scores.len() {
            return Err(UncertaintyError::Size {
                found: scores.len(),
                expected: draws * size,
                rows: draws * self.inputs,
                classes,
            });
        }
        // Looked for here, in order: of several tasks that find one, any could be the first to say so.
        if let Some(position) = scores.iter().position(|score| !score.is_finite()) {
            let place = position % size;
            return Err(UncertaintyError::NotFinite { input: place / classes, class: place % classes });
        }
        self.parts.par_iter_mut().enumerate().try_for_each(|(number, part)| {
            let first = number * INPUTS_OF_A_TASK * classes;
            let end = size.min(first + INPUTS_OF_A_TASK * classes);
            for draw in scores.chunks_exact(size.max(1)) {
                part.add(&probabilities(link, classes, &draw[first..end])?)?;
            }
            Ok(())
        })
    }

    /// As [`DrawGroups::finish`], over all inputs.
    ///
    /// # Errors
    /// [`UncertaintyError::Empty`] if no draw was added, or there is no input.
    pub fn finish(&self) -> Result<(Predictive, Vec<Predictive>), UncertaintyError> {
        let parts: Vec<_> = self.parts.par_iter().map(DrawGroups::finish).collect();
        let mut parts = parts.into_iter();
        let (mut all, mut left_out) = parts.next().ok_or(UncertaintyError::Empty)??;
        for part in parts {
            let (more, more_left_out) = part?;
            all.append(more)?;
            left_out.iter_mut().zip(more_left_out).try_for_each(|(replicate, more)| replicate.append(more))?;
        }
        Ok((all, left_out))
    }
}
