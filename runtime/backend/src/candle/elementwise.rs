//! Parallel loops over host memory: element by element, and sums.
//!
//! Work is cut into pieces of a fixed size, and partial sums are added in order, so that results do
//! not depend on how many threads there are.

use super::real::Real;
use candle_core::{CpuStorage, CustomOp1, CustomOp2, CustomOp3, Error, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

/// Elements a task handles at a time.
const PIECE: usize = 8 * 1024;

/// A function of one number.
pub(super) trait Map1: Send + Sync {
    /// y
    fn apply<R: Real>(&self, x: R) -> R;
}

/// A function of two numbers.
pub(super) trait Map2: Send + Sync {
    /// z
    fn apply<R: Real>(&self, x: R, y: R) -> R;
}

/// A function of three numbers.
pub(super) trait Map3: Send + Sync {
    /// The value.
    fn apply<R: Real>(&self, x: R, y: R, z: R) -> R;
}

/// The function at every element.
pub(super) fn map1(function: impl Map1, x: &Tensor) -> Result<Tensor> {
    x.contiguous()?.apply_op1_no_bwd(&Each(function))
}

/// The function at every pair of elements of two tensors of one shape.
pub(super) fn map2(function: impl Map2, x: &Tensor, y: &Tensor) -> Result<Tensor> {
    x.contiguous()?.apply_op2_no_bwd(&y.contiguous()?, &Each(function))
}

/// The function at every triple of elements of three tensors of one shape.
pub(super) fn map3(function: impl Map3, x: &Tensor, y: &Tensor, z: &Tensor) -> Result<Tensor> {
    x.contiguous()?.apply_op3_no_bwd(&y.contiguous()?, &z.contiguous()?, &Each(function))
}

/// The part of a storage that a contiguous layout covers.
pub(super) fn slice<'a, R: Real>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [R]> {
    let (start, end) = layout.contiguous_offsets().ok_or_else(|| Error::Msg("the layout has gaps".into()))?;
    Ok(&R::cpu_storage_as_slice(storage)?[start..end])
}

/// The error for storages the host kernels do not take.
pub(super) fn unsupported(kernel: &str, storage: &CpuStorage) -> Error {
    use candle_core::backend::BackendStorage;
    Error::Msg(format!("`{kernel}` does not take {:?}", storage.dtype()))
}

struct Each<F>(F);

fn each1<R: Real>(function: &impl Map1, x: &[R]) -> CpuStorage {
    let mut out = vec![R::zero_value(); x.len()];
    out.par_chunks_mut(PIECE).zip(x.par_chunks(PIECE)).for_each(|(out, x)| {
        for (out, &x) in out.iter_mut().zip(x) {
            *out = function.apply(x);
        }
    });
    R::to_cpu_storage_owned(out)
}

fn each2<R: Real>(function: &impl Map2, x: &[R], y: &[R]) -> CpuStorage {
    let mut out = vec![R::zero_value(); x.len()];
    out.par_chunks_mut(PIECE).zip(x.par_chunks(PIECE)).zip(y.par_chunks(PIECE)).for_each(|((out, x), y)| {
        for ((out, &x), &y) in out.iter_mut().zip(x).zip(y) {
            *out = function.apply(x, y);
        }
    });
    R::to_cpu_storage_owned(out)
}

fn each3<R: Real>(function: &impl Map3, x: &[R], y: &[R], z: &[R]) -> CpuStorage {
    let mut out = vec![R::zero_value(); x.len()];
    let pieces = x.par_chunks(PIECE).zip(y.par_chunks(PIECE)).zip(z.par_chunks(PIECE));
    out.par_chunks_mut(PIECE).zip(pieces).for_each(|(out, ((x, y), z))| {
        for (((out, &x), &y), &z) in out.iter_mut().zip(x).zip(y).zip(z) {
            *out = function.apply(x, y, z);
        }
    });
    R::to_cpu_storage_owned(out)
}

impl<F: Map1> CustomOp1 for Each<F> {
    fn name(&self) -> &'static str {
        "map1"
    }
    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let out = match x {
            CpuStorage::F32(_) => each1::<f32>(&self.0, slice(x, layout)?),
            CpuStorage::F64(_) => each1::<f64>(&self.0, slice(x, layout)?),
            other => return Err(unsupported("map1", other)),
        };
        Ok((out, layout.shape().clone()))
    }
}

/// Refuses shapes that differ; the loops would silently stop at the shorter one.
fn same_shape(a: &Layout, b: &Layout) -> Result<()> {
    if a.shape() == b.shape() {
        return Ok(());
    }
    Err(Error::Msg(format!("the shapes {:?} and {:?} differ", a.shape(), b.shape())))
}

impl<F: Map2> CustomOp2 for Each<F> {
    fn name(&self) -> &'static str {
        "map2"
    }
    fn cpu_fwd(&self, x: &CpuStorage, xl: &Layout, y: &CpuStorage, yl: &Layout) -> Result<(CpuStorage, Shape)> {
        same_shape(xl, yl)?;
        let out = match x {
            CpuStorage::F32(_) => each2::<f32>(&self.0, slice(x, xl)?, slice(y, yl)?),
            CpuStorage::F64(_) => each2::<f64>(&self.0, slice(x, xl)?, slice(y, yl)?),
            other => return Err(unsupported("map2", other)),
        };
        Ok((out, xl.shape().clone()))
    }
}

impl<F: Map3> CustomOp3 for Each<F> {
    fn name(&self) -> &'static str {
        "map3"
    }
    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        xl: &Layout,
        y: &CpuStorage,
        yl: &Layout,
        z: &CpuStorage,
        zl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        same_shape(xl, yl)?;
        same_shape(xl, zl)?;
        let out = match x {
            CpuStorage::F32(_) => each3::<f32>(&self.0, slice(x, xl)?, slice(y, yl)?, slice(z, zl)?),
            CpuStorage::F64(_) => each3::<f64>(&self.0, slice(x, xl)?, slice(y, yl)?, slice(z, zl)?),
            other => return Err(unsupported("map3", other)),
        };
        Ok((out, xl.shape().clone()))
    }
}
