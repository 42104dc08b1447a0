//! Whether a network fits its data, and what could be changed if it does not.

use super::dataset::CheckedData;
use super::model_use::ModelUse;
use super::transform::transformed;
use crate::check::Checker;
use crate::check::environment::{Given, GivenValue, Value, name_at};
use crate::check::network::Lowered;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::{Estimator, Origin, Shape, Target, Transform};
use crate::outputs::{KindFacts, TargetKind, TargetValues};

impl<'a> Checker<'a> {
    /// Reports where the network's input or output does not fit the data. True if both do.
    pub(super) fn check_fit(&self, model: &ModelUse<'a, '_>, lowered: &Lowered, data: &CheckedData) -> bool {
        let outputs = lowered.network.outputs();
        let wanted = lowered.network.output.outputs_for(&data.data.target);
        let input_fits = lowered.network.input == data.transformed;
        if !input_fits {
            self.report_input(model, lowered, data);
        }
        match wanted {
            None => self.report_kind(model, lowered, data),
            Some(wanted) if wanted != outputs => self.report_output(model, lowered, data, [outputs, wanted]),
            Some(_) => {}
        }
        input_fits && wanted == Some(outputs) && self.check_values(model, lowered, data)
    }

    /// Whether the data's targets can have the values that the output takes; what files hold is checked when they are
    /// opened.
    fn check_values(&self, model: &ModelUse<'a, '_>, lowered: &Lowered, data: &CheckedData) -> bool {
        let family = lowered.network.output.family();
        match family.takes() {
            TargetValues::All => return true,
            TargetValues::Counts => {}
        }
        let name = data.data.source.name();
        let (problem, label, help) = match (&data.data.target, data.data.source.kind().origin()) {
            (Target::Values { normalize: true, .. }, _) => {
                ("they are normalised", "`targets = normalize()` makes fractions of counts", "leave out `targets`")
            }
            (Target::Values { normalize: false, .. } | Target::Classes { .. }, Origin::Generated) => {
                ("they have fractions", "real numbers", "write `output gaussian(noise=learned)`, or choose other data")
            }
            (Target::Values { normalize: false, .. } | Target::Classes { .. }, Origin::Published | Origin::Own) => {
                return true;
            }
        };
        let message = format!(
            "`{}` predicts counts, whole numbers from 0 on, which the targets of `{name}` are not: {problem}",
            model.name.value
        );
        let (source, span) = lowered.output;
        self.report(
            Diagnostic::new(Code::DataMismatch, message, model.source, model.span, "does not fit the targets")
                .label(source, span, family.phrases().predicts)
                .label(data.source.0, data.source.1, label)
                .help(help),
        );
        false
    }

    fn report_input(&self, model: &ModelUse<'a, '_>, lowered: &Lowered, data: &CheckedData) {
        let (wanted, given) = (lowered.network.input, data.transformed);
        let diagnostic = Diagnostic::new(
            Code::DataMismatch,
            format!("`{}` takes {wanted}, but the data gives {given}", model.name.value),
            model.source,
            model.span,
            "does not fit the data",
        );
        let argument = self.fitting_argument(model, |lowered| lowered.network.input == given, candidate_values(given));
        let diagnostic = match (argument, fitting_transform(given, wanted)) {
            (Some((parameter, value)), _) => propose(diagnostic, model, &parameter, value),
            (None, Some(transform)) => diagnostic
                .help(format!("add `{transform}` to the dataset's `transform`, or give the model `input {given}`")),
            (None, None) => diagnostic.help(format!("give the model `input {given}`, or choose other data")),
        };
        self.report_misfit(diagnostic, data, lowered);
    }

    /// Reports an output of another kind than the data's targets.
    fn report_kind(&self, model: &ModelUse<'a, '_>, lowered: &Lowered, data: &CheckedData) {
        let name = data.data.source.name();
        let predicted = &lowered.network.output;
        let held = TargetKind::of(&data.data.target);
        let problem =
            format!("`{}` predicts {}, but {}", model.name.value, predicted.kind().facts().name, held.held_by(name));
        let KindFacts { name: are, output, .. } = held.facts();
        let (source, span) = lowered.output;
        // Without `classes=` a table's column or an array holds real numbers, whatever it looks like.
        let countable = match data.data.target {
            Target::Values { .. } => data.data.source.kind().counting_classes(),
            Target::Classes { .. } => None,
        };
        let help = match countable {
            Some(source) => format!(
                "if the target is one of N classes, say how many: {source}; \
                 if it is a real number, write `output {output}`"
            ),
            None => format!("write `output {output}`, or choose other data"),
        };
        self.report(
            Diagnostic::new(Code::DataMismatch, problem, model.source, model.span, "does not fit the targets")
                .label(source, span, predicted.family().phrases().predicts)
                .label(data.source.0, data.source.1, *are)
                .help(help),
        );
    }

