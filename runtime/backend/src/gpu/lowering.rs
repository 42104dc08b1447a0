//! What lowering a layer works with: the values there are so far, tensors with starting values, and who reads what.

use super::error::contradiction;
use super::layout::value_of;
use super::network::Site;
use super::packing::Packing;
use super::stage::Stage;
use super::tensor::{Numbers, Role, Tensor, TensorId};
use crate::BackendError;
use crate::initialization::Start;
use elbo_compiler::ir::{self, Estimator, Shape};
use elbo_gpu::kernels::Value;
use elbo_random::Key;
use std::collections::HashMap;

/// The starting values of the parts of a tensor, in PyTorch's order.
pub(super) type Started = Vec<Vec<f32>>;

/// A network that is being lowered.
pub(super) struct Lowering<'l> {
    layers: &'l [ir::Layer],
    /// The key of starting values; without one there are none.
    key: Option<Key>,
    /// How Gaussian weights are sampled at prediction, if not as in training.
    pub(super) prediction: Option<Estimator>,
    /// The tensors so far.
    pub(super) tensors: Vec<Tensor>,
    /// Their starting values.
    pub(super) started: Vec<Started>,
    /// The stages so far.
    pub(super) stages: Vec<Box<dyn Stage>>,
    /// Their places.
    pub(super) sites: Vec<Site>,
    /// The values so far.
    pub(super) values: Vec<Value>,
    /// The value that each layer gives, and its shape.
    places: HashMap<&'l str, (usize, Shape)>,
    /// How many layers read the output of each, by name.
    readers: HashMap<&'l str, usize>,
}

/// A layer that is being lowered, with what it receives.
pub(super) struct Received<'l> {
    /// The layer.
    pub(super) layer: &'l ir::Layer,
    /// Its number among the layers.
    pub(super) at: usize,
    /// The number of the value it receives.
    pub(super) input: usize,
    /// The shape of that.
    pub(super) shape: Shape,
    /// The same as it lies on the device.
    pub(super) value: Value,
    /// The numbers and shapes of the other values it reads.
    pub(super) others: Vec<(usize, Shape)>,
}

impl Received<'_> {
    /// Refuses another output than one of this shape.
    ///
    /// # Errors
    /// [`BackendError::Internal`].
    pub(super) fn gives(&self, shape: Shape) -> Result<(), BackendError> {
        if shape == self.layer.output {
            return Ok(());
        }
        Err(contradiction(self.layer, format!("it gives {shape}, but {} is written", self.layer.output)))
    }
}

/// No window fits the layer's input.
pub(super) fn no_window(layer: &ir::Layer) -> BackendError {
    contradiction(layer, format!("no window fits {}", layer.input))
}

impl<'l> Lowering<'l> {
    /// Of a network none of whose layers has been lowered.
    pub(super) fn new(network: &'l ir::Network, key: Option<Key>, prediction: Option<Estimator>) -> Self {
        Self {
            layers: &network.layers,
            key,
            prediction,
            tensors: Vec::new(),
            started: Vec::new(),
            stages: Vec::new(),
            sites: Vec::new(),
            values: vec![value_of(network.input)],
            places: HashMap::from([(ir::INPUT, (0, network.input))]),
            readers: readers(network),
        }
    }

    /// A layer by its number.
    pub(super) fn layer(&self, at: usize) -> Option<&'l ir::Layer> {
        self.layers.get(at)
    }

    /// A layer with what it receives.
    ///
    /// # Errors
    /// [`BackendError::Internal`] if that is not there or of another shape.
    pub(super) fn received(&self, at: usize) -> Result<Received<'l>, BackendError> {
        let layer = &self.layers[at];
        let before = at.checked_sub(1).map_or(ir::INPUT, |before| self.layers[before].name.as_str());
        let (input, shape) = self.find(layer, layer.from.as_deref().unwrap_or(before))?;
        if shape != layer.input {
            return Err(contradiction(layer, format!("it takes {}, but receives {shape}", layer.input)));
        }
        let others = layer.operation.others().iter().map(|other| self.find(layer, other));
        let others = others.collect::<Result<_, _>>()?;
        Ok(Received { layer, at, input, shape, value: value_of(shape), others })
    }

    fn find(&self, layer: &ir::Layer, name: &str) -> Result<(usize, Shape), BackendError> {
        self.places.get(name).copied().ok_or_else(|| contradiction(layer, format!("`{name}` is not before it")))
    }

    /// The layer right after this one, if it alone reads this one's output, and nothing else.
    pub(super) fn follower(&self, at: usize) -> Option<&'l ir::Layer> {
        let next = self.layers.get(at + 1)?;
        let alone = self.readers.get(self.layers[at].name.as_str()) == Some(&1);
        (alone && next.from.is_none() && next.operation.others().is_empty()).then_some(next)
    }

    /// A stage called `name` that ends with layer `last`, whose output it gives.
    pub(super) fn push(&mut self, name: &str, last: usize, input: usize, stage: impl Stage + 'static) {
        self.place(Site { name: name.to_owned(), input, others: Vec::new() }, last, Box::new(stage));
    }

    /// The stage of a layer by itself.
    pub(super) fn alone(&mut self, received: &Received<'l>, stage: Box<dyn Stage>) {
        let others = received.others.iter().map(|&(value, _)| value).collect();
        let site = Site { name: received.layer.name.clone(), input: received.input, others };
        self.place(site, received.at, stage);
    }

    /// A layer that changes nothing in memory: it gives the value it receives.
    pub(super) fn pass_on(&mut self, received: &Received<'l>) {
        self.places.insert(&received.layer.name, (received.input, received.layer.output));
    }

    fn place(&mut self, site: Site, last: usize, stage: Box<dyn Stage>) {
        let last = &self.layers[last];
        self.values.push(value_of(last.output));
        self.stages.push(stage);
        self.sites.push(site);
        self.places.insert(&last.name, (self.stages.len(), last.output));
    }

    /// A tensor of one value each of a layer.
    pub(super) fn points(
        &mut self,
        layer: &ir::Layer,
        suffix: &str,
        packing: Packing,
        role: Role,
        start: Start,
    ) -> TensorId {
        self.tensor(&format!("{}.{suffix}", layer.name), &layer.name, packing, role, start)
    }

    /// A tensor of one value each by its name.
    pub(super) fn tensor(&mut self, name: &str, layer: &str, packing: Packing, role: Role, start: Start) -> TensorId {
        let tensor = Tensor { name: name.to_owned(), layer: layer.to_owned(), packing, numbers: Numbers::Points(role) };
        self.add(tensor, &[start])
    }

    /// A tensor whose parts start so.
    pub(super) fn add(&mut self, tensor: Tensor, starts: &[Start]) -> TensorId {
        let (name, elements) = (&tensor.name, tensor.packing.elements());
        let values = |key| starts.iter().map(|start| start.values(key, name, elements)).collect();
        self.started.extend(self.key.map(values));
        self.tensors.push(tensor);
        self.tensors.len() - 1
    }
}

fn readers(network: &ir::Network) -> HashMap<&str, usize> {
    let mut readers = HashMap::new();
    let mut before = ir::INPUT;
    for layer in &network.layers {
        *readers.entry(layer.from.as_deref().unwrap_or(before)).or_insert(0) += 1;
        for other in layer.operation.others() {
            *readers.entry(other.as_str()).or_insert(0) += 1;
        }
        before = &layer.name;
    }
    readers
}
