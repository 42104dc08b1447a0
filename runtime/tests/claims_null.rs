//! No claim is decided more often than its level allows where there is nothing to find. The example `claims_null` prints
//! the table of many more simulations, with what is found where there is something.

#[path = "../examples/claims_null/cases.rs"]
#[allow(dead_code)]
mod cases;
#[path = "../examples/claims_null/simulated.rs"]
mod simulated;

/// Of each row.
const SIMULATIONS: u32 = 40;

#[test]
fn nulls_are_decided_in_seven_of_a_hundred_cases_at_most() {
    // 7 %, and three standard errors of a share of so few simulations.
    let most = 0.07 + 3.0 * (0.07 * 0.93 / f64::from(SIMULATIONS)).sqrt();
    for case in cases::CASES {
        let wrong = case.wrong(SIMULATIONS);
        assert!(wrong <= most, "{}: {:.0} % are decided wrongly", case.name, 100.0 * wrong);
    }
}
