//! Opening what a location holds, from some byte on.

use super::location::Location;
use super::options::FetchOptions;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::time::Duration;
use ureq::http::{HeaderMap, StatusCode};
use ureq::{Agent, Error};

/// A chain of this many redirections is a circle.
const MOST_REDIRECTIONS: u32 = 5;

/// Bytes that can be read.
pub(super) struct Opened {
    pub(super) body: Box<dyn Read>,
    /// Which byte of the file comes first.
    pub(super) begins_at: u64,
    /// The size of the whole file, where that is said.
    pub(super) total: Option<u64>,
}

/// Why nothing can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// It may go better the next time.
    Passing(String),
    /// It will not.
    Lasting(String),
    /// There is nothing from that byte on.
    NoSuchRange,
}

/// Opens locations.
pub(super) struct Transport {
    agent: Agent,
    connect: Duration,
    stall: Duration,
}

impl Transport {
    pub(super) fn new(options: &FetchOptions) -> Self {
        let mut builder = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(MOST_REDIRECTIONS)
            .user_agent(concat!("elbo/", env!("CARGO_PKG_VERSION")))
            // The checksums are those of the file itself.
            .accept_encoding("identity")
            .timeout_resolve(Some(options.connect))
            .timeout_connect(Some(options.connect))
            .timeout_recv_response(Some(options.connect))
            .timeout_per_write(Some(options.stall))
            .timeout_per_read(Some(options.stall));
        if !options.proxy {
            builder = builder.proxy(None);
        }
        Self { agent: Agent::new_with_config(builder.build()), connect: options.connect, stall: options.stall }
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
            Location::Server(url) => self.request(url, from),
        }
    }

    fn request(&self, url: &str, from: u64) -> Result<Opened, Failure> {
        let mut request = self.agent.get(url);
        if from > 0 {
            request = request.header("Range", format!("bytes={from}-"));
        }
        let response = request.call().map_err(|error| self.failure(&error))?;
        let (status, headers) = (response.status(), response.headers());
        let (begins_at, total) = match status {
            StatusCode::OK => (0, number(headers, "content-length")),
            StatusCode::PARTIAL_CONTENT => range(headers).ok_or_else(|| {
                Failure::Passing("the server does not say which part of the file it sends".to_owned())
            })?,
            StatusCode::RANGE_NOT_SATISFIABLE => return Err(Failure::NoSuchRange),
            _ => {
                let answer = format!("the server answers {status}");
                let passing = status.is_server_error()
                    || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS);
                return Err(if passing { Failure::Passing(answer) } else { Failure::Lasting(answer) });
            }
        };
        Ok(Opened { body: Box::new(response.into_body().into_reader()), begins_at, total })
    }

    /// What went wrong while bytes were read.
    pub(super) fn interruption(&self, error: &io::Error) -> Failure {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
            Some(inner) => self.failure(inner),
            None if error.kind() == io::ErrorKind::TimedOut => Failure::Passing(self.stalled()),
            None => Failure::Passing(error.to_string()),
        }
    }

    fn stalled(&self) -> String {
        format!("nothing came for {} s", self.stall.as_secs_f64())
    }

    fn failure(&self, error: &Error) -> Failure {
        match error {
            Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
                Failure::Passing(format!("there was no connection within {} s", self.connect.as_secs_f64()))
            }
            Error::Timeout(_) => Failure::Passing(self.stalled()),
            Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => Failure::Passing(self.stalled()),
            Error::HostNotFound => Failure::Passing("its host is not found; is this machine online?".to_owned()),
            Error::Io(_) | Error::ConnectionFailed | Error::Protocol(_) => Failure::Passing(error.to_string()),
            Error::TooManyRedirects => {
                Failure::Lasting(format!("the server redirects more than {MOST_REDIRECTIONS} times"))
            }
            _ => Failure::Lasting(error.to_string()),
        }
    }
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// The first byte and the whole size of `Content-Range: bytes FIRST-LAST/SIZE` (RFC 9110, 14.4).
fn range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let (range, size) = headers.get("content-range")?.to_str().ok()?.trim().strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, size.parse().ok()))
}
