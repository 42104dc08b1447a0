//! From syntax trees to checked runs: names, values, shapes, marks, objectives.
//!
//! Checking and lowering are one walk: what is checked is the value that goes into the IR, so that
//! the two cannot disagree. Each part returns `None` where it has reported an error; whoever asked
//! for it stays silent about that, so that one mistake gives one diagnostic.

mod alone;
mod arguments;
mod arithmetic;
mod call;
mod chain_length;
mod chains;
mod checker;
mod claims;
mod defaults;
mod distributions;
mod environment;
mod evaluate;
mod mark_choice;
mod marks;
mod network;
mod overrides;
mod parameters;
mod rows;
mod settings;
mod units;
mod values;
pub(crate) mod vocabulary;

pub(crate) use checker::Checker;
pub(crate) use claims::{Claimed, Finished};
pub use overrides::Override;
pub(crate) use overrides::Overrides;
pub(crate) use settings::CheckedRun;
