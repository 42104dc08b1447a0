//! The parameters of a network on a device, with what belongs to each number: gradients, and what the optimizer
//! remembers.
//!
//! Tensors of one value each lie one after the other in one set of buffers, Gaussians in another, running statistics in
//! a third, so that a kernel over parameters is started once for all tensors of a set.

use super::network::Network;
use super::tensor::{Numbers, Role, TensorId};
use elbo_compiler::ir::Prior;
use elbo_compiler::priors::DivergenceForm;
use elbo_gpu::kernels::parameters::{Along, ClosedPrior, Kind, Segment, Segments};
use elbo_gpu::{Buffer, Device, GpuError, Slice};

/// Where a tensor lies.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// Among those of one value each.
    Points(usize),
    /// Among the Gaussians.
    Gaussians(usize),
    /// Among the running statistics.
    Statistic {
        /// Its first number.
        first: u64,
        /// How many there are.
        numbers: u64,
    },
}

/// Numbers of one kind for each tensor of a set, with their gradients.
#[derive(Debug)]
pub(super) struct Moved {
    /// The numbers.
    pub(super) values: Buffer,
    /// What the objective's gradient along them is, or becomes.
    pub(super) gradient: Buffer,
    /// What the optimizer remembers.
    pub(super) moments: Vec<Buffer>,
}

/// Tensors of one value each.
#[derive(Debug)]
pub(super) struct Points {
    /// How they lie.
    pub(super) segments: Segments,
    /// Their values.
    pub(super) values: Moved,
}

/// Tensors of Gaussians.
#[derive(Debug)]
pub(super) struct Gaussians {
    /// How they lie.
    pub(super) segments: Segments,
    /// μ, with the gradient along it.
    pub(super) means: Moved,
    /// ρ; the gradient is along σ² or σ until it is completed, then along ρ.
    pub(super) rhos: Moved,
    /// σ²
    pub(super) variances: Buffer,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Store {
    /// The device.
    pub(super) device: Device,
    places: Vec<Place>,
    /// Tensors of one value each, if there are any.
    pub(super) points: Option<Points>,
    /// Gaussians, if there are any.
    pub(super) gaussians: Option<Gaussians>,
    /// Running statistics, and what they are after a step that has not been decided on, if there are any.
    pub(super) statistics: Option<[Buffer; 2]>,
}

/// Operands of kernels begin at multiples of so many numbers.
const ALIGNED: u64 = 64;

/// The prior as kernels know it.
fn closed(prior: &Prior) -> ClosedPrior {
    match prior.family().form() {
        DivergenceForm::Normal { mean, std } => ClosedPrior::Normal { mean, std },
        DivergenceForm::Laplace { mean, scale } => ClosedPrior::Laplace { mean, scale },
        DivergenceForm::ScaleMixture { .. } | DivergenceForm::Drawn => ClosedPrior::None,
    }
}

impl Moved {
    fn new(device: &Device, what: &str, numbers: u64, moments: usize) -> Result<Self, GpuError> {
        let moments = (0..moments).map(|_| device.zeros(&format!("the optimizer's memory of {what}"), numbers));
        Ok(Self {
            values: device.zeros(what, numbers)?,
            gradient: device.zeros(&format!("the gradients along {what}"), numbers)?,
            moments: moments.collect::<Result<_, _>>()?,
        })
    }
}

impl Store {
    /// Zeros for every tensor of a network, with an optimizer that remembers so many numbers of each.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`] and [`GpuError::TooLarge`] if there is no room.
    pub(super) fn new(device: &Device, network: &Network, moments: usize) -> Result<Self, GpuError> {
        let (mut points, mut gaussians, mut statistics) = (Vec::new(), Vec::new(), 0);
        let mut places = Vec::new();
        for tensor in &network.tensors {
            let numbers = tensor.packing.numbers() as u64;
            let kind = match &tensor.numbers {
                Numbers::Points(Role::Statistic) => {
                    places.push(Place::Statistic { first: statistics, numbers });
                    statistics += numbers.next_multiple_of(ALIGNED);
                    continue;
                }
                Numbers::Points(Role::Weight) => Kind::Weight,
                Numbers::Points(Role::Free) => Kind::Free,
                Numbers::Points(Role::Noise) => Kind::Noise,
                Numbers::Gaussians { prior, drawn } => {
                    let along = if *drawn { Along::Deviation } else { Along::Variance };
                    places.push(Place::Gaussians(gaussians.len()));
                    gaussians.push(Segment { numbers, kind: Kind::Gaussian { prior: closed(prior), along } });
                    continue;
                }
            };
            places.push(Place::Points(points.len()));
            points.push(Segment { numbers, kind });
        }
        let points = Some(points).filter(|points| !points.is_empty()).map(|points| {
            let segments = Segments::new(device, &points)?;
            let values = Moved::new(device, "weights", segments.numbers(), moments)?;
            Ok(Points { segments, values })
        });
        let gaussians = Some(gaussians).filter(|gaussians| !gaussians.is_empty()).map(|gaussians| {
            let segments = Segments::new(device, &gaussians)?;
            let numbers = segments.numbers();
            Ok(Gaussians {
                means: Moved::new(device, "the means of weights", numbers, moments)?,
                rhos: Moved::new(device, "the deviations of weights", numbers, moments)?,
                variances: device.zeros("the variances of weights", numbers)?,
                segments,
            })
        });
        let kept = (statistics > 0).then(|| {
            let [kept, pending] = ["running statistics", "new running statistics"];
            Ok([device.zeros(kept, statistics)?, device.zeros(pending, statistics)?])
        });
        Ok(Self {
            device: device.clone(),
            places,
            points: points.transpose()?,
            gaussians: gaussians.transpose()?,
            statistics: kept.transpose()?,
        })
    }

