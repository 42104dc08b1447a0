//! One table of functions for each kind of processor, and the choice among them.

use crate::activation::Function;
use crate::draw::{Draw, Drawn};
use crate::filter::Filtering;
use crate::merge::Merge;
use crate::perturb::Perturbation;
use crate::product::Product;
use crate::random::{Across, Table as Numbers};
use crate::retrace::{Retrace, Retraced};
use crate::tiles::Strip;
use crate::update::{Decay, Gaussians, Method, Motion, Points};
use std::fmt;
use std::sync::OnceLock;

/// The variable that names a table, for tests and comparisons.
pub const VARIABLE: &str = "ELBO_KERNELS";

/// Every kernel, generic over the vector.
mod generic {
    pub(super) use crate::draw::draw;
    pub(super) use crate::elementwise::{
        activate, add_multiple_to, add_product_to, add_to, affine, claim, is_finite, maximum_to, multiply_each,
        retract, squared_norm, through_square,
    };
    pub(super) use crate::filter::filter;
    pub(super) use crate::merge::merge;
    pub(super) use crate::perturb::perturb;
    pub(super) use crate::product::multiply;
    pub(super) use crate::random::{bits, normals, normals_across, uniforms};
    pub(super) use crate::retrace::retrace;
    pub(super) use crate::transpose::transpose;
    pub(super) use crate::update::{complete_gradients, move_gaussians, move_points, refresh};
}

/// Every kernel's signature, given to another macro behind its own arguments.
macro_rules! every_kernel {
    ($macro:ident $($arguments:tt)*) => {
        $macro! {
            [$($arguments)*]
            fn multiply(product: &Product<'_>, c: &mut [f32], c_panel: usize, fresh: bool);
            fn draw(draw: &Draw<'_>, drawn: &mut Drawn<'_>);
            fn retrace(retrace: &Retrace<'_>, retraced: &mut Retraced<'_>);
            fn filter(filtering: &Filtering<'_>, target: &mut [f32]);
            fn merge(merge: &Merge<'_>, to: &mut Strip<'_, f32>);
            fn move_points(points: &mut Points<'_>, method: Method, decay: Decay);
            fn move_gaussians(gaussians: &mut Gaussians<'_>, motion: &Motion) -> f64;
            fn complete_gradients(gaussians: &mut Gaussians<'_>, motion: &Motion) -> f64;
            fn refresh(gaussians: &mut Gaussians<'_>, motion: &Motion) -> f64;
            fn perturb(stretch: &mut Perturbation<'_>);
            fn activate(function: Function, from: &[f32], to: &mut [f32]);
            fn retract(function: Function, from: &[f32], gradient: &[f32], to: &mut [f32]);
            fn multiply_each(a: &[f32], b: &[f32], to: &mut [f32]);
            fn add_to(a: &[f32], to: &mut [f32]);
            fn add_product_to(a: &[f32], b: &[f32], to: &mut [f32]);
            fn add_multiple_to(factor: f32, a: &[f32], to: &mut [f32]);
            fn through_square(first: &[f32], x: &[f32], second: &[f32], to: &mut [f32]);
            fn maximum_to(a: &[f32], to: &mut [f32]);
            fn claim(values: &[f32], maxima: &[f32], gradient: &[f32], open: &mut [f32], to: &mut [f32]);
            fn affine(a: &[f32], scale: &[f32], shift: &[f32], to: &mut [f32]);
            fn squared_norm(numbers: &[f32]) -> f64;
            fn is_finite(numbers: &[f32]) -> bool;
            fn normals(table: Numbers, first: u64, values: &mut [f32]);
            fn uniforms(table: Numbers, first: u64, values: &mut [f32]);
            fn bits(table: Numbers, first: u64, values: &mut [u32]);
            fn normals_across(across: &Across<'_>, strip: &mut Strip<'_, f32>);
            fn transpose(from: &[f32], from_row: usize, size: (usize, usize), to: &mut [f32], to_row: usize);
        }
    };
}

/// Declares the table's type.
macro_rules! declare {
    ([] $(fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)?;)*) => {
        /// The kernels of one kind of processor. Each has the safety conditions of its generic form.
        pub(crate) struct Table {
            pub(crate) name: &'static str,
            pub(crate) panels_at_once: usize,
            $(pub(crate) $name: unsafe fn($($type),*) $(-> $result)?,)*
        }
    };
}

/// Instantiates every kernel for a processor with these features.
macro_rules! instantiate {
    (
        [$label:literal, $vector:ident, $features:literal]
        $(fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)?;)*
    ) => {
        use super::*;
        $(
            #[target_feature(enable = $features)]
            unsafe fn $name($($argument: $type),*) $(-> $result)? {
                // SAFETY: as the generic form's; the features are those of this function.
                unsafe { generic::$name::<crate::vector::$vector>($($argument),*) }
            }
        )*
        pub(super) static TABLE: Table = Table {
            name: $label,
            panels_at_once: <crate::vector::$vector as crate::vector::Vector>::TILE_PANELS,
            $($name,)*
        };
    };
}

every_kernel!(declare);

#[cfg(target_arch = "x86_64")]
mod avx512 {
    every_kernel!(instantiate "avx512", Avx512, "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma");
}
#[cfg(target_arch = "x86_64")]
mod avx2 {
    every_kernel!(instantiate "avx2", Avx2, "avx2,fma");
}
#[cfg(target_arch = "aarch64")]
mod neon {
    every_kernel!(instantiate "neon", Neon, "neon");
}
#[cfg(target_arch = "x86_64")]
mod portable {
    every_kernel!(instantiate "portable", Portable, "sse2");
}
#[cfg(target_arch = "aarch64")]
mod portable {
    every_kernel!(instantiate "portable", Portable, "neon");
}

/// The names a table can have, widest vectors first.
pub const NAMES: [&str; 4] = ["avx512", "avx2", "neon", "portable"];

/// Why a table cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoTable {
    /// There is none of that name.
    Unknown(String),
    /// The processor lacks what it needs.
    Unsupported(&'static str),
}

impl fmt::Display for NoTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => {
                write!(formatter, "`{VARIABLE}` is `{name}`, but the tables of kernels are {}", NAMES.join(", "))
            }
            Self::Unsupported(name) => {
                let usable: Vec<&str> = usable().map(Kernels::name).collect();
                write!(
                    formatter,
                    "`{VARIABLE}` asks for {name}, which this processor has not; it has {}",
                    usable.join(", ")
                )
            }
        }
    }
}

impl std::error::Error for NoTable {}

/// The kernels in force: a table whose instructions this processor has.
#[derive(Clone, Copy)]
pub struct Kernels {
    pub(crate) table: &'static Table,
}

impl fmt::Debug for Kernels {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Kernels({})", self.name())
    }
}

/// The tables that this processor can execute, widest vectors first; the portable one is always among them.
pub fn usable() -> impl Iterator<Item = Kernels> {
    let mut tables: Vec<&'static Table> = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        let has_avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let has_avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        if has_avx512 && has_avx2 {
            tables.push(&avx512::TABLE);
        }
        if has_avx2 {
            tables.push(&avx2::TABLE);
        }
    }
    #[cfg(target_arch = "aarch64")]
    tables.push(&neon::TABLE);
    tables.push(&portable::TABLE);
    tables.into_iter().map(|table| Kernels { table })
}

