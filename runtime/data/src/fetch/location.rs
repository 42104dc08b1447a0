//! Addresses of files: `http`, `https` and `file`.

use super::shown::shown_address;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Location {
    /// On a server.
    Server(String),
    /// On this machine.
    File(PathBuf),
}

/// A place that has the files of the sets below their folders: `URL/mnist/train-images-idx3-ubyte.gz`,
/// `URL/cifar-10/cifar-10-binary.tar.gz`. It is shown without its user and password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror(String);

/// A mirror that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{url}` is no mirror: {problem}")]
pub struct MirrorError {
    url: String,
    problem: String,
}

impl Mirror {
    /// The address of a set's file.
    pub(super) fn url(&self, folder: &str, name: &str) -> String {
        format!("{}/{folder}/{name}", self.0.trim_end_matches('/'))
    }
}

impl fmt::Display for Mirror {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&shown_address(&self.0))
    }
}

impl FromStr for Mirror {
    type Err = MirrorError;

    /// # Errors
    /// It is no `http`, `https` or `file` URL.
    fn from_str(text: &str) -> Result<Self, MirrorError> {
        Location::from_str(text)
            .map(|_| Self(text.to_owned()))
            .map_err(|problem| MirrorError { url: shown_address(text), problem })
    }
}

impl FromStr for Location {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        let Some((scheme, rest)) = url.split_once("://") else {
            return Err("write `http://HOST/PATH`, `https://HOST/PATH` or `file:///PATH`".to_owned());
        };
        if url.chars().any(|character| character.is_whitespace() || character.is_control()) {
            return Err("write spaces as `%20`".to_owned());
        }
        if url.contains(['?', '#']) {
            return Err("it may not have a `?` or `#`, since names of files follow it".to_owned());
        }
        match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" if rest.split('/').next().is_some_and(str::is_empty) => Err("it names no host".to_owned()),
            "http" | "https" => Ok(Self::Server(url.to_owned())),
            "file" => file(rest).map(Self::File),
            other => Err(format!("`{other}` is not `http`, `https` or `file`")),
        }
    }
}

/// The path of a `file` URL (RFC 8089), after its `file://`.
fn file(rest: &str) -> Result<PathBuf, String> {
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    if !path.starts_with('/') {
        return Err("a `file` URL has three slashes and an absolute path: `file:///PATH`".to_owned());
    }
    let decoded = percent_encoding::percent_decode_str(path)
        .decode_utf8()
        .map_err(|_| "its path is not UTF-8 once `%` is decoded".to_owned())?;
    // `file:///C:/data` is `C:/data` where there are drives.
    let drive = decoded.as_bytes().get(2) == Some(&b':');
    Ok(PathBuf::from(if cfg!(windows) && drive { &decoded[1..] } else { &decoded }))
}
