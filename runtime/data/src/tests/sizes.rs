//! What files claim is checked before memory is taken for it.

use super::super::{Raw, locate, read_picture};
use super::own::{data, folder_data, png, reals, table};
use elbo_compiler::ir::{DataSource, NpySource, Shape, Source, Target, TestExamples};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// The header of an IDX file.
fn idx(magic: u32, sizes: &[u32]) -> Vec<u8> {
    std::iter::once(&magic).chain(sizes).flat_map(|word| word.to_be_bytes()).collect()
}

/// A file of `size` bytes that begins with `start` and takes no room on disk.
fn sparse(path: &Path, start: &[u8], size: u64) {
    let mut file = File::create(path).expect("it can be made");
    file.write_all(start).expect("it can be written");
    file.set_len(size).expect("it can be made longer");
}

/// More than machines have: a petabyte. Where the file system holds no file of that size, nothing can claim it.
const FAR_TOO_MUCH: u64 = 1 << 42;

/// Without reading what is claimed, which would take minutes.
fn at_once<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    assert!(start.elapsed() < Duration::from_secs(30), "it took {:?}", start.elapsed());
    result
}

#[test]
fn a_sparse_idx_file_is_refused_by_its_size() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let count = (FAR_TOO_MUCH / 784).min(u64::from(u32::MAX)) as u32;
    for split in ["train", "t10k"] {
        let images = folder.path().join(format!("{split}-images-idx3-ubyte"));
        sparse(&images, &idx(0x803, &[count, 28, 28]), 16 + u64::from(count) * 784);
        sparse(&folder.path().join(format!("{split}-labels-idx1-ubyte")), &idx(0x801, &[count]), 8 + u64::from(count));
    }
    let located = locate(DataSource::Mnist, Some(folder.path()), &[]).expect("it is there");
    let error = at_once(|| Raw::read(&located)).expect_err("is refused").to_string();
    assert!(error.contains("of memory is available"), "{error}");
}

#[test]
fn a_gzip_bomb_is_refused_before_it_is_unpacked() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let count = 100_000;
    let write = |name: &str, header: Vec<u8>, body: usize| {
        let mut encoder =
            GzEncoder::new(File::create(folder.path().join(name)).expect("it can be made"), Compression::fast());
        encoder.write_all(&header).expect("it can be written");
        for _ in 0..body / 10_000 {
            encoder.write_all(&[0; 10_000]).expect("it can be written");
        }
        encoder.finish().expect("it can be written");
    };
    for split in ["train", "t10k"] {
        write(&format!("{split}-images-idx3-ubyte.gz"), idx(0x803, &[count, 28, 28]), count as usize * 784);
        write(&format!("{split}-labels-idx1-ubyte.gz"), idx(0x801, &[count]), count as usize);
    }
    let located = locate(DataSource::Mnist, Some(folder.path()), &[]).expect("it is there");
    let error = Raw::read(&located).expect_err("is refused").to_string();
    assert!(error.contains("more than 100 times as many"), "{error}");
    // A header that says less than follows is found out after as many bytes as it says.
    for split in ["train", "t10k"] {
        write(&format!("{split}-images-idx3-ubyte.gz"), idx(0x803, &[2, 28, 28]), count as usize * 784);
        write(&format!("{split}-labels-idx1-ubyte.gz"), idx(0x801, &[2]), 10_000);
    }
    let error = Raw::read(&located).expect_err("is refused").to_string();
    assert!(error.contains("trailing bytes"), "{error}");
}

#[test]
fn a_sparse_cifar_file_is_refused_by_its_size() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    // Five files of 100 million records, 1.5 TB together.
    for batch in 1..=5 {
        sparse(&folder.path().join(format!("data_batch_{batch}.bin")), &[], 100_000_000 * 3_073);
    }
    sparse(&folder.path().join("test_batch.bin"), &[], 3_073);
    let located = locate(DataSource::Cifar10, Some(folder.path()), &[]).expect("it is there");
    let error = at_once(|| Raw::read(&located)).expect_err("is refused").to_string();
    assert!(error.contains("of memory is available") && !error.contains("and 0 "), "{error}");
}

