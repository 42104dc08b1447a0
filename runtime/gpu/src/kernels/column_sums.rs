//! Sums over rows by column, in two stages of fixed order: blocks of rows, and the sum of the blocks.

use super::division::ranges;
use super::operands::{Rows, word, words};
use crate::Slice;
use crate::error::GpuError;
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

const SOURCES: &[&str] = &[include_str!("../wgsl/column_sums.wgsl")];

/// Threads of a workgroup, and the most columns of one.
const LANES: usize = 64;
/// The most columns of a workgroup: neighbours read whole cache lines.
const COLUMNS: usize = 16;
/// Workgroups that a large device is filled by.
const WORKGROUPS: usize = 1024;
/// The least rows of a block, which is a multiple of it.
const BLOCK: usize = 64;

/// What sums are taken over. Columns are quads of four numbers of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns {
    /// Quads of a row.
    pub(super) columns: usize,
    /// Examples that there is room for.
    pub(super) examples: usize,
    /// Rows of an example.
    pub(super) places: usize,
    /// Channels without padding.
    pub(super) channels: usize,
    /// Channels with padding.
    pub(super) width: usize,
    /// Groups of channels with statistics of their own.
    pub(super) groups: usize,
}

/// Statistics that numbers are normalised by.
#[derive(Debug, Clone, Copy)]
pub(super) enum Normal {
    /// By channel.
    Channel,
    /// By example and group.
    Example,
}

impl Columns {
    fn rows(&self) -> usize {
        self.examples * self.places
    }

    fn lanes(&self) -> usize {
        self.columns.next_power_of_two().min(COLUMNS)
    }

    fn tiles(&self) -> usize {
        self.columns.div_ceil(self.lanes())
    }

    /// Rows of a block: a matter of the shape alone, so that no division into dispatches changes a sum.
    fn block(&self) -> usize {
        let wanted = WORKGROUPS.div_ceil(self.tiles());
        self.rows().div_ceil(wanted).max(1).next_multiple_of(BLOCK)
    }

    fn blocks(&self) -> usize {
        self.rows().div_ceil(self.block())
    }

    /// Numbers of the sums of blocks.
    pub(super) fn partial_numbers(&self) -> usize {
        self.blocks() * 2 * 4 * self.columns
    }

    /// Columns of a workgroup of the second stage: each of its threads has a block, if there are so many.
    fn merged_lanes(&self) -> usize {
        LANES / self.blocks().next_power_of_two().min(LANES)
    }

    fn fixed(
        &self,
        lanes: usize,
        [first_block, dispatched]: [usize; 2],
        epsilon: f32,
        add: bool,
    ) -> Result<[u32; 13], GpuError> {
        let [columns, lanes, block, blocks, first_block, dispatched] =
            words([self.columns, lanes, self.block(), self.blocks(), first_block, dispatched])?;
        let [examples, places, channels, width, groups, add] =
            words([self.examples, self.places, self.channels, self.width, self.groups, add.into()])?;
        // Rows are counted in 32 bits.
        word(self.rows())?;
        let epsilon = epsilon.to_bits();
        Ok([
            columns,
            lanes,
            block,
            blocks,
            first_block,
            dispatched,
            examples,
            places,
            channels,
            width,
            groups,
            epsilon,
            add,
        ])
    }

    /// The first stage, over rows that may be more than an operand holds.
    fn blocks_of(
        &self,
        recording: &mut Recording,
        program: &Program,
        operands: &[&Rows<'_>],
        statistics: Option<&Slice>,
        partial: &Slice,
    ) -> Result<(), GpuError> {
        let block = self.block();
        for rows in ranges(recording.device(), "a norm", self.rows(), block, operands)? {
            let dispatched = rows.len().div_ceil(block);
            let parts = operands.iter().map(|operand| operand.part(&rows)).collect::<Result<Vec<_>, _>>()?;
            let reads: Vec<&Slice> = parts.iter().chain(statistics).collect();
            recording.dispatch(&Dispatch {
                program,
                fixed: &self.fixed(self.lanes(), [rows.start / block, dispatched], 0.0, false)?,
                reads: &reads,
                writes: &[partial],
                workgroups: (dispatched * self.tiles()) as u64,
            })?;
        }
        Ok(())
    }

    /// By channel the mean, the inverse deviation and the sum of squared distances from the mean, robust against
    /// cancellation: blocks are merged as Chan, Golub & LeVeque (1979) do.
    pub(super) fn moments(
        &self,
        recording: &mut Recording,
        (from, partial, statistics): (&Slice, &Slice, &Slice),
        epsilon: f64,
    ) -> Result<(), GpuError> {
        let from = Rows::new("what statistics are taken of", from, self.rows(), 4 * self.columns)?;
        let program = |name, flags| Program { name, sources: SOURCES, flags, values: Vec::new() };
        let blocks = program("moments_of_blocks", vec!["BLOCKS", "MOMENTS"]);
        self.blocks_of(recording, &blocks, &[&from], None, partial)?;
        recording.dispatch(&Dispatch {
            program: &program("moments", vec!["MOMENTS"]),
            fixed: &self.fixed(self.merged_lanes(), [0, self.blocks()], epsilon as f32, false)?,
            reads: &[partial],
            writes: &[statistics],
            workgroups: self.columns.div_ceil(self.merged_lanes()) as u64,
        })
    }

    /// By column the sum of gradient times normalised number, and that of gradients, as gradients along scale and
    /// shift. Both are left at the beginning of `partial`, too, without what was there before.
    pub(super) fn gradients(
        &self,
        recording: &mut Recording,
        normal: Normal,
        (from, gradient, statistics): (&Slice, &Slice, &Slice),
        partial: &Slice,
        (along, add): ([&Slice; 2], bool),
    ) -> Result<(), GpuError> {
        let from = Rows::new("what was normalised", from, self.rows(), 4 * self.columns)?;
        let gradient = Rows::new("a norm's gradient", gradient, self.rows(), 4 * self.columns)?;
        let (name, flags) = match normal {
            Normal::Channel => ("gradients_of_blocks_by_channel", vec!["BLOCKS", "BY_CHANNEL"]),
            Normal::Example => ("gradients_of_blocks_by_example", vec!["BLOCKS"]),
        };
        let blocks = Program { name, sources: SOURCES, flags, values: Vec::new() };
        self.blocks_of(recording, &blocks, &[&from, &gradient], Some(statistics), partial)?;
        let program = Program { name: "gradients_of_norm", sources: SOURCES, flags: Vec::new(), values: Vec::new() };
        recording.dispatch(&Dispatch {
            program: &program,
            fixed: &self.fixed(self.merged_lanes(), [0, self.blocks()], 0.0, add)?,
            reads: &[],
            writes: &[partial, along[0], along[1]],
            workgroups: self.columns.div_ceil(self.merged_lanes()) as u64,
        })
    }

    /// The part of `partial` that [`Columns::gradients`] leaves its sums in.
    pub(super) fn sums(&self, partial: &Slice) -> Result<Slice, GpuError> {
        partial.part(0, 2 * 4 * self.columns as u64)
    }
}

const _: () = assert!(COLUMNS <= LANES);