    fn missing(&self) -> GpuError {
        GpuError::Misuse { message: "a tensor is not what it is taken for".to_owned() }
    }

    fn points(&self) -> Result<&Points, GpuError> {
        self.points.as_ref().ok_or_else(|| self.missing())
    }

    fn gaussians(&self) -> Result<&Gaussians, GpuError> {
        self.gaussians.as_ref().ok_or_else(|| self.missing())
    }

    /// Numbers of Gaussians that a tensor has, by the buffer that they are to come from.
    fn of_gaussian(&self, tensor: TensorId, from: impl Fn(&Gaussians) -> &Buffer) -> Result<Slice, GpuError> {
        match self.places[tensor] {
            Place::Gaussians(at) => {
                let gaussians = self.gaussians()?;
                gaussians.segments.slice(from(gaussians), at)
            }
            Place::Points(_) | Place::Statistic { .. } => Err(self.missing()),
        }
    }

    /// One part of a trained tensor, 0 for the centre, 1 for ρ, by the buffer of it.
    fn moved(&self, tensor: TensorId, part: usize, from: impl Fn(&Moved) -> &Buffer) -> Result<Slice, GpuError> {
        match (self.places[tensor], part) {
            (Place::Points(at), 0) => {
                let points = self.points()?;
                points.segments.slice(from(&points.values), at)
            }
            (Place::Gaussians(_), 0) => self.of_gaussian(tensor, |gaussians| from(&gaussians.means)),
            (Place::Gaussians(_), 1) => self.of_gaussian(tensor, |gaussians| from(&gaussians.rhos)),
            (Place::Points(_) | Place::Gaussians(_) | Place::Statistic { .. }, _) => Err(self.missing()),
        }
    }

    fn statistic(&self, tensor: TensorId, which: usize) -> Result<Slice, GpuError> {
        match (self.places[tensor], &self.statistics) {
            (Place::Statistic { first, numbers }, Some(both)) => both[which].slice(first, numbers),
            (Place::Points(_) | Place::Gaussians(_) | Place::Statistic { .. }, _) => Err(self.missing()),
        }
    }

    /// The values, or the means.
    ///
    /// # Errors
    /// [`GpuError::Misuse`], as of all that is asked for here, if the tensor has no such numbers.
    pub(super) fn centre(&self, tensor: TensorId) -> Result<Slice, GpuError> {
        self.part(tensor, 0)
    }

    /// A published part: the values, or the means and ρ.
    pub(super) fn part(&self, tensor: TensorId, part: usize) -> Result<Slice, GpuError> {
        match self.places[tensor] {
            Place::Statistic { .. } => self.statistic(tensor, 0),
            Place::Points(_) | Place::Gaussians(_) => self.moved(tensor, part, |moved| &moved.values),
        }
    }

    /// σ²
    pub(super) fn variances(&self, tensor: TensorId) -> Result<Slice, GpuError> {
        self.of_gaussian(tensor, |gaussians| &gaussians.variances)
    }

    /// The gradient along a published part.
    pub(super) fn along(&self, tensor: TensorId, part: usize) -> Result<Slice, GpuError> {
        self.moved(tensor, part, |moved| &moved.gradient)
    }

    /// The gradient along the values, or the means.
    pub(super) fn along_centre(&self, tensor: TensorId) -> Result<Slice, GpuError> {
        self.along(tensor, 0)
    }

    /// What the optimizer remembers of a published part.
    pub(super) fn moment(&self, tensor: TensorId, part: usize, at: usize) -> Result<Slice, GpuError> {
        self.moved(tensor, part, |moved| &moved.moments[at])
    }

    /// A running statistic as it is to be after the step.
    pub(super) fn pending(&self, tensor: TensorId) -> Result<Slice, GpuError> {
        self.statistic(tensor, 1)
    }

    /// The Gaussians that a block of them belongs to.
    pub(super) fn gaussian_of(&self, block: u64) -> Option<TensorId> {
        let wanted = self.gaussians.as_ref()?.segments.tensor_of(block)?;
        self.places.iter().position(|place| match *place {
            Place::Gaussians(at) => at == wanted,
            Place::Points(_) | Place::Statistic { .. } => false,
        })
    }
}
