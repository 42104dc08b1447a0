//! Why a file is no report.

/// Why a file is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// It is no JSON, or not of the published form.
    #[error("this is no report: {0}")]
    Form(serde_json::Error),
    /// It has another version.
    #[error(
        "the report has version {found}, but this program knows version {known}; make it again, or use the program \
         that wrote it"
    )]
    Version {
        /// As the file says.
        found: u32,
        /// As this program says.
        known: u32,
    },
    /// It is far too large.
    #[error("the report has {bytes} bytes, but no report has more than {maximum}")]
    Size {
        /// Its size.
        bytes: usize,
        /// The most there can be.
        maximum: usize,
    },
}
