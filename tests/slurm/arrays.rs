//! Arrays that nobody disturbs, and submissions that are asked for twice, refused, or not answered.

use super::cluster::{Cluster, Form, wait_until};
use super::project::{Project, all, results};
use std::fs;

#[test]
fn the_same_array_twice_leaves_each_result_once() {
    let Some(cluster) = Cluster::start(Form { largest_array: 4, ..Form::default() }) else { return };
    let project = Project::new(5, 2, "setup = [\"export MARK=set\"]\narray_throttle = 3");
    // Split where the cluster takes no larger array.
    let said = project.submit(&cluster);
    assert!(said.contains("5 runs submitted in 2 arrays"), "{said}");
    // The same again while they wait or run, and by hand what was submitted.
    let said = project.submit(&cluster);
    assert!(said.contains("nothing to submit"), "{said}");
    let script = fs::read_to_string(&project.submissions(".sh")[0]).expect("it was written");
    assert!(script.contains("\nexport MARK=set\n"), "{script}");
    let by_hand = script.lines().find_map(|line| line.strip_prefix("# sbatch ")).expect("it says how it was submitted");
    let output = cluster.command("bash").args(["-c", &format!("sbatch {by_hand}")]).output().expect("there is bash");
    assert!(output.status.success(), "{}", all(&output));
    project.wait(&cluster);
    wait_until("the queue is empty", || cluster.states().is_empty());
    let ended = cluster.answer("squeue", &["--noheader", "--array", "--states=all", "--format=%T"]);
    assert_eq!((ended.lines().count(), ended.matches("COMPLETED").count()), (9, 9), "{ended}");
    assert_eq!(results(&project.path().join("runs")).len(), 5);
    project.assert_as_undisturbed();
    let said = project.submit(&cluster);
    assert!(said.contains("nothing to submit, 5 finished"), "{said}");
    assert_eq!(project.submissions(".sh").len(), 2);
}

#[test]
fn what_is_cancelled_saves_itself_and_goes_on_when_submitted_again() {
    let Some(cluster) = Cluster::start(Form::default()) else { return };
    let project = Project::new(3, 200, "");
    project.submit(&cluster);
    wait_until("two runs are trained", || project.checkpoints() >= 2);
    let status = project.status(&cluster);
    assert!(status.contains("in Slurm's queue: 1 pending (") && status.contains("), 2 running\n"), "{status}");
    let said = project.batch(&cluster, &["cancel", "batch.toml"]);
    assert!(all(&said).contains("3 tasks cancelled"), "{}", all(&said));
    wait_until("the queue is empty", || cluster.states().is_empty());
    let status = project.status(&cluster);
    assert!(status.contains("2 stopped") && status.contains("3 runs are open and not in the queue"), "{status}");
    project.submit(&cluster);
    project.wait(&cluster);
    let logs = all(&project.batch(&cluster, &["logs", "batch.toml"]));
    assert_eq!(logs.matches("resumed at step ").count(), 2, "{logs}");
    project.assert_as_undisturbed();
}

#[test]
fn what_slurm_refuses_or_does_not_answer_is_told_and_nothing_is_submitted_twice() {
    let Some(mut cluster) = Cluster::start(Form { nodes: 1, ..Form::default() }) else { return };
    let project = Project::new(1, 1, "partition = \"nowhere\"");
    let submit = ["run", "batch.toml", "--on", "slurm"];
    let refused = project.batch(&cluster, &submit);
    let said = all(&refused);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("Slurm refused") && said.contains("nowhere") && said.contains("`sinfo` lists"), "{said}");
    project.configure("time = \"2min\"");
    let said = all(&project.batch(&cluster, &submit));
    assert!(said.contains("leaves nothing") && said.contains("make `time` in `[slurm]` longer"), "{said}");
    project.configure("");
    // A controller that takes it, but whose answer does not arrive: it is found by its name.
    let (folder, sbatch) = (cluster.path().join("bin"), cluster.answer("which", &["sbatch"]));
    fs::create_dir(&folder).expect("it can be made");
    let stub = format!("#!/bin/sh\n{} \"$@\" >&2\necho 'sbatch: error: Socket timed out' >&2\nexit 1\n", sbatch.trim());
    fs::write(folder.join("sbatch"), stub).expect("it can be written");
    cluster.answer("chmod", &["+x", &folder.join("sbatch").display().to_string()]);
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    // What has to wait can be counted.
    cluster.ask("scontrol", &["update", "NodeName=n1", "State=DRAIN", "Reason=test"]);
    let mut command = cluster.command(env!("CARGO_BIN_EXE_elbo"));
    let output =
        command.env("PATH", path).arg("batch").args(submit).current_dir(project.path()).output().expect("it is built");
    assert!(output.status.success() && all(&output).contains("1 run submitted in 1 array"), "{}", all(&output));
    let said = project.submit(&cluster);
    assert!(said.contains("nothing to submit, 1 in the queue already"), "{said}");
    // A controller that is gone.
    cluster.wait_for_state("elbo-");
    cluster.kill_controller();
    let output = project.batch(&cluster, &submit);
    let said = all(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("so nothing was submitted") && said.contains("scontrol ping"), "{said}");
    let status = project.status(&cluster);
    assert!(status.contains("1 waiting") && status.contains("what is in Slurm's queue is not known"), "{status}");
    cluster.start_controller();
    assert_eq!(cluster.states(), ["PENDING"]);
    let status = project.status(&cluster);
    assert!(
        status.contains("n1: drained (test)") && status.contains("scontrol update NodeName=n1 State=RESUME"),
        "{status}"
    );
    project.mend(&cluster);
    project.wait(&cluster);
    assert_eq!(
        project.submissions(".json").iter().filter(|path| !path.to_string_lossy().contains("outcome")).count(),
        2
    );
}

#[test]
fn where_there_is_no_slurm_that_is_said() {
    let project = Project::new(1, 1, "");
    let output = project.batch_with_path("/nowhere", &["run", "batch.toml", "--on", "slurm"]);
    // Not asked where nothing was submitted yet, so the first question is what the cluster allows.
    let said = all(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("there is no Slurm here: `s") && said.contains("not on PATH"), "{said}");
    assert!(said.contains("module load slurm"), "{said}");
}
