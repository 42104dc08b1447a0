//! Whether the places that a page names are there.

use std::path::Path;

/// The paths in a page's code marks that begin with a folder of `root` and lead nowhere. A path with a `<kind>` in it
/// stands for many.
pub fn dead(page: &str, root: &Path) -> Vec<String> {
    let codes = page.split('`').skip(1).step_by(2);
    let paths = codes.filter(|code| {
        let first = code.split_once('/').map(|(first, _)| first);
        let is_path = !code.contains(|c: char| c.is_whitespace() || "<*…|#".contains(c));
        is_path && first.is_some_and(|first| !first.is_empty() && root.join(first).is_dir())
    });
    paths.filter(|path| !root.join(path).exists()).map(str::to_owned).collect()
}
