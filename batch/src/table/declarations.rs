//! Which declarations runs come from.

/// The declarations that the runs of a batch come from, in order, and the places of their runs. A run of several names
/// is listed under each of them.
pub(super) fn by_declaration<'n>(
    names: impl Iterator<Item = &'n [crate::RunName]>,
) -> Vec<((&'n str, &'n str), Vec<usize>)> {
    let mut groups: Vec<((&str, &str), Vec<usize>)> = Vec::new();
    for (place, names) in names.enumerate() {
        for group in names.iter().map(declaration) {
            match groups.iter_mut().find(|(known, _)| *known == group) {
                Some((_, places)) => places.push(place),
                None => groups.push((group, vec![place])),
            }
        }
    }
    groups
}

/// What a run is listed under: its declaration, of a member its sweep's.
fn declaration(name: &crate::RunName) -> (&str, &str) {
    (name.file.as_str(), name.name.split_once('/').map_or(name.name.as_str(), |(sweep, _)| sweep))
}
