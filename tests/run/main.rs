//! Black-box tests of what trains networks and of what is done with them afterwards.

mod data_warnings;
mod faults;
mod finished;
mod identity;
mod interrupted;
mod limits;
mod outputs;
mod own_files;
mod predictions;
mod runs;
mod shared_store;
mod support;
mod trial;
