//! KL(q‖p) of the variational weights, on the host in double precision.

use super::backend::GpuBackend;
use elbo_compiler::analysis::softplus;
use elbo_gpu::GpuError;
use rayon::prelude::*;

/// Numbers that are added up by one task.
const PIECE: usize = 1 << 12;

/// KL(q‖p) of all variational weights, in nats: closed forms, and expectations where there is none.
///
/// # Errors
/// What reading them gives.
pub(super) fn expected(backend: &GpuBackend) -> Result<f64, GpuError> {
    let mut sum = 0.0;
    for (id, tensor) in backend.network.tensors.iter().enumerate() {
        let Some(prior) = tensor.prior() else { continue };
        let parts = [backend.store.part(id, 0)?, backend.store.part(id, 1)?];
        let [means, rhos] = &backend.device.read(&parts)?[..] else { continue };
        let [means, rhos] = [means, rhos].map(|packed| tensor.packing.unpack(packed));
        let pieces = means.par_chunks(PIECE).zip(rhos.par_chunks(PIECE)).map(|(means, rhos)| {
            let each = means.iter().zip(rhos);
            each.map(|(&mean, &rho)| prior.divergence(f64::from(mean), softplus(f64::from(rho)))).sum::<f64>()
        });
        // In the order of the pieces, whatever the number of threads.
        sum += pieces.collect::<Vec<f64>>().iter().sum::<f64>();
    }
    Ok(sum)
}
