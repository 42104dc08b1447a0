//! What keeps tasks from running that somebody has to mend, and how.

use super::SlurmError;
use super::command::{QUESTION, ask};
use super::queue::{Queue, ranges};
use std::collections::{BTreeMap, BTreeSet};

/// Something to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// What is the matter.
    pub problem: String,
    /// A command that mends it, or in words what would.
    pub mend: String,
}

/// A node in a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    name: String,
    state: String,
    partition: String,
    reason: String,
}

/// The nodes of the cluster, in each of their partitions.
///
/// # Errors
/// [`SlurmError`] if Slurm gives no answer.
pub fn nodes() -> Result<Vec<Node>, SlurmError> {
    let arguments = ["--noheader", "--Node", "--format=%N|%T|%P|%E"].map(str::to_owned);
    Ok(parse(&ask("sinfo", &arguments, QUESTION)?))
}

/// Lines that are none of a node are passed over: they could only have been worth a hint.
fn parse(answer: &str) -> Vec<Node> {
    let node = |line: &str| {
        let fields: Vec<&str> = line.splitn(4, '|').map(str::trim).collect();
        let &[name, state, partition, reason] = fields.as_slice() else { return None };
        // `*` stands behind the default partition, and behind the state of a node that does not answer.
        let (partition, reason) = (partition.trim_end_matches('*').to_owned(), reason.to_owned());
        Some(Node { name: name.to_owned(), state: state.to_owned(), partition, reason })
    };
    answer.lines().filter_map(node).collect()
}

/// What keeps a batch's tasks from running.
pub fn hints(queue: &Queue, nodes: &[Node]) -> Vec<Hint> {
    let mut hints = held(queue);
    hints.extend(never(queue));
    hints.extend(broken(queue, nodes));
    hints
}

fn held(queue: &Queue) -> Vec<Hint> {
    by_reason(queue, |task| task.is_held())
        .into_iter()
        .map(|(reason, (count, ids))| Hint {
            problem: format!("{} held ({reason})", tasks(count)),
            mend: format!("scontrol release {ids}"),
        })
        .collect()
}

/// What waits for something that does not come by itself.
fn never(queue: &Queue) -> Vec<Hint> {
    const REASONS: [(&str, &str); 5] = [
        ("DependencyNeverSatisfied", ""),
        ("PartitionTimeLimit", "lower `time` in `[slurm]`; a run that meets its limit is queued again and goes on"),
        ("PartitionConfig", "the partition cannot run what `[slurm]` asks for: `scontrol show partition`"),
        ("BadConstraints", "no node has what `[slurm]` asks for: `sinfo -o '%N %c %m %f %G'`"),
        ("AccountNotAllowed", "`account` in `[slurm]` may not use this partition"),
    ];
    let mut hints = Vec::new();
    for (reason, (count, ids)) in by_reason(queue, |task| task.state == "PENDING" && !task.is_held()) {
        let Some((_, words)) = REASONS.iter().find(|(known, _)| reason.starts_with(known)) else { continue };
        let again = format!("scancel {ids}, then submit again");
        let mend = if words.is_empty() { again } else { format!("{words}; then {again}") };
        hints.push(Hint { problem: format!("{} not going to begin ({reason})", tasks(count)), mend });
    }
    hints
}

/// Nodes that nothing runs on, of the partitions in which tasks wait.
fn broken(queue: &Queue, nodes: &[Node]) -> Vec<Hint> {
    let waiting = queue.tasks.iter().filter(|task| task.is_alive() && task.state != "RUNNING");
    let partitions: BTreeSet<&str> = waiting.map(|task| task.partition.as_str()).collect();
    let mut broken: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for node in nodes.iter().filter(|node| partitions.contains(node.partition.as_str())) {
        let state = node.state.trim_end_matches(|letter: char| !letter.is_ascii_alphabetic());
        if ["drain", "drained", "draining", "down", "fail", "failing"].contains(&state) {
            broken.entry((state, &node.reason)).or_default().insert(&node.name);
        }
    }
    broken
        .into_iter()
        .map(|((state, reason), names)| {
            let names = names.into_iter().collect::<Vec<_>>().join(",");
            let slurmd = if state == "down" { ", once slurmd runs there" } else { "" };
            Hint {
                problem: format!("{names}: {state} ({reason})"),
                mend: format!("scontrol update NodeName={names} State=RESUME{slurmd} (an administrator may)"),
            }
        })
        .collect()
}

