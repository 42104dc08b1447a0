//! What an `elbo.toml` says, and what is wrong with it.

use elbo_batch::slurm::{SLURM_KEYS, SlurmSettings};
use elbo_compiler::diagnostic::{Diagnostic, SourceId};
use elbo_compiler::table::{Reader, TableForm, Value};
use elbo_runtime::backend::{BackendChoice, DeviceChoice};
use elbo_runtime::fetch::Mirror;
use elbo_runtime::threads::MOST_THREADS;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// The tables and their keys.
const TABLES: [TableForm; 4] = [
    TableForm { name: "data", repeats: false, keys: &["root", "mirror"] },
    TableForm { name: "store", repeats: false, keys: &["root"] },
    TableForm { name: "defaults", repeats: false, keys: &["threads", "device", "backend"] },
    TableForm { name: "slurm", repeats: false, keys: SLURM_KEYS },
];

/// What an `elbo.toml` says. Paths are as written, relative to its folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Configuration {
    /// `[data] root`: where data is looked for.
    pub data_root: Option<PathBuf>,
    /// `[data] mirror`: where `elbo data fetch` takes files from.
    pub mirror: Option<Mirror>,
    /// `[store] root`: where results are kept.
    pub store_root: Option<PathBuf>,
    /// `[defaults] threads`.
    pub threads: Option<NonZeroUsize>,
    /// `[defaults] device`.
    pub device: Option<DeviceChoice>,
    /// `[defaults] backend`.
    pub backend: Option<BackendChoice>,
    /// `[slurm]`: what is asked of Slurm where a manifest says nothing.
    pub slurm: SlurmSettings,
    /// Every key that was given, such as `data.root`, with its value as written.
    pub given: Vec<(String, String)>,
}

impl Configuration {
    /// Reads the text of the file that `source` is.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(text: &str, source: SourceId) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader::new("elbo.toml", text, source);
        let mut found = Self::default();
        if let Some(root) = reader.parse() {
            for table in reader.tables(&root, &TABLES) {
                for &(key, value) in &table.entries {
                    found.key(&mut reader, (table.name, key), value);
                }
            }
        }
        if reader.diagnostics.is_empty() { Ok(found) } else { Err(reader.diagnostics) }
    }

    fn key(&mut self, reader: &mut Reader<'_>, (table, key): (&str, &str), value: &Value<'_>) {
        match (table, key) {
            ("data", "root") => self.data_root = reader.folder(value),
            ("store", "root") => self.store_root = reader.folder(value),
            ("data", "mirror") => self.mirror = reader.named(value, "the address of a mirror"),
            ("defaults", "device") => self.device = reader.named(value, "the name of a device"),
            ("defaults", "backend") => self.backend = reader.named(value, "the name of a backend"),
            ("defaults", "threads") => {
                let help = format!("write a number from 1 to {MOST_THREADS}, or leave it out to use all processors");
                let threads = reader.count(value, 1..=usize::from(MOST_THREADS), ("threads", &help));
                self.threads = threads.and_then(NonZeroUsize::new);
            }
            ("slurm", key) => self.slurm.key(reader, key, value),
            _ => unreachable!("every key of the tables above has its line here"),
        }
        self.given.push((format!("{table}.{key}"), reader.written(value).to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use elbo_compiler::render::{Format, render};
    use elbo_compiler::sources::SourceMap;

    fn read(text: &str) -> Result<Configuration, String> {
        let mut sources = SourceMap::default();
        let source = sources.add("elbo.toml", text);
        Configuration::parse(text, source).map_err(|diagnostics| render(&diagnostics, &sources, Format::Plain, false))
    }

    #[test]
    fn every_key_acts() {
        let text = "[data]\nroot = 'a'\nmirror = \"https://host/data\"\n[store]\nroot = \"b\"\n\
                    [defaults]\nthreads = 0x10\ndevice = \"cuda:1\"\nbackend = \"candle\"\n\
                    [slurm]\npartition = \"p\"\naccount = \"a\"\nqos = \"q\"\nconstraint = \"c\"\ntime = \"1h\"\ncpus = 1\n\
                    gpus = 0\nmemory = \"none\"\narray_throttle = 1\nwarning = \"60s\"\nsetup = []\n";
        let found = read(text).unwrap();
        assert_eq!((found.data_root, found.store_root), (Some("a".into()), Some("b".into())));
        assert_eq!(found.mirror.map(|mirror| mirror.to_string()), Some("https://host/data".to_owned()));
        assert_eq!((found.threads.map(NonZeroUsize::get), found.device), (Some(16), Some(DeviceChoice::Cuda(1))));
        assert_eq!(found.backend, Some(BackendChoice::Candle));
        assert_eq!((found.slurm.partition.as_deref(), found.slurm.gpus), (Some("p"), Some(0)));
        let keys: usize = TABLES.iter().map(|form| form.keys.len()).sum();
        assert_eq!(found.given.len(), keys);
        assert!(found.given.contains(&("defaults.threads".to_owned(), "0x10".to_owned())));
        assert_eq!(read("# nothing\n"), Ok(Configuration::default()));
    }

    #[test]
    fn each_mistake_is_told_with_its_place_and_its_fix() {
        for (text, words) in [
            (
                "[data]\nrooot = \"a\"\n",
                ["E0201", "elbo.toml:2:1", "did you mean `root`?", "keys of `[data]` are `root` and `mirror`"],
            ),
            (
                "[dta]\nroot = \"a\"\n",
                ["E0201", "elbo.toml:1:2", "did you mean `data`?", "`data`, `store`, `defaults` and `slurm`"],
            ),
            ("threads = 2\n", ["E0201", "elbo.toml:1:1", "no table `threads`", "below a line `[defaults]`"]),
            ("data = \"a\"\n", ["E0204", "elbo.toml:1:8", "`data` is a table", "write `[data]`"]),
            ("[data]\nroot = 3\n", ["E0204", "elbo.toml:2:8", "a string is wanted", "in quotes"]),
            ("[store]\nroot = \"\"\n", ["E0205", "elbo.toml:2:8", "an empty path", "name a folder"]),
            ("[data]\nmirror = \"/srv\"\n", ["E0206", "elbo.toml:2:10", "`/srv` is no mirror", "file:///PATH"]),
            ("[defaults]\ndevice = \"tpu\"\n", ["E0206", "elbo.toml:2:10", "the device `tpu`", "`metal`"]),
            ("[defaults]\nbackend = \"torch\"\n", ["E0206", "elbo.toml:2:11", "the backend `torch`", "`candle`"]),
            ("[defaults]\nthreads = 0\n", ["E0205", "elbo.toml:2:11", "0 threads", "from 1 to 1024"]),
            ("[defaults]\nthreads = -1\n", ["E0205", "elbo.toml:2:11", "-1 threads", "from 1 to 1024"]),
            ("[defaults]\nthreads = 1.5\n", ["E0204", "elbo.toml:2:11", "an integer is wanted", "from 1 to 1024"]),
            ("[data\n", ["E0002", "elbo.toml:1:", "is not TOML", "toml.io"]),
            ("[data]\nroot = \"a\"\nroot = \"b\"\n", ["E0202", "elbo.toml:3:1", "duplicate key", "toml.io"]),
        ] {
            let told = read(text).unwrap_err();
            let joined = told.split_whitespace().collect::<Vec<_>>().join(" ");
            for word in words {
                assert!(joined.contains(word), "{text:?} does not tell {word:?}:\n{told}");
            }
        }
    }
}
