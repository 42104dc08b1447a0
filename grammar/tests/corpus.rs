//! The texts that fuzzing kept, and those it found something with, once more.

mod support;

use std::path::Path;

#[test]
fn texts_kept_by_fuzzing_keep_their_meaning() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    let mut texts = 0;
    for folder in ["parse", "format"] {
        for entry in std::fs::read_dir(corpus.join(folder)).expect("the folder is part of the repository") {
            let bytes = std::fs::read(entry.expect("a readable folder").path()).expect("a readable file");
            // The targets read text, as the fuzzer gives them what is UTF-8 alone.
            if let Ok(source) = std::str::from_utf8(&bytes) {
                support::layout::assert_kept(source);
                texts += 1;
            }
        }
    }
    println!("{texts} texts");
    assert!(texts > 100, "only {texts} texts are left of the corpus");
}
