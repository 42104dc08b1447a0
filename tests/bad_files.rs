//! Files that cannot be specs: each gives a diagnostic and exit code 1, none a panic.

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn check(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_elbo"))
        .arg("check")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("the binary was built for this test")
}

/// Checks a file of these bytes and asserts that it is refused with a message that holds `part`.
fn refused(bytes: &[u8], part: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("spec.elbo"), bytes).expect("a temporary file");
    refuses(folder.path(), &["spec.elbo"], part);
}

fn refuses(folder: &Path, arguments: &[&str], part: &str) {
    let output = check(folder, arguments);
    let shown = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(shown.contains(part), "`{part}` is not in\n{shown}");
}

#[test]
fn bytes_that_are_no_text() {
    refused(b"model net {\n  input vector[\xff2]\n}\n", "it is not UTF-8: byte 27 is not part of a character");
    refused(b"\xff\xfe\x00m", "it is not UTF-8: byte 0");
    refused(b"prior a = normal()\n\0", "error[E0");
}

#[test]
fn files_that_are_too_large() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = std::fs::File::create(folder.path().join("spec.elbo")).expect("a temporary file");
    // A hole, which takes no room on the disk.
    file.set_len((64 << 20) + 1).expect("a sparse file");
    refuses(folder.path(), &["spec.elbo"], "it is larger than 16 MiB");
}

#[test]
fn a_project_file_that_a_run_would_refuse() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(folder.path().join("below")).expect("a folder");
    std::fs::write(folder.path().join("below/spec.elbo"), "prior a = normal()\n").expect("a file");
    for (text, part) in [
        (&b"[defaults]\nthreads = 100000\n"[..], "error[E0205]: 100000 threads"),
        (b"[defaults]\ndevice = \"tpu\"\n", "error[E0206]"),
        (b"threads = 1\n", "error[E0201]"),
        (b"[data\n", "error[E0002]"),
        (b"\xff\n", "cannot be read: it is not UTF-8"),
    ] {
        std::fs::write(folder.path().join("elbo.toml"), text).expect("a file");
        refuses(folder.path(), &["below/spec.elbo"], part);
        refuses(folder.path(), &["."], part);
        refuses(folder.path(), &["-"], part);
    }
    std::fs::write(folder.path().join("elbo.toml"), "[defaults]\nthreads = 1\n").expect("a file");
    assert!(check(folder.path(), &["."]).status.success());
}

#[test]
fn brackets_by_the_million() {
    refused("(".repeat(1 << 20).as_bytes(), "error[E0009]");
    refused(format!("model m {{ {}", "[".repeat(1 << 20)).as_bytes(), "error[E0009]");
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_or_outside() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let project = folder.path().join("project");
    std::fs::create_dir(&project).expect("a folder");
    std::fs::write(folder.path().join("outside.elbo"), "").expect("a file");
    std::os::unix::fs::symlink("loop.elbo", project.join("loop.elbo")).expect("a link");
    std::os::unix::fs::symlink("../outside.elbo", project.join("link.elbo")).expect("a link");
    for (used, part) in [
        ("loop.elbo", "`loop.elbo` cannot be used: "),
        ("link.elbo", "it lies outside the project"),
        ("../outside.elbo", "it lies outside the project"),
        ("missing.elbo", "there is no such file"),
        (".", "it is a folder"),
        ("spec.elbo", "a file cannot use itself"),
    ] {
        std::fs::write(project.join("spec.elbo"), format!("use \"{used}\"\n")).expect("a file");
        refuses(&project, &["spec.elbo"], part);
    }
    refuses(&project, &["loop.elbo"], "`loop.elbo` cannot be read: ");
}

/// Workspaces of pnpm link each package into every other; the ways through three of them are without number.
#[cfg(unix)]
#[test]
fn folders_that_link_to_each_other_are_gone_through_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for package in ["a", "b", "c"] {
        let package = folder.path().join(package);
        std::fs::create_dir(&package).expect("a folder");
        std::fs::write(package.join("spec.elbo"), "prior narrow = normal(mean=0, std=0.1)\n").expect("a file");
        for other in ["a", "b", "c"] {
            std::os::unix::fs::symlink(format!("../{other}"), package.join(other)).expect("a link");
        }
    }
    let output = check(folder.path(), &["."]);
    let shown = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && shown.contains("3 files checked: 0 errors"), "{shown}");
}

