//! From a draft to the IR: arguments are read, shapes flow, marks are settled.

use super::draft::{Draft, DraftLayer};
use super::layers;
use super::shapes::{self, ShapeProblem};
use crate::check::Checker;
use crate::check::arguments::{Signature, call};
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::ir::{DropoutPlacement, Estimator, Layer, Mark, Network, Operation, Output, ProbabilityLink, Shape};
use elbo_grammar::Span;
use std::collections::BTreeMap;

/// A lowered network with the places that messages about its ends point at.
#[derive(Debug, Clone)]
pub(crate) struct Lowered {
    pub network: Network,
    /// The `input` statement.
    pub input: (SourceId, Span),
    /// The last layer.
    pub last: (SourceId, Span),
}

/// A layer whose arguments have been read.
struct Read<'d, 'a> {
    draft: &'d DraftLayer<'a>,
    kind: &'static str,
    operation: Operation,
    mark: Option<Mark>,
}

const IMAGE: &str = "image";
const VECTOR: &str = "vector";
const CATEGORICAL: Signature = Signature::optional("categorical", &["link"]).positional(0);

impl Checker<'_> {
    /// Lowers `draft`; `estimator` is that of `bayes` layers that name none.
    pub fn lower(&self, draft: &Draft<'_>, estimator: Estimator) -> Option<Lowered> {
        let input = self.input(draft);
        let output = self.output(draft);
        let read = self.read_layers(draft, estimator);
        if draft.layers.is_empty() {
            self.missing(draft, "a layer", "a model needs at least one layer");
        }
        let (input, output, read) = (input?, output?, read?);
        let (shape, input_place) = input;
        let network = self.flow(shape, &read)?;
        let last = read.last()?;
        let last_place = (last.draft.environment.source, last.draft.span);
        if let Some(Layer { output: shape @ Shape::Image { .. }, .. }) = network.last() {
            self.report(
                Diagnostic::new(
                    Code::OutputMismatch,
                    format!("`output categorical` needs a vector of class scores, but the last layer gives {shape}"),
                    last_place.0,
                    last_place.1,
                    format!("gives {shape}"),
                )
                .help("end the network with `flatten` and a `linear` layer with one output for each class"),
            );
            return None;
        }
        let network = Network { input: shape, layers: network, output };
        Some(Lowered { network, input: input_place, last: last_place })
    }

    fn missing(&self, draft: &Draft<'_>, what: &str, help: &str) {
        self.report(
            Diagnostic::new(
                Code::MissingStatement,
                format!("model `{}` has no {}", draft.name.value, what.trim_start_matches("a ")),
                draft.source,
                draft.name.span,
                format!("needs {what}"),
            )
            .help(help),
        );
    }

    fn input(&self, draft: &Draft<'_>) -> Option<(Shape, (SourceId, Span))> {
        let Some(input) = &draft.input else {
            self.missing(draft, "`input`", "begin it with, for example, `input image[3, 32, 32]`");
            return None;
        };
        let environment = &input.environment;
        let wanted = match input.kind.value.as_str() {
            IMAGE => 3,
            VECTOR => 1,
            _ => {
                self.unknown_value(environment.source, input.kind, "kind of input", [IMAGE, VECTOR]);
                return None;
            }
        };
        if input.sizes.len() != wanted {
            self.report(
                Diagnostic::new(
                    Code::WrongType,
                    format!("`{}` takes {wanted} sizes, not {}", input.kind.value, input.sizes.len()),
                    environment.source,
                    input.span,
                    format!("{} sizes", input.sizes.len()),
                )
                .help(if wanted == 3 {
                    "write `image[channels, height, width]`"
                } else {
                    "write `vector[features]`"
                }),
            );
            return None;
        }
        let sizes: Vec<Option<usize>> =
            input.sizes.iter().map(|size| self.size(size, environment, "a size of the input", 1)).collect();
        let sizes: Vec<usize> = sizes.into_iter().collect::<Option<_>>()?;
        let shape = match sizes[..] {
            [channels, height, width] => Shape::Image { channels, height, width },
            [features] => Shape::Vector { features },
            _ => unreachable!("the number of sizes has been checked"),
        };
        if shapes::countable(shape).is_none() {
            let message = "the sizes of the input multiply to more than can be represented";
            self.error(Code::TooLarge, environment.source, input.span, message, "too large");
            return None;
        }
        Some((shape, (environment.source, input.span)))
    }

    fn output(&self, draft: &Draft<'_>) -> Option<Output> {
        let Some(output) = &draft.output else {
            self.missing(draft, "`output`", "end it with `output categorical`");
            return None;
        };
        let environment = &output.environment;
        let call = self.expect_call(output.value, environment.source, "an output, such as `categorical`,")?;
        if call.function.value != CATEGORICAL.name {
            self.unknown_value(environment.source, call.function, "output", [CATEGORICAL.name]);
            return None;
        }
        let arguments = self.bind(call, environment.source, &CATEGORICAL)?;
        let link = match arguments.get("link") {
            None => ProbabilityLink::Softmax,
            Some(link) => {
                let choices = [("softmax", ProbabilityLink::Softmax), ("softplus", ProbabilityLink::Softplus)];
                self.choice(link, environment, "`link`", &choices)?
            }
        };
        Some(Output::Categorical { link })
    }

    /// Reads every layer's arguments and mark; reports all that is wrong with them.
    fn read_layers<'d, 'a>(&self, draft: &'d Draft<'a>, estimator: Estimator) -> Option<Vec<Read<'d, 'a>>> {
        let mut complete = true;
        let mut unmarked: Vec<&DraftLayer<'_>> = Vec::new();
        let mut read = Vec::with_capacity(draft.layers.len());
        for layer in &draft.layers {
            let call = call(layer.operation).expect("the draft holds only names and calls");
            let name = call.function.value.as_str();
            if layers::has_parameters(name) && layer.path.is_none() {
                self.report(
                    Diagnostic::new(
                        Code::UnnamedLayer,
                        format!("`{name}` has parameters, so the layer needs a name"),
                        layer.environment.source,
                        layer.span,
                        "has no name",
                    )
                    .help(format!("name it, for example `{}: {name}`", suggested_name(name))),
                );
                complete = false;
            }
            let mark = match (layers::has_weights(name), layer.mark.as_ref().or(draft.default.as_ref())) {
                (false, _) => None,
                (true, Some(mark)) => Some(mark.settle(estimator)),
                (true, None) => {
                    unmarked.push(layer);
                    None
                }
            };
            match self.operation(call, &layer.environment) {
                Some((kind, operation)) => read.push(Read { draft: layer, kind, operation, mark }),
                None => complete = false,
            }
        }
        if let [first, rest @ ..] = unmarked.as_slice() {
            let name = first.path.as_deref().unwrap_or("this layer");
            let mut diagnostic = Diagnostic::new(
                Code::MissingMark,
                format!("`{name}` has weights, but neither a mark nor a default"),
                first.environment.source,
                first.span,
                "point, bayes or dropout?",
            )
            .help("add `default point` (or `default bayes`) to the model, or write a mark before the layer's name");
            if !rest.is_empty() {
                diagnostic = diagnostic.note(format!("the same holds for {} more of its layers", rest.len()));
            }
            self.report(diagnostic);
            complete = false;
        }
        complete.then_some(read)
    }

    /// Infers shapes from the input on and places dropout masks.
    fn flow(&self, input: Shape, read: &[Read<'_, '_>]) -> Option<Vec<Layer>> {
        let mut layers: Vec<Layer> = Vec::with_capacity(read.len());
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut shape = input;
        let mut pending: Option<Layer> = None;
        for (index, item) in read.iter().enumerate() {
            let name = item.draft.path.clone().unwrap_or_else(|| {
                let count = counts.entry(item.kind).or_default();
                *count += 1;
                format!("{}#{count}", item.kind)
            });
            if matches!((&item.operation, shape), (Operation::Flatten, Shape::Vector { .. })) {
                self.error(
                    Code::RedundantFlatten,
                    item.draft.environment.source,
                    item.draft.span,
                    format!("`flatten` has nothing to do: the layer before it gives {shape}"),
                    "of a vector",
                );
            }
            let output = match shapes::infer(&item.operation, shape) {
                Ok(output) => output,
                Err(problem) => {
                    self.shape_problem(&problem, item, shape, index.checked_sub(1).map(|before| &read[before]));
                    return None;
                }
            };
            let is_activation = matches!(item.operation, Operation::Activation { .. });
            if !is_activation {
                layers.extend(pending.take());
            }
            let mask = item.mark.as_ref().and_then(mask);
            if let Some((operation, DropoutPlacement::Input)) = &mask {
                layers.push(dropout(&name, operation.clone(), shape));
            }
            layers.push(Layer {
                name: name.clone(),
                operation: item.operation.clone(),
                mark: item.mark.clone(),
                from: None,
                input: shape,
                output,
            });
            if is_activation {
                layers.extend(pending.take());
            }
            if let Some((operation, DropoutPlacement::Output)) = mask {
                pending = Some(dropout(&name, operation, output));
            }
            shape = output;
        }
        layers.extend(pending);
        Some(layers)
    }

    fn shape_problem(&self, problem: &ShapeProblem, item: &Read<'_, '_>, given: Shape, before: Option<&Read<'_, '_>>) {
        let layer = item.draft;
        let source = layer.environment.source;
        let kind = item.kind;
        let giver = before.map_or("the input", |before| before.kind);
        let point = |diagnostic: Diagnostic| match before {
            Some(before) => {
                diagnostic.label(before.draft.environment.source, before.draft.span, format!("gives {given}"))
            }
            None => diagnostic.note(format!("the input is {given}")),
        };
        let new = |code, message: String, label: String| Diagnostic::new(code, message, source, layer.span, label);
        let diagnostic =
            match problem {
                ShapeProblem::Kind { wanted } => {
                    let giver = if before.is_some() { format!("`{giver}`") } else { giver.to_owned() };
                    let message = format!("`{kind}` needs {wanted}, but {giver} gives {given}");
                    let diagnostic = point(new(Code::ShapeMismatch, message, format!("needs {wanted}")));
                    if *wanted == "a vector" {
                        let start = layer.statement.start;
                        diagnostic
                            .help(format!("add `flatten` before it, which gives vector[{}]", given.elements()))
                            .edit(source, Span::new(start, start), "flatten\n  ")
                    } else {
                        diagnostic.help("put it before the `flatten`, or give the model an `image` as input")
                    }
                }
                ShapeProblem::Window { window, size } => {
                    let message = format!(
                        "the window of `{kind}` covers {} × {}, more than the {} × {} there are",
                        window[0], window[1], size[0], size[1]
                    );
                    point(new(Code::EmptyOutput, message, "does not fit once".to_owned()))
                        .help("make the window smaller, add `pad`, or leave out an earlier pool or stride")
                }
                ShapeProblem::Groups { channels, groups } => {
                    let message = format!("{channels} input channels cannot be divided into {groups} groups");
                    point(new(Code::ShapeMismatch, message, "does not divide the input".to_owned()))
                }
                ShapeProblem::TooLarge => {
                    let message = format!("`{kind}` would hold or multiply more numbers than can be represented");
                    point(new(Code::TooLarge, message, "too large".to_owned()))
                }
            };
        self.report(diagnostic);
    }
}

/// The mask a `dropout` mark asks for, and where.
fn mask(mark: &Mark) -> Option<(Operation, DropoutPlacement)> {
    match *mark {
        Mark::Dropout { probability, on, unit, at_prediction, .. } => {
            Some((Operation::Dropout { probability, unit, at_prediction }, on))
        }
        Mark::Point { .. } | Mark::Bayes { .. } => None,
    }
}

fn dropout(name: &str, operation: Operation, shape: Shape) -> Layer {
    Layer { name: format!("{name}.dropout"), operation, mark: None, from: None, input: shape, output: shape }
}

fn suggested_name(kind: &str) -> &'static str {
    match kind {
        "conv2d" => "conv1",
        "linear" => "head",
        _ => "norm1",
    }
}
