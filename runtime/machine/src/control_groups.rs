//! Limits of memory that control groups and the process itself have, below what the machine has.
//!
//! A process belongs to a control group, and so to every group above that one; the tightest limit of the whole chain
//! holds. Containers nest them, and Slurm gives each job, step and task one. Both versions of the kernel's interface
//! are read (`Documentation/admin-guide/cgroup-v2.rst` and `cgroup-v1/memory.rst`).

use std::fs;
use std::path::{Path, PathBuf};

/// Limits from which on version 1 has none: it writes the largest number of pages.
const NONE: u64 = 1 << 60;

/// A limit of memory that a process is under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Bytes that it may still take.
    pub free: u64,
    /// Bytes that it may take in all.
    pub total: u64,
    /// What sets the limit, in words.
    pub of: String,
}

/// The limits on a process's memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Limits {
    /// Of its control groups, which it shares with the processes it begins.
    pub groups: Vec<Limit>,
    /// Its own (`ulimit -v` and `-d`), which the processes it begins have each for itself.
    pub own: Vec<Limit>,
}

impl Limits {
    /// The one that leaves least.
    pub fn least_free(&self) -> Option<&Limit> {
        self.groups.iter().chain(&self.own).min_by_key(|limit| limit.free)
    }
}

/// The limits on this process's memory. `root` is the folder that holds `proc` and `sys`, `/` but for tests.
pub(super) fn limits(root: &Path) -> Limits {
    Limits { groups: control_groups(root), own: own(root) }
}

/// The names that a version of the interface gives its files.
struct Version {
    limits: &'static [&'static str],
    usage: &'static str,
    /// What the kernel gives back of a group, those below it included: pages of files, and its own of which it can
    /// make more.
    reclaimable: &'static [&'static str],
}

const FIRST: Version = Version {
    limits: &["memory.limit_in_bytes"],
    usage: "memory.usage_in_bytes",
    reclaimable: &["total_inactive_file", "total_active_file"],
};

const SECOND: Version = Version {
    limits: &["memory.max", "memory.high"],
    usage: "memory.current",
    reclaimable: &["inactive_file", "active_file", "slab_reclaimable"],
};

/// The limit of every control group that the process belongs to, its own first.
fn control_groups(root: &Path) -> Vec<Limit> {
    let read = |name: &str| fs::read_to_string(root.join("proc/self").join(name)).unwrap_or_default();
    let (groups, mounts) = (read("cgroup"), read("mountinfo"));
    let mut found = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(group)) = (parts.next(), parts.next()) else { continue };
        let version = match controllers {
            "" => &SECOND,
            some if some.split(',').any(|controller| controller == "memory") => &FIRST,
            _ => continue,
        };
        for (from, at) in mounts.lines().filter_map(|line| mounted(line, controllers.is_empty())) {
            let below = match Path::new(group).strip_prefix(&from) {
                Ok(below) => below,
                // Both are told from the root of the process's namespace. What is mounted from above that root holds
                // all of the namespace, at a place that the process cannot name: only the top of it is known.
                Err(_) if from.starts_with("/..") && !Path::new(group).starts_with("/..") => Path::new(""),
                // Groups that the process does not belong to, such as those of another container.
                Err(_) => continue,
            };
            let top = root.join(at.strip_prefix("/").unwrap_or(&at));
            let own = top.join(below);
            let chain = own.ancestors().take_while(|folder| folder.starts_with(&top));
            found.extend(chain.filter_map(|folder| limit_of(folder, &top, version)));
        }
    }
    found
}

/// Which group a line of `mountinfo` mounts, and where; `None` if it mounts no groups of that version with memory.
fn mounted(line: &str, second: bool) -> Option<(PathBuf, PathBuf)> {
    let (place, system) = line.split_once(" - ")?;
    let mut system = system.split(' ');
    let (kind, options) = (system.next()?, system.nth(1).unwrap_or_default());
    let fits = match kind {
        "cgroup2" => second,
        "cgroup" => !second && options.split(',').any(|option| option == "memory"),
        _ => false,
    };
    let mut fields = place.split(' ').skip(3);
    let (from, at) = (fields.next()?, fields.next()?);
    fits.then(|| (unescaped(from), unescaped(at)))
}

