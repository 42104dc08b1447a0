//! From a draft to the IR: arguments are read, marks are settled; then shapes flow (`flow.rs`).

use super::draft::{Draft, DraftLayer, PlacedMark, Step};
use super::flow::Flowed;
use super::layers;
use super::read::{Read, ReadLayer, ReadStep};
use super::shapes;
use crate::check::Checker;
use crate::check::arguments::{Call, Signature};
use crate::check::distributions::{NORMALIZATIONS, NormalizationStart};
use crate::check::environment::Environment;
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::ir::{Estimator, Mark, Network, Shape, StartingFile};
use crate::layers::kind::Learns;
use crate::origin::LayerOrigin;
use elbo_grammar::Span;

/// A lowered network with the places that messages about its ends point at.
#[derive(Debug, Clone)]
pub(crate) struct Lowered {
    pub network: Network,
    /// Where each of its layers was written.
    pub origins: Vec<LayerOrigin>,
    /// The `input` statement.
    pub input: (SourceId, Span),
    /// The last layer.
    pub last: (SourceId, Span),
    /// What the `output` statement says.
    pub output: (SourceId, Span),
}

const IMAGE: &str = "image";
const SEQUENCE: &str = "sequence";
const VECTOR: &str = "vector";
/// Every kind of input.
pub(crate) const INPUTS: &[Signature] = &[
    Signature::constant(IMAGE, "`image[channels, height, width]`: what one example is, after the data's transforms."),
    Signature::constant(SEQUENCE, "`sequence[channels, length]`: what one example is, after the data's transforms."),
    Signature::constant(VECTOR, "`vector[features]`: what one example is, after the data's transforms."),
];

