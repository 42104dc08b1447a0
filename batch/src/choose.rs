//! Which runs of a batch the command line means.

use crate::work_list::WorkList;
use glob::Pattern;
use std::collections::BTreeSet;

/// The places of the runs that are named: by a name, by a pattern of names, by the name of a sweep, by a number. Nothing
/// means all of them.
///
/// # Errors
/// A sentence, if something means no run.
pub fn choose(list: &WorkList, named: &[String]) -> Result<Vec<usize>, String> {
    if named.is_empty() {
        return Ok((0..list.items.len()).collect());
    }
    let mut places = BTreeSet::new();
    for text in named {
        let found = meant(list, text)?;
        if found.is_empty() {
            let names = list.items.iter().flat_map(|item| &item.names).map(|name| name.name.as_str());
            let near = elbo_compiler::suggest::nearest(text, names);
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            return Err(format!(
                "the batch has no run `{text}`{near}\n  help: `elbo batch status --runs` lists its runs"
            ));
        }
        places.extend(found);
    }
    Ok(places.into_iter().collect())
}

fn meant(list: &WorkList, text: &str) -> Result<Vec<usize>, String> {
    if let Ok(number) = text.parse::<usize>() {
        return Ok(if number < list.items.len() { vec![number] } else { Vec::new() });
    }
    let is = |name: &str| name == text || name.split_once('/').is_some_and(|(sweep, _)| sweep == text);
    let pattern = Pattern::new(text).map_err(|error| format!("`{text}` is no pattern: {}", error.msg))?;
    let items = list.items.iter();
    let found = items.filter(|item| item.names.iter().any(|name| is(&name.name) || pattern.matches(&name.name)));
    Ok(found.map(|item| item.index).collect())
}
