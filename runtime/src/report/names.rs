//! What a run is called, which is no part of what it is: the same run may go by other names in another spec, or as a
//! member of a sweep.

use super::Report;
use std::collections::BTreeMap;

/// The names under which somebody asks for a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunNames {
    /// Of the run.
    pub name: String,
    /// What else a spec calls it; `None` if the run was asked for by its name alone.
    pub in_spec: Option<NamesInSpec>,
}

/// What a spec calls the parts of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamesInSpec {
    /// Its model.
    pub model: String,
    /// Its dataset.
    pub data: String,
    /// What the sweep it is a member of varies in it, by path.
    pub varied: BTreeMap<String, String>,
}

impl RunNames {
    /// A run as a spec has it.
    pub fn new(name: &str, (model, data): (&str, &str), varied: &[(String, String)]) -> Self {
        let (model, data) = (model.to_owned(), data.to_owned());
        let in_spec = NamesInSpec { model, data, varied: varied.iter().cloned().collect() };
        Self { name: name.to_owned(), in_spec: Some(in_spec) }
    }

    /// A run of which only the name is known.
    pub fn plain(name: &str) -> Self {
        Self { name: name.to_owned(), in_spec: None }
    }
}

impl Report {
    /// Gives the run these names in place of those it was published under.
    pub fn rename(&mut self, names: &RunNames) {
        self.run.name.clone_from(&names.name);
        if let Some(NamesInSpec { model, data, varied }) = &names.in_spec {
            self.run.model.clone_from(model);
            self.run.data.name.clone_from(data);
            self.run.varied.clone_from(varied);
        }
    }
}
