//! A folder with a spec and a manifest, and what `elbo batch` makes of them on a cluster and without one.

use super::cluster::{Cluster, wait_until};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SPEC: &str = r"
dataset data { source = digits(); split = fraction(train=0.9, validation=0.1); transform = [normalize()] }
train regime {
  objective = elbo(kl=exact, temperature=0.1); optimizer = adam(lr=1e-3); epochs = {epochs}; batch = 100; seed = 3
  checkpoint = {checkpoint}
}
report few { samples = 4 }
model net {
  input image[1, 8, 8]
  default bayes
  conv1: conv2d(8, kernel=3, pad=1)
  softplus
  conv2: conv2d(8, kernel=3)
  relu
  flatten
  head: linear(10)
  output categorical
}
run trial { model = net; data = data; train = regime; report = few }
sweep trials { run = trial; vary.train.seed = range(0, {seeds}) }
";

/// A batch of some runs that differ by their seeds.
pub struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// With so many runs of so many epochs; `slurm` is what the manifest says in `[slurm]`.
    pub fn new(seeds: usize, epochs: usize, slurm: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let checkpoint = if epochs > 10 { "100steps" } else { "1epoch" };
        let spec = SPEC
            .replace("{seeds}", &seeds.to_string())
            .replace("{epochs}", &epochs.to_string())
            .replace("{checkpoint}", checkpoint);
        fs::write(folder.path().join("spec.elbo"), spec).expect("it can be written");
        let project = Self { folder };
        project.configure(slurm);
        project
    }

    /// Says something else in `[slurm]`.
    pub fn configure(&self, slurm: &str) {
        let text = format!("[batch]\nname = \"trials\"\nspecs = [\"spec.elbo#trials\"]\n\n[slurm]\n{slurm}\n");
        fs::write(self.folder.path().join("batch.toml"), text).expect("it can be written");
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn elbo(&self, mut command: Command, arguments: &[&str]) -> Output {
        command.arg("batch").args(arguments).current_dir(self.path()).env_remove("ELBO_DATA");
        command.output().expect("the binary has just been built")
    }

    /// `elbo batch …` on a cluster.
    pub fn batch(&self, cluster: &Cluster, arguments: &[&str]) -> Output {
        self.elbo(cluster.command(env!("CARGO_BIN_EXE_elbo")), arguments)
    }

    /// `elbo batch …` where programs of the name are found in this folder only.
    pub fn batch_with_path(&self, path: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_elbo"));
        command.env("PATH", path);
        self.elbo(command, arguments)
    }

    /// Submits what is open.
    pub fn submit(&self, cluster: &Cluster) -> String {
        let output = self.batch(cluster, &["run", "batch.toml", "--on", "slurm"]);
        assert!(output.status.success(), "{}", all(&output));
        all(&output)
    }

    /// What `elbo batch status` says.
    pub fn status(&self, cluster: &Cluster) -> String {
        all(&self.batch(cluster, &["status", "batch.toml"]))
    }

    /// The commands by which `elbo batch status` says that something is mended.
    pub fn mends(&self, cluster: &Cluster) -> Vec<String> {
        let status = self.status(cluster);
        let commands = status.lines().map(str::trim).filter(|line| line.starts_with("scontrol "));
        commands.map(|line| line.split(" (").next().unwrap_or_default().to_owned()).collect()
    }

    /// Does what status says until it says nothing more: a node that has not registered with a new controller yet may have to
    /// be mended twice.
    pub fn mend(&self, cluster: &Cluster) {
        wait_until("nothing is left to mend", || {
            let mends = self.mends(cluster);
            for mend in &mends {
                let words: Vec<&str> = mend.split(' ').skip(1).collect();
                cluster.ask("scontrol", &words);
            }
            mends.is_empty()
        });
    }

    /// Waits until every run is finished.
    pub fn wait(&self, cluster: &Cluster) {
        wait_until("every run is finished", || {
            let output = self.batch(cluster, &["status", "batch.toml"]);
            assert_ne!(output.status.code(), Some(1), "{}", all(&output));
            output.status.success()
        });
    }

    /// The results of a pool that nobody disturbs, in a store of its own.
    pub fn undisturbed(&self) -> BTreeMap<String, PathBuf> {
        let output =
            self.elbo(Command::new(env!("CARGO_BIN_EXE_elbo")), &["run", "batch.toml", "--store", "undisturbed"]);
        assert!(output.status.success(), "{}", all(&output));
        results(&self.path().join("undisturbed"))
    }

    /// Holds the results of the cluster to those of a pool.
    pub fn assert_as_undisturbed(&self) {
        let (found, expected) = (results(&self.path().join("runs")), self.undisturbed());
        assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        for (identity, result) in &found {
            for file in ["weights.safetensors", "report.json", "report.html", "predictions.csv", "ir.json", "spec.elbo"]
            {
                let bytes = |result: &Path| {
                    let own = result.join(file);
                    let training = result.parent().expect("it lies among evaluations").with_file_name("training");
                    fs::read(if own.is_file() { own } else { training.join(file) }).expect("every result has it")
                };
                assert!(bytes(result) == bytes(&expected[identity]), "{file} of {identity} differs");
            }
        }
    }

    /// The directories of attempts at runs.
    pub fn attempts(&self) -> Vec<PathBuf> {
        let attempt =
            |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("attempt-"));
        runs(&self.path().join("runs")).iter().flat_map(|run| entries(run)).filter(attempt).collect()
    }

    /// How many checkpoints there are.
    pub fn checkpoints(&self) -> usize {
        self.attempts().iter().map(|attempt| entries(&attempt.join("checkpoints")).len()).sum()
    }

    /// The files of submissions with an ending.
    pub fn submissions(&self, ending: &str) -> Vec<PathBuf> {
        let batches = entries(&self.path().join("runs/batches"));
        let files = batches.iter().flat_map(|batch| entries(&batch.join("slurm")));
        let mut files: Vec<PathBuf> = files.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
        files.sort();
        files
    }
}

/// What a program said.
pub fn all(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// The folders of runs in a store, which are named by 64 digits.
fn runs(store: &Path) -> Vec<PathBuf> {
    let runs = entries(store).into_iter().flat_map(|prefix| entries(&prefix));
    runs.filter(|run| run.file_name().is_some_and(|name| name.len() == 64)).collect()
}

/// The evaluations in a store, by their trainings' and their own folders.
pub fn results(store: &Path) -> BTreeMap<String, PathBuf> {
    let evaluations = runs(store).into_iter().flat_map(|run| entries(&run.join("evaluations")));
    let whole = evaluations.filter(|path| path.join("evaluation.toml").is_file());
    whole.map(|path| (path.strip_prefix(store).expect("it is below").display().to_string(), path)).collect()
}