impl Checker<'_> {
    /// Lowers `draft`; `estimator` is that of `bayes` layers that name none.
    pub fn lower(&self, draft: &Draft<'_>, estimator: Estimator) -> Option<Lowered> {
        let input = self.input(draft);
        let output = self.output(draft);
        let read = self.read_layers(draft, estimator);
        if draft.layers.is_empty() {
            self.missing(draft, "a layer", "a model needs at least one layer");
        }
        let (input, (output, output_place), read) = (input?, output?, read?);
        let (shape, input_place) = input;
        let Flowed { layers, origins } = self.flow(shape, &read)?;
        let last = read.last()?;
        let last_place = (last.draft.environment.source, last.draft.span);
        let given = layers.last().map_or(shape, |layer| layer.output);
        self.check_output(&output, given, last_place, output_place)?;
        let network = Network { input: shape, layers, output };
        Some(Lowered { network, origins, input: input_place, last: last_place, output: output_place })
    }

    pub(super) fn missing(&self, draft: &Draft<'_>, what: &str, help: &str) {
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
        let form = match input.kind.value.as_str() {
            IMAGE => "image[channels, height, width]",
            SEQUENCE => "sequence[channels, length]",
            VECTOR => "vector[features]",
            _ => {
                self.unknown_value(environment.source, input.kind, "kind of input", [IMAGE, SEQUENCE, VECTOR]);
                return None;
            }
        };
        let wanted = form.split(',').count();
        if input.sizes.len() != wanted {
            self.report(
                Diagnostic::new(
                    Code::WrongType,
                    format!(
                        "`{}` takes {wanted} size{}, not {}",
                        input.kind.value,
                        if wanted == 1 { "" } else { "s" },
                        input.sizes.len()
                    ),
                    environment.source,
                    input.span,
                    format!("has {}", input.sizes.len()),
                )
                .help(format!("write `{form}`")),
            );
            return None;
        }
        let sizes: Vec<Option<usize>> =
            input.sizes.iter().map(|size| self.size(size, environment, "a size of the input", 1)).collect();
        let sizes: Vec<usize> = sizes.into_iter().collect::<Option<_>>()?;
        let shape = match sizes[..] {
            [channels, height, width] => Shape::Image { channels, height, width },
            [channels, length] => Shape::Sequence { channels, length },
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

    /// How a normalisation starts by its `init`.
    fn start_of(&self, call: Call<'_>, environment: &Environment) -> Option<NormalizationStart> {
        let init =
            call.arguments.iter().find(|argument| argument.name.as_ref().is_some_and(|name| name.value == "init"));
        init.map_or(Some(NormalizationStart::Inherited), |init| self.chosen(&init.value, environment, &NORMALIZATIONS))
    }

    /// Reads every layer's arguments and mark; reports all that is wrong with them.
    fn read_layers<'d, 'a>(&self, draft: &'d Draft<'a>, estimator: Estimator) -> Option<Vec<Read<'d, 'a>>> {
        let mut complete = true;
        let mut unmarked: Vec<&DraftLayer<'_>> = Vec::new();
        let mut read = Vec::with_capacity(draft.layers.len());
        for layer in &draft.layers {
            let Some(call) = layer.call() else {
                let step = match layer.step {
                    Step::Open { is_implicit } => ReadStep::Open { is_implicit },
                    Step::Branch => ReadStep::Branch,
                    Step::Join(container) => ReadStep::Join(container),
                    Step::Operation(_) => unreachable!("the draft holds only names and calls"),
                };
                read.push(Read { draft: layer, step });
                continue;
            };
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
            let placed = layer.mark.as_ref().or(draft.default.as_ref());
            let path = layer.path.as_deref().unwrap_or_default();
            let mark = match (layers::has_weights(name), placed) {
                (false, _) => None,
                (true, Some(placed)) => Some((settled(placed, estimator, path), placed.origin.clone())),
                (true, None) => {
                    unmarked.push(layer);
                    None
                }
            };
            match self.operation(call, &layer.environment) {
                Some((kind, operation)) => {
                    let start = if layers::is_normalization(name) {
                        match self.start_of(call, &layer.environment) {
                            Some(NormalizationStart::Inherited) => {
                                placed.and_then(|placed| Some((inherited(placed, path)?, placed.origin.place().0)))
                            }
                            Some(NormalizationStart::Ones) => None,
                            Some(NormalizationStart::File(mut start)) => {
                                let written = layer.written.as_deref().unwrap_or(path);
                                start.layer = start.layer.map(|given| renamed(given, written, path));
                                Some((start, layer.environment.source))
                            }
                            None => {
                                complete = false;
                                None
                            }
                        }
                    } else {
                        None
                    };
                    let step = ReadStep::Layer(Box::new(ReadLayer { kind, operation, mark, start }));
                    read.push(Read { draft: layer, step });
                }
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
}

/// The mark of the layer at `path`, with what the layer is called in the file it starts from.
fn settled(placed: &PlacedMark, estimator: Estimator, path: &str) -> Mark {
    let mut mark = placed.mark.settle(estimator);
    if let Some(start) = mark.starting_file_mut() {
        start.layer = start.layer.take().map(|given| renamed(given, &placed.marks, path));
    }
    mark
}

/// The file that a normalisation at `path` starts from, as the layers with weights of the same mark do.
fn inherited(placed: &PlacedMark, path: &str) -> Option<StartingFile> {
    // Whatever estimator is settled on: files do not depend on it.
    settled(placed, Estimator::Reparameterization, path).starting_file().cloned()
}

/// What the layer at `path` is called in a file: the name that was given stands for what is marked as a whole.
fn renamed(given: String, marks: &str, path: &str) -> String {
    match path.strip_prefix(marks) {
        Some("") => given,
        // It begins with a dot, or with the number of a copy, where something is marked.
        Some(rest) if !marks.is_empty() => format!("{given}{rest}"),
        _ => format!("{given}.{path}"),
    }
}

fn suggested_name(kind: &str) -> &'static str {
    match layers::learns(kind) {
        Learns::Weights(name) => name,
        Learns::Nothing | Learns::Scale => "norm1",
    }
}
