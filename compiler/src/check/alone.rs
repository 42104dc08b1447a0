//! Checks of declarations by themselves, whether or not a run refers to them.

use super::Checker;
use super::environment::Environment;
use crate::diagnostic::SourceId;
use crate::symbols::Declared;
use elbo_grammar::ast::{Block, Declaration, DeclarationKind, Model, Settings, SettingsKind};
use std::collections::HashSet;

impl<'a> Checker<'a> {
    /// Checks a distribution, dataset, regime or report. Models and runs are checked where they are lowered.
    pub fn declaration(&self, source: SourceId, declaration: &'a Declaration) {
        let environment = Environment::empty(source);
        match &declaration.kind {
            DeclarationKind::Prior(definition) => {
                if let Some(call) =
                    self.expect_call(&definition.value, source, "a prior, such as `normal(mean=0, std=0.1)`,")
                {
                    self.defined_prior(call, &environment);
                }
            }
            DeclarationKind::Posterior(definition) => {
                let what = "a posterior, such as `gaussian(rho=-5)`,";
                if let Some(call) = self.expect_call(&definition.value, source, what) {
                    self.defined_posterior(call, &environment);
                }
            }
            DeclarationKind::Settings(node) => self.settings_alone(Declared { source, node, declaration }),
            DeclarationKind::Block(block) => self.block_alone(source, block),
            DeclarationKind::Model(_) | DeclarationKind::Use { .. } | DeclarationKind::Claim { .. } => {}
        }
    }

    fn settings_alone(&self, settings: Declared<'a, Settings>) {
        match settings.node.kind {
            SettingsKind::Dataset => drop(self.dataset(settings)),
            SettingsKind::Train => drop(self.training(settings)),
            SettingsKind::Report => drop(self.report_settings(settings)),
            SettingsKind::Run | SettingsKind::Sweep => {}
        }
    }

    /// Checks a block that no model instantiates, as far as that is possible without its arguments.
    fn block_alone(&self, source: SourceId, block: &'a Block) {
        let parameters = block.parameters.as_deref().unwrap_or_default();
        self.check_parameter_names(source, parameters);
        if parameters.iter().all(|parameter| parameter.default.is_some()) {
            self.expand_block(source, block);
        }
    }

    /// Whether every parameter of a model and of its bases has a default or an argument.
    pub fn stands_alone(&self, model: Declared<'a, Model>) -> bool {
        let mut given: HashSet<&str> = HashSet::new();
        let mut next = Some(model);
        let mut steps = 0;
        while let Some(current) = next {
            let parameters = current.node.parameters.as_deref().unwrap_or_default();
            let open = parameters
                .iter()
                .any(|parameter| parameter.default.is_none() && !given.contains(parameter.name.value.as_str()));
            if open {
                return false;
            }
            let Some(reference) = &current.node.extends else { return true };
            let base = self.symbols.models.get(reference.name.value.as_str()).copied();
            let arguments = reference.arguments.as_deref().unwrap_or_default();
            let open = base.filter(|_| !arguments.is_empty()).map(|base| self.symbols.parameters_of(base));
            let open = open.unwrap_or_default();
            for (position, argument) in arguments.iter().enumerate() {
                let name = argument.name.as_ref().or_else(|| open.get(position).map(|parameter| &parameter.name));
                given.extend(name.map(|name| name.value.as_str()));
            }
            given.extend(parameters.iter().map(|parameter| parameter.name.value.as_str()));
            steps += 1;
            if steps > self.symbols.models.len() {
                return true;
            }
            next = base;
        }
        true
    }
}
