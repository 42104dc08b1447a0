//! Data sets: reading, splitting, transforming, augmenting.
//!
//! [`locate`] finds the files of a published set and [`Raw::read`] reads them; [`Raw::open`] reads what a spec declares of
//! its own. [`prepare`] turns that into the run's [`Dataset`], which gives batches. [`fetch`] gets published sets from their
//! publishers. Files are hostile until they are checked: sizes before memory is taken, every label, every number.
//!
//! ```
//! use elbo_compiler::ir::DataSource;
//!
//! let digits = elbo_data::Raw::read(&elbo_data::locate(DataSource::Digits, None, &[])?)?;
//! assert_eq!((digits.training.len(), digits.test.len()), (1438, 359));
//! # Ok::<(), elbo_data::DataError>(())
//! ```

mod augment;
mod channel_statistics;
mod contents;
mod corruption;
mod dataset;
mod digest;
mod error;
pub mod fetch;
mod file;
mod file_notes;
mod generated;
mod image_names;
mod image_tree;
mod images;
mod layout;
mod locate;
mod new_examples;
mod normalize;
mod opening;
mod overlap;
mod picture;
mod raw;
mod readers;
mod resident;
mod resize;
mod room;
mod split;
mod spread;
mod stored;
mod subset;
mod table_text;
mod target_values;
mod targets;
#[cfg(test)]
mod tests;
mod transform;

pub use channel_statistics::ChannelStatistics;
pub use contents::{Contents, named};
pub use dataset::{Dataset, Examples, Part, prepare};
pub use digest::Digest;
pub use error::DataError;
pub use file_notes::{FileNote, FileNotes};
pub use generated::{MOST_GENERATED, generate};
pub use images::Images;
pub use layout::Layout;
pub use locate::{Located, locate};
pub use new_examples::{LabelledFiles, no_labels, pictures_below, read_features, read_labelled};
pub use opening::DataOpener;
pub use picture::{Picture, read_picture};
pub use raw::Raw;
pub use readers::read_examples;
pub use spread::Spread;
pub use stored::{Labels, Numbers, Rows, Stored};
pub use target_values::{check_examples, check_targets};
pub use targets::TargetScale;
pub use transform::Pipeline;
