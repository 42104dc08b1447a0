//! The calibration's file: there, not there, broken, of another machine, in a place that cannot be written.

use super::super::{MachineKey, calibration, keep};
use super::{key, nanoseconds};

#[test]
fn what_is_kept_is_found_again_by_the_same_machine_only() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let folder = folder.path().join("made");
    let key = key();
    assert!(calibration(&folder, &key).is_err_and(|problem| problem.contains("calibration-candle-cpu-2")));
    let path = keep(&folder, &nanoseconds()).expect("the folder can be made");
    assert_eq!(calibration(&folder, &key), Ok(nanoseconds()));
    assert_eq!(std::fs::read_dir(&folder).expect("it is there").count(), 1, "nothing else is left");
    for other in [
        MachineKey { processor: "another".to_owned(), ..key.clone() },
        MachineKey { elbo_version: "0.0.0".to_owned(), ..key.clone() },
        MachineKey { kernel_table: "another".to_owned(), ..key.clone() },
    ] {
        assert!(calibration(&folder, &other).is_err_and(|problem| problem.contains("another machine")), "{other:?}");
    }
    // Another backend's has a file of its own, so that neither is lost where both are used.
    let other = MachineKey { backend: "native".to_owned(), ..key.clone() };
    assert!(calibration(&folder, &other).is_err_and(|problem| problem.contains("calibration-native-cpu-2")));
    let text = std::fs::read_to_string(&path).expect("it is there");
    assert!(text.contains("0.000000001"), "{text}");
    for broken in [
        "",
        "not toml [",
        &text[..text.len() / 2],
        &text.replace("0.000000001", "-1.0"),
        &text.replace("0.000000001", "nan"),
    ] {
        std::fs::write(&path, broken).expect("it can be written");
        assert!(calibration(&folder, &key).is_err(), "{broken}");
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").expect("it can be written");
    assert!(keep(&file.join("below"), &nanoseconds()).is_err());
    assert!(calibration(&file.join("below"), &key()).is_err());
}
