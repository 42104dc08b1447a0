//! The IR's forms for programs, JSON and TOML, which can be read back.

use super::{Run, VERSION};
use serde::Deserialize;

/// Why a text is not an IR.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// Not well formed, or not the IR's fields.
    #[error("not an elbo IR: {0}")]
    Form(String),
    /// Written by another version.
    #[error("the IR has version {found}, and this elbo reads version {VERSION}")]
    Version {
        /// The version it has.
        found: u32,
    },
}

/// The run as indented JSON, ending in a newline.
pub fn to_json(run: &Run) -> String {
    let mut text = serde_json::to_string_pretty(run).expect("the IR has only string keys and finite numbers");
    text.push('\n');
    text
}

/// The run as TOML.
pub fn to_toml(run: &Run) -> String {
    toml::to_string(run).expect("the IR has only string keys, finite numbers and whole numbers that TOML can hold")
}

/// Reads what [`to_json`] wrote.
///
/// # Errors
/// [`ExchangeError`] names the place in the text.
pub fn from_json(text: &str) -> Result<Run, ExchangeError> {
    let form = |error: serde_json::Error| ExchangeError::Form(error.to_string());
    // Another version may have other fields, so it is looked at before them.
    check_version(serde_json::from_str(text).map_err(form)?)?;
    serde_json::from_str(text).map_err(form)
}

/// Reads what [`to_toml`] wrote.
///
/// # Errors
/// [`ExchangeError`] names the place in the text.
pub fn from_toml(text: &str) -> Result<Run, ExchangeError> {
    let form = |error: toml::de::Error| ExchangeError::Form(error.to_string());
    check_version(toml::from_str(text).map_err(form)?)?;
    toml::from_str(text).map_err(form)
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

fn check_version(Versioned { version: found }: Versioned) -> Result<(), ExchangeError> {
    if found == VERSION { Ok(()) } else { Err(ExchangeError::Version { found }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_is_named_whatever_fields_it_has() {
        let text = format!("{{\"version\": {}, \"novelty\": 1}}", VERSION + 1);
        let error = from_json(&text).expect_err("is refused").to_string();
        assert!(error.starts_with(&format!("the IR has version {}", VERSION + 1)), "{error}");
        let error =
            from_toml(&format!("version = {}\nnovelty = 1\n", VERSION - 1)).expect_err("is refused").to_string();
        assert!(error.starts_with(&format!("the IR has version {}", VERSION - 1)), "{error}");
        assert!(matches!(from_json("{}"), Err(ExchangeError::Form(_))));
    }
}
