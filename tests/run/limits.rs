//! What limits of the system lead to, as `docs/faults.md` says: its second table is what happens here.

#![cfg(target_os = "linux")]

use super::faults::check_page;
use super::support::{assert_equal, assert_same_training, elbo, evaluations, result, runs, text, training, wait_until};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The head of the table.
pub const HEAD: &str =
    "| what happens | message | exit code | what is left | the same command |\n|---|---|---|---|---|\n";

/// A request is answered within about a second; a machine that is busy with other tests takes its time.
const ANSWERED: Duration = Duration::from_secs(5);

/// A convolutional network on the embedded digits: thirteen steps an epoch.
const SPEC: &str = "model net { input image[1, 8, 8]; default bayes; conv1: conv2d(16, kernel=3, pad=1); relu
  flatten; head: linear(10); output categorical }
dataset data { source = digits(); split = fraction(train=0.9, validation=0.1) }
train regime { objective = elbo(kl=exact); optimizer = adam(lr=1e-3); epochs = EPOCHS; batch = 100
  checkpoint = none; samples = STEP; validation_samples = VALIDATION }
report few { samples = SCORING }
run trial { model = net; data = data; train = regime; report = few }
";

/// A network that takes some hundred MiB.
const WIDE: &str =
    "model net { input image[1, 8, 8]; default bayes; flatten; wide: linear(1500); relu; deep: linear(1500); relu
  head: linear(10); output categorical }
dataset data { source = digits() }
train regime { objective = elbo(kl=exact); optimizer = adam(lr=1e-3); epochs = 1; batch = 1000; max_steps = 1 }
report few { samples = 1 }
run trial { model = net; data = data; train = regime; report = few }
";

/// A run, and its result where nobody disturbs it.
pub struct Ground {
    pub folder: tempfile::TempDir,
    expected: PathBuf,
}

impl Ground {
    /// Of so many epochs, and so many draws in a step, of each validation and of the report.
    pub fn new(epochs: u32, (step, validation, scoring): (u32, u32, u32)) -> Self {
        let numbers = [("EPOCHS", epochs), ("STEP", step), ("VALIDATION", validation), ("SCORING", scoring)];
        Self::of(&numbers.iter().fold(SPEC.to_owned(), |spec, (name, number)| spec.replace(name, &number.to_string())))
    }

    pub fn of(spec: &str) -> Self {
        Self::with(spec, |_| ())
    }

    /// The same beside files that `prepare` makes.
    pub fn with(spec: &str, prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        prepare(folder.path());
        fs::write(folder.path().join("spec.elbo"), spec).expect("it can be written");
        let output = elbo(folder.path(), &["run", "spec.elbo", "--store", "undisturbed"]);
        assert!(output.status.success(), "{}", text(&output));
        let expected = result(&folder.path().join("undisturbed"));
        Self { folder, expected }
    }

    pub fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// The run's folder, below a store.
    fn run(&self) -> PathBuf {
        let run = training(&self.expected).parent().expect("it lies in the run's directory").to_owned();
        run.strip_prefix(self.folder.path().join("undisturbed")).expect("it is below").to_owned()
    }

    /// The run's folder in the store.
    pub fn run_folder(&self) -> PathBuf {
        self.store().join(self.run())
    }

    pub fn start(&self, starter: &[&str], more: &[&str]) -> Child {
        let words = [starter, &[env!("CARGO_BIN_EXE_elbo"), "--quiet", "run", "spec.elbo", "--store", "store"], more];
        let words = words.concat();
        Command::new(words[0])
            .args(&words[1..])
            .current_dir(self.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it can be started")
    }

    /// The row of what has ended, once the same command has come to the bytes of the undisturbed run.
    pub fn row(&self, what: &str, output: &Output) -> String {
        let code = output.status.code().unwrap_or_else(|| panic!("{what}: it was killed: {}", text(output)));
        let run = self.run().display().to_string();
        let said = without_numbers(&text(output).replace(&run, "…"), &self.store());
        let left = self.left();
        let again = elbo(self.folder.path(), &["run", "spec.elbo", "--store", "store"]);
        assert!(again.status.success(), "{what}: {}", text(&again));
        let found = result(&self.store());
        let then = if text(&again).contains("only scoring is left") {
            assert_same_training(&found, &self.expected);
            "scores, and trains nothing"
        } else {
            assert_equal(&found, &self.expected);
            match text(&again) {
                said if said.contains("resumed at step ") => "goes on from the last step",
                said if said.contains("this run was finished before") => "finds the result",
                _ => "starts again",
            }
        };
        fs::remove_dir_all(self.store()).expect("it can be removed");
        let said = if said.is_empty() { String::new() } else { format!("`` {said} ``") };
        format!("| {what} | {said} | {code} | {left} | {then} |")
    }

    /// What there is of the run, in words.
    fn left(&self) -> &'static str {
        let runs = runs(&self.store());
        let any = |name: &str| runs.iter().any(|run| run.join(name).exists());
        if !evaluations(&self.store()).is_empty() {
            "the result, whole"
        } else if any("training") {
            "the training, published"
        } else if any("attempt-0001/checkpoints") {
            "a checkpoint of the last step"
        } else {
            "no checkpoint"
        }
    }

