//! A checkpoint made up by somebody who knows its form: every digest in it is right, and nothing else need be.

use elbo_compiler::compile;
use elbo_compiler::ir::Run;
use elbo_compiler::sources::MemorySources;
use elbo_runtime::backend::{BackendChoice, DeviceChoice};
use elbo_runtime::execute::{Request, RunObserver, Stop, execute};
use elbo_runtime::forecast::Forecast;
use elbo_runtime::store::Store;
use elbo_runtime::train::{Event, Observer};
use sha2::{Digest, Sha256};
use std::cell::Cell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The smallest run that has all parts of a checkpoint: an optimizer's moments and the best epoch's weights.
const SPEC: &str = "model net { input image[1, 8, 8]; default bayes; flatten; head: linear(10); output categorical }
dataset data { source = digits(); split = fraction(train=0.9, validation=0.1) }
train regime { objective = elbo(kl=exact); optimizer = adam(lr=1e-2); epochs = 2; batch = 500; checkpoint = 2steps
  select = best(validation.nll) }
report few { samples = 2 }
run trial { model = net; data = data; train = regime; report = few }
";

/// A store in which the run was stopped after its first epoch.
pub struct Forge {
    run: Run,
    root: PathBuf,
    /// The two files of its last checkpoint.
    tensors_file: PathBuf,
    description_file: PathBuf,
    tensors: Vec<u8>,
    description: String,
    /// Every other file that the stopped run left.
    rest: Vec<(PathBuf, Vec<u8>)>,
    /// How often a checkpoint that was made up was gone on from.
    resumed: Cell<usize>,
}

impl Forge {
    pub fn new(folder: &Path) -> Self {
        let compilation = compile("spec.elbo", &MemorySources::single("spec.elbo", SPEC), None, &[]);
        let run = compilation.runs.into_iter().next().expect("there is one").run;
        let root = folder.join("store");
        execute_in(&root, &run, |event| matches!(event, Event::Epoch(_)));
        let mut files = files_below(&root);
        let last = |ending: &str| {
            let of_this_kind = |path: &&PathBuf| {
                path.extension().is_some_and(|found| found == ending)
                    && path.parent().is_some_and(|parent| parent.ends_with("checkpoints"))
            };
            files.iter().rfind(of_this_kind).expect("a checkpoint was saved").clone()
        };
        let (tensors_file, description_file) = (last("safetensors"), last("json"));
        let tensors = fs::read(&tensors_file).expect("it was written");
        let sealed = fs::read(&description_file).expect("it was written");
        let description = compact(std::str::from_utf8(&sealed).expect("JSON is UTF-8"));
        // Without the checkpoint before, which would be gone on from instead.
        files.retain(|path| !path.parent().is_some_and(|parent| parent.ends_with("checkpoints")));
        let rest = files.into_iter().map(|path| (path.clone(), fs::read(path).expect("it was written"))).collect();
        Self { run, root, tensors_file, description_file, tensors, description, rest, resumed: Cell::new(0) }
    }

    /// The description as it is signed, and the tensors.
    pub fn seeds(&self) -> Vec<Vec<u8>> {
        let choices = (0..16).map(|choice| vec![choice, 3, 200 - choice, choice]);
        [self.description.clone().into_bytes(), self.tensors.clone()].into_iter().chain(choices).collect()
    }

    /// The two files that an input stands for.
    fn files(&self, bytes: &[u8]) -> (String, Vec<u8>) {
        if bytes.starts_with(b"{\"ver") {
            return (String::from_utf8_lossy(bytes).into_owned(), self.tensors.clone());
        }
        // Few changes keep JSON valid, so what is neither file says which numbers are others.
        if !bytes.starts_with(&self.tensors[..2]) {
            return (with_numbers(&self.description, bytes), self.tensors.clone());
        }
        // Most changes alter the length, after which no value of a tensor would be looked at.
        let mut tensors = bytes.to_vec();
        if !tensors.len().is_multiple_of(3) && tensors.len() <= self.tensors.len() {
            tensors.extend_from_slice(&self.tensors[tensors.len()..]);
        } else if !tensors.len().is_multiple_of(3) {
            tensors.truncate(self.tensors.len());
        }
        let length = |bytes: &[u8]| format!("\"bytes\":{}", bytes.len());
        let description = self.description.replace(&seal_of(&self.tensors), &seal_of(&tensors));
        (description.replacen(&length(&self.tensors), &length(&tensors), 1), tensors)
    }

