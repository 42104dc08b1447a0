//! What a kind of stage offers: this is all that plans, passes, texts and forecasts know of it.

use super::arena::Arena;
use super::gradients::Gradients;
use super::network::Network;
use super::pass::Pass;
use super::plan::{Plan, Planner, StageBuffers};
use super::tensor::TensorId;
use crate::Work;
use std::fmt::Debug;

/// How much of a stage runs: what its work is counted of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    /// Rows.
    pub(super) rows: f64,
    /// Whether its way back runs, too.
    pub(super) trains: bool,
    /// Whether that goes on to what it reads.
    pub(super) along_input: bool,
}

impl Load {
    /// Numbers of a value in all rows.
    pub(super) fn numbers(&self, network: &Network, value: usize) -> f64 {
        let value = network.values[value];
        self.rows * value.positions() as f64 * value.channels as f64
    }

    /// One loop that writes the value of a stage, and one for the gradient of each value it reads.
    pub(super) fn elementwise(&self, network: &Network, number: usize) -> Work {
        let numbers = self.numbers(network, number + 1);
        let mut work = Work { numbers, loops: 1.0, ..Work::default() };
        for value in network.sites[number].reads().filter(|_| self.along_input) {
            work.numbers += self.numbers(network, value);
            work.loops += 1.0;
        }
        work
    }
}

/// What a stage draws in a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Draws {
    /// Nothing: two passes over the same input give the same.
    Nothing,
    /// Numbers of their own for each row. Where its input is shared by all samples, the stage spreads it over the rows
    /// of each.
    Rows,
    /// Weights, once for a pass.
    Weights,
}

/// The work of one or several layers, as one step of a pass. `number` is the place of the stage: it writes value
/// `number + 1`, and what it reads stands in `network.sites[number]`.
pub(super) trait Stage: Debug + Send + Sync {
    /// Its parameters and running statistics.
    fn tensors(&self) -> Vec<TensorId> {
        Vec::new()
    }

    /// What it draws in training or at prediction.
    fn draws(&self, _trains: bool) -> Draws {
        Draws::Nothing
    }

    /// The buffers it needs beside its values; [`Plan::buffers`] gives them back.
    fn plan(&self, _network: &Network, _planner: &mut Planner<'_>) -> StageBuffers {
        StageBuffers::none()
    }

    /// Computes its value.
    fn forward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize);

    /// From the gradient of its value to that of each value it reads, where the plan has one, and of its parameters.
    /// `add` says of each value it reads, in order, whether its gradient is added to what is there.
    fn backward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize, gradients: &mut Gradients, add: &[bool]);

    /// What runs, for readers of the plan.
    fn description(&self, network: &Network, plan: &Plan, number: usize) -> String;

    /// What it does.
    fn work(&self, network: &Network, number: usize, load: &Load) -> Work {
        load.elementwise(network, number)
    }

    /// Whether it reads the squares of its input, too.
    fn reads_squares(&self, _trains: bool) -> bool {
        false
    }

    /// Whether it writes the squares of its value itself where they are needed.
    fn writes_squares(&self) -> bool {
        false
    }

    /// Whether a first part of a prediction is the same for all samples, which [`Stage::forward_shared`] computes once.
    fn has_shared_part(&self) -> bool {
        false
    }

    /// Computes what all samples share.
    fn forward_shared(&self, _pass: &Pass<'_>, _arena: &mut Arena, _number: usize) {}

    /// ln q − ln p at the weights that it has drawn, where the prior has no closed divergence.
    fn drawn_divergence(&self, _pass: &Pass<'_>, _arena: &mut Arena, _number: usize) -> f64 {
        0.0
    }

    /// The running statistics after a pass that trained; `latest` gives those that an earlier sample has left.
    fn new_statistics(
        &self,
        _pass: &Pass<'_>,
        _arena: &mut Arena,
        _number: usize,
        _latest: &dyn Fn(TensorId) -> Vec<f32>,
    ) -> Vec<(TensorId, Vec<f32>)> {
        Vec::new()
    }
}

/// Which stages run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of training.
    Whole,
    /// What all samples share.
    Shared,
    /// The rest.
    Sampled,
}

/// The stages of a network, in order of execution.
#[derive(Debug)]
pub(super) struct Stages(Vec<Box<dyn Stage>>);

impl Stages {
    /// These.
    pub(super) fn new(stages: Vec<Box<dyn Stage>>) -> Self {
        Self(stages)
    }

    /// One after the other.
    pub(super) fn iter(&self) -> impl Iterator<Item = &dyn Stage> {
        self.0.iter().map(|stage| &**stage)
    }

    /// The stage of this number.
    pub(super) fn get(&self, number: usize) -> &dyn Stage {
        &*self.0[number]
    }

    /// Whether two draws of a prediction can differ.
    pub(super) fn is_stochastic(&self) -> bool {
        self.iter().any(|stage| stage.draws(false) != Draws::Nothing)
    }

    /// The stages of a part, in order; `observe` is called with each after it has run.
    pub(super) fn forward<Error>(
        &self,
        pass: &Pass<'_>,
        arena: &mut Arena,
        part: Part,
        mut observe: impl FnMut(usize, &mut Arena) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for (number, stage) in self.iter().enumerate() {
            let shared = pass.plan.shared[number];
            if part == Part::Shared && pass.plan.shares_part[number] {
                stage.forward_shared(pass, arena, number);
                continue;
            }
            let runs = match part {
                Part::Whole => true,
                Part::Shared => shared,
                Part::Sampled => !shared,
            };
            if runs {
                stage.forward(pass, arena, number);
                if !stage.writes_squares() {
                    pass.square(arena, number + 1);
                }
                observe(number, arena)?;
            }
        }
        Ok(())
    }

    /// The stages' ways back, last to first; gradients of parameters are added to `gradients`.
    pub(super) fn backward(&self, pass: &Pass<'_>, arena: &mut Arena, gradients: &mut Gradients) {
        // Whether a value's gradient has its first part.
        let mut begun = vec![false; pass.network.values.len()];
        let mut add = Vec::new();
        for (number, stage) in self.0.iter().enumerate().rev() {
            if pass.plan.gradients[number + 1].is_none() {
                continue;
            }
            add.clear();
            add.extend(pass.network.sites[number].reads().map(|value| std::mem::replace(&mut begun[value], true)));
            stage.backward(pass, arena, number, gradients, &add);
        }
    }
}
