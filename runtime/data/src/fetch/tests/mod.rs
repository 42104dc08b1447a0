//! Small sets of the tests' own, and what happens to them on the way.

mod addresses;
mod downloads;
mod files;
mod published;
mod server;
mod unpacking;
mod verifying;

use super::checksum::{checksums, hexadecimal};
use super::{Content, Download, FetchEvent, FetchObserver, FetchOptions, Form, Mirror, Published};
use elbo_compiler::ir::DataSource;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

const NAMES: [&str; 4] =
    ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];

/// Bytes that compress badly, so that downloads are as long as they are meant to be.
fn noise(count: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..count).map(|_| next()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn sha256(bytes: &[u8]) -> &'static str {
    hexadecimal(&Sha256::digest(bytes)).leak()
}

fn content(name: &'static str, bytes: &[u8]) -> Content {
    Content { name, bytes: bytes.len() as u64, sha256: sha256(bytes) }
}

fn download_of(name: &'static str, bytes: &[u8], form: Form, contents: Vec<Content>) -> Download {
    let md5 = checksums(bytes, u64::MAX).unwrap().md5.leak();
    let bytes_of_file = bytes.len() as u64;
    // Nothing is ever fetched from the publisher itself.
    let url = "http://publisher.invalid/file";
    Download { name, url, bytes: bytes_of_file, sha256: sha256(bytes), md5, form, contents: contents.leak() }
}

/// A set in the form of MNIST, and its four compressed files.
fn idx_set() -> (&'static Published, Vec<(&'static str, Vec<u8>)>) {
    let (mut downloads, mut files) = (Vec::new(), Vec::new());
    for (seed, name) in NAMES.into_iter().enumerate() {
        let plain = noise(40_000 + seed, seed as u64);
        let compressed = gzip(&plain);
        let compressed_name: &'static str = format!("{name}.gz").leak();
        downloads.push(download_of(compressed_name, &compressed, Form::Gzip, vec![content(name, &plain)]));
        files.push((compressed_name, compressed));
    }
    let downloads = downloads.leak();
    (Box::leak(Box::new(Published { source: DataSource::Mnist, downloads })), files)
}

/// The same with its first file alone.
fn one_file() -> (&'static Published, Vec<u8>) {
    let (published, mut files) = idx_set();
    let downloads = &published.downloads[..1];
    (Box::leak(Box::new(Published { source: DataSource::Mnist, downloads })), files.swap_remove(0).1)
}

/// Options that wait for nothing longer than a moment, and take files from `url`.
fn from(url: &str) -> FetchOptions {
    FetchOptions {
        mirror: Some(url.parse::<Mirror>().unwrap()),
        connect: Duration::from_secs(20),
        stall: Duration::from_secs(20),
        backoff: Duration::ZERO,
        proxy: false,
        ..FetchOptions::default()
    }
}

/// What was told.
#[derive(Debug, Default)]
struct Told {
    remarks: Vec<String>,
    present: usize,
    placed: usize,
    /// From which byte each transfer went on.
    began: Vec<u64>,
}

impl FetchObserver for Told {
    fn event(&mut self, event: &FetchEvent<'_>) {
        match event {
            FetchEvent::Remark { text } => self.remarks.push((*text).to_owned()),
            FetchEvent::Present { .. } => self.present += 1,
            FetchEvent::Placed { .. } => self.placed += 1,
            FetchEvent::Began { from, .. } => self.began.push(*from),
            _ => {}
        }
    }
}

impl Told {
    fn said(&self, words: &str) -> bool {
        self.remarks.iter().any(|remark| remark.contains(words))
    }
}

/// The names in a folder, sorted.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
