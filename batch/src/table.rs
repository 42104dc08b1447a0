//! Plans and states as people read them.

mod columns;
mod declarations;
mod plan;
mod status;
mod words;

pub(crate) use columns::{Side, columns};
pub use plan::{Prospect, outlook, plan_json, plan_text};
pub use status::{RunsShown, progress_text, state_text, status_json, status_text};
pub use words::about;
