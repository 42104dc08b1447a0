//! `elbo fmt` on files and streams, where a case of `tests/command_line` cannot look.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const LOOSE: &str = "train t {epochs=3;batch = 64}\r\n";
const CANONICAL: &str = "train t {\n  epochs = 3\n  batch  = 64\n}\n";

fn elbo(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_elbo"))
        .arg("fmt")
        .args(arguments)
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program was built");
    // One that ends without reading closes the pipe.
    let _ = child.stdin.take().expect("it is piped").write_all(input);
    child.wait_with_output().expect("it ends")
}

fn shown(path: &Path) -> &str {
    path.to_str().expect("temporary paths are UTF-8")
}

#[test]
fn standard_input_goes_to_standard_output() {
    let output = elbo(&["--stdin"], LOOSE.as_bytes());
    assert_eq!((output.status.code(), output.stdout, output.stderr), (Some(0), CANONICAL.into(), Vec::new()));
    let output = elbo(&["--stdin", "--check"], LOOSE.as_bytes());
    assert_eq!((output.status.code(), output.stdout), (Some(1), Vec::new()));
    let output = elbo(&["--stdin", "--check"], CANONICAL.as_bytes());
    assert_eq!((output.status.code(), output.stdout), (Some(0), Vec::new()));
}

#[test]
fn standard_input_that_is_broken_comes_back_with_its_errors() {
    let output = elbo(&["--stdin"], b"train t {\nepochs=3\n   batch = = 64\n}");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "train t {\n  epochs = 3\n   batch = = 64\n}\n");
    assert!(String::from_utf8_lossy(&output.stderr).contains("<stdin>:3:12"), "{output:?}");
    let output = elbo(&["--stdin"], b"a\xFF");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]));
    assert!(String::from_utf8_lossy(&output.stderr).contains("not UTF-8: byte 1"), "{output:?}");
}

#[test]
fn a_file_is_replaced_whole_and_only_if_it_changes() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = folder.path().join("a.elbo");
    std::fs::write(&path, LOOSE).expect("the folder is writable");
    assert_eq!(elbo(&[shown(&path)], b"").status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), CANONICAL);
    let written = path.metadata().and_then(|metadata| metadata.modified()).expect("it has a time");
    assert_eq!(elbo(&[shown(&path)], b"").status.code(), Some(0));
    assert_eq!(path.metadata().and_then(|metadata| metadata.modified()).expect("it has a time"), written);
    assert_eq!(std::fs::read_dir(folder.path()).expect("it is there").count(), 1, "a temporary file was left behind");
}

#[test]
fn a_file_too_large_for_a_spec_is_not_read() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = folder.path().join("large.elbo");
    std::fs::File::create(&path).and_then(|file| file.set_len(1 << 40)).expect("the folder is writable");
    let output = elbo(&[shown(&path)], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("it is larger than 16 MiB"), "{output:?}");
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let (path, link) = (folder.path().join("a.elbo"), folder.path().join("link.elbo"));
    std::fs::write(&path, LOOSE).expect("the folder is writable");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).expect("it is ours");
    symlink("a.elbo", &link).expect("the folder is writable");
    assert_eq!(elbo(&[shown(&link)], b"").status.code(), Some(0));
    assert!(link.is_symlink());
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), CANONICAL);
    assert_eq!(path.metadata().expect("it is there").permissions().mode() & 0o777, 0o640);

    std::fs::write(&path, LOOSE).expect("the file is writable");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o440)).expect("it is ours");
    let output = elbo(&[shown(&path)], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot be written: it is read-only"), "{output:?}");
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), LOOSE);
}
