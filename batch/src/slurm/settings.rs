//! What a manifest and a project say of Slurm.

use super::time::TimeSpan;
use elbo_compiler::codes::Code;
use elbo_compiler::table::{Reader, Value};
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::time::Duration;

/// The keys of a table `[slurm]`, in a manifest and in `elbo.toml`.
pub const SLURM_KEYS: &[&str] = &[
    "partition",
    "account",
    "qos",
    "constraint",
    "time",
    "cpus",
    "gpus",
    "memory",
    "array_throttle",
    "warning",
    "setup",
];

/// How long before its time limit a task is told to save itself, where nobody says.
pub const DEFAULT_WARNING: Duration = Duration::from_secs(120);

/// The longest warning that Slurm takes, in seconds.
const LONGEST_WARNING: u64 = 65_535;

/// More processors or accelerators than a node has.
const MOST_DEVICES: usize = 1024;

/// More tasks than anybody runs at once.
const MOST_TASKS: usize = 1_000_000;

/// What is asked of Slurm; what is `None` is left to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SlurmSettings {
    /// Where jobs go.
    pub partition: Option<String>,
    /// Who pays.
    pub account: Option<String>,
    /// Quality of service.
    pub qos: Option<String>,
    /// Features of nodes.
    pub constraint: Option<String>,
    /// The time limit of a task, after which it is queued again and goes on.
    pub time: Option<Duration>,
    /// Processors of a task, which are also its threads; 1 where nobody says.
    pub cpus: Option<NonZeroUsize>,
    /// Accelerators of a task.
    pub gpus: Option<usize>,
    /// Memory of a task; as [`MemoryRequest::Auto`] where nobody says.
    pub memory: Option<MemoryRequest>,
    /// Tasks of an array at the same time.
    pub array_throttle: Option<NonZeroUsize>,
    /// How long before its time limit a task is told to save itself; [`DEFAULT_WARNING`] where nobody says.
    pub warning: Option<Duration>,
    /// Lines of shell before the worker, such as `module load`.
    pub setup: Option<Vec<String>>,
}

/// What memory is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryRequest {
    /// What the forecast says, where the cluster counts memory; else nothing.
    Auto,
    /// Nothing.
    None,
    /// So many bytes.
    Bytes(u64),
}

impl FromStr for MemoryRequest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || format!("the memory `{text}` is none that can be asked for");
        match text {
            "auto" => return Ok(Self::Auto),
            "none" => return Ok(Self::None),
            _ => {}
        }
        let end = text.find(|letter: char| !letter.is_ascii_digit()).ok_or_else(unknown)?;
        let (number, unit) = text.split_at(end);
        let shift = match unit.trim() {
            "MiB" => 20,
            "GiB" => 30,
            "TiB" => 40,
            _ => return Err(unknown()),
        };
        let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift));
        bytes.filter(|bytes| *bytes > 0).map(Self::Bytes).ok_or_else(unknown)
    }
}

impl SlurmSettings {
    /// Takes the value of one of [`SLURM_KEYS`].
    pub fn key(&mut self, reader: &mut Reader<'_>, key: &str, value: &Value<'_>) {
        let at_least_one = NonZeroUsize::new;
        match key {
            "partition" => self.partition = word(reader, value, "the name of a partition"),
            "account" => self.account = word(reader, value, "the name of an account"),
            "qos" => self.qos = word(reader, value, "the name of a quality of service"),
            "constraint" => self.constraint = word(reader, value, "features of nodes, such as \"avx512&ssd\""),
            "time" => self.time = time(reader, value, "\"4h\", \"90min\", \"2d\" or \"1-12:00:00\"").map(|span| span.0),
            "cpus" => {
                let help = format!("write a number from 1 to {MOST_DEVICES}");
                self.cpus = reader.count(value, 1..=MOST_DEVICES, ("processors", &help)).and_then(at_least_one);
            }
            "gpus" => {
                let help = format!("write a number from 0 to {MOST_DEVICES}");
                self.gpus = reader.count(value, 0..=MOST_DEVICES, ("accelerators", &help));
            }
            "memory" => {
                self.memory = reader.named(value, "\"auto\", \"none\", or an amount such as \"8 GiB\" or \"512 MiB\"")
            }
            "array_throttle" => {
                let help = format!("write a number from 1 to {MOST_TASKS}");
                let throttle = reader.count(value, 1..=MOST_TASKS, ("tasks at the same time", &help));
                self.array_throttle = throttle.and_then(at_least_one);
            }
            "warning" => self.warning = warning(reader, value),
            "setup" => self.setup = setup(reader, value),
            _ => unreachable!("every key of the list above has its line here"),
        }
    }

    /// These settings, and those of `defaults` where they say nothing.
    #[must_use]
    pub fn or(self, defaults: &Self) -> Self {
        Self {
            partition: self.partition.or_else(|| defaults.partition.clone()),
            account: self.account.or_else(|| defaults.account.clone()),
            qos: self.qos.or_else(|| defaults.qos.clone()),
            constraint: self.constraint.or_else(|| defaults.constraint.clone()),
            time: self.time.or(defaults.time),
            cpus: self.cpus.or(defaults.cpus),
            gpus: self.gpus.or(defaults.gpus),
            memory: self.memory.or(defaults.memory),
            array_throttle: self.array_throttle.or(defaults.array_throttle),
            warning: self.warning.or(defaults.warning),
            setup: self.setup.or_else(|| defaults.setup.clone()),
        }
    }

    /// Threads of a run, as many as its task has processors.
    pub fn threads(&self) -> usize {
        self.cpus.map_or(1, NonZeroUsize::get)
    }