    /// How far it is, by its heartbeat.
    pub fn heartbeat(&self) -> String {
        let beats = runs(&self.store())
            .into_iter()
            .filter_map(|run| fs::read_to_string(run.join("attempt-0001/heartbeat.json")).ok());
        beats.collect()
    }
}

/// A message without what differs from time to time and from run to run: keys, numbers of steps, sizes.
fn without_numbers(said: &str, store: &Path) -> String {
    let mut said = said.strip_prefix("error: ").unwrap_or(said).to_owned();
    for run in runs(store) {
        let run = run.strip_prefix(store).expect("it is below").display().to_string();
        said = said.replace(&run, "…");
    }
    for (before, after) in [
        ("stopped at step ", ";"),
        ("needs about ", " of memory"),
        ("of which ", " is available"),
        ("control group `", "`"),
        ("evaluations/.result", " could"),
    ] {
        if let Some((start, rest)) = said.split_once(before)
            && let Some((_, end)) = rest.split_once(after)
        {
            said = format!("{start}{before}…{after}{end}");
        }
    }
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_limit_is_told_as_the_page_says() {
    if Command::new("prlimit").arg("--version").output().is_err() {
        println!("skipped: there is no `prlimit`");
        return;
    }
    let mut rows = Vec::new();
    let ground = Ground::new(2, (10, 1, 1));
    let limited =
        |limit: &str, more: &[&str]| ground.start(&["prlimit", limit], more).wait_with_output().expect("it ends");
    rows.push(ground.row("a file grows beyond its limit (`ulimit -f`)", &limited("--fsize=8000", &[])));
    rows.push(ground.row("more threads than there are to be had", &limited("--as=1000000000", &["--threads", "1024"])));
    let wide = Ground::of(WIDE);
    let output = wide.start(&["prlimit", "--as=250000000"], &["--threads", "2"]).wait_with_output().expect("it ends");
    rows.push(wide.row("less address space than is needed (`ulimit -v`)", &output));
    match Group::new(64 << 20) {
        Some(group) => {
            let output = wide.start(&["sh", "-c", &group.enter(), "sh"], &[]).wait_with_output().expect("it ends");
            rows.push(wide.row("a control group above its own allows less memory", &output));
        }
        None => println!("skipped: this user may make no control group with a limit of memory"),
    }
    // Long enough to be met while it trains.
    let long = Ground::new(12, (10, 1, 1));
    let mut child = long.start(&[], &[]);
    assert!(wait_until(&mut child, || long.heartbeat().contains("\"step\"")), "it ended by itself");
    let removed = Instant::now();
    fs::rename(long.store(), long.folder.path().join("gone")).expect("it is there");
    let output = child.wait_with_output().expect("it ends");
    assert!(removed.elapsed() < ANSWERED, "it is noticed after {:?}", removed.elapsed());
    rows.push(long.row("the store is removed while it trains", &output));
    check_page(HEAD, &rows, false);
}

/// A control group whose parent has a limit of memory, for as long as this lives.
struct Group {
    parent: PathBuf,
}

impl Group {
    /// `None` where this user may not make one.
    fn new(bytes: u64) -> Option<Self> {
        let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
        let first = groups.lines().find_map(|line| line.split_once(":memory:"));
        let second = || groups.lines().find_map(|line| line.strip_prefix("0::"));
        let (folder, limit) = match first {
            Some((_, own)) => (format!("/sys/fs/cgroup/memory{own}"), "memory.limit_in_bytes"),
            None => (format!("/sys/fs/cgroup{}", second()?), "memory.max"),
        };
        let parent = Path::new(&folder).join(format!("elbo-test-{}", std::process::id()));
        fs::create_dir(&parent).ok()?;
        let group = Self { parent };
        fs::write(group.parent.join(limit), bytes.to_string()).ok()?;
        // A group of the second version that holds groups holds no processes, and the other way round.
        let _ = fs::write(group.parent.join("cgroup.subtree_control"), "+memory");
        fs::create_dir(group.parent.join("own")).ok()?;
        Some(group)
    }

    /// What a shell enters the inner group by, before it becomes what it is given.
    fn enter(&self) -> String {
        format!("echo $$ > {}/own/cgroup.procs && exec \"$@\"", self.parent.display())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(self.parent.join("own"));
        let _ = fs::remove_dir(&self.parent);
    }
}
