//! `cargo +nightly fuzz run ir` in this repository.

#![no_main]

#[path = "../bodies/language.rs"]
mod language;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| language::ir(source));
