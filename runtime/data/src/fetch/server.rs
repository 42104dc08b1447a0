//! Files of servers, by HTTP and HTTPS.

use super::error::FetchError;
use super::opened::{Failure, Opened};
use super::options::FetchOptions;
use super::shown::{shown, shown_address};
use std::ffi::OsString;
use std::io;
use std::time::Duration;
use ureq::http::{HeaderMap, StatusCode};
use ureq::{Agent, Error, Proxy};

/// A chain of this many redirections is a circle.
const MOST_REDIRECTIONS: u32 = 5;

/// Asks servers for files.
pub(super) struct Servers {
    agent: Agent,
    connect: Duration,
    stall: Duration,
}

impl Servers {
    /// # Errors
    /// [`FetchError::Proxy`] if a proxy is asked for by what is none.
    pub(super) fn new(options: &FetchOptions) -> Result<Self, FetchError> {
        if options.proxy {
            check_proxies(|variable| std::env::var_os(variable))?;
        }
        let mut builder = Agent::config_builder()
            .http_status_as_error(false)
            // They are followed below, where it can be told what is wrong with one.
            .max_redirects(0)
            .max_redirects_will_error(false)
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
        Ok(Self { agent: Agent::new_with_config(builder.build()), connect: options.connect, stall: options.stall })
    }

    /// Opens a file of a server at byte `from`, or at its beginning where that cannot be.
    pub(super) fn open(&self, url: &str, from: u64) -> Result<Opened, Failure> {
        let mut url = url.to_owned();
        let mut redirections = 0;
        let response = loop {
            let mut request = self.agent.get(&url);
            if from > 0 {
                request = request.header("Range", format!("bytes={from}-"));
            }
            let response = request.call().map_err(|error| self.failure(&error))?;
            if !response.status().is_redirection() {
                break response;
            }
            redirections += 1;
            if redirections > MOST_REDIRECTIONS {
                return Err(Failure::Lasting(format!("the server redirects more than {MOST_REDIRECTIONS} times")));
            }
            let Some(target) = response.headers().get("location").and_then(|target| target.to_str().ok()) else {
                let answer = format!("the server answers {} and does not say where to", response.status());
                return Err(Failure::Lasting(answer));
            };
            url = redirected(&url, target).map_err(Failure::Lasting)?;
        };
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
            None => Failure::Passing(shown(&error.to_string())),
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
            Error::Io(_) | Error::ConnectionFailed | Error::Protocol(_) => Failure::Passing(shown(&error.to_string())),
            _ => Failure::Lasting(shown(&error.to_string())),
        }
    }
}

/// Where a redirection leads from `url` (RFC 3986, 5.2, without what paths with `..` would need).
fn redirected(url: &str, target: &str) -> Result<String, String> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let host = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    // A user and a password are for the server that they were written for.
    let absolute = target.split_once(':').filter(|(scheme, _)| {
        !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    });
    if let Some((other, _)) = absolute {
        return match other.to_ascii_lowercase().as_str() {
            // What was asked for in secret is not fetched in the open.
            "http" if scheme.eq_ignore_ascii_case("https") => {
                Err(format!("the server redirects from https to `{}`, which is not encrypted", shown_address(target)))
            }
            "http" | "https" => Ok(target.to_owned()),
            _ => Err(format!("the server redirects to `{}`, which is neither http nor https", shown_address(target))),
        };
    }
    Ok(if target.starts_with("//") {
        format!("{scheme}:{target}")
    } else if target.starts_with('/') {
        format!("{scheme}://{host}{target}")
    } else {
        let path = &rest[host.len()..];
        let path = &path[..path.find(['?', '#']).unwrap_or(path.len())];
        // A query alone is one of the same file.
        if target.starts_with('?') {
            let path = if path.is_empty() { "/" } else { path };
            return Ok(format!("{scheme}://{host}{path}{target}"));
        }
        let folder = path.rfind('/').map_or("/", |slash| &path[..=slash]);
        format!("{scheme}://{host}{folder}{target}")
    })
}

/// The variables that name a proxy, in the order in which they are looked at.
const PROXIES: [&str; 6] = ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

/// Refuses a proxy that cannot be understood, which would be passed by otherwise.
fn check_proxies(variable: impl Fn(&str) -> Option<OsString>) -> Result<(), FetchError> {
    for name in PROXIES {
        let Some(value) = variable(name).filter(|value| !value.is_empty()) else { continue };
        let problem = match value.to_str() {
            None => "it is not UTF-8".to_owned(),
            Some(value) => match Proxy::new(value) {
                Ok(_) if names_host(value) => continue,
                Ok(_) => format!("`{}` has no host, or a port that is no number", shown_address(value)),
                Err(error) => format!("`{}`: {}", shown_address(value), shown(&error.to_string())),
            },
        };
        return Err(FetchError::Proxy { variable: name, problem });
    }
    Ok(())
}

/// Whether the address of a proxy has a host, and a number as its port if it has one.
fn names_host(proxy: &str) -> bool {
    let rest = proxy.split_once("://").map_or(proxy, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    match place.rsplit_once(':') {
        // The colons of an address of version 6 stand in brackets.
        Some((host, port)) if !port.ends_with(']') => !host.is_empty() && port.parse::<u16>().is_ok(),
        _ => !place.is_empty(),
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

#[cfg(test)]
mod tests {
    use super::{check_proxies, redirected};
    use std::ffi::OsString;

    #[test]
    fn redirections_are_resolved_and_lead_to_http_alone() {
        let from = "https://user:secret@host:81/a/b.gz?x=1";
        for (target, expected) in [
            ("https://other/c", "https://other/c"),
            ("//other/c", "https://other/c"),
            ("/c", "https://user:secret@host:81/c"),
            ("c?y=2", "https://user:secret@host:81/a/c?y=2"),
            ("?y=2", "https://user:secret@host:81/a/b.gz?y=2"),
        ] {
            assert_eq!(redirected(from, target).unwrap(), expected);
        }
        for target in ["file:///etc/passwd", "ftp://host/a", "data:text/plain,a", "FILE:/etc/passwd"] {
            let error = redirected(from, target).unwrap_err();
            assert!(error.contains("neither http nor https") && error.contains(target), "{error}");
        }
        assert!(redirected(from, "http://host/c").unwrap_err().contains("not encrypted"));
        assert_eq!(redirected("http://host", "c").unwrap(), "http://host/c");
        assert_eq!(redirected("http://host?x", "?y").unwrap(), "http://host/?y");
    }

    #[test]
    fn a_proxy_that_is_none_is_refused_without_its_password() {
        let only = |name: &'static str, value: &'static str| {
            check_proxies(move |asked| (asked == name).then(|| OsString::from(value)))
        };
        assert!(only("https_proxy", "http://user:pass@host:3128").is_ok());
        assert!(only("HTTP_PROXY", "host:3128").is_ok() && only("ALL_PROXY", "").is_ok());
        for value in ["user:secret@host:port", "ht!tp://user:secret@host", "http://user:secret@host:port", "http://"] {
            let error = only("HTTPS_PROXY", value).unwrap_err().to_string();
            assert!(error.starts_with("`HTTPS_PROXY` names no proxy") && !error.contains("secret"), "{error}");
        }
    }
}
