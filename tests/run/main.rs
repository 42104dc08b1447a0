//! Black-box tests of what trains networks and of what is done with them afterwards.

mod data_warnings;
mod faults;
mod finished;
mod graphics;
mod identity;
mod interrupted;
mod limits;
mod names;
mod outputs;
mod own_files;
mod predictions;
mod runs;
mod shared_store;
mod signals;
mod situations;
mod support;
mod trial;
