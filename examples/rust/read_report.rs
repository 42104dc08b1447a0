//! Reads the report of a stored result, whose directory `elbo run` prints:
//! `cargo run --release -p elbo --example read_report -- runs/1a/1a…`.

use elbo::Trained;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::args().nth(1).ok_or("name the directory of a result")?;
    let trained = Trained::open(directory)?;
    let report = trained.report();
    println!("{}: {} draws of {} test examples", report.run.name, report.draws(), report.test_examples());
    for warning in &report.warnings {
        println!("- {warning}");
    }
    Ok(())
}
