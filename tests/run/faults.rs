//! What faults of the disk leave behind, as `docs/faults.md` says: its table is what happens here.
//!
//! Full and read-only disks are mounted in a namespace of the test's own, which it enters by running itself again; where
//! the system does not let it, those rows are left out, and it says so.

#![cfg(target_os = "linux")]

use super::support::{
    assert_equal, assert_same_training, checkpoints, evaluations, result, text, training, wait_until,
};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const SPEC: &str = "model net { input image[1, 8, 8]; default bayes; flatten; head: linear(10); output categorical }
dataset data { source = digits(); split = fraction(train=0.9, validation=0.1) }
train regime { objective = elbo(kl=exact); optimizer = adam(lr=1e-2); epochs = EPOCHS; batch = 500; checkpoint = 2steps
  select = best(validation.nll) }
run trial { model = net; data = data; train = regime }
";

/// Set in the process that may mount.
const MAY_MOUNT: &str = "ELBO_TEST_MAY_MOUNT";

/// Takes from a user of all rights those that ignore the modes of files.
const LESS_RIGHTS: [&str; 3] =
    ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"];

/// A run and its result on a disk without faults.
struct Ground {
    folder: tempfile::TempDir,
    /// What the program is started by.
    starter: Vec<&'static str>,
    expected: PathBuf,
    /// `ab/<training>`
    run: String,
}

