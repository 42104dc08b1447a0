//! Data sets: reading, splitting, transforming, augmenting.
//!
//! [`locate`] finds the files, [`Raw::read`] reads them, [`prepare`] turns them into the run's
//! [`Dataset`], which gives batches.

mod augment;
mod cifar;
mod contents;
mod corruption;
mod csv;
mod dataset;
mod digest;
mod digits;
mod error;
mod file;
mod generated;
mod idx;
mod image_folder;
mod images;
mod locate;
mod normalize;
mod npy;
mod opening;
mod overlap;
mod picture;
mod raw;
mod resize;
mod split;
mod stored;
mod subset;
mod synthetic;
mod targets;
#[cfg(test)]
mod tests;
mod transform;

pub use contents::{Contents, named};
pub use dataset::{Dataset, Examples, Part, prepare};
pub use digest::Digest;
pub use error::DataError;
pub use generated::{MOST_GENERATED, generate};
pub use images::Images;
pub use locate::{Layout, Located, locate};
pub use normalize::ChannelStatistics;
pub use npy::read_examples;
pub use opening::DataOpener;
pub use picture::{Picture, read_picture};
pub use raw::Raw;
pub use stored::{Labels, Numbers, Stored};
pub use targets::TargetScale;
pub use transform::Pipeline;
