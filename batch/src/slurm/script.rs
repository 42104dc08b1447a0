//! The script and the options that an array is submitted with.

use super::settings::SlurmSettings;
use super::shape::Shape;
use super::submission::{Submission, task_log};
use super::time::minutes;
use crate::work_list::WorkList;
use elbo_runtime::backend::native::KERNELS_VARIABLE;
use elbo_runtime::backend::{AdapterChoice, DeviceChoice};
use std::fmt::Write;
use std::path::Path;

/// The options of `sbatch`. They go onto its command line, where no variable of the environment overrides them.
pub(super) fn options(list: &WorkList, submission: &Submission, settings: &SlurmSettings, shape: Shape) -> Vec<String> {
    let throttle = settings.array_throttle.map_or_else(String::new, |tasks| format!("%{tasks}"));
    let mut options = vec![
        format!("--job-name={}", submission.name),
        format!("--array=0-{}{throttle}", submission.runs.len().saturating_sub(1)),
        "--nodes=1".to_owned(),
        "--ntasks=1".to_owned(),
        format!("--cpus-per-task={}", settings.threads()),
        // A task whose node fails, or that is preempted, is queued again and goes on from its checkpoint.
        "--requeue".to_owned(),
        "--open-mode=append".to_owned(),
        // `B:` since the worker takes the place of the script's shell.
        format!("--signal=B:USR1@{}", settings.warning().as_secs()),
        format!("--output={}", pattern(&task_log(list, "%A", "%a"), &list.directory)),
        format!("--chdir={}", list.directory.display()),
    ];
    let mut add = |name: &str, value: Option<String>| options.extend(value.map(|value| format!("--{name}={value}")));
    add("partition", settings.partition.clone());
    add("account", settings.account.clone());
    add("qos", settings.qos.clone());
    add("constraint", settings.constraint.clone());
    add("time", settings.time.map(|time| minutes(time).to_string()));
    // Runs on graphics processors need one each, whoever forgets to ask for it.
    let gpus = settings.gpus.or_else(|| wants_adapter(list, submission).then_some(1));
    add("gres", gpus.filter(|gpus| *gpus > 0).map(|gpus| format!("gpu:{gpus}")));
    add("mem", shape.memory.map(|bytes| format!("{}M", bytes.div_ceil(1 << 20))));
    options
}

/// Whether runs of a submission are computed on graphics processors.
fn wants_adapter(list: &WorkList, submission: &Submission) -> bool {
    let device = |run: &usize| list.items.get(*run)?.computed_by().map(|(_, device)| device);
    submission.runs.iter().filter_map(device).any(|device| match device {
        DeviceChoice::Gpu(AdapterChoice::Best | AdapterChoice::Number(_)) => true,
        DeviceChoice::Gpu(AdapterChoice::Software)
        | DeviceChoice::Cpu
        | DeviceChoice::Cuda(_)
        | DeviceChoice::Metal => false,
    })
}

/// A path with Slurm's placeholders in its file name, of whose folder no letter is taken for one.
fn pattern(path: &Path, folder: &Path) -> String {
    let (whole, folder) = (path.display().to_string(), folder.display().to_string());
    let rest = whole.strip_prefix(&folder).unwrap_or_default();
    format!("{}{rest}", folder.replace('%', "%%"))
}

/// The script: what the cluster needs first, then the worker in the place of the shell, since Slurm's signals go to the
/// script's own process.
pub(super) fn script(
    list: &WorkList,
    submission: &Submission,
    (elbo, settings, shape): (&Path, &SlurmSettings, Shape),
) -> String {
    let quoted = |path: &Path| quote(&path.display().to_string());
    let mut text = String::from("#!/usr/bin/env bash\n");
    let _ = writeln!(text, "# Runs of the batch `{}`; `elbo batch run --on slurm` submitted it as", list.record.name);
    let command: Vec<String> = submission.options.iter().map(|option| quote(option)).collect();
    let _ = writeln!(text, "# sbatch {} {}", command.join(" "), quoted(&submission.script_path(list)));
    for line in settings.setup.iter().flatten() {
        let _ = writeln!(text, "{line}");
    }
    let kernels = submission.runs.iter().filter_map(|run| list.items.get(*run)).find(|item| item.backend == "native");
    if let Some(item) = kernels {
        let _ = writeln!(text, "export {KERNELS_VARIABLE}={}", quote(&item.kernel_table));
    }
    let _ = write!(text, "exec {} batch worker {}", quoted(elbo), quoted(&list.directory));
    let _ = write!(text, " --list {} --threads {}", quoted(&submission.path(list)), settings.threads());
    // What Slurm has set aside need not be free yet.
    text.push_str(if shape.memory.is_some() { " --ignore-memory\n" } else { "\n" });
    text
}

