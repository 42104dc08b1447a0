//! The project that `elbo new` makes.

use crate::outcome::Outcome;
use elbo_runtime::partial;
use std::io;
use std::path::{Path, PathBuf};

/// The spec, with `NAME` where the project's name goes.
const SPEC: &str = include_str!("starter.elbo");

const CONFIGURATION: &str = "\
# The project ends at this folder: `use` in a spec leads nowhere above it.

[data]
# Where `mnist()`, `cifar10()` and the others look for their files, relative to this folder.
# `digits()` is part of elbo and needs none. `elbo doctor` shows what is found.
# root = \"data\"
# Where `elbo data fetch` takes them from, in place of their publishers.
# mirror = \"file:///srv/data\"

[store]
# Where results are kept, relative to this folder.
# root = \"runs\"

[defaults]
# What `--threads`, `--device` and `--backend` are where they are not given.
# threads = 2
# device = \"cpu\"
# backend = \"native\"
";

const IGNORED: &str = "# Results of `elbo run`, which the same spec, data and seed give again.\n/runs/\n";

/// Why no project was made.
#[derive(Debug)]
#[non_exhaustive]
pub enum StarterError {
    /// The name cannot be that of a model.
    Name { name: String, help: String },
    /// Something is there already.
    Taken(PathBuf),
    /// The folder that it is to be made in is not there.
    NoParent { folder: PathBuf, parent: PathBuf },
    /// The file system refused.
    Io { path: PathBuf, error: io::Error },
}

impl StarterError {
    /// How the command ends.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Name { .. } => Outcome::Usage,
            Self::Taken(_) | Self::NoParent { .. } | Self::Io { .. } => Outcome::Wrong,
        }
    }
}

impl std::fmt::Display for StarterError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name { name, help } => {
                write!(formatter, "`{}` cannot name a project\n  help: {help}", name.escape_debug())
            }
            Self::Taken(path) => write!(
                formatter,
                "`{}` is there already and not an empty folder\n  help: choose another name, or empty it first",
                path.display()
            ),
            Self::NoParent { folder, parent } => {
                write!(formatter, "`{}` cannot be made: there is no folder `{}`", folder.display(), parent.display())
            }
            Self::Io { path, error } => write!(formatter, "`{}` cannot be made: {error}", path.display()),
        }
    }
}

/// Makes the folder with a spec, an `elbo.toml` and a `.gitignore`; gives the spec's path. The project is put
/// together in a hidden folder beside it and moved into place whole, so that nothing half-made is left behind.
///
/// # Errors
/// The name is no name, the folder is there and holds something, or the file system refuses.
pub fn create(folder: &Path) -> Result<PathBuf, StarterError> {
    let name = name_of(folder)?;
    let refused = |path: &Path| {
        let path = path.to_path_buf();
        move |error| StarterError::Io { path, error }
    };
    match folder.read_dir().map(|mut entries| entries.next().is_none()) {
        Ok(true) => {}
        Ok(false) => return Err(StarterError::Taken(folder.to_path_buf())),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !folder.is_symlink() => {}
        Err(_) if folder.exists() || folder.is_symlink() => return Err(StarterError::Taken(folder.to_path_buf())),
        Err(error) => return Err(refused(folder)(error)),
    }
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !parent.is_dir() {
        return Err(StarterError::NoParent { folder: folder.to_path_buf(), parent: parent.to_path_buf() });
    }
    let made = partial::folder(parent).map_err(refused(folder))?;
    let spec = format!("{name}.elbo");
    for (file, text) in [
        (spec.as_str(), SPEC.replace("NAME", &name)),
        ("elbo.toml", CONFIGURATION.to_owned()),
        (".gitignore", IGNORED.to_owned()),
    ] {
        std::fs::write(made.path().join(file), text).map_err(refused(&folder.join(file)))?;
    }
    // Not every system renames over a folder that is there, even an empty one.
    if folder.is_dir() {
        std::fs::remove_dir(folder).map_err(refused(folder))?;
    }
    std::fs::rename(made.path(), folder).map_err(refused(folder))?;
    // It has moved, so there is nothing left to remove.
    let _ = made.keep();
    Ok(folder.join(spec))
}

/// The last part of the path, if a model can be called so.
fn name_of(folder: &Path) -> Result<String, StarterError> {
    let last = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = last.unwrap_or_else(|| folder.to_string_lossy().into_owned());
    let problem = |help: String| StarterError::Name { name: name.clone(), help };
    let mut letters = name.bytes();
    let is_name = letters.next().is_some_and(|first| first.is_ascii_lowercase() || first == b'_')
        && letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_');
    if !is_name {
        return Err(problem(
            "names are of `a` to `z`, digits and `_`, and begin with a letter, for example `first_network`".to_owned(),
        ));
    }
    if elbo_compiler::is_reserved(&name) || TAKEN.contains(&name.as_str()) {
        return Err(problem(format!("the language uses this word itself; take `{name}1`, for example")));
    }
    Ok(name)
}

/// The names of the starter spec's other declarations.
const TAKEN: [&str; 4] = ["handwriting", "regime", "trial", "figures"];
