//! Which objectives and optimizers the variational family goes together with.

use crate::codes::Code;
use crate::ir::Objective;
use crate::numbers::number;
use crate::posteriors::family::{Asked, Finding, Part, PosteriorFamily, bayes_layers};

/// The variational family.
pub(crate) struct Variational;

impl PosteriorFamily for Variational {
    fn findings(&self, asked: &Asked<'_>) -> Vec<Finding> {
        [of_objective(asked), of_decay(asked)].into_iter().flatten().collect()
    }
}

/// Whether the objective treats every weight lawfully.
fn of_objective(asked: &Asked<'_>) -> Option<Finding> {
    let finding = |code, message, label, model| Finding {
        code,
        message,
        about: (Part::Objective, label),
        model,
        note: None,
        help: None,
        refuses: true,
    };
    let without_kl = |objective: &str| Finding {
        help: Some("write `objective = elbo(kl=exact)`"),
        ..finding(
            Code::BayesWithoutKl,
            format!("the `bayes` layers of `{}` would train without their KL", asked.model),
            format!("`{objective}` has no KL term"),
            bayes_layers(asked.bayes),
        )
    };
    match (asked.objective, asked.bayes) {
        (Objective::MaximumLikelihood, [_, ..]) => Some(without_kl("maximum_likelihood")),
        (Objective::Map { .. }, [_, ..]) => Some(without_kl("map")),
        (Objective::Elbo { l2, .. }, [_, ..]) if *l2 > 0.0 && asked.all_bayes => Some(Finding {
            note: Some("`l2` acts on `point` layers only, and there are none"),
            help: Some("write `l2=0`; a narrower prior pulls weights to zero"),
            ..finding(
                Code::PenaltyOnKl,
                "`l2` would penalise weights that already pay a KL".to_owned(),
                format!("l2 = {}", number(*l2)),
                "every layer with weights is `bayes`".to_owned(),
            )
        }),
        (Objective::Elbo { .. }, []) => Some(Finding {
            refuses: false,
            ..finding(
                Code::NoKl,
                format!("`{}` has no `bayes` layer, so this `elbo` is its maximum likelihood", asked.model),
                "the KL is 0".to_owned(),
                "no variational weights".to_owned(),
            )
        }),
        (Objective::Elbo { .. }, [_, ..]) | (Objective::MaximumLikelihood | Objective::Map { .. }, []) => None,
    }
}

/// Whether the optimizer leaves weights alone that pay a KL.
fn of_decay(asked: &Asked<'_>) -> Option<Finding> {
    let decay = asked.optimizer.weight_decay();
    (decay > 0.0 && !asked.bayes.is_empty()).then(|| Finding {
        code: Code::PenaltyOnKl,
        message: "weight decay would penalise weights that already pay a KL".to_owned(),
        about: (Part::Optimizer, format!("weight_decay = {decay}")),
        model: bayes_layers(asked.bayes),
        note: None,
        help: Some("write `weight_decay=0`; in a mixed model `elbo(l2=…)` reaches the `point` layers alone"),
        refuses: true,
    })
}