#[cfg(unix)]
#[test]
fn a_pipe_among_specs_is_not_waited_for() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("spec.elbo"), "prior narrow = normal(mean=0, std=0.1)\n").expect("a file");
    let made = Command::new("mkfifo").arg(folder.path().join("pipe.elbo")).status();
    assert!(made.expect("there is `mkfifo`").success());
    let output = check(folder.path(), &["."]);
    let shown = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shown}");
    assert!(shown.contains("`pipe.elbo` is skipped: it is no regular file"), "{shown}");
    assert!(shown.contains("1 file checked: 0 errors"), "{shown}");
    std::fs::write(folder.path().join("spec.elbo"), "use \"pipe.elbo\"\n").expect("a file");
    refuses(folder.path(), &["spec.elbo"], "`pipe.elbo` cannot be used: it is no regular file");
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8_are_told_and_what_to_do() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let name = std::ffi::OsStr::from_bytes(b"b\xff.elbo");
    std::fs::write(folder.path().join(name), "prior narrow = normal(mean=0, std=0.1)\n").expect("a file");
    refuses(
        folder.path(),
        &["."],
        "\"b\\xFF.elbo\" has a name that is not UTF-8, and a spec's path is text: rename it",
    );
    let mut command = Command::new(env!("CARGO_BIN_EXE_elbo"));
    let output = command.arg("check").arg(name).current_dir(folder.path()).output().expect("the binary was built");
    let shown = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{shown}");
    assert!(shown.contains("\"b\\xFF.elbo\" is not UTF-8") && shown.contains("rename the file"), "{shown}");
}

#[cfg(unix)]
#[test]
fn files_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("spec.elbo");
    std::fs::write(&path, "").expect("a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).expect("its owner may");
    if std::fs::read(&path).is_ok() {
        println!("passed over: this user may read everything");
        return;
    }
    refuses(folder.path(), &["spec.elbo"], "permission denied");
}

#[test]
fn fixes_keep_permissions_and_line_ends() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("spec.elbo");
    std::fs::write(&path, "report r {\r\n  metrics = [acucracy]\r\n}\r\n").expect("a file");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("its owner may");
    }
    assert_eq!(check(folder.path(), &["--fix", "spec.elbo"]).status.code(), Some(0));
    let text = std::fs::read_to_string(&path).expect("it is still there");
    assert_eq!(text, "report r {\r\n  metrics = [accuracy]\r\n}\r\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(path.metadata().expect("it is there").permissions().mode() & 0o777, 0o640);
    }
    assert_eq!(folder.path().read_dir().expect("a folder").count(), 1, "no temporary file is left");
}

#[test]
fn what_is_found_does_not_depend_on_the_number_of_threads() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("shared.elbo"), "prior narrow = norml(mean=0, std=1)\n").expect("a file");
    for index in 0..50 {
        let text = format!("use \"shared.elbo\"\nprior p{index} = normal(sdt={index})\n");
        std::fs::write(folder.path().join(format!("spec{index}.elbo")), text).expect("a file");
    }
    let found = |threads: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_elbo"))
            .args(["check", ".", "--format", "json"])
            .env("RAYON_NUM_THREADS", threads)
            .current_dir(folder.path())
            .output()
            .expect("the binary was built for this test");
        String::from_utf8(output.stdout).expect("JSON is UTF-8")
    };
    let one = found("1");
    assert_eq!(one, found("7"));
    assert_eq!(one.matches("\"code\":\"E0206\"").count(), 1, "what many files use is reported once");
    assert_eq!(one.matches("\"code\":\"E0208\"").count(), 50);
}

#[test]
fn threads_of_the_environment_are_refused_beyond_what_a_process_is_given() {
    for (value, right) in [("100000", false), ("2000", false), ("-1", false), ("many", false), ("2", true), ("0", true)]
    {
        let output = Command::new(env!("CARGO_BIN_EXE_elbo"))
            .args(["check", "examples/first.elbo"])
            .env("RAYON_NUM_THREADS", value)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("the binary was built for this test");
        assert_eq!(output.status.success(), right, "{value}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(right || said.contains("`RAYON_NUM_THREADS` is") && said.contains("help: `unset"), "{said}");
    }
}
