//! Nodes, workers and controllers that die, tasks that are preempted or meet their time limit: each run comes to the bytes of
//! one that nobody disturbs.

use super::cluster::{Cluster, Form, kill, wait_until};
use super::project::{Project, all};

#[test]
fn runs_survive_the_death_of_a_nodes_daemon_and_of_a_whole_node() {
    let Some(mut cluster) = Cluster::start(Form::default()) else { return };
    let project = Project::new(2, 200, "");
    project.submit(&cluster);
    let trained = || project.attempts().iter().filter(|attempt| attempt.join("checkpoints").is_dir()).count();
    wait_until("both runs are trained", || trained() == 2 && cluster.states() == ["RUNNING", "RUNNING"]);
    // Of one the worker lives on, beside the copy that is begun elsewhere; of the other all is gone.
    cluster.kill_node(1);
    cluster.kill_whole_node(2);
    wait_until("both tasks are queued again", || cluster.states().iter().all(|state| state == "PENDING"));
    cluster.start_node(1);
    cluster.start_node(2);
    project.wait(&cluster);
    project.assert_as_undisturbed();
}

#[test]
fn a_run_that_is_preempted_goes_on_where_it_was() {
    let Some(cluster) = Cluster::start(Form { nodes: 1, ..Form::default() }) else { return };
    // It must not be through before Slurm preempts it.
    let project = Project::new(1, 500, "");
    project.submit(&cluster);
    wait_until("the run is trained", || project.checkpoints() >= 2);
    let urgent = cluster.ask("sbatch", &["--partition=urgent", "--output=/dev/null", "--wrap=exec sleep 2"]);
    assert!(urgent.status.success());
    wait_until("the run has stopped", || {
        let status = project.status(&cluster);
        assert!(!status.contains("1 finished"), "the run was too short for this test: {status}");
        status.contains("1 stopped")
    });
    project.wait(&cluster);
    let logs = all(&project.batch(&cluster, &["logs", "batch.toml"]));
    assert!(logs.contains("Slurm ended the task") && logs.contains("resumed at step "), "{logs}");
    project.assert_as_undisturbed();
}

#[test]
fn a_worker_that_is_killed_is_submitted_again() {
    let Some(cluster) = Cluster::start(Form { nodes: 1, ..Form::default() }) else { return };
    let project = Project::new(1, 200, "");
    project.submit(&cluster);
    wait_until("the run is trained", || project.checkpoints() >= 2);
    kill(&cluster.processes(Some("n1")));
    wait_until("Slurm takes it for failed", || cluster.states().is_empty());
    let status = project.status(&cluster);
    assert!(status.contains("1 lost") && status.contains("1 run is open and not in the queue"), "{status}");
    let said = project.submit(&cluster);
    assert!(said.contains("1 run submitted in 1 array"), "{said}");
    project.wait(&cluster);
    project.assert_as_undisturbed();
}

#[test]
fn what_a_controller_that_dies_leaves_behind_is_mended_as_status_says() {
    let Some(mut cluster) = Cluster::start(Form { nodes: 1, ..Form::default() }) else { return };
    let project = Project::new(1, 300, "");
    // It has written down that the node is drained and the task waits, and dies before it writes that the task runs.
    cluster.ask("scontrol", &["update", "NodeName=n1", "State=DRAIN", "Reason=test"]);
    project.submit(&cluster);
    cluster.wait_for_state("elbo-");
    cluster.ask("scontrol", &["update", "NodeName=n1", "State=RESUME"]);
    wait_until("it runs", || project.attempts().len() == 1);
    cluster.kill_controller();
    cluster.start_controller();
    wait_until("the task is forgotten", || project.status(&cluster).contains("n1: drained"));
    // The node, once it answers, ends the task that the controller knows nothing of. What is started within the same second
    // is refused as ended already, since credentials are told apart by seconds.
    wait_until("the node has ended the task", || cluster.log("slurmd.n1.log").contains("done with job"));
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert!(cluster.ask("scontrol", &["hold", "1_0"]).status.success());
    assert_eq!(project.mends(&cluster), ["scontrol release 1_0", "scontrol update NodeName=n1 State=RESUME"]);
    project.mend(&cluster);
    // While it is gone later on, tasks go on and their results are seen.
    // The first attempt has left checkpoints, so it is another attempt that tells.
    wait_until("it runs again", || project.attempts().len() >= 2);
    cluster.kill_controller();
    project.wait(&cluster);
    project.assert_as_undisturbed();
}

/// Slow: Slurm counts time limits in minutes.
#[test]
#[ignore = "takes some minutes: cargo test --test slurm -- --ignored"]
fn a_run_that_meets_its_time_limit_is_queued_again_and_goes_on() {
    let Some(cluster) = Cluster::start(Form { nodes: 1, ..Form::default() }) else { return };
    let project = Project::new(1, 3000, "time = \"1min\"\nwarning = \"45s\"");
    project.submit(&cluster);
    project.wait(&cluster);
    let logs = all(&project.batch(&cluster, &["logs", "batch.toml"]));
    assert!(logs.contains("Slurm queues the task again") && logs.contains("resumed at step "), "{logs}");
    project.assert_as_undisturbed();
}