/// A path as `mountinfo` writes it, in which a blank is `\040`.
fn unescaped(text: &str) -> PathBuf {
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\").into()
}

/// The limit of one group, if it has any.
fn limit_of(folder: &Path, top: &Path, version: &Version) -> Option<Limit> {
    let number = |name: &str| fs::read_to_string(folder.join(name)).ok()?.trim().parse::<u64>().ok();
    let total = version.limits.iter().filter_map(|name| number(name)).filter(|limit| *limit < NONE).min()?;
    let usage = number(version.usage).unwrap_or(0);
    let statistics = fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
    let reclaimable: u64 = statistics
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(name, _)| version.reclaimable.contains(name))
        .filter_map(|(_, value)| value.trim().parse::<u64>().ok())
        .fold(0, u64::saturating_add);
    let held = usage.saturating_sub(reclaimable);
    let name = folder.strip_prefix(top).unwrap_or(folder);
    let of = format!("the limit of the control group `/{}`", name.display());
    Some(Limit { free: total.saturating_sub(held), total, of })
}

/// The limits of the process itself, of its address space and of its data.
fn own(root: &Path) -> Vec<Limit> {
    let read = |name: &str| fs::read_to_string(root.join("proc/self").join(name)).unwrap_or_default();
    let (limits, status) = (read("limits"), read("status"));
    let kinds = [
        ("Max address space", "VmSize:", "address space (`ulimit -v`)"),
        ("Max data size", "VmData:", "data (`ulimit -d`)"),
    ];
    let limit = |(name, held, words): (&str, &str, &str)| {
        let soft = limits.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?;
        let total: u64 = soft.parse().ok()?;
        let held = status.lines().find_map(|line| line.strip_prefix(held))?.split_whitespace().next()?;
        let held = held.parse::<u64>().ok()?.saturating_mul(1024);
        Some(Limit { free: total.saturating_sub(held), total, of: format!("the limit of {words}") })
    };
    kinds.into_iter().filter_map(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    /// A folder with these files.
    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().expect("it has a folder")).expect("it can be made");
            fs::write(path, text).expect("it can be written");
        }
        root
    }

    fn found(files: &[(&str, &str)]) -> Option<(u64, u64, String)> {
        let limits = limits(tree(files).path());
        let (free, totals) = (limits.least_free()?, limits.groups.iter().chain(&limits.own).map(|limit| limit.total));
        Some((free.free / MIB, totals.min()? / MIB, free.of.clone()))
    }

    const SECOND_MOUNT: &str = "29 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";

    #[test]
    fn the_tightest_limit_of_nested_groups_holds() {
        let files = [
            ("proc/self/cgroup", "0::/system.slice/slurmstepd.scope/job_7/step_0/task_0\n"),
            ("proc/self/mountinfo", SECOND_MOUNT),
            ("sys/fs/cgroup/system.slice/slurmstepd.scope/job_7/memory.max", "536870912\n"),
            ("sys/fs/cgroup/system.slice/slurmstepd.scope/job_7/memory.current", "314572800\n"),
            ("sys/fs/cgroup/system.slice/slurmstepd.scope/job_7/memory.stat", "anon 1\ninactive_file 104857600\n"),
            ("sys/fs/cgroup/system.slice/slurmstepd.scope/job_7/step_0/memory.max", "max\n"),
            ("sys/fs/cgroup/system.slice/slurmstepd.scope/job_7/step_0/task_0/memory.max", "1073741824\n"),
            ("sys/fs/cgroup/system.slice/slurmstepd.scope/job_7/step_0/task_0/memory.current", "1048576\n"),
        ];
        let of = "the limit of the control group `/system.slice/slurmstepd.scope/job_7`".to_owned();
        // What is left is 512 - (300 - 100).
        assert_eq!(found(&files), Some((312, 512, of)));
    }

    #[test]
    fn what_a_group_is_slowed_down_at_limits_it_too() {
        let files = [
            ("proc/self/cgroup", "0::/a\n"),
            ("proc/self/mountinfo", SECOND_MOUNT),
            ("sys/fs/cgroup/a/memory.max", "max\n"),
            ("sys/fs/cgroup/a/memory.high", "104857600\n"),
        ];
        assert_eq!(found(&files).map(|(free, total, _)| (free, total)), Some((100, 100)));
    }

    #[test]
    fn groups_of_the_first_version_are_read() {
        let files = [
            ("proc/self/cgroup", "5:cpu,cpuacct:/other\n4:memory:/slurm/uid_0/job_3/step_0\n0::/\n"),
            ("proc/self/mountinfo", "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
            ("sys/fs/cgroup/memory/slurm/uid_0/job_3/memory.limit_in_bytes", "209715200\n"),
            ("sys/fs/cgroup/memory/slurm/uid_0/job_3/memory.usage_in_bytes", "157286400\n"),
            ("sys/fs/cgroup/memory/slurm/uid_0/job_3/memory.stat", "inactive_file 9\ntotal_active_file 52428800\n"),
            ("sys/fs/cgroup/memory/slurm/uid_0/job_3/step_0/memory.limit_in_bytes", "9223372036854771712\n"),
        ];
        let of = "the limit of the control group `/slurm/uid_0/job_3`".to_owned();
        assert_eq!(found(&files), Some((100, 200, of)));
    }

    /// What a process of `group` finds where groups are mounted from `from`.
    fn found_at(group: &str, from: &str) -> Option<(u64, u64)> {
        let mount = format!("35 31 0:32 {from} /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
        let files = [
            ("proc/self/cgroup", &*format!("4:memory:{group}\n")),
            ("proc/self/mountinfo", &mount),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "67108864\n"),
            ("sys/fs/cgroup/memory/inner/memory.limit_in_bytes", "33554432\n"),
        ];
        found(&files).map(|(free, total, _)| (free, total))
    }

    #[test]
    fn a_container_sees_its_own_group_at_the_top() {
        assert_eq!(found_at("/docker/abc", "/docker/abc"), Some((64, 64)));
        assert_eq!(found_at("/docker/abc/inner", "/docker/abc"), Some((32, 32)));
        // Mounted from above the root of the namespace: the top is above all that the process can name.
        assert_eq!(found_at("/", "/.."), Some((64, 64)));
        assert_eq!(found_at("/inner", "/../.."), Some((64, 64)));
    }

    #[test]
    fn groups_of_others_limit_nothing() {
        for (group, from) in [
            ("/user.slice", "/docker/abc"),
            ("/", "/docker/abc"),
            ("/docker/abcdef", "/docker/abc"),
            ("/../elsewhere", "/docker/abc"),
            ("/../elsewhere", "/../other"),
        ] {
            assert_eq!(found_at(group, from), None, "{group} at {from}");
        }
        assert_eq!(found_at("/../elsewhere/inner", "/../elsewhere"), Some((32, 32)));
    }

    #[test]
    fn the_limit_of_address_space_is_one_of_memory() {
        let files = [
            (
                "proc/self/limits",
                "Limit  Soft  Hard  Units\nMax data size   unlimited   unlimited   bytes\n\
                 Max address space   314572800   unlimited   bytes\n",
            ),
            ("proc/self/status", "Name:\telbo\nVmSize:\t  102400 kB\nVmData:\t  360 kB\n"),
        ];
        assert_eq!(found(&files), Some((200, 300, "the limit of address space (`ulimit -v`)".to_owned())));
    }

    #[test]
    fn nothing_limits_a_process_without_limits() {
        assert_eq!(found(&[]), None);
        let text = "Max address space   unlimited   unlimited   bytes\n";
        assert_eq!(found(&[("proc/self/limits", text), ("proc/self/cgroup", "nonsense\n0::/\n")]), None);
    }
}
