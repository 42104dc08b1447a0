//! Datasets, training regimes, reports and runs: blocks of keys with values.

mod advice;
mod cautions;
mod checked_report;
mod choice;
mod dataset;
mod divergence;
mod entries;
mod fit;
mod legality;
mod model_use;
mod objective;
mod out_of_distribution;
mod report;
mod run;
mod sampling;
mod source;
mod sweep;
mod test_files;
mod train;
mod transform;
mod values;

pub(crate) use report::METRICS;
pub(crate) use run::CheckedRun;

use crate::vocabulary::Parameter;
use elbo_grammar::ast::SettingsKind;

/// The keys of a block.
pub(crate) const fn keys(kind: SettingsKind) -> &'static [Parameter] {
    match kind {
        SettingsKind::Dataset => dataset::KEYS.all,
        SettingsKind::Train => train::KEYS.all,
        SettingsKind::Report => report::KEYS.all,
        SettingsKind::Run => run::KEYS.all,
        SettingsKind::Sweep => sweep::KEYS,
    }
}
