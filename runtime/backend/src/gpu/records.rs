//! Where kernels note, block by block, what they found in a step: sums, and what is no number.

use super::density::density;
use super::network::Network;
use super::store::Store;
use super::tensor::TensorId;
use elbo_gpu::kernels::parameters::{self, blocks};
use elbo_gpu::{Buffer, Device, GpuError};

/// The records of a step.
#[derive(Debug)]
pub(super) struct Records {
    buffer: Buffer,
    /// By tensor, where its divergence is estimated on draws.
    drawn: Vec<Option<u64>>,
    points: u64,
    gaussians: u64,
    costs: u64,
    statistics: u64,
}

/// What else than parameters is looked at in a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Looked {
    /// Numbers of costs.
    pub(super) costs: u64,
    /// Numbers of running statistics.
    pub(super) statistics: u64,
}

impl Records {
    /// Of the parameters of a network; of a step that computes gradients also of the rest.
    ///
    /// # Errors
    /// What allocating them gives.
    pub(super) fn new(
        device: &Device,
        network: &Network,
        store: &Store,
        looked: Option<Looked>,
    ) -> Result<Self, GpuError> {
        let mut count = 0;
        let mut take = |blocks: u64| {
            let first = count;
            count += blocks;
            first
        };
        let drawn = network.tensors.iter().map(|tensor| {
            let estimated = looked.is_some() && tensor.prior().and_then(density).is_some();
            estimated.then(|| take(blocks(tensor.packing.numbers() as u64)))
        });
        let drawn = drawn.collect();
        let points = take(store.points.as_ref().map_or(0, |points| points.segments.blocks()));
        let gaussians = take(store.gaussians.as_ref().map_or(0, |gaussians| gaussians.segments.blocks()));
        let costs = take(looked.map_or(0, |looked| blocks(looked.costs)));
        let statistics = take(looked.map_or(0, |looked| blocks(looked.statistics)));
        let buffer = device.zeros("records of a step", 4 * count.max(1))?;
        Ok(Self { buffer, drawn, points, gaussians, costs, statistics })
    }

    /// All of them.
    pub(super) fn all(&self) -> elbo_gpu::Slice {
        self.buffer.all()
    }

    fn at(&self, first: u64) -> At {
        At { all: self.buffer.all(), first }
    }

    /// Those of tensors of one value each.
    pub(super) fn of_points(&self) -> At {
        self.at(self.points)
    }

    /// Those of Gaussians.
    pub(super) fn of_gaussians(&self) -> At {
        self.at(self.gaussians)
    }

    /// Those of costs.
    pub(super) fn of_costs(&self) -> At {
        self.at(self.costs)
    }

    /// Those of running statistics.
    pub(super) fn of_statistics(&self) -> At {
        self.at(self.statistics)
    }

    /// Those of the divergence of a tensor on its draws, if it is estimated so.
    pub(super) fn of_drawn(&self, tensor: TensorId) -> Option<At> {
        self.drawn[tensor].map(|first| self.at(first))
    }
}

/// A place among records.
#[derive(Debug)]
pub(super) struct At {
    all: elbo_gpu::Slice,
    /// The first record.
    pub(super) first: u64,
}

impl At {
    /// The same as kernels take it.
    pub(super) fn kernel(&self) -> parameters::Records<'_> {
        parameters::Records { all: &self.all, first: self.first }
    }
}
