//! What a manifest and a project say of Slurm.

use elbo_compiler::table::{Reader, Value};

/// The keys of a table `[slurm]`, in a manifest and in `elbo.toml`.
pub const SLURM_KEYS: &[&str] = &["partition"];

/// What is asked of Slurm; what is `None` is left to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SlurmSettings {
    /// Where jobs go.
    pub partition: Option<String>,
}

impl SlurmSettings {
    /// Takes the value of one of [`SLURM_KEYS`].
    pub fn key(&mut self, reader: &mut Reader<'_>, key: &str, value: &Value<'_>) {
        match key {
            "partition" => self.partition = reader.filled_text(value, "the name of a partition").map(str::to_owned),
            _ => unreachable!("every key of the list above has its line here"),
        }
    }

    /// These settings, and those of `defaults` where they say nothing.
    #[must_use]
    pub fn or(self, defaults: &Self) -> Self {
        Self { partition: self.partition.or_else(|| defaults.partition.clone()) }
    }
}
