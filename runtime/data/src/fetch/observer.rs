//! Fetching as it happens.

use std::path::Path;

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchEvent<'e> {
    /// A file is there already, as it was published.
    Present {
        /// The file.
        path: &'e Path,
    },
    /// A download begins, or goes on.
    Began {
        /// The file's name.
        name: &'e str,
        /// Where it comes from.
        url: &'e str,
        /// Its size.
        bytes: u64,
        /// Bytes that are there from an earlier attempt.
        from: u64,
    },
    /// Bytes of it that are there.
    Progress {
        /// How many.
        done: u64,
    },
    /// It is there whole and its checksums are computed.
    Checking,
    /// It is what was published, and is unpacked.
    Unpacking,
    /// A file is in its place, as it was published.
    Placed {
        /// The file.
        path: &'e Path,
    },
    /// Something worth telling people.
    Remark {
        /// What.
        text: &'e str,
    },
}

/// Is told what happens.
pub trait FetchObserver {
    /// Something happened.
    fn event(&mut self, event: &FetchEvent<'_>);

    /// Something worth telling people happened.
    fn remark(&mut self, text: &str) {
        self.event(&FetchEvent::Remark { text });
    }
}

/// Nobody.
impl FetchObserver for () {
    fn event(&mut self, _: &FetchEvent<'_>) {}
}
