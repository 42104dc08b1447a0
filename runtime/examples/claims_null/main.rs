//! How often claims are decided that should not be, and how often those that should: `cargo run --release -p elbo-runtime
//! --example claims_null [SIMULATIONS]`. The numbers are the same on every machine. `tests/claims_null.rs` runs fewer.

mod cases;
mod simulated;

fn main() {
    let simulations = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(1_000);
    println!("{simulations} simulations a row\n");
    println!("| null | decided wrongly | what there is to find | found |");
    println!("|---|---:|---|---:|");
    for case in cases::CASES {
        let (wrong, found) = (case.wrong(simulations), case.found(simulations));
        println!("| {} | {:.1} % | {} | {:.1} % |", case.name, 100.0 * wrong, case.difference, 100.0 * found);
    }
}
