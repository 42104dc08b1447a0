//! A real Slurm on this machine's loopback: munged, slurmctld and slurmds of its own, in a temporary folder, with ports that
//! were free. Nothing of the system's own Slurm is touched. Dropping it ends everything, also after a panic.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long anything is waited for that must happen; on an idle machine it takes a fraction of it.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// What the cluster is made of.
const PROGRAMS: [&str; 6] = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol"];

/// What a cluster is like.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// Nodes, `n1` and so on, of one processor each.
    pub nodes: usize,
    /// `MaxArraySize`.
    pub largest_array: usize,
}

impl Default for Form {
    fn default() -> Self {
        Self { nodes: 2, largest_array: 1001 }
    }
}

/// A cluster that runs.
pub struct Cluster {
    folder: tempfile::TempDir,
    munged: Option<Child>,
    controller: Option<Child>,
    nodes: Vec<Option<Child>>,
}

/// Where a program is, looked for where daemons are, too.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into(), "/usr/local/sbin".into()]);
    folders.map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Why there can be no cluster here.
fn absence() -> Option<String> {
    if std::env::var("ELBO_TEST_SLURM").is_ok_and(|value| value == "0") {
        return Some("ELBO_TEST_SLURM=0".to_owned());
    }
    if !cfg!(target_os = "linux") {
        return Some("it needs Linux".to_owned());
    }
    let missing = PROGRAMS.into_iter().find(|name| program(name).is_none())?;
    Some(format!("there is no `{missing}`: apt-get install --no-install-recommends slurm-wlm munge"))
}

/// Waits until something holds.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

impl Cluster {
    /// Brings one up; `None`, with the reason printed, where that cannot be.
    pub fn start(form: Form) -> Option<Self> {
        if let Some(reason) = absence() {
            println!("skipped: no Slurm, {reason}");
            return None;
        }
        let folder = tempfile::Builder::new().prefix("elbo-slurm").tempdir().expect("a temporary folder");
        for name in ["run", "state", "log"] {
            fs::create_dir(folder.path().join(name)).expect("it can be made");
        }
        let mut cluster =
            Self { folder, munged: None, controller: None, nodes: (0..form.nodes).map(|_| None).collect() };
        cluster.start_munge();
        cluster.configure(form);
        cluster.start_controller();
        (1..=form.nodes).for_each(|node| cluster.start_node(node));
        wait_until("all nodes are idle", || {
            let idle = cluster.answer("sinfo", &["-h", "-p", "main", "-t", "idle", "-o", "%D"]);
            idle.trim() == form.nodes.to_string()
        });
        Some(cluster)
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where its configuration is.
    pub fn configuration(&self) -> PathBuf {
        self.path().join("slurm.conf")
    }

    /// Lets a command use this cluster, and none other.
    pub fn command(&self, name: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(name);
        command.env("SLURM_CONF", self.configuration()).current_dir(self.path()).stdin(Stdio::null());
        command
    }

    /// What one of Slurm's programs says.
    pub fn ask(&self, name: &str, arguments: &[&str]) -> Output {
        let path = program(name).unwrap_or_else(|| name.into());
        self.command(path).args(arguments).output().expect("the program is there")
    }

    /// What one of Slurm's programs answers, whether or not it agrees.
    pub fn answer(&self, name: &str, arguments: &[&str]) -> String {
        String::from_utf8_lossy(&self.ask(name, arguments).stdout).into_owned()
    }

    /// What a daemon has written into its log.
    pub fn log(&self, name: &str) -> String {
        fs::read_to_string(self.path().join("log").join(name)).unwrap_or_default()
    }

    /// The states of all tasks of a user's jobs that are not over, in the order of their tasks.
    pub fn states(&self) -> Vec<String> {
        let answer = self.answer("squeue", &["--noheader", "--array", "--sort=i", "--format=%T"]);
        answer.lines().map(str::to_owned).collect()
    }

    fn daemon(&self, name: &str, arguments: &[&str]) -> Child {
        let log = File::create(self.path().join("log").join(format!("{name}.out"))).expect("it can be made");
        let twin = log.try_clone().expect("it is open");
        let path = program(name).expect("it was looked for before");
        self.command(path).args(arguments).stdout(log).stderr(twin).spawn().expect("it is there")
    }

    fn start_munge(&mut self) {
        use std::io::Read;
        use std::os::unix::fs::PermissionsExt;
        let key = self.path().join("munge.key");
        let mut random = vec![0; 1024];
        File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut random)).expect("there is randomness");
        fs::write(&key, random).expect("it can be written");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("it is ours");
        let at = |name: &str| self.path().join("run").join(name).display().to_string();
        let arguments = [
            "--foreground".to_owned(),
            "--force".to_owned(),
            format!("--key-file={}", key.display()),
            format!("--socket={}", at("munge.sock")),
            format!("--pid-file={}", at("munged.pid")),
            format!("--seed-file={}", at("munge.seed")),
            format!("--log-file={}", at("munged.log")),
        ];
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.munged = Some(self.daemon("munged", &arguments));
        let socket = self.path().join("run/munge.sock");
        wait_until("munged listens", || socket.exists());
    }

    fn configure(&self, form: Form) {
        // All are taken at once, so that they differ.
        let taken: Vec<TcpListener> =
            (0..=form.nodes).map(|_| TcpListener::bind("127.0.0.1:0").expect("a port is free")).collect();
        let ports: Vec<u16> = taken.iter().map(|listener| listener.local_addr().expect("it is bound").port()).collect();
        drop(taken);
        let word = |command: &str, argument: &str| {
            let output = Command::new(command).arg(argument).output().expect("every system has it");
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        };
        let (user, host, root) = (word("id", "-un"), word("hostname", "-s"), self.path().display().to_string());
        let mut text = CONFIGURATION
            .replace("{root}", &root)
            .replace("{user}", &user)
            .replace("{host}", &host)
            .replace("{port}", &ports[0].to_string())
            .replace("{largest_array}", &form.largest_array.to_string());
        for (node, port) in ports[1..].iter().enumerate() {
            let line = format!(
                "NodeName=n{} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=1 State=UNKNOWN\n",
                node + 1
            );
            text = text.replacen("PartitionName", &format!("{line}PartitionName"), 1);
        }
        fs::write(self.configuration(), text).expect("it can be written");
        let cgroups = "CgroupPlugin=cgroup/v1\nCgroupMountpoint=/sys/fs/cgroup\n";
        fs::write(self.path().join("cgroup.conf"), cgroups).expect("it can be written");
    }

    /// Starts the controller, which goes on from what it has written down.
    pub fn start_controller(&mut self) {
        let configuration = self.configuration().display().to_string();
        self.controller = Some(self.daemon("slurmctld", &["-D", "-f", &configuration]));
        wait_until("the controller answers", || self.ask("scontrol", &["ping"]).status.success());
    }

    /// Kills the controller, which has no time to write anything down.
    pub fn kill_controller(&mut self) {
        end(self.controller.take());
    }

    /// Starts the daemon of a node.
    pub fn start_node(&mut self, node: usize) {
        let (name, configuration) = (format!("n{node}"), self.configuration().display().to_string());
        self.nodes[node - 1] = Some(self.daemon("slurmd", &["-D", "-N", &name, "-f", &configuration]));
    }

    /// Kills a node: its daemon, then what watches over its tasks, so that nobody can tell how they ended, then these.
    pub fn kill_whole_node(&mut self, node: usize) {
        let tasks = self.processes(Some(&format!("n{node}")));
        self.kill_node(node);
        let watchers: Vec<u32> = tasks.iter().filter_map(|task| parent(*task)).filter(|it| is_watcher(*it)).collect();
        kill(&watchers);
        kill(&tasks);
    }

    /// Waits until the controller has written down what it knows of a job.
    pub fn wait_for_state(&self, job: &str) {
        let path = self.path().join("state/job_state");
        wait_until("the controller has written down its state", || {
            let bytes = fs::read(&path).unwrap_or_default();
            bytes.windows(job.len()).any(|window| window == job.as_bytes())
        });
    }

    /// Kills the daemon of a node; what it started lives on.
    pub fn kill_node(&mut self, node: usize) {
        end(self.nodes[node - 1].take());
    }

    /// The processes of tasks, by what stands in their environment: all of this cluster, or of one node.
    pub fn processes(&self, node: Option<&str>) -> Vec<u32> {
        let cluster = format!("SLURM_CONF={}", self.configuration().display());
        let node = node.map(|node| format!("SLURMD_NODENAME={node}"));
        let daemons: Vec<u32> =
            self.nodes.iter().chain([&self.controller, &self.munged]).flatten().map(Child::id).collect();
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        entries
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(|number| *number != std::process::id() && !daemons.contains(number))
            .filter(|number| {
                let environment = fs::read(format!("/proc/{number}/environ")).unwrap_or_default();
                let has = |wanted: &str| environment.split(|byte| *byte == 0).any(|found| found == wanted.as_bytes());
                has(&cluster) && node.as_deref().is_none_or(has)
            })
            .collect()
    }
}

