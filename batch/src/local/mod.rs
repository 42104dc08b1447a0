//! A pool of workers on this machine.

mod admission;
mod pool;
mod workers;

pub use pool::{Pool, PoolEnd, PoolEvent, PoolSettings, request_stop};
