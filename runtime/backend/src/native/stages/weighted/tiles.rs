//! Products of one tile of a convolution: its inputs mapped, as many products as the filter has, and the sums of them
//! that are its outputs.

use super::layer::{COLUMNS, ROWS};
use super::workspace::Workspace;
use crate::native::geometry::{in_parts, push};
use crate::native::pass::Pass;
use crate::native::tiling::Tiling;
use elbo_kernels::{Filtering, Kernels, Map, PANEL, Product};
use rayon::prelude::*;
use std::ops::Range;

/// What the tiles of a convolution read.
pub(super) struct Tiles<'t> {
    pub(super) pass: &'t Pass<'t>,
    pub(super) tiling: Tiling,
    /// `[places][rows][width]`, of both paths.
    pub(super) inputs: [&'t [f32]; 2],
    /// Between two rows.
    pub(super) width: usize,
    /// Channels that are summed over.
    pub(super) terms: usize,
    /// `[panel][product][term][PANEL]`, of both paths.
    pub(super) weights: [&'t [f32]; 2],
    pub(super) paths: usize,
}

/// The sums of some panels of a tile, `[output][panel][row][PANEL]`.
pub(super) struct Sums<'s> {
    /// Of both paths.
    paths: [&'s [f32]; 2],
    /// The first panel, and how many there are.
    pub(super) panels: Range<usize>,
    rows: usize,
}

impl Sums<'_> {
    /// Of one path, from an output and a panel on.
    pub(super) fn at(&self, path: usize, output: usize, panel: usize) -> &[f32] {
        &self.paths[path][(output * self.panels.len() + panel - self.panels.start) * self.rows * PANEL..]
    }

    /// Between two outputs.
    pub(super) fn output(&self) -> usize {
        self.panels.len() * self.rows * PANEL
    }
}

impl Tiles<'_> {
    /// Calls `finish` with the sums of one tile, a few panels of `panels` at a time. Inputs begin at `from`; outputs go
    /// to the places of `to` that there are, counted in outputs.
    pub(super) fn sums(
        &self,
        workspace: &mut Workspace,
        from: impl Iterator<Item = Option<usize>>,
        to: impl Iterator<Item = Option<usize>> + Clone,
        (panels, rows): (Range<usize>, usize),
        mut finish: impl FnMut(&Sums<'_>),
    ) {
        let filter = self.tiling.filter;
        let products = filter.products().pow(2);
        let kernels = self.pass.kernels();
        let (array, panel) = (apart(rows * self.width), rows * PANEL);
        let Workspace { sums, segments, mapped, products: multiplied, from: sources, to: targets, .. } = workspace;
        sources.clear();
        sources.extend(from);
        targets.clear();
        targets.extend((0..products).map(|product| Some(product * array)));
        for (mapped, source) in mapped.iter_mut().zip(self.inputs).take(self.paths) {
            let filtering = Filtering {
                filter,
                map: Map::Inputs,
                source,
                from: sources,
                from_row: self.width,
                to: targets,
                to_row: self.width,
                rows,
                columns: self.width,
            };
            kernels.filter(&filtering, mapped.room(products * array));
        }
        let weights = products * self.terms * PANEL;
        let mut begin = panels.start;
        while begin < panels.end {
            let together = kernels.panels_at_once().min(panels.end - begin);
            let block = apart(together * panel);
            let length = filter.outputs().pow(2) * together * panel;
            for (path, sums) in sums.iter_mut().enumerate().take(self.paths) {
                let target = multiplied.room(products * block);
                for product in 0..products {
                    segments.clear();
                    let b = begin * weights + product * self.terms * PANEL;
                    push(segments, product * array, 1, b, PANEL, self.terms);
                    let to = &mut target[product * block..][..together * panel];
                    in_parts(segments, |segments, is_first| {
                        let product = Product {
                            a: &mapped[path],
                            a_row: self.width,
                            a_step: 1,
                            b: self.weights[path],
                            b_step: PANEL,
                            b_panel: weights,
                            segments,
                            rows,
                            panels: together,
                        };
                        kernels.multiply(&product, to, panel, is_first);
                    });
                }
                sources.clear();
                sources.extend((0..products).map(|product| Some(product * block)));
                targets.clear();
                targets.extend(to.clone().map(|to| to.map(|to| to * together * panel)));
                let filtering = Filtering {
                    filter,
                    map: Map::Outputs,
                    source: target,
                    from: sources,
                    from_row: PANEL,
                    to: targets,
                    to_row: PANEL,
                    rows: together * rows,
                    columns: PANEL,
                };
                kernels.filter(&filtering, sums.room(length));
            }
            let [first, second] = &*sums;
            finish(&Sums { paths: [first, second], panels: begin..begin + together, rows });
            begin += together;
        }
    }
}

/// Numbers between two arrays of this length: a line of the cache more, since arrays a power of two apart would push
/// each other out of it.
pub(super) const fn apart(length: usize) -> usize {
    length + PANEL
}

/// Weights `[panel][tap][term][PANEL]` as tiles multiply them, `[panel][product][term][PANEL]`; with the taps in reverse
/// for the gradient of an input.
pub(super) fn map_weights(kernels: Kernels, tiling: Tiling, from: &[f32], to: &mut [f32], terms: usize, reverse: bool) {
    let filter = tiling.filter;
    let (taps, products) = (filter.taps().pow(2), filter.products().pow(2));
    let array = terms * PANEL;
    let tap = |tap: usize| if reverse { taps - 1 - tap } else { tap };
    let sources: Vec<Option<usize>> = (0..taps).map(|at| Some(tap(at) * array)).collect();
    let targets: Vec<Option<usize>> = (0..products).map(|product| Some(product * array)).collect();
    let panels = to.par_chunks_exact_mut(products * array).zip(from.par_chunks_exact(taps * array));
    panels.for_each(|(to, from)| {
        let filtering = Filtering {
            filter,
            map: Map::Taps,
            source: from,
            from: &sources,
            from_row: array,
            to: &targets,
            to_row: array,
            rows: 1,
            columns: array,
        };
        kernels.filter(&filtering, to);
    });
}

/// Tasks that a pass over tiles is divided into at least, if it can be.
const TASKS: usize = 12;

/// Rows and columns of a task: all its columns share the inputs as they are mapped.
pub(super) fn block(rows: usize, columns: usize, bands: usize) -> [usize; 2] {
    let (mut block, mut width) = (ROWS, columns.next_multiple_of(COLUMNS));
    let tasks = |block: usize, width: usize| bands * rows.div_ceil(block) * columns.div_ceil(width);
    while width > COLUMNS && tasks(block, width) < TASKS {
        width = (width / 2).next_multiple_of(COLUMNS);
    }
    while block > 16 && tasks(block, width) < TASKS {
        block /= 2;
    }
    let rows = rows.max(1);
    [rows.div_ceil(rows.div_ceil(block)), width]
}
