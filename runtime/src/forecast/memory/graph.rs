//! Tensors without numbers, and a graph of them that is differentiated as candle 0.11.1 does it.
//!
//! The functions of the network are written down for these as the backend writes them for real tensors; what
//! Rust drops at the end of a scope there, it drops here.

use super::heap::{Block, Heap};
use crate::forecast::Work;
use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

/// Bytes of a number.
pub(super) const NUMBER: u64 = 4;

/// A tensor: clones share their numbers.
#[derive(Debug, Clone)]
pub(super) struct Tensor {
    _numbers: Rc<Block>,
    /// How many numbers it has.
    pub(super) elements: u64,
    /// Its node where it is part of a graph.
    node: Option<u64>,
}

impl Tensor {
    /// Whether its gradient is wanted.
    pub(super) fn tracked(&self) -> bool {
        self.node.is_some()
    }

    /// The same numbers outside the graph.
    pub(super) fn detach(&self) -> Self {
        Self { node: None, ..self.clone() }
    }
}

/// Gradients of the arguments from the gradient of the result.
type Backward = Box<dyn Fn(&Memory, &Tensor) -> Vec<Option<Tensor>>>;

struct Node {
    number: u64,
    arguments: Vec<Tensor>,
    /// What the graph keeps.
    _result: Tensor,
    backward: Backward,
}

/// The gradients of a pass by the number of the variable.
pub(super) type Gradients = HashMap<u64, Tensor>;

/// Where tensors are made.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    /// What they are made of.
    pub(super) heap: Heap,
    work: Rc<Cell<Work>>,
}

impl Memory {
    /// A tensor of its own that is written to.
    pub(super) fn tensor(&self, elements: u64) -> Tensor {
        self.count(Work { tensors: 1.0, numbers: elements as f64, ..Work::default() });
        let numbers = Rc::new(self.heap.allocate(elements.saturating_mul(NUMBER)));
        Tensor { _numbers: numbers, elements, node: None }
    }

    /// Counts work beside that of making tensors.
    pub(super) fn count(&self, work: Work) {
        self.work.set(self.work.get().plus(work));
    }

    /// The work since it was last taken.
    pub(super) fn take_work(&self) -> Work {
        self.work.take()
    }
}

/// The graph of one pass.
pub(super) struct Graph {
    /// Where its tensors are made.
    pub(super) memory: Memory,
    /// Whether gradients will be asked for.
    gradients: bool,
    nodes: Vec<Node>,
    numbers: u64,
}

impl Graph {
    /// A new graph; `variables` is how many numbers of nodes are taken by variables.
    pub(super) fn new(memory: &Memory, gradients: bool, variables: u64) -> Self {
        Self { memory: memory.clone(), gradients, nodes: Vec::new(), numbers: variables }
    }

    /// A variable, as a leaf of the graph if gradients are wanted.
    pub(super) fn variable(&self, number: u64, value: &Tensor) -> Tensor {
        Tensor { node: self.gradients.then_some(number), ..value.clone() }
    }

    /// `result`, computed from `arguments`, with its gradient: the backend's `with_gradient`. The graph gets a copy
    /// of a copy, and for a moment there are three.
    pub(super) fn with_gradient(
        &mut self,
        arguments: Vec<Tensor>,
        result: Tensor,
        backward: impl Fn(&Memory, &Tensor) -> Vec<Option<Tensor>> + 'static,
    ) -> Tensor {
        if !arguments.iter().any(Tensor::tracked) {
            return result;
        }
        let alone = self.memory.tensor(result.elements);
        let kept = self.memory.tensor(result.elements);
        drop(alone);
        drop(result);
        self.record(arguments, kept, backward)
    }

    /// `result` as a node with its own gradient.
    pub(super) fn record(
        &mut self,
        arguments: Vec<Tensor>,
        result: Tensor,
        backward: impl Fn(&Memory, &Tensor) -> Vec<Option<Tensor>> + 'static,
    ) -> Tensor {
        if !arguments.iter().any(Tensor::tracked) {
            return result;
        }
        self.numbers += 1;
        let result = Tensor { node: Some(self.numbers), ..result };
        let node = Node { number: self.numbers, arguments, _result: result.clone(), backward: Box::new(backward) };
        self.nodes.push(node);
        result
    }

    /// A view with other sizes.
    pub(super) fn reshape(&mut self, x: &Tensor) -> Tensor {
        self.record(vec![x.clone()], x.detach(), |_, g| vec![Some(g.clone())])
    }

    /// A copy in another order of axes.
    pub(super) fn permuted(&mut self, x: &Tensor) -> Tensor {
        let view = self.reshape(x);
        let copy = self.memory.tensor(x.elements);
        self.record(vec![view], copy, |_, g| vec![Some(g.clone())])
    }

    /// The gradients of all variables with respect to the sum of some scalars. Every gradient is added to zeros, as
    /// candle adds it.
    pub(super) fn backward(&self, terms: &[Tensor]) -> Gradients {
        let mut store = Gradients::new();
        for number in terms.iter().filter_map(|term| term.node) {
            store.insert(number, self.memory.tensor(1));
        }
        for node in self.nodes.iter().rev() {
            let Some(gradient) = store.remove(&node.number) else { continue };
            let found = (node.backward)(&self.memory, &gradient);
            for (argument, gradient) in node.arguments.iter().zip(found) {
                let (Some(number), Some(gradient)) = (argument.node, gradient) else { continue };
                let sum = store.entry(number).or_insert_with(|| {
                    let numbers = Rc::new(self.memory.heap.zeros(argument.elements.saturating_mul(NUMBER)));
                    Tensor { _numbers: numbers, elements: argument.elements, node: None }
                });
                *sum = self.memory.tensor(argument.elements);
                drop(gradient);
            }
        }
        store
    }
}
