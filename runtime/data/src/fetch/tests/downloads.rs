//! Servers that do well, and servers that do not.

use super::super::{FetchError, fetch};
use super::server::{Answer, Server};
use super::{Told, from, idx_set, names_in, one_file};
use crate::locate;
use elbo_compiler::ir::DataSource;
use std::fs;
use std::time::Duration;

const PART: &str = "mnist/train-images-idx3-ubyte.gz.part";
const FILE: &str = "mnist/train-images-idx3-ubyte.gz";

#[test]
fn a_set_comes_into_the_layout_that_is_read_and_comes_once() {
    let (published, files) = idx_set();
    let server = Server::new(files.iter().map(|(_, bytes)| Answer::File(bytes.clone())).collect());
    let root = tempfile::tempdir().unwrap();
    let mut told = Told::default();
    let fetched = fetch(published, root.path(), &from(&server.url), &mut told).unwrap();
    assert_eq!((fetched.downloads, told.placed, told.present), (4, 4, 0));
    let located = locate(DataSource::Mnist, None, &[root.path().into()]).unwrap();
    let found = [located.training_files().unwrap(), located.test_files().unwrap()].concat();
    for (path, (name, bytes)) in found.iter().zip(&files) {
        assert_eq!((path, &fs::read(path).unwrap()), (&root.path().join("mnist").join(name), bytes));
    }
    assert_eq!(names_in(&fetched.folder).len(), 4);
    // There is no answer left, so that a request would fail.
    let again = fetch(published, root.path(), &from(&server.url), &mut told).unwrap();
    assert_eq!((again.downloads, told.present, server.count()), (0, 4, 4));
}

#[test]
fn what_was_cut_off_goes_on_where_it_ended() {
    let (published, file) = one_file();
    let server = Server::new(vec![Answer::Truncated(file.clone(), 10_000), Answer::File(file.clone())]);
    let root = tempfile::tempdir().unwrap();
    let mut told = Told::default();
    fetch(published, root.path(), &from(&server.url), &mut told).unwrap();
    assert_eq!(told.began, [0, 10_000]);
    assert!(told.said("trying again"), "{told:?}");
    assert_eq!(fs::read(root.path().join(FILE)).unwrap(), file);
    assert!(!root.path().join(PART).exists());
}

#[test]
fn what_falls_silent_goes_on_where_it_ended() {
    let (published, file) = one_file();
    let server = Server::new(vec![Answer::Stalled(file.clone(), 10_000), Answer::File(file.clone())]);
    let root = tempfile::tempdir().unwrap();
    let mut told = Told::default();
    let mut options = from(&server.url);
    options.stall = Duration::from_millis(300);
    fetch(published, root.path(), &options, &mut told).unwrap();
    assert_eq!(told.began, [0, 10_000]);
    assert!(told.said("nothing came for 0.3 s"), "{told:?}");
    assert_eq!(fs::read(root.path().join(FILE)).unwrap(), file);
}

#[test]
fn a_server_that_cannot_go_on_starts_over() {
    let (published, file) = one_file();
    let server = Server::new(vec![Answer::Truncated(file.clone(), 10_000), Answer::Whole(file.clone())]);
    let root = tempfile::tempdir().unwrap();
    let mut told = Told::default();
    fetch(published, root.path(), &from(&server.url), &mut told).unwrap();
    assert_eq!(told.began, [0, 0]);
    assert!(told.said("cannot go on"), "{told:?}");
    assert_eq!(fs::read(root.path().join(FILE)).unwrap(), file);
}

#[test]
fn what_is_given_up_goes_on_the_next_time() {
    let (published, file) = one_file();
    let server = Server::new(vec![
        Answer::Truncated(file.clone(), 5_000),
        Answer::Status("503 Service Unavailable", String::new()),
        Answer::File(file.clone()),
    ]);
    let root = tempfile::tempdir().unwrap();
    let mut options = from(&server.url);
    options.retries = 1;
    let error = fetch(published, root.path(), &options, &mut ()).unwrap_err();
    let told = error.to_string();
    assert!(told.contains("after 2 attempts") && told.contains("503"), "{told}");
    assert!(error.help().contains("goes on from there"));
    assert_eq!(fs::read(root.path().join(PART)).unwrap(), file[..5_000]);
    let mut told = Told::default();
    fetch(published, root.path(), &options, &mut told).unwrap();
    assert_eq!(told.began, [5_000]);
    assert_eq!(fs::read(root.path().join(FILE)).unwrap(), file);
}

#[test]
fn what_was_left_of_another_file_is_thrown_away() {
    let (published, file) = one_file();
    let server = Server::new(vec![Answer::File(file.clone()), Answer::File(file.clone())]);
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("mnist")).unwrap();
    fs::write(root.path().join(PART), vec![7; 3_000]).unwrap();
    let mut told = Told::default();
    fetch(published, root.path(), &from(&server.url), &mut told).unwrap();
    assert_eq!(told.began, [3_000, 0]);
    assert!(told.said("does not fit"), "{told:?}");
    assert_eq!(fs::read(root.path().join(FILE)).unwrap(), file);
}

