//! Makes a plan: which values are shared or need gradients, what each stage asks for, and when every buffer lives.

use super::memory::{BufferId, Memory};
use super::network::Network;
use super::plan::{Mode, Plan, Planner};
use super::stage::{Draws, Stages};

/// The plan of a network for so many rows.
pub(super) fn plan(network: &Network, stages: &Stages, capacity: usize, mode: Mode) -> Plan {
    let trains = mode == Mode::Training;
    let shared = shared_stages(network, stages, mode);
    let is_shared = |value: usize| value == 0 || shared[value - 1];
    let shares_part = stages.iter().zip(&network.sites).enumerate().map(|(number, (stage, site))| {
        !trains && stage.has_shared_part() && !shared[number] && site.reads().all(is_shared)
    });
    let shares_part = shares_part.collect();
    let mut plan = Plan {
        mode,
        capacity,
        shared,
        shares_part,
        values: Vec::new(),
        gradients: Vec::new(),
        stages: Vec::new(),
        memory: Memory::default(),
    };
    value_buffers(&mut plan, network, stages);
    let (end, samples) = (end(network), samples(&plan, network));
    for (number, (stage, site)) in stages.iter().zip(&network.sites).enumerate() {
        let mut planner = Planner { number, name: &site.name, back: end - number, samples, plan: &mut plan };
        let buffers = stage.plan(network, &mut planner);
        plan.stages.push(buffers);
    }
    touch_values(&mut plan, network);
    plan.memory.settle();
    plan
}

/// The last moment: stage i runs at moment i + 1, its way back mirrors it after the loss.
fn end(network: &Network) -> usize {
    2 * network.sites.len() + 2
}

/// From when on samples run one after the other, and until when. What they share is computed before that and read by
/// each of them.
fn samples(plan: &Plan, network: &Network) -> [usize; 2] {
    let last = if plan.trains() { end(network) } else { network.sites.len() + 1 };
    let first = plan.shared.iter().position(|shared| !shared).map_or(last, |number| number + 1);
    [first, last]
}

/// Buffers of values and of their gradients.
fn value_buffers(plan: &mut Plan, network: &Network, stages: &Stages) {
    let (trains, count) = (plan.trains(), network.values.len());
    let name_of = |value: usize| value.checked_sub(1).map_or("input", |stage| network.sites[stage].name.as_str());
    let numbers: Vec<usize> =
        (0..count).map(|value| plan.rows(value).saturating_mul(network.values[value].numbers())).collect();
    let needed = gradients_needed(network, stages);
    let memory = &mut plan.memory;
    let mut buffer =
        |value: usize, what: &str| memory.buffer(format!("{what} of `{}`", name_of(value)), numbers[value]);
    plan.values = (0..count).map(|value| buffer(value, "the output")).collect();
    plan.gradients = (0..count).map(|value| (trains && needed[value]).then(|| buffer(value, "the gradient"))).collect();
}

/// Settles when each value lives.
fn touch_values(plan: &mut Plan, network: &Network) {
    let (count, trains) = (network.sites.len(), plan.trains());
    let [first_sampled, last] = samples(plan, network);
    let mut touched: Vec<(BufferId, usize)> = Vec::new();
    let mut touch = |buffer: Option<BufferId>, moment: usize| touched.extend(buffer.map(|buffer| (buffer, moment)));
    // What every sample of a step, or every part of a prediction, begins from.
    for moment in [0, last] {
        touch(Some(plan.values[0]), moment);
    }
    for (number, site) in network.sites.iter().enumerate() {
        let back = trains.then(|| end(network) - number);
        for moment in std::iter::once(number + 1).chain(back) {
            for value in site.reads().chain([number + 1]) {
                touch(Some(plan.values[value]), moment);
                touch(plan.gradients[value].filter(|_| moment > count), moment);
            }
        }
        if plan.shared[number] {
            // Computed before the first stage that samples do not share runs, and read by each of them.
            for moment in [first_sampled, last] {
                touch(Some(plan.values[number + 1]), moment);
            }
        }
    }
    // The loss reads the output and writes its gradient.
    touch(Some(plan.values[count]), count + 1);
    touch(plan.gradients[count], count + 1);
    for (buffer, moment) in touched {
        plan.memory.touch(buffer, moment);
    }
}

/// Stages before which nothing random happens. What they give is the same for all samples.
fn shared_stages(network: &Network, stages: &Stages, mode: Mode) -> Vec<bool> {
    let mut shared: Vec<bool> = Vec::with_capacity(network.sites.len());
    for (stage, site) in stages.iter().zip(&network.sites) {
        let inputs = site.reads().all(|value| value == 0 || shared[value - 1]);
        shared.push(mode != Mode::Training && inputs && stage.draws(false) == Draws::Nothing);
    }
    shared
}

/// Whether the samples of a prediction can be folded into its rows: weights are not drawn, and what samples share is
/// read only by stages that know how to spread it.
pub(super) fn can_fold(network: &Network, stages: &Stages) -> bool {
    let shared = shared_stages(network, stages, Mode::Prediction { samples: 1 });
    stages.iter().zip(&network.sites).enumerate().all(|(number, (stage, site))| {
        let reads_shared = site.reads().any(|value| value == 0 || shared[value - 1]);
        match stage.draws(false) {
            Draws::Nothing => shared[number] || !reads_shared,
            Draws::Rows => true,
            Draws::Weights => false,
        }
    })
}

/// Which values' gradients are needed: those that a parameter stands before.
fn gradients_needed(network: &Network, stages: &Stages) -> Vec<bool> {
    let mut needed = vec![false];
    for (stage, site) in stages.iter().zip(&network.sites) {
        let before = site.reads().any(|value| needed[value]);
        needed.push(!stage.tensors().is_empty() || before);
    }
    needed
}
