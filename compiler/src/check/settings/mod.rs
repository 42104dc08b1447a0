//! Datasets, training regimes, reports and runs: blocks of keys with values.

mod advice;
mod choice;
mod dataset;
mod divergence;
mod entries;
mod fit;
mod legality;
mod objective;
mod optimizer;
mod out_of_distribution;
mod report;
mod run;
mod source;
mod sweep;
mod train;
mod transform;
mod values;

pub(crate) use report::METRICS;
pub(crate) use run::CheckedRun;
