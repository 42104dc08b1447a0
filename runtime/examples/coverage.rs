//! How often the 95 % intervals of a report hold the truth, over test sets drawn from known populations with fixed seeds:
//! `cargo run --release -p elbo-runtime --example coverage -- 400`, where 400 is the number of sets.
//!
//! Each interval is over test inputs, given the draws: the truth is the figure of the same draws on unlimited inputs. It
//! ends with a failure if a share lies outside 92 to 98 %.

#[path = "../src/uncertainty/tests/simulation.rs"]
mod simulation;

use simulation::Scenario;
use std::process::ExitCode;

const SCENARIOS: [(&str, Scenario); 4] = [
    ("as sure as it should be", Scenario { population: 200_000, inputs: 200, samples: 10, sharpness: 1.05 }),
    ("as sure as it should be", Scenario { population: 200_000, inputs: 1_000, samples: 10, sharpness: 1.05 }),
    ("too sure", Scenario { population: 200_000, inputs: 200, samples: 10, sharpness: 1.4 }),
    ("too sure", Scenario { population: 200_000, inputs: 1_000, samples: 10, sharpness: 1.4 }),
];

fn main() -> ExitCode {
    let sets = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(400);
    let mut outside = 0;
    for (name, scenario) in SCENARIOS {
        println!("\n{name}, {} test inputs, {} draws, {sets} sets", scenario.inputs, scenario.samples);
        println!("  {:<32} {:>9} {:>9} {:>9}", "figure", "truth", "coverage", "width");
        let mut all = scenario.coverages(sets);
        // Noise that is normal, and noise with heavier tails than the network believes.
        all.extend(scenario.regression_coverages(sets, if scenario.sharpness > 1.2 { 0.3 } else { 0.0 }));
        for found in all {
            let is_outside = !(0.92..=0.98).contains(&found.share);
            outside += u32::from(is_outside);
            println!(
                "  {:<32} {:>9.4} {:>7.1} % {:>9.4}{}",
                found.figure,
                found.truth,
                100.0 * found.share,
                found.width,
                if is_outside { "  outside 92 to 98 %" } else { "" }
            );
        }
    }
    println!("\n{outside} outside 92 to 98 %");
    ExitCode::from(u8::from(outside > 0))
}