/// How many tasks wait for each reason, and their numbers as Slurm's programs take them.
fn by_reason(queue: &Queue, which: impl Fn(&super::queue::QueuedTask) -> bool) -> BTreeMap<&str, (usize, String)> {
    let mut found: BTreeMap<&str, (usize, BTreeMap<u64, BTreeSet<usize>>)> = BTreeMap::new();
    for task in queue.tasks.iter().filter(|task| which(task)) {
        let (count, jobs) = found.entry(&task.reason).or_default();
        *count += 1;
        jobs.entry(task.job).or_default().extend(task.task);
    }
    let id = |(job, numbers): (u64, BTreeSet<usize>)| match numbers.len() {
        0 => job.to_string(),
        1 => format!("{job}_{}", ranges(&numbers)),
        _ => format!("{job}_[{}]", ranges(&numbers)),
    };
    found
        .into_iter()
        .map(|(reason, (count, jobs))| (reason, (count, jobs.into_iter().map(id).collect::<Vec<_>>().join(" "))))
        .collect()
}

fn tasks(count: usize) -> String {
    if count == 1 { "1 task is".to_owned() } else { format!("{count} tasks are") }
}

#[cfg(test)]
mod tests {
    use super::super::QueuedTask;
    use super::*;

    fn task(number: usize, state: &str, reason: &str) -> QueuedTask {
        let text = |text: &str| text.to_owned();
        QueuedTask {
            job: 7,
            task: Some(number),
            state: text(state),
            node: String::new(),
            partition: text("main"),
            name: text("elbo"),
            reason: text(reason),
        }
    }

    fn told(tasks: Vec<QueuedTask>, nodes: &str) -> Vec<(String, String)> {
        let hints = hints(&Queue { tasks }, &parse(nodes));
        hints.into_iter().map(|hint| (hint.problem, hint.mend)).collect()
    }

    #[test]
    fn each_obstacle_is_told_with_what_mends_it() {
        let held = [1, 2, 4].map(|number| task(number, "PENDING", "launch failed requeued held"));
        let found = told(held.to_vec(), "");
        let expected = ("3 tasks are held (launch failed requeued held)", "scontrol release 7_[1-2,4]");
        assert_eq!(found, [(expected.0.to_owned(), expected.1.to_owned())]);
        let found = told(vec![task(3, "PENDING", "JobHeldUser")], "");
        assert_eq!(found, [("1 task is held (JobHeldUser)".to_owned(), "scontrol release 7_3".to_owned())]);
        let found = told(vec![task(3, "PENDING", "PartitionTimeLimit")], "");
        assert!(
            found[0].1.starts_with("lower `time`") && found[0].1.ends_with("scancel 7_3, then submit again"),
            "{found:?}"
        );
        let found = told(vec![task(3, "PENDING", "DependencyNeverSatisfied")], "");
        assert_eq!(found[0].1, "scancel 7_3, then submit again");
    }

    #[test]
    fn broken_nodes_matter_where_tasks_wait() {
        let nodes = "n1|drained|main*|Kill task | failed\nn2|drained*|main*|Kill task | failed\nn3|idle|main*|none\n\
                     n4|down|other|gone\n";
        let found = told(vec![task(0, "PENDING", "Resources")], nodes);
        let mend = "scontrol update NodeName=n1,n2 State=RESUME (an administrator may)";
        assert_eq!(found, [("n1,n2: drained (Kill task | failed)".to_owned(), mend.to_owned())]);
        assert!(told(vec![task(0, "RUNNING", "None")], nodes).is_empty());
        assert!(told(vec![task(0, "COMPLETED", "None")], nodes).is_empty());
    }
}