/// Fetches from a server that will not do, and gives the error; nothing may be left of it, and nothing tried twice.
fn refused(answers: impl FnOnce(&str, &[u8]) -> Vec<Answer>) -> FetchError {
    let (published, file) = one_file();
    let server = Server::with(|url| answers(url, &file));
    let root = tempfile::tempdir().unwrap();
    let mut told = Told::default();
    let error = fetch(published, root.path(), &from(&server.url), &mut told).unwrap_err();
    assert_eq!(names_in(&root.path().join("mnist")), Vec::<String>::new());
    assert!(!told.said("trying again"), "{told:?}");
    error
}

#[test]
fn another_file_is_refused() {
    let other = |problem: &str, error: FetchError| {
        assert!(matches!(error, FetchError::Other { .. }), "{error}");
        assert!(error.to_string().contains(problem), "{error}");
        assert!(error.help().contains("--mirror"));
    };
    other("it has 12 bytes, not", refused(|_, _| vec![Answer::File(b"another file".to_vec())]));
    other(
        "its SHA-256 is",
        refused(|_, file| {
            let mut bytes = file.to_vec();
            bytes[20_000] ^= 1;
            vec![Answer::File(bytes)]
        }),
    );
    other("it goes on after its", refused(|_, file| vec![Answer::Unmeasured([file, &[0; 100_000]].concat())]));
}

#[test]
fn a_server_that_has_it_not_is_not_asked_again() {
    let lasting = |problem: &str, error: FetchError| {
        assert!(matches!(error, FetchError::Transfer { attempts: 1, passing: false, .. }), "{error:?}");
        assert!(error.to_string().contains(problem), "{error}");
    };
    lasting("404 Not Found", refused(|_, _| vec![Answer::Status("404 Not Found", String::new())]));
    let circle = |url: &str| Answer::Status("302 Found", format!("Location: {url}/again\r\n"));
    lasting("redirects more than 5 times", refused(|url, _| (0..10).map(|_| circle(url)).collect()));
}

#[test]
fn one_redirection_is_followed() {
    let (published, file) = one_file();
    let server = Server::with(|url| {
        vec![
            Answer::Status("301 Moved Permanently", format!("Location: {url}/elsewhere\r\n")),
            Answer::File(file.clone()),
        ]
    });
    let root = tempfile::tempdir().unwrap();
    fetch(published, root.path(), &from(&server.url), &mut ()).unwrap();
    assert_eq!(fs::read(root.path().join(FILE)).unwrap(), file);
}

#[test]
fn two_processes_do_not_write_into_one_file() {
    let (published, _) = one_file();
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("mnist")).unwrap();
    let held = fs::File::create(root.path().join(PART)).unwrap();
    held.lock().unwrap();
    let error = fetch(published, root.path(), &from("http://127.0.0.1:9"), &mut ()).unwrap_err();
    assert!(matches!(error, FetchError::Busy { .. }), "{error}");
    assert!(root.path().join(PART).exists());
}

#[test]
fn a_redirection_to_anything_but_a_server_is_named() {
    for target in ["file:///etc/passwd", "ftp://host/a"] {
        let headers = format!("Location: {target}\r\n");
        let error = refused(|_, _| vec![Answer::Status("302 Found", headers)]).to_string();
        assert!(error.contains(target) && error.contains("neither http nor https"), "{error}");
    }
    let error = refused(|_, _| vec![Answer::Status("302 Found", String::new())]).to_string();
    assert!(error.contains("does not say where to"), "{error}");
}

#[test]
fn credentials_and_long_headers_are_not_told() {
    let (published, _) = one_file();
    let root = tempfile::tempdir().unwrap();
    let secret = |url: &str| url.replace("http://", "http://user:hunter2@");
    let refusals = [
        Answer::Status("404 Not Found", String::new()),
        Answer::Status("302 Found", format!("Location: ftp://user:hunter2@host/{}\r\n", "x".repeat(8_000))),
        Answer::Status("200 OK", format!("X: {}\r\n", "x".repeat(1 << 20))),
    ];
    for answer in refusals {
        let server = Server::new(vec![answer]);
        let mut options = from(&secret(&server.url));
        options.retries = 0;
        let mut told = Told::default();
        let error = fetch(published, root.path(), &options, &mut told).unwrap_err();
        let words = format!("{error} {} {:?}", error.help(), told.remarks);
        assert!(!words.contains("hunter2") && words.len() < 2_000, "{words}");
        assert!(words.contains("***@127.0.0.1"), "{words}");
    }
    let mirror: crate::fetch::Mirror = "https://user:hunter2@host/data".parse().unwrap();
    assert_eq!(mirror.to_string(), "https://***@host/data");
    let error = "https://user:hunter2@host/data?token=hunter2".parse::<crate::fetch::Mirror>().unwrap_err().to_string();
    assert!(!error.contains("hunter2"), "{error}");
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let (published, file) = one_file();
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("mnist")).unwrap();
    let precious = root.path().join("precious");
    fs::write(&precious, "of somebody else").unwrap();
    let server = Server::new(vec![Answer::File(file)]);
    for target in [precious.clone(), root.path().join("not there")] {
        std::os::unix::fs::symlink(&target, root.path().join(PART)).unwrap();
        let error = fetch(published, root.path(), &from(&server.url), &mut ()).unwrap_err();
        assert!(matches!(error, FetchError::NotPlain { .. }) && error.to_string().contains(".part"), "{error}");
        fs::remove_file(root.path().join(PART)).unwrap();
    }
    assert_eq!(fs::read_to_string(&precious).unwrap(), "of somebody else");
    assert!(!root.path().join("not there").exists());
}
