//! Batches on a real Slurm on the loopback. Passed over, and said so, where slurm-wlm and munge are not installed or
//! `ELBO_TEST_SLURM=0`.

mod arrays;
mod cluster;
mod faults;
mod project;
