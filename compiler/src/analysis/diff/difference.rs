//! One difference, what it is about, and those found so far.

/// What a difference is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// What is computed: layers, shapes, the output's link.
    Architecture,
    /// How weights are inferred: marks, priors, posteriors, estimators, objective, numbers of draws.
    Inference,
    /// Which examples, and what is done to them.
    Data,
    /// How parameters follow the gradient, and the seed.
    Training,
    /// What is reported.
    Report,
}

impl Aspect {
    /// Every aspect.
    pub const ALL: [Self; 5] = [Self::Architecture, Self::Inference, Self::Data, Self::Training, Self::Report];

    /// Its name in texts and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Architecture => "architecture",
            Self::Inference => "inference",
            Self::Data => "data",
            Self::Training => "training",
            Self::Report => "report",
        }
    }
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is about.
    pub aspect: Aspect,
    /// Where: a layer, or a key such as `training.seed`.
    pub place: String,
    /// What stands there on the left; `None` where nothing does.
    pub left: Option<String>,
    /// What stands there on the right.
    pub right: Option<String>,
}

/// The differences so far.
pub(super) struct Found(pub Vec<Difference>);

impl Found {
    /// Adds a difference if there is one.
    pub fn compare(&mut self, aspect: Aspect, place: &str, left: String, right: String) {
        if left != right {
            self.add(aspect, place, Some(left), Some(right));
        }
    }

    pub fn add(&mut self, aspect: Aspect, place: &str, left: Option<String>, right: Option<String>) {
        self.0.push(Difference { aspect, place: place.to_owned(), left, right });
    }
}
