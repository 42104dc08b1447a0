//! Changes of a tensor in place, in host memory, which optimizers are made of.

use super::elementwise::{slice, unsupported};
use super::real::Real;
use candle_core::{CpuStorage, Error, InplaceOp1, InplaceOp2, InplaceOp3, Layout, Result};
use rayon::prelude::*;

/// Elements a task handles at a time.
const PIECE: usize = 8 * 1024;

/// The part of a storage that a contiguous layout covers, to be changed.
fn slice_mut<'a, R: Mutable>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [R]> {
    let (start, end) = layout.contiguous_offsets().ok_or_else(|| Error::Msg("the layout has gaps".into()))?;
    Ok(&mut R::of(storage)?[start..end])
}

/// A type whose storage can be changed.
trait Mutable: Real {
    fn of(storage: &mut CpuStorage) -> Result<&mut Vec<Self>>;
}

impl Mutable for f32 {
    fn of(storage: &mut CpuStorage) -> Result<&mut Vec<Self>> {
        match storage {
            CpuStorage::F32(values) => Ok(values),
            other => Err(unsupported("update", other)),
        }
    }
}

impl Mutable for f64 {
    fn of(storage: &mut CpuStorage) -> Result<&mut Vec<Self>> {
        match storage {
            CpuStorage::F64(values) => Ok(values),
            other => Err(unsupported("update", other)),
        }
    }
}

/// A new value from the old one and two others at the same place.
trait Change: Send + Sync {
    fn apply<R: Real>(&self, old: R, a: R, b: R) -> R;
}

fn change<R: Mutable>(rule: &impl Change, target: &mut [R], a: &[R], b: &[R]) {
    let others = a.par_chunks(PIECE).zip(b.par_chunks(PIECE));
    target.par_chunks_mut(PIECE).zip(others).for_each(|(target, (a, b))| {
        for ((value, &a), &b) in target.iter_mut().zip(a).zip(b) {
            *value = rule.apply(*value, a, b);
        }
    });
}

macro_rules! change_by_two {
    ($rule:ty) => {
        impl InplaceOp3 for $rule {
            fn name(&self) -> &'static str {
                stringify!($rule)
            }
            fn cpu_fwd(
                &self,
                t: &mut CpuStorage,
                tl: &Layout,
                a: &CpuStorage,
                al: &Layout,
                b: &CpuStorage,
                bl: &Layout,
            ) -> Result<()> {
                match a {
                    CpuStorage::F64(_) => change::<f64>(self, slice_mut(t, tl)?, slice(a, al)?, slice(b, bl)?),
                    _ => change::<f32>(self, slice_mut(t, tl)?, slice(a, al)?, slice(b, bl)?),
                }
                Ok(())
            }
        }
    };
}

/// m ← βm + (1 − β)g, or the same with g², where g includes the coupled decay.
pub(super) struct Blend {
    pub(super) beta: f64,
    pub(super) decay: f64,
    pub(super) square: bool,
}

impl Change for Blend {
    fn apply<R: Real>(&self, moment: R, gradient: R, weight: R) -> R {
        let gradient = gradient + R::from_f64(self.decay) * weight;
        let new = if self.square { gradient * gradient } else { gradient };
        R::from_f64(self.beta) * moment + R::from_f64(1.0 - self.beta) * new
    }
}
change_by_two!(Blend);

/// w ← w − rate·m/(√v/correction + ε)
pub(super) struct Adapt {
    pub(super) rate: f64,
    pub(super) root_correction: f64,
    pub(super) epsilon: f64,
}

impl Change for Adapt {
    fn apply<R: Real>(&self, weight: R, first: R, second: R) -> R {
        let root = second.sqrt() / R::from_f64(self.root_correction) + R::from_f64(self.epsilon);
        weight - R::from_f64(self.rate) * first / root
    }
}
change_by_two!(Adapt);

/// v ← momentum·v + g, where g includes the decay.
pub(super) struct Accelerate {
    pub(super) momentum: f64,
    pub(super) decay: f64,
}

impl Change for Accelerate {
    fn apply<R: Real>(&self, velocity: R, gradient: R, weight: R) -> R {
        R::from_f64(self.momentum) * velocity + gradient + R::from_f64(self.decay) * weight
    }
}
change_by_two!(Accelerate);

/// w ← w − rate·(g + momentum·v)
pub(super) struct Ahead {
    pub(super) rate: f64,
    pub(super) momentum: f64,
}

impl Change for Ahead {
    fn apply<R: Real>(&self, weight: R, gradient: R, velocity: R) -> R {
        weight - R::from_f64(self.rate) * (gradient + R::from_f64(self.momentum) * velocity)
    }
}
change_by_two!(Ahead);

/// w ← w − rate·(d + decay·w)
pub(super) struct Descend {
    pub(super) rate: f64,
    pub(super) decay: f64,
}

impl Change for Descend {
    fn apply<R: Real>(&self, weight: R, direction: R, _: R) -> R {
        weight - R::from_f64(self.rate) * (direction + R::from_f64(self.decay) * weight)
    }
}

impl InplaceOp2 for Descend {
    fn name(&self) -> &'static str {
        "Descend"
    }
    fn cpu_fwd(&self, t: &mut CpuStorage, tl: &Layout, a: &CpuStorage, al: &Layout) -> Result<()> {
        match a {
            CpuStorage::F64(_) => change::<f64>(self, slice_mut(t, tl)?, slice(a, al)?, slice(a, al)?),
            _ => change::<f32>(self, slice_mut(t, tl)?, slice(a, al)?, slice(a, al)?),
        }
        Ok(())
    }
}

/// w ← factor·w
pub(super) struct Shrink(pub(super) f64);

impl InplaceOp1 for Shrink {
    fn name(&self) -> &'static str {
        "Shrink"
    }
    fn cpu_fwd(&self, t: &mut CpuStorage, tl: &Layout) -> Result<()> {
        match t {
            CpuStorage::F64(_) => slice_mut::<f64>(t, tl)?.par_iter_mut().for_each(|value| *value *= self.0),
            _ => slice_mut::<f32>(t, tl)?.par_iter_mut().for_each(|value| *value *= self.0 as f32),
        }
        Ok(())
    }
}
