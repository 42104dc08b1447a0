//! What is to be predicted of the examples of a batch.

/// What is to be predicted of the examples of a batch.
#[derive(Debug, Clone, PartialEq)]
pub enum Targets {
    /// The class of each example.
    Classes(Vec<u32>),
    /// Real numbers.
    Values {
        /// How many of each example.
        targets: usize,
        /// Examples × targets. In double precision, because real targets may lie far from 0 and close together.
        values: Vec<f64>,
    },
}

impl Targets {
    /// How many examples they are of.
    pub fn len(&self) -> usize {
        match self {
            Self::Classes(classes) => classes.len(),
            Self::Values { targets, values } => values.len() / (*targets).max(1),
        }
    }

    /// Whether there is no example.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The class of each example; none where they are real numbers.
    pub fn classes(&self) -> &[u32] {
        match self {
            Self::Classes(classes) => classes,
            Self::Values { .. } => &[],
        }
    }

    /// The real numbers, examples × targets; none where they are classes.
    pub fn values(&self) -> &[f64] {
        match self {
            Self::Values { values, .. } => values,
            Self::Classes(_) => &[],
        }
    }

    /// Those of the examples at these positions.
    ///
    /// # Panics
    /// If there is no such example, like a slice.
    pub fn at(&self, positions: &[u32]) -> Self {
        match self {
            Self::Classes(classes) => Self::Classes(positions.iter().map(|&at| classes[at as usize]).collect()),
            Self::Values { targets, values } => {
                let row = |&at: &u32| &values[at as usize * targets..][..*targets];
                Self::Values { targets: *targets, values: positions.iter().flat_map(row).copied().collect() }
            }
        }
    }
}
