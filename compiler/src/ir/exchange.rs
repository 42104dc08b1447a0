//! The IR's forms for programs, JSON and TOML, which can be read back.

use super::{Run, VERSION};

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
    current(serde_json::from_str(text).map_err(|error| ExchangeError::Form(error.to_string()))?)
}

/// Reads what [`to_toml`] wrote.
///
/// # Errors
/// [`ExchangeError`] names the place in the text.
pub fn from_toml(text: &str) -> Result<Run, ExchangeError> {
    current(toml::from_str(text).map_err(|error| ExchangeError::Form(error.to_string()))?)
}

fn current(run: Run) -> Result<Run, ExchangeError> {
    if run.version == VERSION { Ok(run) } else { Err(ExchangeError::Version { found: run.version }) }
}
