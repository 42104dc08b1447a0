//! Sums whose bits do not depend on the number of threads.

use super::elementwise::{slice, unsupported};
use super::kernels::Kernels;
use super::real::Real;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Storage, Tensor};
use rayon::prelude::*;

/// Numbers added in order by one task.
const PIECE: usize = 16 * 1024;

/// The sum of each column of a matrix `[rows, columns]`, as `[columns]`. On the CPU the sum is
/// carried in `f64`.
pub(super) fn column_sums(kernels: Kernels, matrix: &Tensor) -> Result<Tensor> {
    match kernels {
        Kernels::Fused => matrix.contiguous()?.apply_op1_no_bwd(&ColumnSums),
        Kernels::Portable => matrix.sum(0),
    }
}

struct ColumnSums;

fn columns_of<R: Real>(values: &[R], columns: usize) -> CpuStorage {
    let rows_a_piece = (PIECE / columns.max(1)).max(1);
    let pieces: Vec<Vec<f64>> = values
        .par_chunks((rows_a_piece * columns).max(1))
        .map(|piece| {
            let mut sums = vec![0.0; columns];
            for row in piece.chunks_exact(columns) {
                for (sum, value) in sums.iter_mut().zip(row) {
                    *sum += value.to_f64();
                }
            }
            sums
        })
        .collect();
    let mut total = vec![0.0; columns];
    for piece in pieces {
        for (total, sum) in total.iter_mut().zip(piece) {
            *total += sum;
        }
    }
    R::to_cpu_storage_owned(total.into_iter().map(R::from_f64).collect())
}

impl CustomOp1 for ColumnSums {
    fn name(&self) -> &'static str {
        "column-sums"
    }
    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (_, columns) = layout.shape().dims2()?;
        let out = match storage {
            CpuStorage::F32(_) => columns_of::<f32>(slice(storage, layout)?, columns),
            CpuStorage::F64(_) => columns_of::<f64>(slice(storage, layout)?, columns),
            other => return Err(unsupported("column-sums", other)),
        };
        Ok((out, Shape::from(columns)))
    }
}

/// The sum of each row of a matrix `[rows, columns]`, as `[rows, 1]`. On the CPU the sum is carried in `f64`, in
/// order, so that a row's sum does not depend on the rows beside it.
pub(super) fn row_sums(kernels: Kernels, matrix: &Tensor) -> Result<Tensor> {
    match kernels {
        Kernels::Fused => matrix.contiguous()?.apply_op1_no_bwd(&RowSums),
        Kernels::Portable => matrix.sum_keepdim(1),
    }
}

struct RowSums;

fn rows_of<R: Real>(values: &[R], columns: usize) -> CpuStorage {
    let sum = |row: &[R]| R::from_f64(row.iter().map(|value| value.to_f64()).sum());
    R::to_cpu_storage_owned(values.par_chunks(columns.max(1)).map(sum).collect())
}

impl CustomOp1 for RowSums {
    fn name(&self) -> &'static str {
        "row-sums"
    }
    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (rows, columns) = layout.shape().dims2()?;
        let out = match storage {
            CpuStorage::F32(_) => rows_of::<f32>(slice(storage, layout)?, columns),
            CpuStorage::F64(_) => rows_of::<f64>(slice(storage, layout)?, columns),
            other => return Err(unsupported("row-sums", other)),
        };
        Ok((out, Shape::from((rows, 1))))
    }
}

/// The Euclidean norm of each tensor's numbers squared and added up, in `f64`: ‖·‖² of all together.
pub(super) fn squared_norm_of_all<'a>(kernels: Kernels, tensors: impl Iterator<Item = &'a Tensor>) -> Result<f64> {
    let mut total = 0.0;
    for tensor in tensors {
        total += match kernels {
            Kernels::Fused => sum_map(tensor, tensor, |x, _| x * x)?,
            Kernels::Portable => {
                // Divided by the largest first: squares of single precision overflow early.
                let largest = scalar(&tensor.flatten_all()?.abs()?.max(0)?)?;
                if largest == 0.0 {
                    0.0
                } else {
                    largest * largest * scalar(&tensor.affine(1.0 / largest, 0.0)?.sqr()?.sum_all()?)?
                }
            }
        };
    }
    Ok(total)
}