impl Ground {
    fn new(place: &Path, epochs: &str, starter: &[&'static str]) -> Self {
        let folder = tempfile::tempdir_in(place).expect("a temporary folder");
        fs::write(folder.path().join("spec.elbo"), SPEC.replace("EPOCHS", epochs)).expect("it can be written");
        fs::create_dir(folder.path().join("disk")).expect("it can be made");
        let mut ground = Self { folder, starter: starter.to_vec(), expected: PathBuf::new(), run: String::new() };
        // How often it is saved changes no bit.
        let output = ground.run("undisturbed", &["--set", "train.checkpoint=none"]);
        assert!(output.status.success(), "{}", text(&output));
        ground.expected = result(&ground.path("undisturbed"));
        let run = training(&ground.expected).parent().expect("it lies in the run's directory").to_owned();
        ground.run = run.strip_prefix(ground.path("undisturbed")).expect("it is below").display().to_string();
        ground
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start(&self, store: &str, more: &[&str]) -> Child {
        let words = [&self.starter[..], &[env!("CARGO_BIN_EXE_elbo"), "--quiet", "run", "spec.elbo"], more].concat();
        Command::new(words[0])
            .args(&words[1..])
            .args(["--threads", "1", "--store", store])
            .current_dir(self.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it can be started")
    }

    fn run(&self, store: &str, more: &[&str]) -> Output {
        self.start(store, more).wait_with_output().expect("it ends")
    }

    /// What the program says where it fails, without what differs from run to run.
    fn message(&self, output: &Output) -> String {
        let said = text(output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        let message = said.strip_prefix("error: ").unwrap_or_else(|| panic!("{said}"));
        let evaluation = self.expected.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let message = if evaluation.is_empty() { message.to_owned() } else { message.replace(&evaluation, "…") };
        message.replace(&self.run, "…").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// What is there of the run, in words.
    fn state(&self, store: &str) -> String {
        let run = self.path(store).join(&self.run);
        assert!(evaluations(&self.path(store)).is_empty(), "no part of a report may be seen");
        if run.join("training").is_dir() {
            assert_eq!(read_dir_names(&run.join("training")).len(), 6, "a training is seen whole or not at all");
            return "the training, published".to_owned();
        }
        let number = |path: PathBuf| path.file_stem()?.to_str()?.trim_start_matches('0').to_owned().into();
        let steps: Option<Vec<String>> = checkpoints(&self.path(store), "json").into_iter().map(number).collect();
        match steps.unwrap_or_default().as_slice() {
            [] => "no checkpoint".to_owned(),
            [one] => format!("the checkpoint of step {one}"),
            more => format!("the checkpoints of steps {}", more.join(" and ")),
        }
    }

    /// The same command once the fault is fixed: it must come to the bytes of the undisturbed run. What it does, in
    /// words.
    fn finish(&self, store: &str) -> String {
        // Not quiet: it says where it goes on from.
        let words =
            [&self.starter[..], &[env!("CARGO_BIN_EXE_elbo"), "run", "spec.elbo", "--set", "train.checkpoint=none"]]
                .concat();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).args(["--store", store]).current_dir(self.folder.path());
        let output = command.output().expect("it can be started");
        let said = text(&output);
        assert!(output.status.success(), "{said}");
        if said.contains("only scoring is left") {
            assert_same_training(&result(&self.path(store)), &self.expected);
            return "scores, and trains nothing".to_owned();
        }
        assert_equal(&result(&self.path(store)), &self.expected);
        let step = said.split("resumed at step ").nth(1).and_then(|rest| rest.split(' ').next());
        step.map_or_else(|| "starts again".to_owned(), |step| format!("goes on from step {step}"))
    }
}

/// The names in a folder.
fn read_dir_names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("it is there").flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// A row of the table.
fn row(fault: &str, message: &str, state: &str, then: &str) -> String {
    format!("| {fault} | `` {message} `` | {state} | {then} |")
}

/// Mounts once nobody writes there for a moment: a heartbeat makes the place busy, and the system refuses.
fn mount(arguments: &[&str], at: &Path) {
    for _ in 0..500 {
        let output = Command::new("mount").args(arguments).arg(at).output().expect("there is `mount`");
        if output.status.success() {
            return;
        }
        assert!(text(&output).contains("busy"), "mount {arguments:?} {}: {}", at.display(), text(&output));
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("mount {arguments:?} {}: it stays busy", at.display());
}

fn unmount(at: &Path) {
    assert!(Command::new("umount").arg(at).status().expect("there is `umount`").success());
}

/// Every file below a folder and what it holds, but what programs hide.
fn content(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
            continue;
        }
        match path.is_dir() {
            true => found.extend(content(&path)),
            false => found.push((path.clone(), fs::read(&path).expect("it can be read"))),
        }
    }
    found
}

/// Space runs out at every write in turn.
fn full_disk(ground: &Ground, arguments: &[&str], label: &str, rows: &mut Vec<String>) {
    let disk = ground.path("disk");
    let mut last = String::new();
    for pages in 0.. {
        assert!(pages < 1000, "a run takes some hundred KiB");
        let size = format!("size={}k", 4 * pages.max(1));
        mount(&["-t", "tmpfs", "-o", &size, "tmpfs"], &disk);
        if pages == 0 {
            fs::write(disk.join("ballast"), [0; 4096]).expect("there is room for that");
        }
        let output = ground.run("disk/runs", arguments);
        if output.status.success() {
            unmount(&disk);
            break;
        }
        let message = ground.message(&output);
        if message != last {
            let state = ground.state("disk/runs");
            let before = content(&disk);
            assert_eq!(ground.run("disk/runs", arguments).status.code(), Some(1), "there still is no room");
            let after = content(&disk);
            assert!(before.iter().all(|file| after.contains(file)), "what was there is as it was: {message}");
            mount(&["-o", "remount,size=64m"], &disk);
            let row = row(&format!("no space left{label}"), &message, &state, &ground.finish("disk/runs"));
            if !rows.iter().any(|row| row.contains(&message)) {
                rows.push(row);
            }
            last = message;
        }
        unmount(&disk);
    }
}

/// The disk can be read only.
fn read_only_disk(ground: &Ground, long: &Ground, rows: &mut Vec<String>) {
    let disk = ground.path("disk");
    mount(&["-t", "tmpfs", "tmpfs"], &disk);
    mount(&["-o", "remount,ro"], &disk);
    let message = ground.message(&ground.run("disk/runs", &[]));
    let state = ground.state("disk/runs");
    mount(&["-o", "remount,rw"], &disk);
    rows.push(row("read-only from the start", &message, &state, &ground.finish("disk/runs")));
    // A result is found there all the same.
    mount(&["-o", "remount,ro"], &disk);
    let again = ground.run("disk/runs", &[]);
    assert!(again.status.success() && !again.stdout.is_empty(), "{}", text(&again));
    unmount(&disk);
    let run = long.path("disk/runs").join(&long.run);
    for (more, fault) in
        [(&[][..], "read-only while it trains"), (&["--set", "train.checkpoint=none"], "the same, `checkpoint = none`")]
    {
        let row = disturbed(long, more, fault, &|| {
            mount(&["--bind", &run.display().to_string()], &run);
            mount(&["-o", "remount,bind,ro"], &run);
        });
        unmount(&run);
        rows.push(row(long));
        fs::remove_dir_all(long.path("disk/runs")).expect("it can be removed");
    }
}

/// A run that is disturbed while it trains; what gives its row once the fault is fixed.
fn disturbed(
    ground: &Ground,
    more: &[&str],
    fault: &'static str,
    disturb: &dyn Fn(),
) -> impl FnOnce(&Ground) -> String + use<> {
    let mut child = ground.start("disk/runs", more);
    let run = ground.path("disk/runs").join(&ground.run);
    let begun = || match more {
        [] => !checkpoints(&ground.path("disk/runs"), "json").is_empty(),
        _ => run.join("attempt-0001/metrics.jsonl").exists(),
    };
    assert!(wait_until(&mut child, begun), "it ended by itself");
    disturb();
    let mut message = ground.message(&child.wait_with_output().expect("it ends"));
    // At which checkpoint it was differs from time to time.
    if let Some((start, rest)) = message.split_once("/checkpoints/") {
        let rest = rest.split_once('`').expect("a path ends").1;
        message = format!("{start}/checkpoints/…`{rest}");
    }
    let saved = !checkpoints(&ground.path("disk/runs"), "json").is_empty();
    move |ground| {
        let then = ground.finish("disk/runs");
        assert_eq!(then.starts_with("goes on from step "), saved, "{then}");
        let words = if saved {
            ("the last two checkpoints", "goes on from the last of them")
        } else {
            ("no checkpoint", &*then)
        };
        row(fault, &message, words.0, words.1)
    }
}

/// Folders that the user may not write to.
fn permissions(ground: &Ground, long: &Ground, rows: &mut Vec<String>) {
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is one's own");
    let store = ground.path("disk/runs");
    fs::create_dir(&store).expect("it can be made");
    set(&store, 0o555);
    let message = ground.message(&ground.run("disk/runs", &[]));
    set(&store, 0o755);
    let state = ground.state("disk/runs");
    rows.push(row("no permission from the start", &message, &state, &ground.finish("disk/runs")));
    let run = long.path("disk/runs").join(&long.run);
    for (folder, fault) in [
        ("attempt-0001/checkpoints", "no permission to save a checkpoint"),
        ("", "no permission to publish the result"),
    ] {
        let row = disturbed(long, &[], fault, &|| set(&run.join(folder), 0o555));
        set(&run.join(folder), 0o755);
        rows.push(row(long));
        fs::remove_dir_all(long.path("disk/runs")).expect("it can be removed");
    }
}

/// Other things where a store or a result should be.
fn obstacles(ground: &Ground, rows: &mut Vec<String>) {
    type Prepare = fn(&Ground);
    let training = |ground: &Ground| ground.path("store").join(&ground.run).join("training");
    let evaluation = |ground: &Ground| {
        let name = ground.expected.file_name().expect("it ends in a name");
        ground.path("store").join(&ground.run).join("evaluations").join(name)
    };
    let cases: [(&str, Prepare, &dyn Fn()); 6] = [
        ("`--store` is a file", |ground| fs::write(ground.path("store"), "").expect("it can be written"), &|| {
            fs::remove_file(ground.path("store")).expect("it is there");
        }),
        (
            "`--store` is a link to nothing",
            |ground| std::os::unix::fs::symlink("nowhere", ground.path("store")).expect("it can be made"),
            &|| fs::remove_file(ground.path("store")).expect("it is there"),
        ),
        (
            "a file where the training belongs",
            |ground| {
                let run = ground.path("store").join(&ground.run);
                fs::create_dir_all(&run).and_then(|()| fs::write(run.join("training"), "")).expect("it can be written");
            },
            &|| fs::remove_file(training(ground)).expect("it is there"),
        ),
        (
            "a training without its record",
            |ground| {
                fs::create_dir_all(ground.path("store").join(&ground.run).join("training")).expect("it can be made");
            },
            &|| fs::remove_dir(training(ground)).expect("it is there"),
        ),
        (
            "a file where the evaluation belongs",
            |ground| {
                let folder = ground.path("store").join(&ground.run).join("evaluations");
                let name = ground.expected.file_name().expect("it ends in a name");
                fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join(name), "")).expect("it can be written");
            },
            &|| fs::remove_file(evaluation(ground)).expect("it is there"),
        ),
        (
            "an evaluation without its record",
            |ground| {
                let name = ground.expected.file_name().expect("it ends in a name");
                let folder = ground.path("store").join(&ground.run).join("evaluations");
                fs::create_dir_all(folder.join(name)).expect("it can be made");
            },
            &|| fs::remove_dir(evaluation(ground)).expect("it is there"),
        ),
    ];
    for (fault, prepare, fix) in cases {
        prepare(ground);
        let message = ground.message(&ground.run("store", &[]));
        fix();
        rows.push(row(fault, &message, "as it was", &ground.finish("store")));
        fs::remove_dir_all(ground.path("store")).expect("it can be removed");
    }
    let long = "n".repeat(300);
    let message = ground.message(&ground.run(&long, &[])).replace(&long, "nnn…");
    rows.push(row("`--store` is too long a name", &message, "no checkpoint", &ground.finish("store")));
}

/// Whether this process may not write where modes forbid it, as it is or with less rights; what starts such a program.
fn starter() -> Option<&'static [&'static str]> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let closed = folder.path().join("closed");
    fs::create_dir(&closed)
        .and_then(|()| fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)))
        .expect("made");
    let writes = |starter: &[&str]| {
        let words = [starter, &["touch"]].concat();
        let mut command = Command::new(words[0]);
        let output = command.args(&words[1..]).arg(closed.join(format!("file-{}", starter.len()))).output();
        output
            .ok()
            .filter(|output| !String::from_utf8_lossy(&output.stderr).contains("setpriv"))
            .map(|output| output.status.success())
    };
    let found: [&'static [&'static str]; 2] = [&[], &LESS_RIGHTS];
    found.into_iter().find(|starter| writes(starter) == Some(false))
}

