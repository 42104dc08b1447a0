//! Where the files lie that layers start from.

use crate::compilation::Compilation;
use crate::diagnostic::SourceId;
use std::path::{Path, PathBuf};

impl Compilation {
    /// Lets the paths of files that layers start from be relative to the spec that names each, where that lies in
    /// another folder than the spec which names the data: such a path becomes `absolute` (a folder as the sources
    /// spell it, empty for the working directory) and the path as written.
    pub fn place_weights(&mut self, absolute: &dyn Fn(&Path) -> PathBuf) {
        let Self { sources, runs, sweeps, .. } = self;
        let folder = |source: SourceId| {
            let path = Some(sources.get(source).path.as_str()).filter(|path| !path.starts_with("--set "));
            path.and_then(|path| Path::new(path).parent()).unwrap_or(Path::new("")).to_owned()
        };
        let members = sweeps.iter_mut().flat_map(|sweep| &mut sweep.members).map(|member| &mut member.run);
        for run in runs.iter_mut().chain(members) {
            let of_data = run.data_source.map(folder).unwrap_or_default();
            for (layer, origin) in run.run.network.layers.iter_mut().zip(&run.layers) {
                let (Some(start), Some(source)) = (layer.starting_file_mut(), origin.start) else { continue };
                let named_in = folder(source);
                if named_in != of_data {
                    start.file = absolute(&named_in).join(&start.file).to_string_lossy().into_owned();
                }
            }
        }
    }
}