    /// Goes on from a checkpoint of which one file is this.
    pub fn resume(&self, bytes: &[u8]) {
        let _ = fs::remove_dir_all(&self.root);
        for (path, content) in &self.rest {
            fs::create_dir_all(path.parent().expect("it lies in the store")).expect("it can be written");
            fs::write(path, content).expect("it can be written");
        }
        fs::create_dir_all(self.tensors_file.parent().expect("it lies in the store")).expect("it can be written");
        let (description, tensors) = self.files(bytes);
        let sealed = format!("{{\"sha256\":\"{}\",\"checkpoint\":{description}}}", seal_of(description.as_bytes()));
        fs::write(&self.tensors_file, &tensors).expect("it can be written");
        fs::write(&self.description_file, sealed).expect("it can be written");
        // One of eight goes on to its end.
        let whole = bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)) % 8 == 0;
        let stops: fn(&Event) -> bool = if whole { |_| false } else { |event| matches!(event, Event::Step(_)) };
        if execute_in(&self.root, &self.run, stops) {
            self.resumed.set(self.resumed.get() + 1);
        }
    }

    /// How often it was gone on from what was made up: if never, nothing behind the first check was tried.
    pub fn resumed(&self) -> usize {
        self.resumed.get()
    }
}

fn seal_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The description with other numbers: a pair of bytes for each, the first of which picks where.
fn with_numbers(description: &str, choices: &[u8]) -> String {
    const OTHERS: [&str; 12] = [
        "0",
        "1",
        "2",
        "5",
        "6",
        "7",
        "100",
        "4294967296",
        "9223372036854775807",
        "18446744073709551615",
        "-1.5",
        "1e308",
    ];
    let is_number = |character: char| character.is_ascii_digit() || "+-.eE".contains(character);
    let mut places: Vec<(usize, usize)> = Vec::new();
    for (at, _) in description.match_indices([':', ',', '[']) {
        let length = description[at + 1..].chars().take_while(|character| is_number(*character)).count();
        if length > 0 {
            places.push((at + 1, at + 1 + length));
        }
    }
    let mut text = description.to_owned();
    let mut picked: Vec<(usize, usize)> =
        choices.chunks_exact(2).map(|pair| (usize::from(pair[0]), usize::from(pair[1]))).collect();
    // From the last to the first, each once, so that the places before stay true.
    picked.iter_mut().for_each(|(place, _)| *place %= places.len());
    picked.sort_by(|left, right| right.cmp(left));
    picked.dedup_by_key(|(place, _)| *place);
    for (place, other) in picked {
        text.replace_range(places[place].0..places[place].1, OTHERS[other % OTHERS.len()]);
    }
    text
}

/// The signed part of a description, without white space outside of strings (it has none within them).
fn compact(sealed: &str) -> String {
    let whole: String = sealed.chars().filter(|character| !character.is_whitespace()).collect();
    let start = whole.find("\"checkpoint\":").expect("it has one") + "\"checkpoint\":".len();
    let part = whole[start..whole.len() - 1].to_owned();
    assert!(whole.contains(&seal_of(part.as_bytes())), "the form of a checkpoint is another one");
    part
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("it is a folder").map(|entry| entry.expect("it can be read").path());
    let mut files: Vec<PathBuf> =
        entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect();
    files.sort();
    files
}

/// Trains; whether it ends well is not the question, only that it ends. Gives whether it went on from a checkpoint.
fn execute_in(root: &Path, run: &Run, stops: fn(&Event) -> bool) -> bool {
    let (store, stop) = (Store::new(root.to_path_buf()), Stop::default());
    let request = Request {
        run,
        name: "trial",
        model: "net",
        data: "data",
        varied: &[],
        spec: SPEC,
        folder: Path::new(""),
        data_roots: &[],
        store: &store,
        backend: BackendChoice::Native,
        device: DeviceChoice::Cpu,
        threads: 1,
        calibrations: None,
        ignore_memory: true,
        fresh: false,
        force: false,
        waits: false,
        expected: None,
        stop: &stop,
    };
    let mut watcher = Watcher { stop: &stop, stops, resumed: false };
    let _ = execute(&request, &mut watcher);
    watcher.resumed
}

/// Asks for a stop at the events that `stops` picks.
struct Watcher<'w> {
    stop: &'w Stop,
    stops: fn(&Event) -> bool,
    resumed: bool,
}

impl Observer for Watcher<'_> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        if (self.stops)(event) {
            self.stop.ask();
        }
        self.resumed |= matches!(event, Event::Started { resumed_at: 1.., .. });
        Ok(())
    }
}

impl RunObserver for Watcher<'_> {
    fn forecast(&mut self, _: &Forecast) {}

    fn remark(&mut self, _: &str) {}
}