/// A word as a shell reads it.
fn quote(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-=:,+@%".contains(letter);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slurm::Cluster;
    use elbo_runtime::store::Store;
    use std::num::NonZeroUsize;
    use std::path::PathBuf;
    use std::time::Duration;

    /// A batch of two runs in a folder whose name needs care.
    fn list() -> WorkList {
        let item = |index: usize| {
            let text = serde_json::json!({
                "index": index, "keys": { "training": "0".repeat(64), "evaluation": "1".repeat(64) }, "names": [], "folder": "", "spec": "", "backend": "native",
                "device": "cpu", "kernel_table": "avx2", "memory": 3_u64 << 30, "parameters": 1, "steps": 1, "work": 1.0,
                "epochs": 1, "ir": {},
            });
            serde_json::from_str(&text.to_string()).expect("it is an item")
        };
        let record = serde_json::json!({
            "version": 2, "name": "first", "manifest": "", "manifest_sha256": "", "items_sha256": "", "begun": "", "begun_seconds": 0.0, "elbo_version": "", "data_roots": [],
        });
        WorkList {
            directory: PathBuf::from("/lab's 100%/batches/0123456789abcdef"),
            record: serde_json::from_value(record).expect("it is a record"),
            items: vec![item(0), item(1)],
            store: Store::new("/lab"),
        }
    }

    #[test]
    fn the_script_is_as_expected() {
        let list = list();
        let settings = SlurmSettings {
            partition: Some("gpu".to_owned()),
            account: Some("lab".to_owned()),
            qos: Some("long".to_owned()),
            constraint: Some("avx512&ssd".to_owned()),
            time: Some(Duration::from_secs(5400)),
            cpus: NonZeroUsize::new(4),
            gpus: Some(1),
            array_throttle: NonZeroUsize::new(32),
            setup: Some(vec!["module load gcc".to_owned(), "ulimit -n 4096".to_owned()]),
            ..SlurmSettings::default()
        };
        let cluster = Cluster { largest_array: 10, counts_memory: true };
        let runs = list.items.iter().map(|item| (item.index, item.memory));
        let (shape, runs) = Shape::group(runs, &settings, cluster).pop_first().expect("there are runs");
        let submission = serde_json::json!({
            "version": 1, "number": 1, "name": "elbo-01234567-0001-89abcdef", "runs": runs, "options": [], "at": "",
            "by": { "host": "h", "number": 1, "started": 2 },
        });
        let mut submission: Submission = serde_json::from_value(submission).expect("it is a submission");
        submission.options = options(&list, &submission, &settings, shape);
        let found = script(&list, &submission, (Path::new("/opt/elbo"), &settings, shape));
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/slurm/script.expected");
        if std::env::var_os("ELBO_UPDATE").is_some() {
            std::fs::write(&path, &found).expect("it can be written");
        }
        let expected = std::fs::read_to_string(&path).expect("it is there");
        assert_eq!(found, expected, "ELBO_UPDATE=1 writes what was found");
    }

    #[test]
    fn what_nobody_asks_for_is_left_to_slurm() {
        let list = list();
        let submission = serde_json::json!({
            "version": 1, "number": 1, "name": "elbo", "runs": [1], "options": [], "at": "",
            "by": { "host": "h", "number": 1, "started": 2 },
        });
        let submission: Submission = serde_json::from_value(submission).expect("it is a submission");
        let (settings, shape) = (SlurmSettings::default(), Shape { memory: None });
        let options = options(&list, &submission, &settings, shape).join(" ");
        assert!(options.contains("--array=0-0 ") && options.contains("--cpus-per-task=1 "), "{options}");
        for name in ["partition", "account", "qos", "constraint", "time", "gres", "mem"] {
            assert!(!options.contains(&format!("--{name}=")), "{options}");
        }
        assert!(!script(&list, &submission, (Path::new("elbo"), &settings, shape)).contains("--ignore-memory"));
    }

    #[test]
    fn runs_on_graphics_processors_get_one_unless_another_number_is_asked_for() {
        let submission = serde_json::json!({
            "version": 1, "number": 1, "name": "elbo", "runs": [1], "options": [], "at": "",
            "by": { "host": "h", "number": 1, "started": 2 },
        });
        let submission: Submission = serde_json::from_value(submission).expect("it is a submission");
        let asked = |device: &str, gpus: Option<usize>| {
            let mut list = list();
            let (backend, device) = ("gpu".to_owned(), device.to_owned());
            list.items.iter_mut().for_each(|item| (item.backend, item.device) = (backend.clone(), device.clone()));
            let settings = SlurmSettings { gpus, ..SlurmSettings::default() };
            options(&list, &submission, &settings, Shape { memory: None }).join(" ")
        };
        assert!(asked("gpu", None).contains("--gres=gpu:1"));
        assert!(asked("gpu:1", Some(2)).contains("--gres=gpu:2"));
        assert!(!asked("gpu", Some(0)).contains("--gres"));
        assert!(!asked("gpu:cpu", None).contains("--gres"));
    }
}