    fn report_output(
        &self,
        model: &ModelUse<'a, '_>,
        lowered: &Lowered,
        data: &CheckedData,
        [outputs, wanted]: [usize; 2],
    ) {
        let name = data.data.source.name();
        let model_name = &model.name.value;
        let gives = if outputs == 1 { "1 output".to_owned() } else { format!("{outputs} outputs") };
        let (problem, has) = match (&data.data.target, lowered.network.output.family().phrases().several) {
            (Target::Classes { count, .. }, _) if outputs < *count => (
                format!("`{model_name}` has {gives}, but the labels of `{name}` go up to {}", count - 1),
                format!("has {count} classes"),
            ),
            (Target::Classes { count, .. }, _) => (
                format!("`{model_name}` has {gives}, but `{name}` has {count} classes"),
                format!("has {count} classes"),
            ),
            (Target::Values { names, .. }, Some(several)) => (
                format!("`{model_name}` has {gives}, but {several} for each of the {}", targets(names.len())),
                format!("has {}", targets(names.len())),
            ),
            (Target::Values { names, .. }, None) => (
                format!("`{model_name}` has {gives}, but `{name}` has {}", targets(names.len())),
                format!("has {}", targets(names.len())),
            ),
        };
        let problem_of = match data.data.target {
            Target::Classes { .. } => "does not fit the labels",
            Target::Values { .. } => "does not fit the targets",
        };
        let diagnostic = Diagnostic::new(Code::DataMismatch, problem, model.source, model.span, problem_of)
            .label(lowered.last.0, lowered.last.1, format!("gives {gives}"))
            .label(data.place.0, data.place.1, has);
        let fits = |lowered: &Lowered| lowered.network.outputs() == wanted;
        let diagnostic = match self.fitting_argument(model, fits, vec![wanted]) {
            Some((parameter, value)) => propose(diagnostic, model, &parameter, value),
            None => diagnostic.help(format!("end the network with `linear({wanted})`")),
        };
        self.report(diagnostic);
    }

    /// A parameter of the model and the whole number for which `fits` holds.
    fn fitting_argument(
        &self,
        model: &ModelUse<'a, '_>,
        fits: impl Fn(&Lowered) -> bool,
        values: Vec<usize>,
    ) -> Option<(String, usize)> {
        for parameter in self.symbols.parameters_of(model.model) {
            let parameter = &parameter.name;
            for value in &values {
                let name = name_at(&parameter.value, model.span);
                let others = model
                    .arguments
                    .iter()
                    .filter(|argument| argument.name.is_none_or(|written| written.value != parameter.value));
                let mut arguments: Vec<Given<'_>> = others.cloned().collect();
                if arguments.iter().any(|argument| argument.name.is_none()) {
                    continue;
                }
                arguments.push(Given {
                    name: Some(&name),
                    value: GivenValue::Value(Value::Whole(*value as i64)),
                    span: model.span,
                    source: model.source,
                });
                let does_fit = self.silently(|| {
                    self.expand_model(model.model, &arguments, (model.source, model.span))
                        .and_then(|draft| self.lower(&draft, Estimator::LocalReparameterization))
                        .is_some_and(|lowered| fits(&lowered))
                });
                if does_fit {
                    return Some((parameter.value.clone(), *value));
                }
            }
        }
        None
    }
}

fn propose(diagnostic: Diagnostic, model: &ModelUse<'_, '_>, parameter: &str, value: usize) -> Diagnostic {
    let call = if model.arguments.is_empty() { "" } else { "…, " };
    diagnostic.help(format!("write `model = {}({call}{parameter}={value})`", model.name.value))
}

fn targets(count: usize) -> String {
    if count == 1 { "1 target".to_owned() } else { format!("{count} targets") }
}

/// The sizes worth trying as an argument so that an input of this shape fits.
fn candidate_values(shape: Shape) -> Vec<usize> {
    match shape {
        Shape::Image { channels, height, width } => {
            let mut values = vec![channels, height, width];
            values.dedup();
            values
        }
        Shape::Sequence { channels, length } => vec![channels, length],
        Shape::Vector { features } => vec![features],
    }
}

/// The transform that turns `given` into `wanted`, if one does.
fn fitting_transform(given: Shape, wanted: Shape) -> Option<String> {
    let (channels, height, width, c, h, w) = match (given, wanted) {
        (Shape::Image { channels, height, width }, Shape::Image { channels: c, height: h, width: w }) => {
            (channels, height, width, c, h, w)
        }
        (Shape::Image { .. }, Shape::Vector { .. }) if transformed(given, Transform::Flatten) == Some(wanted) => {
            return Some("flatten()".to_owned());
        }
        (Shape::Image { .. }, Shape::Sequence { .. }) if transformed(given, Transform::Rows) == Some(wanted) => {
            return Some("rows()".to_owned());
        }
        _ => return None,
    };
    if channels != c || (height, width) == (h, w) {
        return None;
    }
    let (rows, columns) = (h.checked_sub(height), w.checked_sub(width));
    match (rows, columns) {
        (Some(rows), Some(columns)) if rows == columns && rows % 2 == 0 && rows <= height / 2 => {
            Some(format!("pad({})", rows / 2))
        }
        _ if h == w => Some(format!("resize({h})")),
        _ => Some(format!("resize([{h}, {w}])")),
    }
}