/// Whether every element of every tensor is finite.
pub(super) fn all_finite<'a>(kernels: Kernels, tensors: impl Iterator<Item = &'a Tensor>) -> Result<bool> {
    match kernels {
        Kernels::Fused => {
            for tensor in tensors {
                if !finite_on_host(&tensor.contiguous()?)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Kernels::Portable => {
            // 0·x is 0 for finite x and not a number otherwise; one number travels to the host.
            let probes = tensors.map(|tensor| tensor.affine(0.0, 0.0)?.sum_all()).collect::<Result<Vec<_>>>()?;
            if probes.is_empty() {
                return Ok(true);
            }
            Ok(scalar(&Tensor::stack(&probes, 0)?.sum_all()?)?.is_finite())
        }
    }
}

fn finite_on_host(tensor: &Tensor) -> Result<bool> {
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage @ CpuStorage::F32(_)) => Ok(finite(slice::<f32>(storage, layout)?)),
        Storage::Cpu(storage @ CpuStorage::F64(_)) => Ok(finite(slice::<f64>(storage, layout)?)),
        Storage::Cpu(other) => Err(unsupported("all-finite", other)),
        _ => Err(candle_core::Error::Msg("the tensor is not on the CPU".into())),
    }
}

fn finite<R: Real>(values: &[R]) -> bool {
    // Without a branch inside a piece the loop is vectorised.
    values.par_chunks(PIECE).all(|piece| piece.iter().fold(true, |all, value| all & value.is_finite_number()))
}

/// Σ f(xᵢ, yᵢ) in `f64` over two tensors of one shape in host memory.
pub(super) fn sum_map(x: &Tensor, y: &Tensor, f: impl Fn(f64, f64) -> f64 + Sync) -> Result<f64> {
    let (x, y) = (x.contiguous()?, y.contiguous()?);
    if x.shape() != y.shape() {
        candle_core::bail!("the shapes {:?} and {:?} differ", x.shape(), y.shape());
    }
    let ((x, xl), (y, yl)) = (x.storage_and_layout(), y.storage_and_layout());
    match (&*x, &*y) {
        (Storage::Cpu(x @ CpuStorage::F32(_)), Storage::Cpu(y)) => Ok(summed::<f32>(slice(x, xl)?, slice(y, yl)?, f)),
        (Storage::Cpu(x @ CpuStorage::F64(_)), Storage::Cpu(y)) => Ok(summed::<f64>(slice(x, xl)?, slice(y, yl)?, f)),
        (Storage::Cpu(other), _) => Err(unsupported("sum-map", other)),
        _ => Err(candle_core::Error::Msg("the tensor is not on the CPU".into())),
    }
}

fn summed<R: Real>(x: &[R], y: &[R], f: impl Fn(f64, f64) -> f64 + Sync) -> f64 {
    let pieces = x.par_chunks(PIECE).zip(y.par_chunks(PIECE));
    let sums: Vec<f64> = pieces.map(|(x, y)| x.iter().zip(y).map(|(x, y)| f(x.to_f64(), y.to_f64())).sum()).collect();
    // In order, whatever thread was first.
    sums.into_iter().sum()
}

/// The one number of a tensor of any floating-point type.
pub(super) fn scalar(tensor: &Tensor) -> Result<f64> {
    match tensor.dtype() {
        candle_core::DType::F64 => tensor.to_scalar::<f64>(),
        _ => Ok(f64::from(tensor.to_dtype(candle_core::DType::F32)?.to_scalar::<f32>()?)),
    }
}
