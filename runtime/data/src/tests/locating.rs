//! Where data is looked for.

use super::super::{Layout, Raw, locate};
use elbo_compiler::ir::DataSource;
use std::fs;
use std::path::{Path, PathBuf};

fn touch(path: PathBuf) {
    fs::create_dir_all(path.parent().expect("a test's file has a folder")).unwrap();
    fs::write(path, []).unwrap();
}

fn fill(folder: &Path, source: DataSource) {
    let layout = Layout::of(source).expect("the set has files");
    layout.training.iter().chain(layout.test).for_each(|name| touch(folder.join(name)));
}

fn found(source: DataSource, root: Option<&Path>, search: &[PathBuf]) -> PathBuf {
    locate(source, root, search).unwrap().folder.expect("the set has files")
}

#[test]
fn the_first_complete_folder_wins() {
    let base = tempfile::tempdir().unwrap();
    let roots = ["a", "b", "c"].map(|name| base.path().join(name));
    touch(roots[0].join("cifar-10/test_batch.bin"));
    assert_eq!(found(DataSource::Cifar10, None, &roots), roots[0].join("cifar-10"));
    fill(&roots[2].join("cifar-10"), DataSource::Cifar10);
    assert_eq!(found(DataSource::Cifar10, None, &roots), roots[2].join("cifar-10"));
    fill(&roots[1].join("cifar-10-batches-bin"), DataSource::Cifar10);
    assert_eq!(found(DataSource::Cifar10, None, &roots), roots[1].join("cifar-10-batches-bin"));
}

#[test]
fn a_given_root_is_the_only_place() {
    let base = tempfile::tempdir().unwrap();
    let search = [base.path().join("search")];
    fill(&search[0].join("cifar-100"), DataSource::Cifar100);
    let root = base.path().join("given");
    assert!(locate(DataSource::Cifar100, Some(&root), &search).is_err());
    fill(&root.join("cifar-100-binary"), DataSource::Cifar100);
    assert_eq!(found(DataSource::Cifar100, Some(&root), &search), root.join("cifar-100-binary"));
    fill(&root, DataSource::Cifar100);
    assert_eq!(found(DataSource::Cifar100, Some(&root), &search), root);
}

#[test]
fn files_may_be_compressed_or_not() {
    let base = tempfile::tempdir().unwrap();
    let names = [
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte",
    ];
    names.iter().for_each(|name| touch(base.path().join(name)));
    let located = locate(DataSource::Mnist, Some(base.path()), &[]).unwrap();
    let files = [located.training_files().unwrap(), located.test_files().unwrap()].concat();
    assert_eq!(files, names.map(|name| base.path().join(name)));
}

#[test]
fn what_is_missing_is_named() {
    let base = tempfile::tempdir().unwrap();
    let shown = base.path().display();
    let error = locate(DataSource::FashionMnist, None, &[base.path().into()]).unwrap_err();
    let expected = format!(
        "the data set `fashion_mnist` was not found; looked for `train-images-idx3-ubyte[.gz]`, \
         `train-labels-idx1-ubyte[.gz]`, `t10k-images-idx3-ubyte[.gz]`, `t10k-labels-idx1-ubyte[.gz]` in `{shown}/fashion-mnist`"
    );
    assert_eq!(error.to_string(), expected);
    assert!(["root=", "ELBO_DATA", "--data-root"].iter().all(|way| error.help().contains(way)));
    let nowhere = locate(DataSource::Cifar100, None, &[]).unwrap_err().to_string();
    assert!(nowhere.ends_with("in no folder, as none is configured"), "{nowhere}");

    touch(base.path().join("t10k-images-idx3-ubyte.gz"));
    touch(base.path().join("t10k-labels-idx1-ubyte.gz"));
    let located = locate(DataSource::FashionMnist, Some(base.path()), &[]).unwrap();
    let expected = format!(
        "the training split of `fashion_mnist` is missing: there is no `train-images-idx3-ubyte[.gz]`, \
         `train-labels-idx1-ubyte[.gz]` in `{shown}`"
    );
    assert_eq!(Raw::read(&located).unwrap_err().to_string(), expected);
}

#[test]
fn digits_need_no_files() {
    let located = locate(DataSource::Digits, None, &[]).unwrap();
    let raw = Raw::read(&located).unwrap();
    assert_eq!((located.folder, raw.training.len(), raw.test.len()), (None, 1_438, 359));
    assert_eq!(raw.digests[0].sha256, "d8121ca7764eccfaef1df6bc4589c6527c58fcbab0cb1b079e79f97f8cb8219a");
}
