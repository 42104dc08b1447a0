//! The `output` statement, and whether the last layer gives what it reads.

use super::draft::Draft;
use crate::check::Checker;
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::ir::{Output, Shape};
use crate::outputs::FAMILIES;
use elbo_grammar::Span;

impl Checker<'_> {
    /// The output of a draft, and where it stands.
    pub(super) fn output(&self, draft: &Draft<'_>) -> Option<(Output, (SourceId, Span))> {
        let Some(output) = &draft.output else {
            self.missing(draft, "`output`", "end it with `output categorical`");
            return None;
        };
        let environment = &output.environment;
        let call = self.expect_call(output.value, environment.source, "an output, such as `categorical`,")?;
        let family = self.declared(call, environment, "output", &FAMILIES)?;
        Some((family, (environment.source, call.span)))
    }

    /// Whether the last layer, which stands at `last`, gives numbers that the output at `place` can read.
    pub(super) fn check_output(
        &self,
        output: &Output,
        given: Shape,
        last: (SourceId, Span),
        place: (SourceId, Span),
    ) -> Option<()> {
        let phrases = output.family().phrases();
        let each = phrases.each;
        let help = match given {
            Shape::Vector { features } => return self.check_count(output, features, last, place),
            // What ends in an image is often meant to label its pixels.
            Shape::Image { .. } => format!(
                "a model predicts once for a whole input; outputs for each pixel (segmentation) do not exist. For \
                 the whole image, end with `global_avgpool` and `flatten`, or with `flatten` and a `linear` layer \
                 with one output for each {each}"
            ),
            Shape::Sequence { .. } => format!(
                "a model predicts once for a whole input; outputs for each step do not exist. For the whole \
                 sequence, end with `global_avgpool` and `flatten`, or with `flatten` and a `linear` layer with one \
                 output for each {each}"
            ),
        };
        let message = format!("`output {}` needs {}, but the last layer gives {given}", output.name(), phrases.needs);
        self.report(
            Diagnostic::new(Code::OutputMismatch, message, last.0, last.1, format!("gives {given}")).help(help),
        );
        None
    }

    /// Whether so many numbers can be those of whole classes or targets.
    fn check_count(
        &self,
        output: &Output,
        features: usize,
        last: (SourceId, Span),
        place: (SourceId, Span),
    ) -> Option<()> {
        let Some(misfit) = output.family().misfit(features) else { return Some(()) };
        let message = format!("{}, but the last layer gives {features}", misfit.needs);
        let gives = format!("gives {}", Shape::Vector { features });
        self.report(
            Diagnostic::new(Code::OutputMismatch, message, last.0, last.1, gives)
                .label(place.0, place.1, misfit.label)
                .help(misfit.help),
        );
        None
    }
}
