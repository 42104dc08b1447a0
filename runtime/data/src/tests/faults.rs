//! Every way in which files can be wrong, written to disk and read back.

use super::super::{DataError, Raw, locate};
use super::of;
use elbo_compiler::ir::DataSource;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;

/// What is done to a sound set: files to write over or to add, by name.
type Changes = Vec<(&'static str, Vec<u8>)>;

fn idx(magic: u32, sizes: &[u32], body: Vec<u8>) -> Vec<u8> {
    std::iter::once(&magic).chain(sizes).flat_map(|word| word.to_be_bytes()).chain(body).collect()
}

fn idx_images(count: u32) -> Vec<u8> {
    idx(0x803, &[count, 28, 28], (0..count as usize * 784).map(|i| i as u8).collect())
}

fn idx_labels(labels: &[u8]) -> Vec<u8> {
    idx(0x801, &[labels.len() as u32], labels.to_vec())
}

fn records(labels: &[&[u8]]) -> Vec<u8> {
    labels.iter().flat_map(|label| label.iter().copied().chain((0..3_072_usize).map(|i| i as u8))).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn cut(mut bytes: Vec<u8>, left: usize) -> Vec<u8> {
    bytes.truncate(left);
    bytes
}

fn sound(source: DataSource) -> Changes {
    match source {
        DataSource::Mnist => vec![
            ("train-images-idx3-ubyte", idx_images(3)),
            ("train-labels-idx1-ubyte", idx_labels(&[1, 9, 0])),
            ("t10k-images-idx3-ubyte", idx_images(2)),
            ("t10k-labels-idx1-ubyte", idx_labels(&[3, 4])),
        ],
        DataSource::Cifar10 => vec![
            ("data_batch_1.bin", records(&[&[0], &[9]])),
            ("data_batch_2.bin", records(&[&[1]])),
            ("data_batch_3.bin", records(&[&[2]])),
            ("data_batch_4.bin", records(&[&[3]])),
            ("data_batch_5.bin", records(&[&[4], &[5], &[6]])),
            ("test_batch.bin", records(&[&[7]])),
        ],
        DataSource::Cifar100 => {
            vec![("train.bin", records(&[&[19, 99], &[0, 5]])), ("test.bin", records(&[&[1, 2]]))]
        }
        _ => unreachable!("no other set is tested here"),
    }
}

/// Writes a sound set, then the changes: one whose name begins with `-` removes the file. Then reads it.
fn read(source: DataSource, changes: Changes) -> Result<Raw, DataError> {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in sound(source).into_iter().chain(changes) {
        match name.strip_prefix('-') {
            Some(name) => fs::remove_file(folder.path().join(name)).unwrap(),
            None => fs::write(folder.path().join(name), bytes).unwrap(),
        }
    }
    Raw::read(&locate(source, Some(folder.path()), &[])?)
}

#[test]
fn sound_files_are_read() {
    let raw = read(DataSource::Mnist, vec![]).unwrap();
    assert_eq!((&of(&raw.training).labels[..], &of(&raw.test).labels[..]), (&[1, 9, 0][..], &[3, 4][..]));
    assert_eq!(of(&raw.training).image(1)[..3], [784, 785, 786].map(|i: i32| i as u8));
    let names: Vec<&str> = raw.digests.iter().map(|digest| digest.name.as_str()).collect();
    assert_eq!(names, sound(DataSource::Mnist).iter().map(|file| file.0).collect::<Vec<_>>());
    assert_eq!(raw.digests.iter().map(|digest| digest.bytes).collect::<Vec<_>>(), [2_368, 11, 1_584, 10]);

    let raw = read(DataSource::Cifar10, vec![]).unwrap();
    assert_eq!((&of(&raw.training).labels[..], &of(&raw.test).labels[..]), (&[0, 9, 1, 2, 3, 4, 5, 6][..], &[7][..]));
    assert!((0..8).all(|i| of(&raw.training).image(i).iter().enumerate().all(|(place, &byte)| byte == place as u8)));

    let raw = read(DataSource::Cifar100, vec![]).unwrap();
    assert_eq!((&of(&raw.training).labels[..], &of(&raw.test).labels[..]), (&[99, 5][..], &[2][..]));
    assert_eq!(of(&raw.training).image(1)[..2], [0, 1]);
}

#[test]
fn compressed_files_are_the_same_files() {
    let compressed = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"];
    let mut changes = vec![("-train-images-idx3-ubyte", vec![]), ("-train-labels-idx1-ubyte", vec![])];
    let images = gzip(&idx_images(3));
    changes.push(("train-images-idx3-ubyte.gz", images.clone()));
    // A stream may have several members.
    let labels = idx_labels(&[1, 9, 0]);
    changes.push(("train-labels-idx1-ubyte.gz", [gzip(&labels[..5]), gzip(&labels[5..])].concat()));
    let raw = read(DataSource::Mnist, changes).unwrap();
    let plain = read(DataSource::Mnist, vec![]).unwrap();
    assert_eq!((&raw.training, &raw.test), (&plain.training, &plain.test));
    assert_eq!(raw.digests[0].name, format!("{}.gz", compressed[0]));
    assert_eq!(raw.digests[0].bytes, images.len() as u64);
}

#[test]
fn faulty_files_are_told_apart() {
    const IMAGES: &str = "train-images-idx3-ubyte";
    const LABELS: &str = "train-labels-idx1-ubyte";
    const NO_IMAGES: (&str, Vec<u8>) = ("-train-images-idx3-ubyte", Vec::new());
    const IMAGES_GZ: &str = "train-images-idx3-ubyte.gz";
    let damaged = {
        let mut bytes = gzip(&idx_images(3));
        let end = bytes.len() - 6;
        bytes[end] ^= 1;
        bytes
    };
    let mnist: Vec<(Changes, &str, &str)> = vec![
        (vec![NO_IMAGES], IMAGES, "the training split of `mnist` is missing"),
        (vec![("-t10k-labels-idx1-ubyte", vec![])], "t10k-labels", "the test split of `mnist` is missing"),
        (vec![(IMAGES, vec![])], IMAGES, "is truncated: 16 bytes of content expected, 0 found"),
        (vec![(IMAGES, cut(idx_images(3), 10))], IMAGES, "is truncated: 16 bytes of content expected, 10 found"),
        (vec![(IMAGES, cut(idx_images(3), 2_367))], IMAGES, "is truncated: 2368 bytes of content expected, 2367 found"),
        (vec![(IMAGES, [idx_images(3), vec![0]].concat())], IMAGES, "has trailing bytes after the 2368"),
        (vec![(LABELS, [idx_labels(&[1, 9, 0]), vec![0]].concat())], LABELS, "has trailing bytes after the 11"),
        (
            vec![(IMAGES, idx_labels(&[1, 9, 0, 1, 9, 0, 1, 9]))],
            IMAGES,
            "has the wrong magic number: 0x00000801, not 0x00000803",
        ),
        (vec![(LABELS, idx_images(3))], LABELS, "has the wrong magic number: 0x00000803, not 0x00000801"),
        (vec![(IMAGES, gzip(&idx_images(3)))], IMAGES, "has the wrong magic number: 0x1f8b"),
        (
            vec![(IMAGES, idx(0x803, &[3, 28, 29], vec![0; 3 * 28 * 29]))],
            IMAGES,
            "holds images of 28 × 29 pixels, but those of `mnist` have 28 × 28",
        ),
        (
            vec![(IMAGES, idx(0x803, &[3, u32::MAX, u32::MAX], vec![]))],
            IMAGES,
            "holds images of 4294967295 × 4294967295",
        ),
        (vec![(IMAGES, idx(0x803, &[u32::MAX, 28, 28], vec![0; 784]))], IMAGES, "is truncated: 3367254359296 bytes"),
        (
            vec![(LABELS, idx_labels(&[1, 9, 10]))],
            LABELS,
            "record 2 (counted from 0) has the label 10, but there are 10 classes, 0 to 9",
        ),
        (vec![(LABELS, idx_labels(&[1, 9]))], LABELS, "holds 3 images, but"),
        (vec![(IMAGES, idx_images(0)), (LABELS, idx_labels(&[]))], IMAGES, "holds no examples"),
        (vec![(LABELS, idx_labels(&[]))], LABELS, "holds no examples"),
        (vec![NO_IMAGES, (IMAGES_GZ, idx_images(3))], IMAGES_GZ, "is not a sound gzip file: "),
        (vec![NO_IMAGES, (IMAGES_GZ, vec![])], IMAGES_GZ, "is not a sound gzip file: "),
        (
            vec![NO_IMAGES, (IMAGES_GZ, cut(gzip(&idx_images(3)), 60))],
            IMAGES_GZ,
            "is not a sound gzip file: it is truncated",
        ),
        (vec![NO_IMAGES, (IMAGES_GZ, damaged)], IMAGES_GZ, "is not a sound gzip file: corrupt"),
        (
            vec![NO_IMAGES, (IMAGES_GZ, [gzip(&idx_images(3)), b"more".to_vec()].concat())],
            IMAGES_GZ,
            "is not a sound gzip file: ",
        ),
        (
            vec![NO_IMAGES, (IMAGES_GZ, gzip(&cut(idx_images(3), 2_000)))],
            IMAGES_GZ,
            "is truncated: 2368 bytes of content expected, 2000 found",
        ),
        (
            vec![NO_IMAGES, (IMAGES_GZ, gzip(&[idx_images(3), vec![0; 1 << 24]].concat()))],
            IMAGES_GZ,
            "has trailing bytes after the 2368",
        ),
        (
            vec![NO_IMAGES, (IMAGES_GZ, gzip(&idx(0x803, &[u32::MAX, 28, 28], vec![0; 1 << 16])))],
            IMAGES_GZ,
            "is truncated: 3367254359296 bytes",
        ),
    ];
    let cifar10: Vec<(Changes, &str, &str)> = vec![
        (vec![("-data_batch_3.bin", vec![])], "data_batch_3.bin", "the training split of `cifar10` is missing"),
        (vec![("data_batch_3.bin", vec![])], "data_batch_3.bin", "holds no examples"),
        (
            vec![("test_batch.bin", cut(records(&[&[1], &[2]]), 6_145))],
            "test_batch.bin",
            "is truncated or has trailing bytes: 6145 bytes are 1 whole records of 3073 bytes and 3072 bytes more",
        ),
        (
            vec![("data_batch_5.bin", [records(&[&[1]]), vec![0]].concat())],
            "data_batch_5.bin",
            "3074 bytes are 1 whole records of 3073 bytes and 1 bytes more",
        ),
        (
            vec![("data_batch_1.bin", records(&[&[9], &[10]]))],
            "data_batch_1.bin",
            "record 1 (counted from 0) has the label 10, but there are 10 classes, 0 to 9",
        ),
        (
            vec![("data_batch_2.bin", records(&[&[255]])), ("data_batch_4.bin", records(&[&[254]]))],
            "data_batch_2.bin",
            "has the label 255",
        ),
        (
            vec![("data_batch_2.bin", [records(&[&[1][..]; 150]), records(&[&[77]])].concat())],
            "data_batch_2.bin",
            "record 150 (counted from 0) has the label 77",
        ),
    ];
    let cifar100: Vec<(Changes, &str, &str)> = vec![
        (
            vec![("train.bin", records(&[&[0, 1], &[19, 100]]))],
            "train.bin",
            "record 1 (counted from 0) has the label 100, but there are 100 classes, 0 to 99",
        ),
        (
            vec![("test.bin", records(&[&[20, 5]]))],
            "test.bin",
            "record 0 (counted from 0) has the coarse label 20, but there are 20 classes, 0 to 19",
        ),
        (
            vec![("test.bin", records(&[&[7]]))],
            "test.bin",
            "3073 bytes are 0 whole records of 3074 bytes and 3073 bytes more",
        ),
    ];
    let sets = [(DataSource::Mnist, mnist), (DataSource::Cifar10, cifar10), (DataSource::Cifar100, cifar100)];
    for (source, cases) in sets {
        for (changes, file, problem) in cases {
            let error = read(source, changes).expect_err(problem);
            let message = error.to_string();
            assert!(message.contains(file) && message.contains(problem), "{message}\nshould tell of {file}: {problem}");
            assert!(!error.help().is_empty() && !message.ends_with('.'));
        }
    }
}

#[test]
fn what_is_no_regular_file_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("train.bin")).unwrap();
    fs::write(folder.path().join("test.bin"), records(&[&[1, 2]])).unwrap();
    let located = locate(DataSource::Cifar100, Some(folder.path()), &[]).unwrap();
    let message = Raw::read(&located).unwrap_err().to_string();
    assert!(message.ends_with("train.bin`: it is not a regular file"), "{message}");
    let (test, digests) = Raw::read_test(&located).unwrap();
    assert_eq!((test.len(), digests.len()), (1, 1));
}
