//! Archives that hold what they should, and archives that do not.

use super::super::{Content, FetchError, Form, Published, fetch};
use super::{Told, content, download_of, from, gzip, names_in, noise};
use elbo_compiler::ir::DataSource;
use std::fs;
use std::path::Path;
use tar::{Builder, EntryType, Header};

/// A member as an archive has it, whatever its name and the size it declares.
fn member(archive: &mut Builder<Vec<u8>>, name: &str, kind: EntryType, size: u64, bytes: &[u8]) {
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(size);
    header.set_cksum();
    archive.append(&header, bytes).unwrap();
}

fn file(archive: &mut Builder<Vec<u8>>, name: &str, bytes: &[u8]) {
    member(archive, name, EntryType::Regular, bytes.len() as u64, bytes);
}

fn train() -> Vec<u8> {
    noise(60_000, 1)
}

fn test() -> Vec<u8> {
    noise(20_000, 2)
}

fn contents() -> Vec<Content> {
    vec![content("train.bin", &train()), content("test.bin", &test())]
}

/// Fetches a set in the form of CIFAR-100 whose archive is filled by `fill`.
fn fetch_archive(root: &Path, fill: impl FnOnce(&mut Builder<Vec<u8>>), told: &mut Told) -> Result<usize, FetchError> {
    let mut archive = Builder::new(Vec::new());
    fill(&mut archive);
    let bytes = gzip(&archive.into_inner().unwrap());
    let mirror = root.join("mirror/cifar-100");
    fs::create_dir_all(&mirror).unwrap();
    fs::write(mirror.join("archive.tar.gz"), &bytes).unwrap();
    let form = Form::Archive { folder: "cifar-100-binary" };
    let downloads = vec![download_of("archive.tar.gz", &bytes, form, contents())].leak();
    let published = Box::leak(Box::new(Published { source: DataSource::Cifar100, downloads }));
    let url = format!("file://{}/mirror", root.display());
    fetch(published, &root.join("data"), &from(&url), told).map(|fetched| fetched.downloads)
}

fn whole(archive: &mut Builder<Vec<u8>>) {
    member(archive, "cifar-100-binary/", EntryType::Directory, 0, &[]);
    file(archive, "cifar-100-binary/fine_label_names.txt", b"apple\n");
    file(archive, "cifar-100-binary/test.bin", &test());
    file(archive, "cifar-100-binary/train.bin", &train());
}

#[test]
fn the_wanted_members_are_unpacked_and_nothing_else() {
    let base = tempfile::tempdir().unwrap();
    let mut told = Told::default();
    assert_eq!(fetch_archive(base.path(), whole, &mut told).unwrap(), 1);
    let folder = base.path().join("data/cifar-100");
    assert_eq!(names_in(&folder), ["test.bin", "train.bin"]);
    assert_eq!(fs::read(folder.join("train.bin")).unwrap(), train());
    assert_eq!(fs::read(folder.join("test.bin")).unwrap(), test());
    // One of them is lost, and the other stays as it is.
    fs::remove_file(folder.join("test.bin")).unwrap();
    assert_eq!(fetch_archive(base.path(), whole, &mut told).unwrap(), 1);
    assert_eq!((told.present, told.placed), (1, 3));
    assert_eq!(fs::read(folder.join("test.bin")).unwrap(), test());
}

#[test]
fn an_archive_that_is_there_is_not_fetched_again() {
    let base = tempfile::tempdir().unwrap();
    let mut told = Told::default();
    fetch_archive(base.path(), whole, &mut told).unwrap();
    let folder = base.path().join("data/cifar-100");
    fs::remove_file(folder.join("train.bin")).unwrap();
    fs::copy(base.path().join("mirror/cifar-100/archive.tar.gz"), folder.join("archive.tar.gz")).unwrap();
    assert_eq!(fetch_archive(base.path(), whole, &mut told).unwrap(), 0);
    assert_eq!(names_in(&folder), ["test.bin", "train.bin"]);
}

/// What is said of an archive that will not do; the folder holds nothing but the archive after it, and nothing is beside it.
fn refused(fill: impl FnOnce(&mut Builder<Vec<u8>>)) -> String {
    let base = tempfile::tempdir().unwrap();
    let error = fetch_archive(base.path(), fill, &mut Told::default()).unwrap_err();
    assert!(matches!(error, FetchError::Archive { .. }), "{error:?}");
    assert_eq!(names_in(&base.path().join("data/cifar-100")), ["archive.tar.gz"]);
    assert_eq!(names_in(&base.path().join("data")), ["cifar-100"]);
    assert_eq!(names_in(base.path()), ["data", "mirror"]);
    error.to_string()
}

#[test]
fn no_member_leads_out_of_the_folder() {
    for name in ["../escaped.bin", "cifar-100-binary/../../escaped.bin", "/tmp/elbo-escaped.bin"] {
        let told = refused(|archive| file(archive, name, b"escaped"));
        assert!(told.contains("leads out of the folder"), "{told}");
        assert!(!Path::new("/tmp/elbo-escaped.bin").exists());
    }
    let told = refused(|archive| {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Symlink);
        header.set_size(0);
        archive.append_link(&mut header, "cifar-100-binary/train.bin", "/etc/passwd").unwrap();
    });
    assert!(told.contains("is not a file"), "{told}");
}

#[test]
fn sizes_are_checked_before_anything_is_written() {
    let huge = 1 << 60;
    let told = refused(|archive| member(archive, "cifar-100-binary/train.bin", EntryType::Regular, huge, b"small"));
    assert!(told.contains("has 1,152,921,504,606,846,976 bytes"), "{told}");
    let told = refused(|archive| member(archive, "other.bin", EntryType::Regular, huge, b"small"));
    assert!(told.contains("has 1,152,921,504,606,846,976 bytes"), "{told}");
    let told = refused(|archive| file(archive, "cifar-100-binary/train.bin", &train()[1..]));
    assert!(told.contains("has 59,999 bytes, not 60,000"), "{told}");
    // Far more than an archive of these contents may hold, in many small members.
    let told = refused(|archive| {
        for _ in 0..40 {
            file(archive, "filler", &vec![0; 1 << 19]);
        }
        whole(archive);
    });
    assert!(told.contains("archive.tar.gz"), "{told}");
}

#[test]
fn what_an_archive_lacks_or_has_otherwise_is_named() {
    let told = refused(|archive| file(archive, "elsewhere/train.bin", &train()));
    assert!(told.contains("it has no `cifar-100-binary/"), "{told}");
    let told = refused(|archive| file(archive, "cifar-100-binary/train.bin", &noise(60_000, 9)));
    assert!(told.contains("the SHA-256 of its member"), "{told}");
}
