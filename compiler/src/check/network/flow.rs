//! Shapes flow through the layers that were read: sizes are inferred, dropout masks placed, branches joined.

use super::draft::DraftLayer;
use super::read::{Read, ReadLayer, ReadStep};
use super::shapes;
use crate::check::Checker;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::{Dropout, DropoutPlacement, INPUT, Layer, Mark, Operation, Shape};
use crate::layers::container::{Container, RESIDUAL};
use crate::layers::kind::{Family, ShapeProblem};
use crate::layout::statement_before;
use crate::origin::{LayerOrigin, Place};
use elbo_grammar::Span;
use std::collections::BTreeMap;

/// The layers of a network, and where each was written.
pub(super) struct Flowed {
    pub layers: Vec<Layer>,
    pub origins: Vec<LayerOrigin>,
}

/// What gave the shape that flows: its kind and place; `None` for the input.
type Giver = Option<(&'static str, Place)>;

/// Branches that are being read.
struct Open {
    /// Shape and layer of what they receive.
    input: (Shape, String),
    giver: Giver,
    /// Whether the first is not written.
    is_implicit: bool,
    /// Where the one that is being read begins.
    current: Option<Place>,
    /// What those before it give.
    ended: Vec<Ended>,
}

/// What a branch gives.
struct Ended {
    shape: Shape,
    layer: String,
    place: Place,
}

/// What flows.
struct Flow {
    layers: Vec<Layer>,
    origins: Vec<LayerOrigin>,
    /// How many nameless layers of each kind there were.
    counts: BTreeMap<&'static str, usize>,
    shape: Shape,
    giver: Giver,
    /// The layer that gives it, or the input.
    source: String,
    /// The layer that the next one receives its input from, if not the one right before it.
    from: Option<String>,
    /// A mask that waits for the activation its layer may have.
    pending: Option<(Layer, LayerOrigin)>,
    open: Vec<Open>,
}

impl Flow {
    fn new(input: Shape, length: usize) -> Self {
        Self {
            layers: Vec::with_capacity(length),
            origins: Vec::with_capacity(length),
            counts: BTreeMap::new(),
            shape: input,
            giver: None,
            source: INPUT.to_owned(),
            from: None,
            pending: None,
            open: Vec::new(),
        }
    }

    fn push(&mut self, mut layer: Layer, origin: LayerOrigin) {
        layer.from = self.from.take();
        self.source.clone_from(&layer.name);
        self.shape = layer.output;
        self.layers.push(layer);
        self.origins.push(origin);
    }

    /// Places the mask that waits.
    fn place_mask(&mut self) {
        if let Some((mask, origin)) = self.pending.take() {
            self.push(mask, origin);
        }
    }

    /// The layer whose output the next one receives.
    fn current(&self) -> String {
        self.from.clone().unwrap_or_else(|| self.source.clone())
    }

    /// Ends the branch that is being read, if there is one.
    fn end_branch(&mut self) {
        self.place_mask();
        let (shape, layer) = (self.shape, self.current());
        if let Some(open) = self.open.last_mut() {
            open.ended.extend(open.current.take().map(|place| Ended { shape, layer, place }));
        }
    }

    /// Begins a branch at a place.
    fn begin_branch(&mut self, place: Place) {
        self.end_branch();
        let Some(open) = self.open.last_mut() else { return };
        open.current = Some(place);
        if !open.ended.is_empty() {
            self.shape = open.input.0;
            self.giver = open.giver;
            // What comes right before receives it anyway.
            self.from = (self.source != open.input.1).then(|| open.input.1.clone());
        }
    }

    /// The name of a nameless layer.
    fn numbered(&mut self, kind: &'static str) -> String {
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        format!("{kind}#{count}")
    }
}

impl Checker<'_> {
    /// Infers shapes from the input on, places dropout masks and joins branches.
    pub(super) fn flow(&self, input: Shape, read: &[Read<'_, '_>]) -> Option<Flowed> {
        let mut flow = Flow::new(input, read.len());
        for item in read {
            match &item.step {
                ReadStep::Layer(layer) => self.layer(&mut flow, item.draft, layer)?,
                ReadStep::Open { is_implicit } => {
                    flow.place_mask();
                    flow.open.push(Open {
                        input: (flow.shape, flow.current()),
                        giver: flow.giver,
                        is_implicit: *is_implicit,
                        current: None,
                        ended: Vec::new(),
                    });
                }
                ReadStep::Branch => flow.begin_branch((item.draft.environment.source, item.draft.span)),
                ReadStep::Join(container) => self.join(&mut flow, item.draft, container)?,
            }
        }
        flow.place_mask();
        Some(Flowed { layers: flow.layers, origins: flow.origins })
    }

    fn layer(
        &self,
        flow: &mut Flow,
        draft: &DraftLayer<'_>,
        ReadLayer { kind, operation, mark, start }: &ReadLayer,
    ) -> Option<()> {
        let (kind, mark) = (*kind, mark.as_ref());
        let place = (draft.environment.source, draft.span);
        let family = operation.kind().family();
        let is_activation = family == Family::Activation;
        if !is_activation {
            flow.place_mask();
        }
        let shape = flow.shape;
        let name = draft.path.clone().unwrap_or_else(|| flow.numbered(kind));
        if matches!((family, shape), (Family::Flatten, Shape::Vector { .. })) {
            let message = format!("`flatten` has nothing to do: the layer before it gives {shape}");
            self.error(Code::RedundantFlatten, place.0, place.1, message, "of a vector");
        }
        let inferred = operation.clone().settled(shape).and_then(|operation| {
            let output = shapes::infer(&operation, shape)?;
            Ok((operation, output))
        });
        let (operation, output) = match inferred {
            Ok(inferred) => inferred,
            Err(problem) => {
                self.shape_problem(&problem, draft, (kind, operation), flow);
                return None;
            }
        };
        let named_by = mark.as_ref().filter(|(mark, _)| mark.starting_file().is_some());
        let origin = LayerOrigin {
            place,
            mark: mark.as_ref().map(|(_, origin)| origin.clone()),
            start: named_by.map(|(_, origin)| origin.place().0).or(start.as_ref().map(|(_, source)| *source)),
        };
        let mask = mark.and_then(|(mark, _)| mask(mark));
        if let Some((mask, DropoutPlacement::Input)) = &mask {
            flow.push(dropout(&name, mask.clone(), shape), origin.clone());
        }
        let mark = mark.map(|(mark, _)| mark.clone());
        let start = start.as_ref().map(|(start, _)| start.clone());
        flow.push(
            Layer { name: name.clone(), operation, mark, start, from: None, input: shape, output },
            origin.clone(),
        );
        if is_activation {
            flow.place_mask();
        }
        if let Some((mask, DropoutPlacement::Output)) = mask {
            flow.pending = Some((dropout(&name, mask, output), origin));
        }
        flow.giver = Some((kind, place));
        Some(())
    }

    /// Joins branches.
    fn join(&self, flow: &mut Flow, draft: &DraftLayer<'_>, container: &'static Container<Operation>) -> Option<()> {
        flow.end_branch();
        let open = flow.open.pop().expect("branches end where they began");
        let place = (draft.environment.source, draft.span);
        let kind = container.signature.name;
        let shapes: Vec<Shape> = open.ended.iter().map(|branch| branch.shape).collect();
        let Some(output) = (container.shape)(&shapes) else {
            self.report(if kind == RESIDUAL {
                unequal(&open, flow.giver, place)
            } else {
                apart(&open, container, place)
            });
            return None;
        };
        if shapes::countable(output).is_none() {
            let message = format!("`{kind}` would hold more numbers than can be represented");
            self.error(Code::TooLarge, place.0, place.1, message, "too large");
            return None;
        }
        let mut others: Vec<String> = open.ended.into_iter().map(|branch| branch.layer).collect();
        others.pop();
        let name = flow.numbered(kind);
        let operation = (container.join)(others);
        let input = flow.shape;
        let layer = Layer { name, operation, mark: None, start: None, from: None, input, output };
        flow.push(layer, LayerOrigin { place, mark: None, start: None });
        flow.giver = Some((kind, place));
        Some(())
    }

    fn shape_problem(
        &self,
        problem: &ShapeProblem,
        layer: &DraftLayer<'_>,
        (kind, operation): (&str, &Operation),
        flow: &Flow,
    ) {
        let (given, before) = (flow.shape, flow.giver);
        let source = layer.environment.source;
        let new = |code, message: String, label: String| Diagnostic::new(code, message, source, layer.span, label);
        let point = |diagnostic| point_at(diagnostic, before, given);
        let diagnostic = match problem {
            ShapeProblem::Kind { wanted } => {
                let giver = before.map_or("the input".to_owned(), |(kind, _)| format!("`{kind}`"));
                let message = format!("`{kind}` needs {wanted}, but {giver} gives {given}");
                let diagnostic = point(new(Code::ShapeMismatch, message, format!("needs {wanted}")));
                match (*wanted, given) {
                    ("a vector", Shape::Image { .. }) if flattens(layer, flow) => {
                        let start = layer.statement.start;
                        let text = statement_before(&self.sources.get(source).text, start, "flatten");
                        diagnostic
                            .help(format!("add `flatten` before it, which gives vector[{}]", given.elements()))
                            .edit(source, Span::new(start, start), text)
                    }
                    ("a vector", Shape::Image { channels, .. }) => diagnostic.help(format!(
                        "end the convolutions with `flatten`, which gives vector[{}], or with `global_avgpool` and \
                         `flatten`, which give vector[{channels}]",
                        given.elements()
                    )),
                    ("a vector", _) => diagnostic.help(format!(
                        "`flatten` before it gives vector[{}] and forgets the order; \
                         `global_avgpool` and `flatten` give vector[{}], the mean over time; \
                         `conv1d({}, kernel=1)` in its place maps every step alike",
                        given.elements(),
                        given.channels(),
                        operation.kind().width().map_or_else(|| "N".to_owned(), |width| width.to_string())
                    )),
                    ("an image", Shape::Sequence { .. }) => diagnostic.help(on_a_sequence(operation)),
                    ("a sequence", Shape::Image { .. }) => diagnostic.help("on an image write `conv2d`"),
                    ("a sequence", _) => {
                        diagnostic.help("put it before the `flatten`, or give the model a `sequence` as input")
                    }
                    _ => diagnostic.help("put it before the `flatten`, or give the model an `image` as input"),
                }
            }
            ShapeProblem::Window { window, size } => {
                let message = if matches!(given, Shape::Sequence { .. }) {
                    format!("the window of `{kind}` covers {}, more than the {} there are", window[1], size[1])
                } else {
                    format!(
                        "the window of `{kind}` covers {} × {}, more than the {} × {} there are",
                        window[0], window[1], size[0], size[1]
                    )
                };
                point(new(Code::EmptyOutput, message, "does not fit once".to_owned()))
                    .help("make the window smaller, add `pad`, or leave out an earlier pool or stride")
            }
            ShapeProblem::Cut => {
                let message = format!("the `pad` of `{kind}` cuts off all that it gives");
                point(new(Code::EmptyOutput, message, "gives nothing".to_owned())).help("take a smaller `pad`")
            }
            ShapeProblem::TwoSizes => {
                let message = format!("`{kind}` takes one size on a sequence, not rows and columns");
                point(new(Code::WrongType, message, "two different sizes".to_owned()))
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

/// Whether a `linear` layer that stands on an image can only be meant to follow a `flatten` right before it.
///
/// Not where another reading is as good: in a network with residual branches, which commonly ends its convolutions with
/// a global pool; behind a normalisation, which has other statistics on a vector; in a block, a repeat or a branch,
/// where the statement stands for several layers or for one side of a sum.
fn flattens(layer: &DraftLayer<'_>, flow: &Flow) -> bool {
    let plain = layer.scope.is_empty() && layer.path.as_ref().is_some_and(|path| !path.contains(['[', '.']));
    let added = flow.layers.iter().any(|layer| layer.operation.kind().family() == Family::Join);
    // Activations and masks of single elements act on a vector as they do on an image.
    let shaping = flow.layers.iter().rev().map(|layer| layer.operation.kind()).find(|kind| !kind.is_elementwise());
    let of_an_image = shaping.is_none_or(|kind| matches!(kind.family(), Family::Convolution | Family::Pool));
    plain && flow.open.is_empty() && !added && of_an_image
}

/// What does on a sequence what a layer does on an image that takes nothing else.
fn on_a_sequence(operation: &Operation) -> &'static str {
    match operation.kind().family() {
        Family::Convolution if operation.kind().enlarges() => {
            "on a sequence write `upsample(2)`, which makes it longer, and `conv1d` behind it"
        }
        Family::Convolution => "on a sequence write `conv1d`",
        Family::Linear
        | Family::Pool
        | Family::Activation
        | Family::Flatten
        | Family::Normalization
        | Family::Join
        | Family::Dropout => "put it before the `flatten`, or give the model an `image` as input",
    }
}

/// The two branches of a `residual` differ.
fn unequal(open: &Open, giver: Giver, place: Place) -> Diagnostic {
    let [first, second] = [open.ended[0].shape, open.ended[1].shape];
    let (message, help) = if open.is_implicit {
        let message = format!("`residual` adds its input, {first}, to its body's output, {second}");
        (message, projection(first, second))
    } else {
        let message = format!("`residual` adds its shortcut's output, {second}, to its body's output, {first}");
        (message, format!("let the shortcut give {first}"))
    };
    let diagnostic = Diagnostic::new(Code::ShapeMismatch, message, place.0, place.1, "the two shapes differ");
    point_at(diagnostic, giver, second).help(help)
}

/// Branches do not go together.
fn apart(open: &Open, container: &Container<Operation>, place: Place) -> Diagnostic {
    let message = format!("`{}` {}", container.signature.name, container.rule);
    let mut diagnostic =
        Diagnostic::new(Code::ShapeMismatch, message, place.0, place.1, "the shapes do not go together");
    for branch in &open.ended {
        let (source, span) = branch.place;
        diagnostic = diagnostic.label(source, span, format!("gives {}", branch.shape));
    }
    let shapes: Vec<Shape> = open.ended.iter().map(|branch| branch.shape).collect();
    diagnostic.help(alike(&shapes))
}

/// How branches come to shapes that go together.
fn alike(shapes: &[Shape]) -> String {
    let is_vector = |shape: &&Shape| matches!(shape, Shape::Vector { .. });
    let vectors = shapes.iter().filter(is_vector).count();
    if vectors > 0 && vectors < shapes.len() {
        return "end every branch with `flatten`, or none".to_owned();
    }
    let first = match shapes.first() {
        Some(Shape::Image { height, width, .. }) => format!("the {height} × {width} places of the first"),
        Some(Shape::Sequence { length, .. }) => format!("the {length} steps of the first"),
        Some(Shape::Vector { .. }) | None => "the shape of the first".to_owned(),
    };
    format!("let every branch give {first}, by the same strides and pools and by `pad=same` of its convolutions")
}

/// Labels what gave the shape.
fn point_at(diagnostic: Diagnostic, giver: Giver, given: Shape) -> Diagnostic {
    match giver {
        Some((_, (source, span))) => diagnostic.label(source, span, format!("gives {given}")),
        None => diagnostic.note(format!("the input is {given}")),
    }
}

/// How a `shortcut` could turn one shape into the other.
fn projection(input: Shape, body: Shape) -> String {
    let kernel = match (input, body) {
        (Shape::Image { height, width, .. }, Shape::Image { channels, height: h, width: w }) => {
            let fits = |size: usize, new: usize, stride: usize| size.div_ceil(stride) == new;
            let stride = (1..=8).find(|stride| fits(height, h, *stride) && fits(width, w, *stride));
            stride.map(|stride| match stride {
                1 => format!("conv2d({channels}, kernel=1)"),
                _ => format!("conv2d({channels}, kernel=1, stride={stride})"),
            })
        }
        (Shape::Sequence { length, .. }, Shape::Sequence { channels, length: l }) => {
            let stride = (1..=8).find(|stride: &usize| length.div_ceil(*stride) == l);
            stride.map(|stride| match stride {
                1 => format!("conv1d({channels}, kernel=1)"),
                _ => format!("conv1d({channels}, kernel=1, stride={stride})"),
            })
        }
        (Shape::Vector { .. }, Shape::Vector { features }) => Some(format!("linear({features})")),
        _ => None,
    };
    match kernel {
        Some(layer) => format!("end it with `shortcut {{ project: {layer} }}`, or let its body keep the shape"),
        None => "let its body keep the shape".to_owned(),
    }
}

/// The mask a `dropout` mark asks for, and where.
fn mask(mark: &Mark) -> Option<(Operation, DropoutPlacement)> {
    match *mark {
        Mark::Dropout { probability, on, unit, at_prediction, .. } => {
            Some((Operation::Dropout(Dropout { probability, unit, at_prediction }), on))
        }
        Mark::Point { .. } | Mark::Bayes { .. } => None,
    }
}

fn dropout(name: &str, operation: Operation, shape: Shape) -> Layer {
    Layer {
        name: format!("{name}.dropout"),
        operation,
        mark: None,
        start: None,
        from: None,
        input: shape,
        output: shape,
    }
}
