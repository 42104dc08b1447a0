//! Nodes, workers and controllers that die, tasks that are preempted or meet their time limit: each run comes to the bytes of
//! one that nobody disturbs.

use super::cluster::{Cluster, Form, kill, wait_until};
use super::project::Project;
use super::serially;

#[test]
fn runs_survive_the_death_of_a_nodes_daemon_and_of_a_whole_node() {
    let _turn = serially();
    let Some(mut cluster) = Cluster::start(Form::default()) else { return };
    let project = Project::new(2, 300, "");
    project.submit(&cluster);
    wait_until("both runs are trained", || project.checkpoints() >= 2 && cluster.states() == ["RUNNING", "RUNNING"]);
    // Of one the worker lives on, beside the copy that is begun elsewhere; of the other all is gone.
    cluster.kill_node(1);
    cluster.kill_node(2);
    kill(&cluster.processes(Some("n2")));
    wait_until("both tasks are queued again", || cluster.states().iter().all(|state| state == "PENDING"));
    cluster.start_node(1);
    cluster.start_node(2);
    project.wait(&cluster);
    project.assert_as_undisturbed();
}

#[test]
fn a_run_that_is_preempted_goes_on_where_it_was() {
    let _turn = serially();
    let Some(cluster) = Cluster::start(Form { nodes: 1, ..Form::default() }) else { return };
    let project = Project::new(1, 150, "");
    project.submit(&cluster);
    wait_until("the run is trained", || project.checkpoints() >= 2);
    let urgent = cluster.ask("sbatch", &["--partition=urgent", "--output=/dev/null", "--wrap=exec sleep 2"]);
    assert!(urgent.status.success());
    wait_until("the run has stopped", || project.status(&cluster).contains("1 stopped"));
    project.wait(&cluster);
    let logs = super::project::all(&project.batch(&cluster, &["logs", "batch.toml"]));
    assert!(logs.contains("Slurm ended the task") && logs.contains("resumed at step "), "{logs}");
    project.assert_as_undisturbed();
}

/// Slow: Slurm counts time limits in minutes.
#[test]
#[ignore = "takes two minutes: cargo test --test slurm -- --ignored"]
fn a_run_that_meets_its_time_limit_is_queued_again_and_goes_on() {
    let _turn = serially();
    let Some(cluster) = Cluster::start(Form { nodes: 1, ..Form::default() }) else { return };
    let project = Project::new(1, 800, "time = \"1min\"\nwarning = \"45s\"");
    project.submit(&cluster);
    project.wait(&cluster);
    let logs = super::project::all(&project.batch(&cluster, &["logs", "batch.toml"]));
    assert!(logs.contains("Slurm queues the task again") && logs.contains("resumed at step "), "{logs}");
    project.assert_as_undisturbed();
}
