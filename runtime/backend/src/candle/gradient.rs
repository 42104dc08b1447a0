//! Results with a gradient of our own.
//!
//! candle differentiates by the operations it recorded. Where that is wrong (pooling), slow or wasteful
//! (it computes both gradients of every product), the result is computed first, on tensors that
//! record nothing, and then enters the graph together with a function that gives the gradients. Both
//! are made of tensors, so this works on every device.

use candle_core::backend::BackendStorage;
use candle_core::{
    CpuStorage, CudaStorage, CustomOp1, CustomOp2, CustomOp3, Error, Layout, MetalStorage, Result, Shape, Storage,
    Tensor,
};
use std::sync::Mutex;

/// Gradients of N arguments from (arguments, result, gradient of the result); `None` where none is wanted.
type Backward<const N: usize> =
    Box<dyn Fn([&Tensor; N], &Tensor, &Tensor) -> Result<[Option<Tensor>; N]> + Send + Sync>;

/// A computed result on its way into the graph.
struct Explicit<const N: usize> {
    name: &'static str,
    result: Mutex<Option<Tensor>>,
    backward: Backward<N>,
}

impl<const N: usize> Explicit<N> {
    fn new(
        name: &'static str,
        result: &Tensor,
        backward: impl Fn([&Tensor; N], &Tensor, &Tensor) -> Result<[Option<Tensor>; N]> + Send + Sync + 'static,
    ) -> Result<Self> {
        let result = Mutex::new(Some(result.contiguous()?));
        Ok(Self { name, result, backward: Box::new(backward) })
    }

    /// The result, once; it is not kept beside the copy that the graph holds.
    fn take(&self) -> Result<Tensor> {
        let taken = self.result.lock().map_err(|_| Error::Msg("another thread panicked".into()))?.take();
        taken.ok_or_else(|| Error::Msg(format!("the result of `{}` was taken twice", self.name)))
    }

    fn on_cpu(&self) -> Result<(CpuStorage, Shape)> {
        let result = self.take()?;
        let shape = result.shape().clone();
        // A view into larger storage must be copied to stand alone.
        let alone = result.force_contiguous()?;
        let (storage, _) = alone.storage_and_layout();
        match &*storage {
            Storage::Cpu(storage) => Ok((storage.clone(), shape)),
            _ => Err(Error::Msg(format!("the result of `{}` is not on the CPU", self.name))),
        }
    }

    fn on_cuda(&self) -> Result<(CudaStorage, Shape)> {
        let alone = self.take()?.force_contiguous()?;
        let (storage, layout) = alone.storage_and_layout();
        match &*storage {
            Storage::Cuda(storage) => Ok((storage.try_clone(layout)?, layout.shape().clone())),
            _ => Err(Error::Msg(format!("the result of `{}` is not on the CUDA device", self.name))),
        }
    }

    fn on_metal(&self) -> Result<(MetalStorage, Shape)> {
        let alone = self.take()?.force_contiguous()?;
        let (storage, layout) = alone.storage_and_layout();
        match &*storage {
            Storage::Metal(storage) => Ok((storage.try_clone(layout)?, layout.shape().clone())),
            _ => Err(Error::Msg(format!("the result of `{}` is not on the Metal device", self.name))),
        }
    }

    /// The gradients, from tensors that record nothing.
    fn gradients(&self, arguments: [&Tensor; N], result: &Tensor, gradient: &Tensor) -> Result<[Option<Tensor>; N]> {
        let detached = arguments.map(Tensor::detach);
        (self.backward)(detached.each_ref(), &result.detach(), &gradient.contiguous()?)
    }
}

impl CustomOp1 for Explicit<1> {
    fn name(&self) -> &'static str {
        self.name
    }
    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        self.on_cpu()
    }
    fn cuda_fwd(&self, _: &CudaStorage, _: &Layout) -> Result<(CudaStorage, Shape)> {
        self.on_cuda()
    }
    fn metal_fwd(&self, _: &MetalStorage, _: &Layout) -> Result<(MetalStorage, Shape)> {
        self.on_metal()
    }
    fn bwd(&self, x: &Tensor, result: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let [x] = self.gradients([x], result, gradient)?;
        Ok(x)
    }
}

impl CustomOp2 for Explicit<2> {
    fn name(&self) -> &'static str {
        self.name
    }
    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        self.on_cpu()
    }
    fn cuda_fwd(&self, _: &CudaStorage, _: &Layout, _: &CudaStorage, _: &Layout) -> Result<(CudaStorage, Shape)> {
        self.on_cuda()
    }
    fn metal_fwd(&self, _: &MetalStorage, _: &Layout, _: &MetalStorage, _: &Layout) -> Result<(MetalStorage, Shape)> {
        self.on_metal()
    }
    fn bwd(&self, a: &Tensor, b: &Tensor, y: &Tensor, gradient: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let [a, b] = self.gradients([a, b], y, gradient)?;
        Ok((a, b))
    }
}

impl CustomOp3 for Explicit<3> {
    fn name(&self) -> &'static str {
        self.name
    }
    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.on_cpu()
    }
    fn cuda_fwd(
        &self,
        _: &CudaStorage,
        _: &Layout,
        _: &CudaStorage,
        _: &Layout,
        _: &CudaStorage,
        _: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        self.on_cuda()
    }
    fn metal_fwd(
        &self,
        _: &MetalStorage,
        _: &Layout,
        _: &MetalStorage,
        _: &Layout,
        _: &MetalStorage,
        _: &Layout,
    ) -> Result<(MetalStorage, Shape)> {
        self.on_metal()
    }
    fn bwd(
        &self,
        a: &Tensor,
        b: &Tensor,
        c: &Tensor,
        y: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let [a, b, c] = self.gradients([a, b, c], y, gradient)?;
        Ok((a, b, c))
    }
}

/// `result`, computed from `x`, with `backward(x, result, gradient)` as its gradient.
pub(super) fn with_gradient1(
    name: &'static str,
    x: &Tensor,
    result: Tensor,
    backward: impl Fn(&Tensor, &Tensor, &Tensor) -> Result<Tensor> + Send + Sync + 'static,
) -> Result<Tensor> {
    if !x.track_op() {
        return Ok(result);
    }
    x.apply_op1(Explicit::new(name, &result, move |[x], y, g| Ok([Some(backward(x, y, g)?)]))?)
}

/// The same for two arguments; gradients of arguments that need none may be `None`.
pub(super) fn with_gradient2(
    name: &'static str,
    arguments: [&Tensor; 2],
    result: Tensor,
    backward: impl Fn([&Tensor; 2], &Tensor, &Tensor) -> Result<[Option<Tensor>; 2]> + Send + Sync + 'static,
) -> Result<Tensor> {
    let [a, b] = arguments;
    if !a.track_op() && !b.track_op() {
        return Ok(result);
    }
    a.apply_op2(b, Explicit::new(name, &result, backward)?)
}

/// The same for three arguments.
pub(super) fn with_gradient3(
    name: &'static str,
    arguments: [&Tensor; 3],
    result: Tensor,
    backward: impl Fn([&Tensor; 3], &Tensor, &Tensor) -> Result<[Option<Tensor>; 3]> + Send + Sync + 'static,
) -> Result<Tensor> {
    let [a, b, c] = arguments;
    if !arguments.iter().any(|argument| argument.track_op()) {
        return Ok(result);
    }
    a.apply_op3(b, c, Explicit::new(name, &result, backward)?)
}
