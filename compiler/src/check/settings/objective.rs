//! `objective = …`: what is minimised.

use crate::bounds::Bounds;
use crate::check::arguments::{Arguments, Parameter, Signature, call};
use crate::check::rows::{Reading, Row, Table, signatures};
use crate::ir::{Annealing, KlWeighting, Likelihood, Objective};

const LABEL_SMOOTHING: Parameter =
    Parameter::number("label_smoothing", "Share of each label spread over all classes, below 1.", Bounds::BelowOne)
        .default("0");
const CLASS_WEIGHTS: Parameter = Parameter::new("class_weights", "One positive weight a class.");

/// An objective, and how it weighs labels.
type Minimised = (Objective, Likelihood);

const MAXIMUM_LIKELIHOOD: Row<Reading<Minimised>> = Row::new(
    Signature::optional(
        "maximum_likelihood",
        "Mean negative log-likelihood, in nats per example.",
        &[LABEL_SMOOTHING, CLASS_WEIGHTS],
    )
    .positional(0),
    |arguments| Some((Objective::MaximumLikelihood, likelihood(arguments)?)),
);
const MAP: Row<Reading<Minimised>> = Row::new(
    Signature::optional(
        "map",
        "Mean negative log-likelihood + (l2/2)·‖w‖² over the weights.",
        &[
            // As the literature on these networks has it.
            Parameter::number("l2", "Strength of the penalty.", Bounds::NotNegative).default("5e-4"),
            LABEL_SMOOTHING,
            CLASS_WEIGHTS,
        ],
    )
    .positional(0),
    |arguments| {
        let (l2, likelihood) = (arguments.number("l2"), likelihood(arguments));
        Some((Objective::Map { l2: l2? }, likelihood?))
    },
);
const ELBO: Row<Reading<Minimised>> = Row::new(
    Signature::optional(
        "elbo",
        "Mean negative log-likelihood + w·KL(q‖p) of the `bayes` layers: the evidence lower bound, with its sign \
         turned.",
        &[
            Parameter::new("kl", "How w depends on the step; N counts the training examples.")
                .default("exact")
                .values(&signatures(&KL_ROWS)),
            Parameter::number("temperature", "τ: 1 is Bayes, below 1 the posterior is tempered.", Bounds::NotNegative)
                .default("1"),
            Parameter::new("anneal", "A factor on w that grows over the first epochs.")
                .default("none")
                .values(&signatures(&ANNEALING_ROWS)),
            Parameter::number("l2", "Strength of a penalty on `point` weights alone.", Bounds::NotNegative)
                .default("0"),
            LABEL_SMOOTHING,
            CLASS_WEIGHTS,
        ],
    )
    .positional(0),
    |arguments| {
        let kl = arguments.choice("kl", &KL_WEIGHTINGS);
        let temperature = arguments.number("temperature");
        let anneal = annealing(arguments);
        let (l2, likelihood) = (arguments.number("l2"), likelihood(arguments));
        let objective = Objective::Elbo { kl: kl?, temperature: temperature?, anneal: anneal?, l2: l2? };
        Some((objective, likelihood?))
    },
);
const OBJECTIVE_ROWS: [Row<Reading<Minimised>>; 3] = [MAXIMUM_LIKELIHOOD, MAP, ELBO];
pub(super) const OBJECTIVE_VALUES: &[Signature] = &signatures(&OBJECTIVE_ROWS);
/// Every objective.
pub(super) const OBJECTIVES: Table<Minimised> =
    Table { wanted: "an objective, such as `elbo(kl=exact)`,", noun: "objective", rows: &OBJECTIVE_ROWS };

const KL_ROWS: [Row<Reading<KlWeighting>>; 4] = [
    Row::plain("exact", "w = τ·a/N, as the evidence lower bound has it.", |_| Some(KlWeighting::Exact)),
    Row::plain("blundell", "w = τ·a·(M/N)·2^−(i+1)/(1 − 2^−M) for batch i of M.", |_| {
        Some(KlWeighting::Blundell)
    }),
    Row::new(
        Signature::optional(
            "soenderby",
            "w = τ·a·min(epoch/warmup, 1)/N",
            &[Parameter::size("warmup", "Epochs until the full weight.", 1)],
        )
        .required(1),
        |arguments| Some(KlWeighting::Soenderby { warmup: arguments.size("warmup")? }),
    ),
    Row::new(
        Signature::optional(
            "scale",
            "w = β·τ·a/N",
            &[Parameter::number("beta", "β, the factor on the weight.", Bounds::NotNegative)],
        )
        .required(1),
        |arguments| Some(KlWeighting::Scale { beta: arguments.number("beta")? }),
    ),
];
/// Every weighting of the KL.
const KL_WEIGHTINGS: Table<KlWeighting> =
    Table { wanted: "a weighting of the KL, such as `exact`,", noun: "weighting of the KL", rows: &KL_ROWS };

const ANNEALING_ROWS: [Row<Reading<Annealing>>; 2] = [
    Row::plain("none", "The full KL from the first step on.", |_| Some(Annealing::None)),
    Row::new(
        Signature::optional(
            "linear",
            "a = min(epoch/epochs, 1)",
            &[Parameter::size("epochs", "Epochs until the full weight.", 1)],
        )
        .required(1),
        |arguments| Some(Annealing::Linear { epochs: arguments.size("epochs")? }),
    ),
];
/// Every way to anneal.
const ANNEALINGS: Table<Annealing> =
    Table { wanted: "`none` or `linear(epochs=…)`", noun: "way to anneal", rows: &ANNEALING_ROWS };

fn annealing(arguments: &Arguments<'_, '_>) -> Option<Annealing> {
    let checker = arguments.checker;
    arguments.read("anneal", |expression, environment| match call(expression) {
        Some(call) => checker.called(call, environment, &ANNEALINGS),
        None => {
            checker.wrong_type(expression, environment, "`anneal`", ANNEALINGS.wanted);
            None
        }
    })
}

fn likelihood(arguments: &Arguments<'_, '_>) -> Option<Likelihood> {
    let checker = arguments.checker;
    let label_smoothing = arguments.number("label_smoothing");
    let class_weights = arguments.optional("class_weights", |arguments, name| {
        arguments.read(name, |list, environment| {
            let weight = |weight| checker.bounded(weight, environment, "a class weight", Bounds::Positive);
            let weights: Vec<Option<f64>> = checker.items(list).iter().map(weight).collect();
            weights.into_iter().collect::<Option<Vec<f64>>>()
        })
    });
    Some(Likelihood { label_smoothing: label_smoothing?, class_weights: class_weights? })
}
