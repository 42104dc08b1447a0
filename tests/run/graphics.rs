//! Graphics processors from the command line: what is said where there is none, and runs on a driver in software.

use super::support::{assert_equal, checkpoints, result, text, training, wait_until};
use super::trial::{MIXED, spec};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Names the descriptions of drivers to the loader of Vulkan, the newer name and the older.
const DRIVERS: [&str; 2] = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"];

/// Where Mesa describes its drivers to the loader.
const DESCRIPTIONS: &str = "/usr/share/vulkan/icd.d";

/// The description of lavapipe; `None`, with the reason told, where it is not installed.
fn lavapipe() -> Option<PathBuf> {
    let entries = fs::read_dir(DESCRIPTIONS).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_lavapipe = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.starts_with("lvp_icd") && name.ends_with(".json")
    };
    let found = entries.into_iter().find(is_lavapipe);
    if found.is_none() {
        eprintln!("skipped: lavapipe is not installed (the Debian package mesa-vulkan-drivers has it)");
    }
    found
}

/// The program with one driver of Vulkan and no other.
fn with_driver(driver: &Path, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_elbo"));
    command.args(arguments).current_dir(folder).env_remove("ELBO_DATA").envs(DRIVERS.map(|name| (name, driver)));
    command
}

fn ended(mut command: Command) -> Output {
    command.output().expect("the binary has just been built")
}

/// A folder with the spec.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("spec.elbo"), spec(MIXED)).expect("it can be written");
    folder
}

/// What a run says that is refused.
fn refused(driver: &Path, device: &str) -> String {
    let folder = folder();
    let output = ended(with_driver(driver, folder.path(), &["run", "spec.elbo", "--device", device]));
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(output.stdout.is_empty() && !folder.path().join("runs").exists(), "nothing is begun");
    text(&output)
}

#[test]
fn without_a_driver_it_says_what_to_install() {
    if !cfg!(target_os = "linux") {
        eprintln!("skipped: only here everything goes through Vulkan");
        return;
    }
    let nowhere = Path::new("/nonexistent");
    for device in ["gpu", "gpu:0", "gpu:cpu"] {
        let message = refused(nowhere, device);
        assert!(message.contains(&format!("`{device}` is not available")), "{message}");
        assert!(message.contains("mesa-vulkan-drivers") && message.contains("driver of the vendor"), "{message}");
    }
    let output = ended(with_driver(nowhere, Path::new("."), &["doctor"]));
    let doctor = String::from_utf8(output.stdout).expect("the output is UTF-8");
    assert!(output.status.success() && doctor.contains("mesa-vulkan-drivers"), "{doctor}");
    for arguments in [["doctor", "--selftest"], ["doctor", "--kernels"]] {
        let output = ended(with_driver(nowhere, Path::new("."), &[arguments[0], arguments[1], "--device", "gpu"]));
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output).contains("mesa-vulkan-drivers"), "{}", text(&output));
    }
}

#[test]
fn a_driver_in_software_must_be_asked_for() {
    let Some(lavapipe) = lavapipe() else { return };
    let message = refused(&lavapipe, "gpu");
    assert!(message.contains("llvmpipe") && message.contains("`gpu:cpu`"), "{message}");
    let message = refused(&lavapipe, "gpu:9");
    assert!(message.contains("there is no graphics processor 9; 0 are there"), "{message}");
}

#[test]
fn the_doctor_lists_it_with_what_was_executed() {
    let Some(lavapipe) = lavapipe() else { return };
    let output = ended(with_driver(&lavapipe, Path::new("."), &["doctor"]));
    let all = String::from_utf8(output.stdout).expect("the output is UTF-8");
    let from = all.find("\ngraphics").expect("the section is there");
    let section = all[from + 1..].split("\n\n").next().unwrap_or_default();
    assert!(
        section.contains("\n  gpu:cpu ") && section.contains("llvmpipe") && section.contains("Vulkan"),
        "{section}"
    );
    assert!(section.contains(" gigaflops ") && section.contains("No graphics card has"), "{section}");
}

#[test]
fn a_run_in_software_that_is_killed_comes_to_the_same_bytes() {
    let Some(lavapipe) = lavapipe() else { return };
    let folder = folder();
    let [whole, cut] = ["whole", "cut"].map(|store| folder.path().join(store));
    let run = |store: &str| {
        with_driver(&lavapipe, folder.path(), &["run", "spec.elbo", "--device", "gpu:cpu", "--store", store])
    };
    let output = ended(run("whole"));
    assert!(output.status.success(), "{}", text(&output));
    let mut child =
        run("cut").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary has just been built");
    let goes_on = wait_until(&mut child, || !checkpoints(&cut, "json").is_empty());
    child.kill().expect("it is a child");
    let output = child.wait_with_output().expect("it has ended");
    assert!(goes_on, "it ended before it was killed: {}", text(&output));
    let output = ended(run("cut"));
    assert!(output.status.success() && text(&output).contains("resumed at step "), "{}", text(&output));
    assert_equal(&result(&cut), &result(&whole));
    let trained = fs::read_to_string(training(&result(&whole)).join("run.toml"));
    assert!(trained.is_ok_and(|record| record.contains("device = \"gpu:cpu\"")), "its record says where");
}
