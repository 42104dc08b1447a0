//! A run that tests disturb.

use super::support::{assert_equal, elbo, result, text};
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Fifty-two steps, seventeen checkpoints.
const SPEC: &str = r"
dataset data { source = digits(); split = fraction(train=0.9, validation=0.1); transform = [normalize()] }
train regime {
  objective = elbo(kl=exact, temperature=0.1); optimizer = adam(lr=1e-3); epochs = 4; batch = 100; seed = 3
  select = best(validation.nll); learning_rate = plateau(monitor=train.loss, patience=0); checkpoint = 3steps
}
report few { samples = 4 }
model net {
  input image[1, 8, 8]
  default FIRST
  conv1: conv2d(8, kernel=3, pad=1)
  softplus
  SECOND conv2: conv2d(8, kernel=3)
  norm1: batchnorm()
  relu
  flatten
  head: linear(10)
  output categorical
}
run trial { model = net; data = data; train = regime; report = few }
";

/// A name, the mark of most layers and that of `conv2`.
pub type Network = (&'static str, &'static str, &'static str);

/// Every mark in one network.
pub const MIXED: Network = ("mixed", "bayes", "dropout(p=0.2, unit=channel)");

/// The spec of a network, whose run is `trial`.
pub fn spec((_, first, second): Network) -> String {
    SPEC.replace("FIRST", first).replace("SECOND", second)
}

/// A run that will be disturbed, and the result of the same run that nobody disturbs.
pub struct Trial {
    pub folder: tempfile::TempDir,
    backend: &'static str,
    /// Its result.
    pub expected: PathBuf,
    /// How long it took.
    pub duration: Duration,
}

impl Trial {
    /// Runs the undisturbed one.
    pub fn new(network: Network, backend: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("spec.elbo"), spec(network)).expect("it can be written");
        let began = Instant::now();
        let output = elbo(folder.path(), &["run", "spec.elbo", "--backend", backend, "--store", "undisturbed"]);
        assert!(output.status.success(), "{}", text(&output));
        let expected = result(&folder.path().join("undisturbed"));
        Self { folder, backend, expected, duration: began.elapsed() }
    }

    /// The store of the disturbed one.
    pub fn store(&self) -> PathBuf {
        self.folder.path().join("disturbed")
    }

    /// Begins or resumes the run.
    pub fn start(&self) -> Child {
        self.start_with(&[])
    }

    /// Begins or resumes the run, with more arguments.
    pub fn start_with(&self, more: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_elbo"))
            .args(["run", "spec.elbo", "--backend", self.backend, "--store", "disturbed", "--threads", "2"])
            .args(more)
            .current_dir(self.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary has just been built")
    }

    /// Lets the run go on to its end, which must have the bytes of the undisturbed one; what was said.
    pub fn finish(&self) -> String {
        let arguments = ["run", "spec.elbo", "--backend", self.backend, "--store", "disturbed", "--resume"];
        let output = elbo(self.folder.path(), &arguments);
        assert!(output.status.success(), "{}", text(&output));
        self.check();
        text(&output)
    }

    /// The result has the bytes of the undisturbed run.
    pub fn check(&self) {
        assert_equal(&result(&self.store()), &self.expected);
    }
}
