//! `elbo.toml`, and where data is looked for.

use crate::files::project_root;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// What `elbo.toml` may say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    #[serde(default)]
    data: DataConfiguration,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DataConfiguration {
    root: Option<PathBuf>,
}

/// A folder in which data is looked for, and who named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataRoot {
    /// The folder.
    pub folder: PathBuf,
    /// `--data-root`, `ELBO_DATA`, the path of an `elbo.toml`, or `the platform's data folder`.
    pub origin: String,
}

/// The data roots in order of precedence: the command line's, the environment's, the project's, the
/// platform's.
///
/// # Errors
/// A message if `elbo.toml` cannot be read.
pub fn data_roots(option: Option<&Path>, near: &Path) -> Result<Vec<DataRoot>, String> {
    let mut roots = Vec::new();
    if let Some(folder) = option {
        roots.push(DataRoot { folder: folder.to_path_buf(), origin: "--data-root".to_owned() });
    }
    if let Some(folder) = std::env::var_os("ELBO_DATA").filter(|value| !value.is_empty()) {
        roots.push(DataRoot { folder: folder.into(), origin: "ELBO_DATA".to_owned() });
    }
    let file = project_root(near).join("elbo.toml");
    if file.is_file() {
        let text = std::fs::read_to_string(&file).map_err(|error| format!("`{}`: {error}", file.display()))?;
        let configuration: Configuration =
            toml::from_str(&text).map_err(|error| format!("`{}` is not understood: {error}", file.display()))?;
        if let Some(root) = configuration.data.root {
            let folder = file.parent().map_or_else(|| root.clone(), |parent| parent.join(&root));
            roots.push(DataRoot { folder, origin: file.display().to_string() });
        }
    }
    if let Some(folder) = dirs::data_dir() {
        roots.push(DataRoot { folder: folder.join("elbo"), origin: "the platform's data folder".to_owned() });
    }
    Ok(roots)
}

/// Where what this machine has measured of itself is kept: `ELBO_CACHE`, else the platform's cache folder.
pub fn cache_folder() -> Option<PathBuf> {
    let named = std::env::var_os("ELBO_CACHE").filter(|value| !value.is_empty()).map(PathBuf::from);
    named.or_else(|| dirs::cache_dir().map(|folder| folder.join("elbo")))
}
