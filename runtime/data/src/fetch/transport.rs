//! Opening what a location holds, from some byte on.

use super::error::FetchError;
use super::location::Location;
use super::opened::{Failure, Opened};
use super::options::FetchOptions;
use super::server::Servers;
use std::fs::File;
use std::io::{self, Seek, SeekFrom};

/// Opens locations.
pub(super) struct Transport {
    servers: Servers,
}

impl Transport {
    /// # Errors
    /// [`FetchError::Proxy`] if a proxy is asked for by what is none.
    pub(super) fn new(options: &FetchOptions) -> Result<Self, FetchError> {
        Ok(Self { servers: Servers::new(options)? })
    }

    /// Opens a location at byte `from`, or at its beginning where that cannot be.
    pub(super) fn open(&self, location: &Location, from: u64) -> Result<Opened, Failure> {
        match location {
            Location::File(path) => {
                let failed = |error: io::Error| Failure::Lasting(error.to_string());
                // Asked before opening, as opening a named pipe would wait for its writer.
                let metadata = std::fs::metadata(path).map_err(failed)?;
                if !metadata.is_file() {
                    return Err(Failure::Lasting("it is not a regular file".to_owned()));
                }
                let total = metadata.len();
                if from > total {
                    return Err(Failure::NoSuchRange);
                }
                let mut file = File::open(path).map_err(failed)?;
                file.seek(SeekFrom::Start(from)).map_err(failed)?;
                Ok(Opened { body: Box::new(file), begins_at: from, total: Some(total) })
            }
            Location::Server(url) => self.servers.open(url, from),
        }
    }

    /// What went wrong while bytes were read.
    pub(super) fn interruption(&self, error: &io::Error) -> Failure {
        self.servers.interruption(error)
    }
}