/// Kills processes at once.
pub fn kill(processes: &[u32]) {
    for process in processes {
        let _ = Command::new("kill").args(["-KILL", &process.to_string()]).stderr(Stdio::null()).status();
    }
}

fn parent(process: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}

fn is_watcher(process: u32) -> bool {
    fs::read_to_string(format!("/proc/{process}/comm")).is_ok_and(|name| name.trim() == "slurmstepd")
}

fn end(child: Option<Child>) {
    if let Some(mut child) = child {
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for name in ["slurmctld.log", "slurmd.n1.log"] {
                let text = self.log(name);
                let lines: Vec<&str> = text.lines().collect();
                println!("{name}:\n{}", lines[lines.len().saturating_sub(30)..].join("\n"));
            }
        }
        // The controller first, so that nothing is begun any more.
        end(self.controller.take());
        self.nodes.iter_mut().for_each(|node| end(node.take()));
        kill(&self.processes(None));
        end(self.munged.take());
    }
}

/// No grace for what is preempted: Slurm looks only every 30 seconds whether one is over. What a test waits for comes soon, and
/// nothing needs a right that an ordinary user has not.
const CONFIGURATION: &str = "\
ClusterName=elbo
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={root}/run/munge.sock,cred_expire=5
StateSaveLocation={root}/state
SlurmdSpoolDir={root}/state/%n
SlurmctldPidFile={root}/run/slurmctld.pid
SlurmdPidFile={root}/run/slurmd.%n.pid
SlurmctldLogFile={root}/log/slurmctld.log
SlurmdLogFile={root}/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SwitchType=switch/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=100000,bf_interval=1
PriorityType=priority/basic
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
MaxArraySize={largest_array}
MaxJobCount=5000
MinJobAge=600
SlurmdTimeout=3
SlurmctldTimeout=10
MessageTimeout=5
KillWait=10
OverTimeLimit=0
CompleteWait=0
JobRequeue=1
ReturnToService=2
SlurmdParameters=config_overrides
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1 GraceTime=0
PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
";
