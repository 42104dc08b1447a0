//! How something is fetched.

use super::location::Mirror;
use std::time::Duration;

/// How something is fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchOptions {
    /// Where files are taken from in place of their publishers'.
    pub mirror: Option<Mirror>,
    /// How long a connection, with its encryption, may take to come about, and a server to answer.
    pub connect: Duration,
    /// How long no byte may come.
    pub stall: Duration,
    /// How often what failed in passing is tried again.
    pub retries: u32,
    /// How long to wait before the first of these; twice as long before each further one.
    pub backoff: Duration,
    /// Whether `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` are followed.
    pub proxy: bool,
}

impl Default for FetchOptions {
    fn default() -> Self {
        let half_a_minute = Duration::from_secs(30);
        Self {
            mirror: None,
            connect: half_a_minute,
            stall: half_a_minute,
            retries: 3,
            backoff: Duration::from_secs(1),
            proxy: true,
        }
    }
}