    /// How long before its time limit a task is told to save itself.
    pub fn warning(&self) -> Duration {
        self.warning.unwrap_or(DEFAULT_WARNING)
    }
}

/// One word of an option of `sbatch`.
fn word(reader: &mut Reader<'_>, value: &Value<'_>, what: &str) -> Option<String> {
    let text = reader.filled_text(value, what)?;
    if text.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
        let help = format!("write {what}, without spaces");
        reader.wrong(Code::OutOfRange, format!("`{}` is no single word", text.escape_debug()), value, &help);
        return None;
    }
    Some(text.to_owned())
}

fn time(reader: &mut Reader<'_>, value: &Value<'_>, what: &str) -> Option<TimeSpan> {
    reader.named(value, what)
}

fn warning(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Duration> {
    let warning = time(reader, value, "\"90s\" or \"5min\"")?.0;
    if warning.as_secs() > LONGEST_WARNING {
        let help = format!("at most {LONGEST_WARNING} seconds");
        reader.wrong(Code::OutOfRange, "Slurm takes no such early warning".to_owned(), value, &help);
        return None;
    }
    Some(warning)
}

fn setup(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Vec<String>> {
    let lines = reader.texts(value, "lines of shell")?;
    let mut found = Vec::new();
    for (line, item) in lines {
        if line.contains('\0') {
            reader.wrong(Code::OutOfRange, "a shell reads no NUL".to_owned(), item, "remove it");
            return None;
        }
        found.push(line.to_owned());
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use elbo_compiler::render::{Format, render};
    use elbo_compiler::sources::SourceMap;
    use elbo_compiler::table::TableForm;

    const TABLES: [TableForm; 1] = [TableForm { name: "slurm", repeats: false, keys: SLURM_KEYS }];

    fn read(text: &str) -> Result<SlurmSettings, String> {
        let mut sources = SourceMap::default();
        let source = sources.add("batch.toml", text);
        let mut reader = Reader::new("batch.toml", text, source);
        let mut found = SlurmSettings::default();
        if let Some(root) = reader.parse() {
            for table in reader.tables(&root, &TABLES) {
                table.entries.iter().for_each(|(key, value)| found.key(&mut reader, key, value));
            }
        }
        let problems = reader.diagnostics;
        if problems.is_empty() { Ok(found) } else { Err(render(&problems, &sources, Format::Plain, false)) }
    }

    const ALL: &str = "[slurm]\npartition = \"gpu\"\naccount = \"lab\"\nqos = \"long\"\nconstraint = \"avx512&ssd\"\n\
        time = \"4h\"\ncpus = 4\ngpus = 1\nmemory = \"8 GiB\"\narray_throttle = 32\nwarning = \"90s\"\n\
        setup = [\"module load gcc\"]\n";

    #[test]
    fn every_key_acts_and_has_a_default() {
        let found = read(ALL).unwrap();
        let expected = SlurmSettings {
            partition: Some("gpu".to_owned()),
            account: Some("lab".to_owned()),
            qos: Some("long".to_owned()),
            constraint: Some("avx512&ssd".to_owned()),
            time: Some(Duration::from_secs(4 * 3600)),
            cpus: NonZeroUsize::new(4),
            gpus: Some(1),
            memory: Some(MemoryRequest::Bytes(8 << 30)),
            array_throttle: NonZeroUsize::new(32),
            warning: Some(Duration::from_secs(90)),
            setup: Some(vec!["module load gcc".to_owned()]),
        };
        assert_eq!(found, expected);
        assert_eq!(SlurmSettings::default().or(&expected), expected);
        let own = SlurmSettings { partition: Some("cpu".to_owned()), ..SlurmSettings::default() }.or(&expected);
        assert_eq!((own.partition.as_deref(), own.qos.as_deref()), (Some("cpu"), Some("long")));
        assert_eq!((expected.threads(), SlurmSettings::default().threads()), (4, 1));
        assert_eq!(SlurmSettings::default().warning(), Duration::from_secs(120));
    }

    #[test]
    fn each_mistake_is_told_with_its_place_and_its_fix() {
        for (line, words) in [
            ("partition = \"a b\"", ["E0205", "batch.toml:2:13", "without spaces"]),
            ("partition = \"a\\nb\"", ["E0205", "batch.toml:2:13", "`a\\nb`"]),
            ("time = 4", ["E0204", "batch.toml:2:8", "\"4h\""]),
            ("time = \"4\"", ["E0206", "batch.toml:2:8", "\"90min\""]),
            ("cpus = 0", ["E0205", "batch.toml:2:8", "from 1 to 1024"]),
            ("gpus = -1", ["E0205", "batch.toml:2:8", "from 0 to 1024"]),
            ("memory = \"8 GB\"", ["E0206", "batch.toml:2:10", "\"8 GiB\""]),
            ("memory = \"99999999999 TiB\"", ["E0206", "batch.toml:2:10", "none that can be asked for"]),
            ("array_throttle = 0", ["E0205", "batch.toml:2:18", "from 1 to"]),
            ("warning = \"2d\"", ["E0205", "batch.toml:2:11", "65535"]),
            ("setup = \"module load gcc\"", ["E0204", "batch.toml:2:9", "lines of shell"]),
            ("partitoin = \"a\"", ["E0201", "batch.toml:2:1", "did you mean `partition`?"]),
        ] {
            let told = read(&format!("[slurm]\n{line}\n")).expect_err(line);
            let joined = told.split_whitespace().collect::<Vec<_>>().join(" ");
            for word in words {
                assert!(joined.contains(word), "{line:?} does not tell {word:?}:\n{told}");
            }
        }
    }
}
