//! Times of single kernels on every usable table, with operations and bytes a second.

mod cases;

use cases::CASES;
use divan::counter::{BytesCount, ItemsCount};
use elbo_kernels::{Kernels, usable};

fn main() {
    divan::main();
}

/// A table and a case, by their names.
fn names() -> Vec<String> {
    let tables: Vec<Kernels> = usable().collect();
    CASES
        .iter()
        .flat_map(|(case, _)| tables.iter().map(move |kernels| format!("{case} [{}]", kernels.name())))
        .collect()
}

#[divan::bench(args = names(), sample_size = 20)]
fn kernel(bencher: divan::Bencher, name: &str) {
    let (case, table) = name.trim_end_matches(']').rsplit_once(" [").expect("made by `names`");
    let (_, make) = CASES.iter().find(|(known, _)| *known == case).expect("made by `names`");
    let mut case = make(Kernels::named(table).expect("made by `names`"));
    let items = if case.operations > 0 { case.operations } else { case.numbers };
    bencher.counter(ItemsCount::new(items)).counter(BytesCount::new(case.bytes)).bench_local(|| (case.run)());
}
