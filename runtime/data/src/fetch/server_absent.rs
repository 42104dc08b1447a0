//! In the place of `server.rs` in a program that was built without the feature `fetch`.

use super::error::FetchError;
use super::opened::{Failure, Opened};
use super::options::FetchOptions;
use super::shown::shown;
use std::io;

/// Knows no server.
pub(super) struct Servers;

impl Servers {
    #[expect(clippy::unnecessary_wraps, reason = "with the feature, a proxy may be wrong")]
    pub(super) fn new(_: &FetchOptions) -> Result<Self, FetchError> {
        Ok(Self)
    }

    #[expect(clippy::unused_self, reason = "with the feature, it holds connections")]
    pub(super) fn open(&self, _url: &str, _from: u64) -> Result<Opened, Failure> {
        Err(Failure::Lasting(
            "this program was built without the feature `fetch`, so that it reads files and asks no server".to_owned(),
        ))
    }

    #[expect(clippy::unused_self, reason = "with the feature, it knows how long it waited")]
    pub(super) fn interruption(&self, error: &io::Error) -> Failure {
        Failure::Passing(shown(&error.to_string()))
    }
}