#[test]
fn every_fault_leaves_what_the_page_says() {
    let may_mount = std::env::var_os(MAY_MOUNT).is_some();
    let namespace = ["--user", "--map-root-user", "--mount"];
    let offered = || Command::new("unshare").args(namespace).arg("true").status().is_ok_and(|status| status.success());
    if !may_mount && offered() {
        let test = std::env::current_exe().expect("it runs");
        let mut again = Command::new("unshare");
        again.args(namespace).arg(test).args([
            "--exact",
            "faults::every_fault_leaves_what_the_page_says",
            "--nocapture",
        ]);
        let output = again.env(MAY_MOUNT, "1").output().expect("it can be run again");
        print!("{}", String::from_utf8_lossy(&output.stdout));
        assert!(output.status.success(), "{}", text(&output));
        return;
    }
    let place = tempfile::tempdir().expect("a temporary folder");
    if may_mount {
        // The system's own disk takes its time.
        mount(&["-t", "tmpfs", "tmpfs"], place.path());
    }
    let starter = starter();
    let (ground, long) = (
        Ground::new(place.path(), "2", starter.unwrap_or_default()),
        Ground::new(place.path(), "100", starter.unwrap_or_default()),
    );
    let mut rows = Vec::new();
    obstacles(&ground, &mut rows);
    match starter {
        Some(_) => permissions(&ground, &long, &mut rows),
        None => println!("skipped: this user may write everywhere, and there is no `setpriv`"),
    }
    if may_mount {
        let empty = Ground::new(place.path(), "2", starter.unwrap_or_default());
        read_only_disk(&empty, &long, &mut rows);
        full_disk(&empty, &[], "", &mut rows);
        full_disk(&empty, &["--set", "train.checkpoint=none"], ", `checkpoint = none`", &mut rows);
    } else {
        println!("skipped: full and read-only disks, since `unshare` gives no namespace to mount in");
    }
    check_page(HEAD, &rows, may_mount && starter.is_some());
}

