//! Mirrors on this machine, and files that are there already.

use super::super::{FetchError, fetch};
use super::{Told, from, gzip, idx_set, names_in, noise};
use std::fs;
use std::path::Path;

/// A mirror in a folder.
fn mirror(folder: &Path, files: &[(&str, Vec<u8>)]) -> String {
    fs::create_dir_all(folder.join("mnist")).unwrap();
    for (name, bytes) in files {
        fs::write(folder.join("mnist").join(name), bytes).unwrap();
    }
    format!("file://{}", folder.display().to_string().replace(' ', "%20"))
}

#[test]
fn a_folder_serves_as_a_mirror() {
    let (published, files) = idx_set();
    let base = tempfile::tempdir().unwrap();
    let url = mirror(&base.path().join("of the lab"), &files);
    let root = base.path().join("not there yet/data");
    let fetched = fetch(published, &root, &from(&url), &mut ()).unwrap();
    assert_eq!(fetched.downloads, 4);
    for (name, bytes) in &files {
        assert_eq!(&fs::read(root.join("mnist").join(name)).unwrap(), bytes);
    }
}

#[test]
fn a_mirror_without_the_file_is_named() {
    let (published, files) = idx_set();
    let base = tempfile::tempdir().unwrap();
    let url = mirror(&base.path().join("mirror"), &files[..2]);
    let root = base.path().join("data");
    let error = fetch(published, &root, &from(&url), &mut ()).unwrap_err();
    assert!(matches!(error, FetchError::Transfer { attempts: 1, .. }), "{error:?}");
    assert!(error.to_string().contains("t10k-images-idx3-ubyte.gz"), "{error}");
    // What came before it stays.
    assert_eq!(names_in(&root.join("mnist")), ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"]);
}

#[test]
fn damaged_files_are_replaced_and_kept() {
    let (published, files) = idx_set();
    let base = tempfile::tempdir().unwrap();
    let url = mirror(&base.path().join("mirror"), &files);
    let folder = base.path().join("data/mnist");
    fs::create_dir_all(&folder).unwrap();
    // Truncated, in the way of the compressed file that is read after it, compressed differently, and sound.
    fs::write(folder.join(files[0].0), &files[0].1[..1000]).unwrap();
    fs::write(folder.join("train-labels-idx1-ubyte"), b"other labels").unwrap();
    let repacked = [gzip(&noise(20_000, 2)), gzip(&noise(40_002, 2)[20_000..])].concat();
    fs::write(folder.join(files[2].0), &repacked).unwrap();
    fs::write(folder.join("t10k-labels-idx1-ubyte"), noise(40_003, 3)).unwrap();
    let mut told = Told::default();
    let fetched = fetch(published, &base.path().join("data"), &from(&url), &mut told).unwrap();
    assert_eq!((fetched.downloads, told.present), (2, 2), "{told:?}");
    assert!(told.said("not as published"), "{told:?}");
    assert_eq!(
        names_in(&folder),
        [
            "t10k-images-idx3-ubyte.gz",
            "t10k-labels-idx1-ubyte",
            "train-images-idx3-ubyte.gz",
            "train-images-idx3-ubyte.gz.damaged",
            "train-labels-idx1-ubyte.damaged",
            "train-labels-idx1-ubyte.gz",
        ]
    );
    assert_eq!(fs::read(folder.join(files[0].0)).unwrap(), files[0].1);
    assert_eq!(fs::read(folder.join("train-images-idx3-ubyte.gz.damaged")).unwrap(), files[0].1[..1000]);
    assert_eq!(fs::read(folder.join("train-labels-idx1-ubyte.damaged")).unwrap(), b"other labels");
    assert_eq!(fs::read(folder.join(files[2].0)).unwrap(), repacked);
}

#[test]
fn damaged_files_stay_where_nothing_replaces_them() {
    let (published, files) = idx_set();
    let base = tempfile::tempdir().unwrap();
    let url = mirror(&base.path().join("empty"), &[]);
    let folder = base.path().join("data/mnist");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(files[0].0), b"damaged").unwrap();
    fetch(published, &base.path().join("data"), &from(&url), &mut ()).unwrap_err();
    assert_eq!(names_in(&folder), [files[0].0]);
}

#[test]
fn what_was_set_aside_earlier_stays() {
    let (published, files) = idx_set();
    let base = tempfile::tempdir().unwrap();
    let url = mirror(&base.path().join("mirror"), &files);
    let folder = base.path().join("data/mnist");
    fs::create_dir_all(&folder).unwrap();
    let name = files[0].0;
    let damaged = |number: &str| folder.join(format!("{name}.damaged{number}"));
    fs::write(damaged(""), "first").unwrap();
    for (number, content) in [("-2", "second"), ("-3", "third")] {
        fs::write(folder.join(name), content).unwrap();
        fetch(published, &base.path().join("data"), &from(&url), &mut ()).unwrap();
        assert_eq!(fs::read_to_string(damaged(number)).unwrap(), content);
    }
    assert_eq!(fs::read_to_string(damaged("")).unwrap(), "first");
}
