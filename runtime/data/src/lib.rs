//! Data sets: reading, splitting, transforming, augmenting.
//!
//! [`locate`] finds the files, [`Raw::read`] reads them, [`prepare`] turns them into the run's
//! [`Dataset`], which gives batches.

mod augment;
mod channel_statistics;
mod cifar;
mod contents;
mod corruption;
mod csv;
mod dataset;
mod digest;
mod digits;
mod error;
pub mod fetch;
mod file;
mod file_notes;
mod generated;
mod idx;
mod image_folder;
mod image_names;
mod image_tree;
mod images;
mod layout;
mod locate;
mod new_examples;
mod normalize;
mod npy;
mod opening;
mod overlap;
mod picture;
mod raw;
mod readers;
mod resize;
mod room;
mod split;
mod spread;
mod stored;
mod subset;
mod synthetic;
mod table_text;
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
pub use npy::read_examples;
pub use opening::DataOpener;
pub use picture::{Picture, read_picture};
pub use raw::Raw;
pub use spread::Spread;
pub use stored::{Labels, Numbers, Rows, Stored};
pub use targets::TargetScale;
pub use transform::Pipeline;
