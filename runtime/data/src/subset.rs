//! Which of a source's training examples are used.

use super::error::DataError;
use elbo_compiler::analysis::rounded_share;
use elbo_compiler::ir::Subset;

/// The members of each class among `indices`, in their order.
pub(super) fn by_class(indices: &[u32], labels: &[u16]) -> Vec<Vec<u32>> {
    let mut classes = Vec::new();
    for &index in indices {
        let class = usize::from(labels[index as usize]);
        if class >= classes.len() {
            classes.resize_with(class + 1, Vec::new);
        }
        classes[class].push(index);
    }
    classes
}

/// The chosen examples, in file order. `classes` is how many there are, so that a class without
/// any example is noticed where each class must give some.
///
/// # Errors
/// [`DataError::Subset`] if it asks for more examples than there are.
pub(super) fn choose(subset: Subset, classes: usize, labels: &[u16]) -> Result<Vec<u32>, DataError> {
    let all: Vec<u32> = (0..labels.len() as u32).collect();
    match subset {
        Subset::All => Ok(all),
        Subset::First(n) => match all.get(..n) {
            Some(first) => Ok(first.to_vec()),
            None => {
                Err(DataError::Subset { subset: format!("first({n})"), asked: n, class: None, available: labels.len() })
            }
        },
        Subset::PerClass(n) => {
            let mut members = by_class(&all, labels);
            members.resize_with(classes.max(members.len()), Vec::new);
            if let Some((class, least)) = members.iter().enumerate().find(|(_, members)| members.len() < n) {
                return Err(DataError::Subset {
                    subset: format!("per_class({n})"),
                    asked: n,
                    class: Some(class as u16),
                    available: least.len(),
                });
            }
            Ok(in_file_order(members.iter().map(|members| &members[..n])))
        }
        Subset::Fraction(share) => {
            let members = by_class(&all, labels);
            Ok(in_file_order(members.iter().map(|members| &members[..rounded_share(members.len(), share)])))
        }
    }
}

fn in_file_order<'a>(parts: impl Iterator<Item = &'a [u32]>) -> Vec<u32> {
    let mut indices: Vec<u32> = parts.flatten().copied().collect();
    indices.sort_unstable();
    indices
}

#[cfg(test)]
mod tests {
    use super::choose;
    use elbo_compiler::ir::Subset;

    const LABELS: [u16; 10] = [0, 1, 0, 1, 2, 0, 0, 2, 1, 0];

    #[test]
    fn choices() {
        let cases: [(Subset, &[u32]); 8] = [
            (Subset::All, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
            (Subset::First(3), &[0, 1, 2]),
            (Subset::First(0), &[]),
            (Subset::PerClass(2), &[0, 1, 2, 3, 4, 7]),
            (Subset::PerClass(0), &[]),
            // 2.5, 1.5 and 1 of 5, 3 and 2.
            (Subset::Fraction(0.5), &[0, 1, 2, 3, 4, 5]),
            (Subset::Fraction(1.0), &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
            (Subset::Fraction(0.01), &[]),
        ];
        for (subset, expected) in cases {
            assert_eq!(choose(subset, 3, &LABELS).unwrap(), expected, "{subset:?}");
        }
    }

    #[test]
    fn asking_for_too_many_is_an_error() {
        let cases = [
            (Subset::First(11), 3, "`subset = first(11)` asks for 11 training examples, but there are 10"),
            (
                Subset::PerClass(3),
                3,
                "`subset = per_class(3)` asks for 3 training examples of class 2, but there are 2",
            ),
            (
                Subset::PerClass(1),
                4,
                "`subset = per_class(1)` asks for 1 training examples of class 3, but there are 0",
            ),
        ];
        for (subset, classes, message) in cases {
            assert_eq!(choose(subset, classes, &LABELS).unwrap_err().to_string(), message);
        }
    }
}