/// The head of the table.
const HEAD: &str = "| fault | message | state afterwards | the same command, once that is fixed |\n|---|---|---|---|\n";

/// Every row is in the table of the page that `head` begins, and no other if `all` were made. `ELBO_UPDATE` writes
/// the table; of one that several tests make, each adds its own rows and takes away those that begin as they do.
pub fn check_page(head: &str, rows: &[String], all: bool) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/faults.md");
    let page = fs::read_to_string(&path).expect("it is there");
    let (before, rest) = page.split_once(head).expect("it has the table");
    let end = rest.find("\n\n").map_or(rest.len(), |end| end + 1);
    let (table, after) = rest.split_at(end);
    if std::env::var_os("ELBO_UPDATE").is_some() && (all || head != HEAD) {
        let fault = |row: &str| row.split('|').nth(1).map(str::to_owned);
        let is_new = |row: &&str| !rows.iter().any(|new| fault(new) == fault(row));
        let others = table.lines().filter(|row| !all && is_new(row)).map(str::to_owned);
        let table: String = others.chain(rows.iter().cloned()).map(|row| format!("{row}\n")).collect();
        fs::write(&path, format!("{before}{head}{table}{after}")).expect("it can be written");
        return;
    }
    for row in rows {
        assert!(table.lines().any(|line| line == row), "{} lacks\n{row}", path.display());
    }
    assert!(!all || table.lines().count() == rows.len(), "{} has rows that nothing shows", path.display());
}