#[test]
fn sparse_arrays_and_tables_are_refused_by_their_sizes() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let array = |name: &str, count: u64, features: u64| {
        let mut header = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({count}, {features}), }}");
        header.extend(format!("{text:<118}").as_bytes());
        sparse(&folder.path().join(name), &header, header.len() as u64 + 4 * count * features);
    };
    let read = |features: usize| {
        let source = NpySource { files: ["x.npy".into(), "y.npy".into()], test: TestExamples::Share(0.5) };
        let arrays = data(Source::Npy(source), Shape::Vector { features }, reals(&["y"]));
        at_once(|| Raw::open(&arrays, folder.path(), &[])).expect_err("is refused").to_string()
    };
    array("x.npy", FAR_TOO_MUCH / 4, 1);
    array("y.npy", FAR_TOO_MUCH / 4, 1);
    let error = read(1);
    assert!(error.contains("2³² examples"), "{error}");
    // Few examples of too many numbers: refused before any memory is asked for, which would say that there is none.
    array("x.npy", 1 << 10, FAR_TOO_MUCH >> 12);
    array("y.npy", 1 << 10, 1);
    let error = read((FAR_TOO_MUCH >> 12) as usize);
    assert!(error.contains("of memory is available") && !error.contains("and 0 "), "{error}");
    sparse(&folder.path().join("x.csv"), b"a,b,y\n1,2,3\n", FAR_TOO_MUCH);
    let tables = table(reals(&["y"]), TestExamples::Share(0.5));
    let error = at_once(|| Raw::open(&tables, folder.path(), &[])).expect_err("is refused").to_string();
    assert!(error.contains("a line is longer than 16 MiB"), "{error}");
}

/// A quote that is opened and not closed makes one cell of all that follows.
#[test]
fn an_open_quote_is_named_before_memory_is_filled() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("x.csv");
    let read = |rows: usize| {
        let mut text = "a,b,y\n1,2,3\n\"4,5,6\n".to_owned();
        text.extend(std::iter::repeat_n("1.25,2.5,3\n", rows));
        fs::write(&path, text).expect("it can be written");
        let tables = table(reals(&["y"]), TestExamples::Share(0.5));
        at_once(|| Raw::open(&tables, folder.path(), &[])).expect_err("is refused").to_string()
    };
    let short = read(10);
    assert!(short.contains("x.csv`, line 3: a quote opens here and is not closed"), "{short}");
    let long = read(3_000_000);
    assert!(long.contains("x.csv`, line 3: a quote opens here and is not closed within 16 MiB"), "{long}");
}

/// A PNG whose header says that it is of another size.
fn claims(path: &Path, side: u32) {
    png(path, [2, 3], [0; 3]);
    let mut bytes = fs::read(path).expect("it is there");
    bytes[16..20].copy_from_slice(&side.to_be_bytes());
    bytes[20..24].copy_from_slice(&side.to_be_bytes());
    let sum = checksum(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&sum.to_be_bytes());
    fs::write(path, bytes).expect("it can be written");
}

/// CRC-32 as PNG has it.
fn checksum(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}

#[test]
fn the_size_of_an_image_is_compared_before_it_is_decoded() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let root = folder.path();
    for class in ["train/a", "train/b", "test/a", "test/b"] {
        png(&root.join(class).join("1.png"), [2, 3], [0; 3]);
    }
    let huge = root.join("train/a/2.png");
    claims(&huge, 30_000);
    let read = || Raw::open(&folder_data(root, Target::of_classes(2), 3), Path::new(""), &[]);
    let error = at_once(read).expect_err("is refused").to_string();
    assert!(error.contains("it has 30000 × 30000 pixels, but the spec says 2 × 3"), "{error}");
    let error = at_once(|| read_picture(&huge, [3, 2, 3])).expect_err("is refused").to_string();
    assert!(error.contains("30000 × 30000 pixels, and images of at most"), "{error}");
}
