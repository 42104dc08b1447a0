//! What ends a step: gradients become those of the whole objective and are looked at, and the optimizer moves the
//! numbers if all is well.

use super::network::Network;
use super::records::Records;
use super::store::{Moved, Store};
use elbo_compiler::ir::{Clip, Optimizer as Algorithm};
use elbo_gpu::kernels::parameters::{
    Adopt, Divergence, Finding, Finite, Optimizer, Penalty, Segments, Update, VERDICT, Variances, Verdict,
};
use elbo_gpu::{Buffer, Device, GpuError, Recording, Slice};

/// An optimizer as kernels know it.
pub(super) fn kernel(algorithm: &Algorithm) -> Optimizer {
    match algorithm {
        Algorithm::Adam(adam) => Optimizer::Adam {
            betas: adam.betas,
            epsilon: adam.epsilon,
            weight_decay: adam.weight_decay,
            decoupled: false,
        },
        Algorithm::AdamW(adam) => Optimizer::Adam {
            betas: adam.betas,
            epsilon: adam.epsilon,
            weight_decay: adam.weight_decay,
            decoupled: true,
        },
        Algorithm::Sgd(sgd) => {
            Optimizer::Sgd { momentum: sgd.momentum, nesterov: sgd.nesterov, weight_decay: sgd.weight_decay }
        }
        Algorithm::RmsProp(rmsprop) => Optimizer::RmsProp {
            beta: rmsprop.beta,
            epsilon: rmsprop.epsilon,
            momentum: rmsprop.momentum,
            centered: rmsprop.centered,
            weight_decay: rmsprop.weight_decay,
        },
    }
}

/// Whose gradients are completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gradients {
    /// Those of the data part alone: the divergence and the penalty with this strength are still to come.
    OfData,
    /// Those of the whole objective, along parameters.
    Whole,
}

/// What ends the steps of a network.
#[derive(Debug)]
pub(super) struct Ending {
    l2: f64,
    clip: Option<f64>,
    /// What was decided of the last step.
    pub(super) verdict: Buffer,
    /// Moves numbers, unless the verdict forbids it.
    pub(super) update: Recording,
    /// Renews σ² after ρ was set.
    pub(super) refresh: Recording,
    /// The records of a step along gradients that came from the host.
    given: Records,
    /// Looks at those.
    pub(super) look: Recording,
}

impl Ending {
    /// Of the steps of a network.
    ///
    /// # Errors
    /// What recording gives.
    pub(super) fn new(
        (network, store): (&Network, &Store),
        optimizer: &Optimizer,
        (l2, clip): (f64, Option<Clip>),
    ) -> Result<Self, GpuError> {
        let device = &store.device;
        let clip = clip.map(|Clip::Norm { maximum }| maximum);
        let verdict = device.zeros("the verdict on a step", VERDICT)?;
        let update = update(device, store, optimizer, &verdict.all())?;
        let mut refresh = Recording::new(device);
        if let Some(gaussians) = &store.gaussians {
            let (rhos, variances) = (gaussians.rhos.values.all(), gaussians.variances.all());
            Variances { segments: &gaussians.segments, rhos: &rhos, variances: &variances }.record(&mut refresh)?;
        }
        let given = Records::new(device, network, store, None)?;
        let look = Recording::new(device);
        let mut ending = Self { l2, clip, verdict, update, refresh, given, look };
        let mut look = Recording::new(device);
        ending.complete(&mut look, store, Gradients::Whole, &ending.given)?;
        ending.decide(&mut look, &ending.given)?;
        ending.look = look;
        Ok(ending)
    }

    /// Completes gradients, and notes what they are.
    ///
    /// # Errors
    /// What recording gives.
    pub(super) fn complete(
        &self,
        recording: &mut Recording,
        store: &Store,
        gradients: Gradients,
        records: &Records,
    ) -> Result<(), GpuError> {
        let whole = gradients == Gradients::Whole;
        if let Some(points) = &store.points {
            Penalty {
                segments: &points.segments,
                l2: if whole { 0.0 } else { self.l2 },
                values: &points.values.values.all(),
                gradient: &points.values.gradient.all(),
                records: records.of_points().kernel(),
            }
            .record(recording)?;
        }
        if let Some(gaussians) = &store.gaussians {
            Divergence {
                segments: &gaussians.segments,
                whole,
                means: &gaussians.means.values.all(),
                rhos: &gaussians.rhos.values.all(),
                mean_gradient: &gaussians.means.gradient.all(),
                second_gradient: &gaussians.rhos.gradient.all(),
                records: records.of_gaussians().kernel(),
            }
            .record(recording)?;
        }
        Ok(())
    }

    /// Notes whether costs and pending statistics are numbers.
    ///
    /// # Errors
    /// What recording gives.
    pub(super) fn look_at(
        &self,
        recording: &mut Recording,
        store: &Store,
        costs: &Slice,
        records: &Records,
    ) -> Result<(), GpuError> {
        Finite { numbers: costs, finding: Finding::Cost, records: records.of_costs().kernel() }.record(recording)?;
        if let Some([_, pending]) = &store.statistics {
            let records = records.of_statistics();
            Finite { numbers: &pending.all(), finding: Finding::Statistic, records: records.kernel() }
                .record(recording)?;
        }
        Ok(())
    }

    /// Decides by all records.
    ///
    /// # Errors
    /// What recording gives.
    pub(super) fn decide(&self, recording: &mut Recording, records: &Records) -> Result<(), GpuError> {
        Verdict { records: &records.all(), clip: self.clip, verdict: &self.verdict.all() }.record(recording)
    }

    /// The penalty by the squared norm of the weights that it is on.
    pub(super) fn penalty(&self, squares: f64) -> f64 {
        if self.l2 == 0.0 { 0.0 } else { 0.5 * self.l2 * squares }
    }
}

/// Moves all numbers along their gradients, and adopts pending statistics.
fn update(device: &Device, store: &Store, optimizer: &Optimizer, verdict: &Slice) -> Result<Recording, GpuError> {
    let mut recording = Recording::new(device);
    let mut moves = |segments: &Segments, moved: &Moved, variances: Option<&Slice>| {
        let moments: Vec<Slice> = moved.moments.iter().map(Buffer::all).collect();
        Update {
            optimizer,
            segments,
            verdict,
            gradient: &moved.gradient.all(),
            values: &moved.values.all(),
            moments: &moments.iter().collect::<Vec<_>>(),
            variances,
        }
        .record(&mut recording)
    };
    if let Some(points) = &store.points {
        moves(&points.segments, &points.values, None)?;
    }
    if let Some(gaussians) = &store.gaussians {
        moves(&gaussians.segments, &gaussians.means, None)?;
        moves(&gaussians.segments, &gaussians.rhos, Some(&gaussians.variances.all()))?;
    }
    if let Some([kept, pending]) = &store.statistics {
        Adopt { verdict, from: &pending.all(), to: &kept.all() }.record(&mut recording)?;
    }
    Ok(recording)
}
