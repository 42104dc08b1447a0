//! Batches on a graphics processor, which computes one run at a time.

use super::support::{command, count, folder, status, text};
use std::fs;
use std::path::PathBuf;

const SPEC: &str = r"
dataset data { source = digits(); split = fraction(train=0.9, validation=0.1) }
train plain { objective = maximum_likelihood; optimizer = adam(lr=1e-3); epochs = 1; batch = 500 }
report few { samples = 2 }
model flat { input image[1, 8, 8]; default point; flatten; head: linear(10); output categorical }
run flat_run { model = flat; data = data; train = plain; report = few }
sweep flats { run = flat_run; vary.train.seed = range(0, 2) }
";

const MANIFEST: &str =
    "[batch]\nname = \"trial\"\nspecs = [\"spec.elbo#flats\"]\ndevice = \"gpu:cpu\"\n[local]\njobs = 2\n";

/// The description of lavapipe's driver; `None`, with the reason told, where it is not installed.
fn lavapipe() -> Option<PathBuf> {
    let entries = fs::read_dir("/usr/share/vulkan/icd.d").into_iter().flatten().flatten().map(|entry| entry.path());
    let is_lavapipe = |path: &PathBuf| path.to_string_lossy().contains("lvp_icd");
    let found = entries.into_iter().find(is_lavapipe);
    if found.is_none() {
        eprintln!("skipped: lavapipe is not installed (the Debian package mesa-vulkan-drivers has it)");
    }
    found
}

#[test]
fn jobs_beyond_the_adapters_wait_which_is_told() {
    let Some(driver) = lavapipe() else { return };
    let folder = folder(SPEC, MANIFEST);
    let mut command = command(folder.path(), &["batch", "run", "batch.toml"]);
    let output = command.env("VK_DRIVER_FILES", &driver).env("VK_ICD_FILENAMES", &driver).output();
    let output = output.expect("the binary has just been built");
    let told = text(&output);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("2 jobs were asked for, and each graphics processor computes one run at a time"), "{told}");
    assert!(told.contains("1 run at a time with "), "{told}");
    assert_eq!(count(&status(folder.path()), "finished"), 2, "{told}");
}
