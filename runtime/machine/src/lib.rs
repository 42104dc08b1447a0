//! What this machine lets a process have: memory, in every limit above it, processes
//! that live, and files that vanish unless they are kept.
//!
//! ```
//! if let Some(bytes) = elbo_machine::available_memory() {
//!     println!("{} are left to this process", elbo_machine::size(bytes));
//! }
//! assert_eq!(elbo_machine::size(950 * 1024 * 1024), "950 MiB");
//! ```

mod control_groups;
mod memory;
pub mod partial;
mod process;
mod size;

pub use control_groups::Limit;
pub use memory::{
    SharedMemory, available_memory, available_to_each, memory_limit, own_limit, processor, shared_memory,
};
pub use process::{ProcessKey, is_suspended, resident_memory};
pub use size::size;
