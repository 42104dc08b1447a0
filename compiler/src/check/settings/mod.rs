//! Datasets, training regimes, reports and runs: blocks of keys with values.

mod dataset;
mod divergence;
mod entries;
mod fit;
mod objective;
mod optimizer;
mod report;
mod run;
mod train;