impl Kernels {
    /// The table's name: `avx512`, `avx2`, `neon` or `portable`.
    pub fn name(self) -> &'static str {
        self.table.name
    }

    /// The table of this name.
    ///
    /// # Errors
    /// [`NoTable`] if there is none, or the processor lacks its instructions.
    pub fn named(name: &str) -> Result<Self, NoTable> {
        let Some(known) = NAMES.into_iter().find(|known| *known == name) else {
            return Err(NoTable::Unknown(name.to_owned()));
        };
        usable().find(|kernels| kernels.name() == known).ok_or(NoTable::Unsupported(known))
    }

    /// The widest table of this processor, or the one that `ELBO_KERNELS` names. Chosen once for the process.
    ///
    /// # Errors
    /// [`NoTable`] if the variable names what cannot be used.
    pub fn chosen() -> Result<Self, NoTable> {
        static CHOSEN: OnceLock<Result<Kernels, NoTable>> = OnceLock::new();
        let choose = || match std::env::var(VARIABLE) {
            Ok(name) if !name.is_empty() => Self::named(&name),
            _ => Ok(Self::widest()),
        };
        CHOSEN.get_or_init(choose).clone()
    }

    /// The widest table of this processor, whatever the variable says.
    pub fn widest() -> Self {
        static WIDEST: OnceLock<Kernels> = OnceLock::new();
        *WIDEST.get_or_init(|| usable().next().expect("the portable table is always usable"))
    }

    /// Panels that products are computed for together at best.
    pub fn panels_at_once(self) -> usize {
        self.table.panels_at_once
    }
}
