//! Addresses of mirrors.

use super::super::Mirror;

#[test]
fn what_is_no_mirror_is_told_why() {
    for (url, problem) in [
        ("/srv/data", "file:///PATH"),
        ("ftp://host/data", "`ftp` is not"),
        ("file://srv/data", "three slashes"),
        ("file:///srv/my data", "%20"),
        ("https://", "no host"),
        ("https://host/get?name=", "`?`"),
        ("file:///srv/%ff", "not UTF-8"),
    ] {
        let error = url.parse::<Mirror>().unwrap_err().to_string();
        // What follows a `?` may be a secret.
        let shown = url.split_inclusive('?').next().unwrap().replace(' ', "%20");
        assert!(error.contains(&shown) && error.contains(problem), "{error}");
    }
}

#[test]
fn files_of_a_mirror_lie_below_the_folders_of_their_sets() {
    for url in ["https://host/data", "https://host/data/"] {
        let mirror: Mirror = url.parse().unwrap();
        assert_eq!(mirror.url("mnist", "a.gz"), "https://host/data/mnist/a.gz");
    }
}
