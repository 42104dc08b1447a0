//! The choice among tables.

use crate::{Kernels, NAMES, NoTable, VARIABLE, usable};

#[test]
fn the_portable_table_is_the_last_that_is_usable() {
    let names: Vec<&str> = usable().map(Kernels::name).collect();
    assert_eq!(names.last(), Some(&"portable"));
    assert_eq!(Kernels::widest().name(), names[0]);
    let in_order: Vec<&str> = NAMES.into_iter().filter(|name| names.contains(name)).collect();
    assert_eq!(names, in_order);
    assert!(usable().all(|kernels| (1..=4).contains(&kernels.panels_at_once())));
}

#[test]
fn usable_tables_are_found_by_name() {
    for kernels in usable() {
        let found = Kernels::named(kernels.name()).expect("it is usable");
        assert_eq!(found.name(), kernels.name());
        assert_eq!(format!("{found:?}"), format!("Kernels({})", kernels.name()));
    }
}

#[test]
fn messages_say_what_can_be_had() {
    let error = Kernels::named("avx").expect_err("there is none");
    assert_eq!(error, NoTable::Unknown("avx".to_owned()));
    let message = error.to_string();
    assert_eq!(message, format!("`{VARIABLE}` is `avx`, but the tables of kernels are avx512, avx2, neon, portable"));
    let elsewhere = if cfg!(target_arch = "x86_64") { "neon" } else { "avx2" };
    let error = Kernels::named(elsewhere).expect_err("another architecture's");
    assert_eq!(error, NoTable::Unsupported(elsewhere));
    let names: Vec<&str> = usable().map(Kernels::name).collect();
    assert_eq!(
        error.to_string(),
        format!("`{VARIABLE}` asks for {elsewhere}, which this processor has not; it has {}", names.join(", "))
    );
}
