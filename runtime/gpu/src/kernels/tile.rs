//! The shape of the tiles that products are computed in.

use super::geometry::width;

/// A tile: 64 threads, `ty` by `tx` of them, each with `rg` groups of four rows by `cg` groups of four columns, `ks`
/// terms at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tile {
    rg: u32,
    cg: u32,
    tx: u32,
    ty: u32,
    ks: u32,
}

const WIDE: Tile = Tile { rg: 2, cg: 2, tx: 8, ty: 8, ks: 16 };
const MIDDLE: Tile = Tile { rg: 2, cg: 1, tx: 8, ty: 8, ks: 16 };
const NARROW: Tile = Tile { rg: 2, cg: 1, tx: 4, ty: 16, ks: 8 };
const NARROWEST: Tile = Tile { rg: 2, cg: 1, tx: 2, ty: 32, ks: 4 };

impl Tile {
    /// For so many columns.
    pub(crate) fn of(columns: u32) -> Self {
        match width(columns) {
            0..=8 => NARROWEST,
            9..=16 => NARROW,
            17..=32 => MIDDLE,
            _ => WIDE,
        }
    }

    /// For the gradient of weights with so many columns: its rows are the inputs of all taps, seldom enough for the
    /// tallest.
    pub(crate) fn of_weights(columns: u32) -> Self {
        Self::of(columns.max(9))
    }

    /// How many cover `rows` by `columns`.
    pub(crate) fn count(self, rows: u64, columns: u32) -> u64 {
        rows.div_ceil((self.ty * self.rg * 4).into()) * u64::from(columns.div_ceil(self.tx * self.cg * 4))
    }

    /// Its numbers, as templates name them.
    pub(crate) fn values(self) -> [(&'static str, i64); 7] {
        let Self { rg, cg, tx, ty, ks } = self;
        let loads = (ks * tx * cg).div_ceil(64);
        [("RG", rg), ("CG", cg), ("TX", tx), ("TY", ty), ("KS", ks), ("QUADS", ks / 4), ("LOADS", loads)]
            .map(|(name, value)| (name, value.into()))
    }
}
