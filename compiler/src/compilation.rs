//! What a compilation gives: checked models, runs, sweeps and claims, and what was found.

use crate::diagnostic::{Diagnostic, Severity, SourceId};
use crate::ir::{Claim, Network, Run};
use crate::origin::LayerOrigin;
use crate::sources::SourceMap;
use elbo_grammar::Span;

/// A run that passed every check.
#[derive(Debug, Clone, PartialEq)]
pub struct CompiledRun {
    /// Its name in the spec.
    pub name: String,
    /// The name of its model.
    pub model: String,
    /// The name of its dataset.
    pub data: String,
    /// What it means.
    pub run: Run,
    /// Where each of its layers was written.
    pub layers: Vec<LayerOrigin>,
    /// The file that names its data's `root`, to which the root is relative; `None` if an override
    /// does, whose paths are relative to the working directory.
    pub data_source: Option<SourceId>,
    /// Where it is declared.
    pub source: SourceId,
    /// Its name's place there.
    pub span: Span,
}

/// A model, lowered with the defaults of its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct CompiledModel {
    /// Its name in the spec.
    pub name: String,
    /// Its layers.
    pub network: Network,
    /// Where each of them was written.
    pub layers: Vec<LayerOrigin>,
}

/// A sweep whose members passed every check.
#[derive(Debug, Clone, PartialEq)]
pub struct CompiledSweep {
    /// Its name in the spec.
    pub name: String,
    /// The name of the run it starts from.
    pub run: String,
    /// Its members, the last path that varies changing fastest.
    pub members: Vec<SweepMember>,
    /// Where it is declared.
    pub source: SourceId,
    /// Its name's place there.
    pub span: Span,
}

/// One member of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepMember {
    /// Its name, such as `approaches/model=alexnet,train.seed=0`; unique in the file, and in need of no quotes
    /// on a command line.
    pub name: String,
    /// The paths that vary and their values in this member, in the order written.
    pub varied: Vec<(String, String)>,
    /// What it means; its name is the member's.
    pub run: CompiledRun,
}

/// A claim that can be evaluated once its runs are finished.
#[derive(Debug, Clone, PartialEq)]
pub struct CompiledClaim {
    /// What it claims.
    pub claim: Claim,
    /// Where it is declared.
    pub source: SourceId,
    /// The place of its text there.
    pub span: Span,
}

/// Everything a compilation found.
#[derive(Debug, Clone, Default)]
pub struct Compilation {
    /// The texts that were read.
    pub sources: SourceMap,
    /// What was found, in the order of the sources; one for each root cause.
    pub diagnostics: Vec<Diagnostic>,
    /// The runs without errors, in the order of their declaration.
    pub runs: Vec<CompiledRun>,
    /// The sweeps without errors, in the order of their declaration.
    pub sweeps: Vec<CompiledSweep>,
    /// The claims without errors, in the order of their declaration.
    pub claims: Vec<CompiledClaim>,
    /// The models without errors that need no arguments, in the order of their names.
    pub models: Vec<CompiledModel>,
    /// The names of all runs of the first file, also of those with errors.
    pub run_names: Vec<String>,
    /// The first file with what it uses in one text, `use` lines taken out.
    pub inlined: String,
}

impl Compilation {
    /// Whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}
