//! The same run under several names: what is said of it depends on the name it is asked for by, and not on the one it
//! was first run under.

use super::support::{elbo, text};
use std::path::Path;

const SPEC: &str = r#"
dataset data { source = csv("data.csv", target="kind", features=["x"], classes=["a", "b"], test_share=0.2) }
train regime { objective = elbo(); optimizer = adam(lr=1e-2); epochs = 1; batch = 8; seed = 3 }
model net {
  input vector[1]
  default bayes
  head: linear(2)
  output categorical
}
run trial { model = net; data = data; train = regime }
sweep seeds { run = trial; vary.train.seed = [3, 4] }
"#;

const MEMBER: &str = "spec.elbo#seeds/train.seed=3";

/// What a command prints, and what it says, with the store's name left out.
fn said(folder: &Path, store: &str, arguments: &[&str]) -> (String, String) {
    let output = elbo(folder, &[arguments, &["--store", store]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", text(&output));
    let printed = String::from_utf8(output.stdout.clone()).expect("is UTF-8");
    (printed.replace(store, "STORE"), text(&output).replace(store, "STORE"))
}

#[test]
fn a_report_does_not_depend_on_the_name_that_its_run_was_first_run_under() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    std::fs::write(folder.join("spec.elbo"), SPEC).expect("is written");
    let rows: String = (0..40).map(|row| format!("{},{}\n", row % 7, ["a", "b"][row % 2])).collect();
    std::fs::write(folder.join("data.csv"), format!("x,kind\n{rows}")).expect("is written");
    for (store, names) in [("first", ["spec.elbo#trial", "spec.elbo#seeds"]), ("second", [MEMBER, "spec.elbo#trial"])] {
        for name in names {
            said(folder, store, &["run", name]);
        }
    }
    said(folder, "second", &["run", "spec.elbo#seeds"]);
    for arguments in [
        &["report", "spec.elbo#trial"][..],
        &["report", "spec.elbo#trial", "--format", "csv"],
        &["report", MEMBER, "--format", "csv"],
        &["report", "spec.elbo#seeds", "--format", "csv"],
        &["report", "spec.elbo#seeds", "--pivot", "model,train.seed", "--format", "csv"],
        &["report", "spec.elbo", "--format", "csv"],
        &["report", "trial", "--format", "csv"],
        &["report", "seeds/train.seed=3", "--format", "csv"],
        &["eval", "spec.elbo#trial", "--format", "json"],
        &["eval", MEMBER, "--format", "json"],
        &["eval", "seeds/train.seed=3", "--format", "json"],
    ] {
        assert_eq!(said(folder, "first", arguments), said(folder, "second", arguments), "{arguments:?}");
    }
    let (table, _) = said(folder, "first", &["report", "seeds/train.seed=3", "--format", "csv"]);
    assert!(table.starts_with("measure,train.seed=3,"), "{table}");
    // The page shows what was published; which run that is, is said.
    let page = ["report", MEMBER, "--html", "page.html"];
    let (_, note) = said(folder, "first", &page);
    assert!(note.contains("the page is that of `trial`, which is the same run as `seeds/train.seed=3`"), "{note}");
    let (_, note) = said(folder, "second", &page);
    assert!(!note.contains("the page is that of"), "{note}");
    for store in ["first", "second"] {
        let (written, _) = said(folder, store, &["export", MEMBER, "--format", "safetensors", "--force"]);
        assert_eq!(written.trim(), "seeds-train.seed=3.safetensors");
    }
}
