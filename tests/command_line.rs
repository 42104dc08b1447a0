//! What each command prints and how it exits: a case is a file of `tests/command_line`, beside it the
//! folder it runs in. `TRYCMD=overwrite` writes down what was found.

#[test]
fn commands_print_and_exit_as_their_cases_say() {
    trycmd::TestCases::new()
        .env("NO_COLOR", "1")
        .env("ELBO_DATA", "")
        // No calibration of whatever machine this is: forecasts without times.
        .env("ELBO_CACHE", concat!(env!("CARGO_MANIFEST_DIR"), "/target/no-cache"))
        .case("tests/command_line/*.trycmd")
        .case("tests/command_line/*.toml")
        .case("README.md")
        .case("docs/batches.md")
        .case("docs/tour.md");
}
