//! Getting data sets from their publishers, and telling whether what is there is what they published.
//!
//! [`Published`] says what there is to fetch and how it is known again, [`fetch`] brings it into the layout that
//! [`crate::locate`] reads, [`verify`] compares what is there, [`standing`] says where a set is.

mod checksum;
mod download;
mod error;
mod examine;
mod location;
mod observer;
mod opened;
mod options;
mod published;
#[cfg(feature = "fetch")]
mod server;
#[cfg(not(feature = "fetch"))]
#[path = "server_absent.rs"]
mod server;
mod set;
mod shown;
mod standing;
#[cfg(test)]
mod tests;
mod transport;
mod unpack;
mod verify;

pub use error::FetchError;
pub use examine::State;
pub use location::{Mirror, MirrorError};
pub use observer::{FetchEvent, FetchObserver};
pub use options::FetchOptions;
pub use published::{Content, Download, Form, Published};
pub use set::{Fetched, fetch};
pub use standing::{Standing, standing};
pub use verify::{Verified, VerifiedFile, verify};
