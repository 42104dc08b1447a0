//! The training regime.

use super::{Inference, LearningRate, Monitor, Optimizer};
use serde::{Deserialize, Serialize};

/// How a network is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// What is minimised.
    pub objective: Objective,
    /// How the likelihood weighs labels.
    pub likelihood: Likelihood,
    /// How parameters follow the gradient.
    pub optimizer: Optimizer,
    /// How the learning rate changes.
    pub learning_rate: LearningRate,
    /// Passes over the training split.
    pub epochs: usize,
    /// Examples a step; the last batch of an epoch may be smaller.
    pub batch: usize,
    /// Monte Carlo samples of the network in each step.
    pub samples: usize,
    /// Monte Carlo samples when the validation split is scored after each epoch.
    pub validation_samples: usize,
    /// Stops training after this many steps, in the middle of an epoch if need be.
    pub max_steps: Option<usize>,
    /// How gradients are kept small.
    pub clip: Option<Clip>,
    /// When training ends before its last epoch.
    pub early_stopping: Option<EarlyStopping>,
    /// Which weights are scored and published.
    pub select: Select,
    /// How the posterior is found.
    #[serde(default, skip_serializing_if = "Inference::is_variational")]
    pub inference: Inference,
    /// How often progress is saved while it trains; `None` only when it is stopped and where a long training ends. Not part
    /// of a run's meaning: an interrupted and resumed run gives the same bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<Checkpoint>,
    /// Key of every random number of the run.
    pub seed: u64,
}

/// How the negative log-likelihood weighs labels; as PyTorch's `CrossEntropyLoss`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Likelihood {
    /// s: the target is (1 − s)·\[c = y\] + s/C (Szegedy et al. 2016, section 7); 0 for plain labels.
    pub label_smoothing: f64,
    /// One positive weight a class; the mean over a batch divides by the sum of its examples' weights.
    /// `None` weighs all alike.
    pub class_weights: Option<Vec<f64>>,
}

/// How gradients are kept small before the optimizer sees them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Clip {
    /// All gradients together are scaled so that their Euclidean norm is at most `maximum` (Pascanu et al.
    /// 2013), as PyTorch's `clip_grad_norm_`.
    Norm {
        /// The largest norm let through.
        maximum: f64,
    },
}

/// Training ends once the monitored figure has not improved for more than `patience` epochs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyStopping {
    /// What is watched.
    pub monitor: Monitor,
    /// Epochs without improvement that are let pass.
    pub patience: usize,
}

/// Which weights are scored and published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Select {
    /// Those after the last step.
    Last,
    /// Those after the epoch in which the monitored figure was best; the first of equals.
    Best {
        /// What is watched.
        monitor: Monitor,
    },
}

/// How often progress is saved.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Checkpoint {
    /// Every so many epochs.
    Epochs(usize),
    /// Every so many steps.
    Steps(usize),
    /// Every so many seconds.
    Seconds(f64),
}

/// What is minimised, in nats per training example.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Objective {
    /// Mean negative log-likelihood.
    MaximumLikelihood,
    /// … + (l2/2)·‖w‖² over the `point` weights, biases excluded.
    Map {
        /// Strength of the penalty.
        l2: f64,
    },
    /// … + w·KL(q‖p), and (l2/2)·‖w‖² over the `point` weights.
    Elbo {
        /// How w depends on the step.
        kl: KlWeighting,
        /// τ; 1 is Bayes, below 1 the posterior is tempered.
        temperature: f64,
        /// The factor a on w over the epochs.
        anneal: Annealing,
        /// Strength of the penalty on `point` weights.
        l2: f64,
    },
}

/// The weight w of the KL term. N = examples of the training split, M = batches an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum KlWeighting {
    /// w = τ·a/N
    Exact,
    /// w_i = τ·a·(M/N)·2^−(i+1)/(1 − 2^−M) for batch i = 0 … M−1 (Blundell et al. 2015)
    Blundell,
    /// w = τ·a·min(epoch/warmup, 1)/N, epochs counted from 1 (Sønderby et al. 2016)
    Soenderby {
        /// Epochs until the full weight.
        warmup: usize,
    },
    /// w = β·τ·a/N
    Scale {
        /// β
        beta: f64,
    },
}

/// The factor a on the KL weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Annealing {
    /// a = 1
    None,
    /// a = min(epoch/epochs, 1), epochs counted from 1
    Linear {
        /// Epochs until the full weight.
        epochs: usize,
    },
}
