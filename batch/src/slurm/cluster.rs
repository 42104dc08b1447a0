//! What a cluster allows, as `scontrol show config` tells it.

use super::SlurmError;
use super::command::{QUESTION, ask};

/// What a cluster allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cluster {
    /// `MaxArraySize`: one more than the highest number of a task, so the most tasks of an array.
    pub largest_array: usize,
    /// Whether it counts memory; where it does not, asking for some may be refused.
    pub counts_memory: bool,
}

impl Cluster {
    /// Asks the controller.
    ///
    /// # Errors
    /// [`SlurmError`] if it gives no answer.
    pub fn ask() -> Result<Self, SlurmError> {
        let arguments = ["show".to_owned(), "config".to_owned()];
        let answer = ask("scontrol", &arguments, QUESTION)?;
        Self::parse(&answer).ok_or_else(|| SlurmError::Answer {
            command: "scontrol show config".to_owned(),
            answer: "it names no `MaxArraySize`".to_owned(),
        })
    }

    fn parse(answer: &str) -> Option<Self> {
        let value = |name: &str| {
            let lines = answer.lines().filter_map(|line| line.split_once('='));
            lines.map(|(key, value)| (key.trim(), value.trim())).find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let largest_array = value("MaxArraySize")?.parse().ok().filter(|size| *size > 0)?;
        let counts_memory = value("SelectTypeParameters").is_some_and(|value| value.to_uppercase().contains("MEMORY"));
        Some(Self { largest_array, counts_memory })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_is_found_among_the_rest() {
        let answer = "Configuration data as of 2026-01-01T00:00:00\nMaxArraySize            = 10001\n\
                      SelectType              = select/cons_tres\nSelectTypeParameters    = CR_CORE\n";
        assert_eq!(Cluster::parse(answer), Some(Cluster { largest_array: 10_001, counts_memory: false }));
        let counting = answer.replace("CR_CORE", "CR_CORE_MEMORY,CR_LLN");
        assert_eq!(Cluster::parse(&counting), Some(Cluster { largest_array: 10_001, counts_memory: true }));
        assert_eq!(Cluster::parse("MaxArraySize = 0\n"), None);
        assert_eq!(Cluster::parse("nothing of the kind"), None);
    }
}
