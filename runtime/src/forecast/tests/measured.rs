//! candle's estimate against the peaks that `docs/forecast.md` lists.

use super::super::Counts;
use super::candle;
use elbo_compiler::compile;
use elbo_compiler::ir::Run;
use elbo_compiler::sources::MemorySources;

fn read(path: &str) -> String {
    let path = format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The run as it was measured: three steps, four draws at most, 600 test examples.
fn run(name: &str, batch: usize) -> Run {
    let spec = match name.split('_').next() {
        Some("conv3fc3") => "3conv3fc",
        Some(spec) => spec,
        None => panic!("{name}"),
    };
    let file = format!("specs/{spec}.elbo");
    let compilation = compile(&file, &MemorySources::single(&file, read(&file)), Some(name), &[]);
    let found = compilation.runs.into_iter().find(|run| run.name == name);
    let mut run = found.unwrap_or_else(|| panic!("{name}: {:?}", compilation.diagnostics)).run;
    run.training.batch = batch;
    run.training.max_steps = Some(3);
    run.report.samples = run.report.samples.min(4);
    run
}

#[test]
fn the_estimate_of_candle_is_as_far_off_as_the_documentation_says() {
    let documentation = read("docs/forecast.md");
    let rows = documentation.lines().filter(|line| line.starts_with("| `"));
    let mut failures = Vec::new();
    let mut count = 0;
    for line in rows {
        let columns: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, batch, estimate, measured, off] = columns[..] else { panic!("{line}") };
        let run = run(name.trim_matches('`'), batch.parse().expect("a batch"));
        let counts = Counts::published(&run.data).expect("the set is published");
        let counts = Counts { validation: counts.validation.min(600), test: 600, ..counts };
        let peak = candle(&run, counts, None).memory.peak as f64 / f64::from(1 << 20);
        let measured: f64 = measured.parse().expect("a measured peak");
        let found = 100.0 * (peak / measured - 1.0);
        let row = format!("| {name} | {batch} | {peak:.0} | {measured:.0} | {found:+.0} % |");
        if format!("{peak:.0}") != estimate || format!("{found:+.0} %") != off || !(-8.5..=45.0).contains(&found) {
            failures.push(row);
        }
        count += 1;
    }
    assert!(count >= 26 && failures.is_empty(), "{count} rows, these are different:\n{}", failures.join("\n"));
}
