//! What is there, compared with what was published.

use super::super::verify::verify_published;
use super::super::{Published, State, fetch, standing, verify};
use super::{NAMES, from, gzip, idx_set, noise};
use elbo_compiler::ir::DataSource;
use std::fs;
use std::path::{Path, PathBuf};

/// A complete set in `root`, fetched from a folder.
fn complete(base: &Path) -> (&'static Published, PathBuf) {
    let (published, files) = idx_set();
    fs::create_dir_all(base.join("mirror/mnist")).unwrap();
    for (name, bytes) in &files {
        fs::write(base.join("mirror/mnist").join(name), bytes).unwrap();
    }
    let root = base.join("data");
    fetch(published, &root, &from(&format!("file://{}/mirror", base.display())), &mut ()).unwrap();
    (published, root)
}

#[test]
fn what_was_fetched_is_sound() {
    let base = tempfile::tempdir().unwrap();
    let (published, root) = complete(base.path());
    let verified = verify_published(published, std::slice::from_ref(&root));
    assert_eq!(verified.folder, Some(root.join("mnist")));
    assert!(verified.files.iter().all(|file| file.state == State::Sound), "{verified:?}");
    assert!(!verified.is_damaged() && !verified.is_incomplete());
}

#[test]
fn each_damage_is_told() {
    let base = tempfile::tempdir().unwrap();
    let (published, root) = complete(base.path());
    let path = |name: &str| root.join("mnist").join(format!("{name}.gz"));
    let images = fs::read(path(NAMES[0])).unwrap();
    let mut flipped = images.clone();
    flipped[images.len() / 2] ^= 0xff;
    let mut other = noise(40_000, 0);
    other[39_999] ^= 1;
    for (bytes, words) in [
        (images[..images.len() / 2].to_vec(), "truncated"),
        (flipped, "gzip"),
        (b"no gzip at all".to_vec(), "gzip"),
        (gzip(&noise(39_000, 0)), "truncated: 39,000 of 40,000 bytes"),
        (gzip(&noise(50_000, 0)), "goes on after its 40,000 bytes"),
        (gzip(&other), "its content differs: its SHA-256 is"),
    ] {
        fs::write(path(NAMES[0]), bytes).unwrap();
        let verified = verify_published(published, std::slice::from_ref(&root));
        let State::Damaged(problem) = &verified.files[0].state else { panic!("{words}: {verified:?}") };
        assert!(problem.contains(words), "{words}: {problem}");
        assert!(verified.is_damaged() && !verified.is_incomplete());
    }
    fs::remove_file(path(NAMES[0])).unwrap();
    let verified = verify_published(published, &[root]);
    assert_eq!(verified.files[0].state, State::Missing);
    assert!(verified.is_incomplete() && !verified.is_damaged());
}

#[test]
fn sets_without_a_publisher_are_read() {
    let base = tempfile::tempdir().unwrap();
    assert!(verify(DataSource::Digits, &[base.path().into()]).files.is_empty());
    let missing = verify(DataSource::Notmnist, &[base.path().into()]);
    assert!(missing.is_incomplete() && missing.folder.is_none());
    let folder = base.path().join("notmnist");
    fs::create_dir_all(&folder).unwrap();
    let images = [&[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28][..], &[9; 2 * 784]].concat();
    fs::write(folder.join("t10k-images-idx3-ubyte"), images).unwrap();
    fs::write(folder.join("t10k-labels-idx1-ubyte"), [0, 0, 8, 1, 0, 0, 0, 2, 3, 4]).unwrap();
    let verified = verify(DataSource::Notmnist, &[base.path().into()]);
    assert!(verified.files.iter().all(|file| file.state == State::Readable), "{verified:?}");
    fs::write(folder.join("t10k-labels-idx1-ubyte"), [0, 0, 8, 1, 0, 0, 0, 2, 3]).unwrap();
    assert!(verify(DataSource::Notmnist, &[base.path().into()]).is_damaged());
}

#[test]
fn where_a_set_stands_is_told() {
    let base = tempfile::tempdir().unwrap();
    let (_, root) = complete(base.path());
    let roots = [root.clone()];
    let mnist = standing(DataSource::Mnist, &roots);
    assert_eq!((mnist.folder, mnist.missing.len(), mnist.download), (Some(root.join("mnist")), 0, Some(11_594_722)));
    fs::remove_file(root.join("mnist/t10k-labels-idx1-ubyte.gz")).unwrap();
    assert_eq!(standing(DataSource::Mnist, &roots).missing, [NAMES[3]]);
    let cifar = standing(DataSource::Cifar100, &roots);
    assert_eq!((cifar.folder, cifar.missing.as_slice()), (None, ["train.bin", "test.bin"].as_slice()));
    assert!(standing(DataSource::Digits, &roots).embedded);
    assert_eq!(standing(DataSource::Notmnist, &roots).download, None);
}

/// Real copies of MNIST, Fashion-MNIST and CIFAR-100 agree with the table, wherever they were compressed again. CIFAR-10 is left out, because
/// copies for tests may hold pictures that were compressed with losses.
#[test]
fn real_files_are_what_the_table_says() {
    let Some(data) = std::env::var_os("ELBO_DATA").filter(|data| !data.is_empty()) else {
        eprintln!("passed over: ELBO_DATA names no folder");
        return;
    };
    for source in [DataSource::Mnist, DataSource::FashionMnist, DataSource::Cifar100] {
        let verified = verify(source, &[PathBuf::from(&data)]);
        assert!(!verified.is_damaged(), "{verified:?}");
    }
}
