//! Where commands write what they are asked to write, and what they never replace or print.

use super::support::{elbo, result, text};
use std::path::Path;

const SPEC: &str = r#"
dataset data { source = csv("data.csv", target="kind", features=["x"], classes=["=cmd", "a|b`c"], test_share=0.2) }
train regime { objective = elbo(); optimizer = adam(lr=1e-2); epochs = 1; batch = 8; seed = 3 }
model net {
  input vector[1]
  default bayes
  head: linear(2)
  output categorical
}
run trial { model = net; data = data; train = regime }
claim "it | `holds` *well*": accuracy(trial) >= 0
"#;

/// A folder with a spec and a finished run of it.
fn finished() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("spec.elbo"), SPEC).expect("is written");
    let rows: String = (0..40).map(|row| format!("{},{}\n", row % 7, ["=cmd", "a|b`c"][row % 2])).collect();
    std::fs::write(folder.path().join("data.csv"), format!("x,kind\n{rows}")).expect("is written");
    printed(folder.path(), &["run", "spec.elbo"]);
    folder
}

fn printed(folder: &Path, arguments: &[&str]) -> String {
    let output = elbo(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output));
    String::from_utf8(output.stdout).expect("is UTF-8")
}

fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = elbo(folder, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", text(&output));
    assert!(text(&output).contains("help:"), "{}", text(&output));
    text(&output)
}

#[test]
fn a_file_is_replaced_and_a_spec_and_a_result_never() {
    let folder = finished();
    let folder = folder.path();
    for _ in 0..2 {
        printed(folder, &["report", "trial", "--html", "page.html", "--csv", "table.csv"]);
        printed(folder, &["eval", "trial", "--predictions", "predictions.csv"]);
    }
    let result = result(&folder.join("runs"));
    let published = result.join("predictions.csv").display().to_string();
    for output in ["spec.elbo", "data.csv", published.as_str()] {
        let before = std::fs::read(folder.join(output)).expect("is there");
        for arguments in [
            ["report", "trial", "--html", output],
            ["report", "trial", "--csv", output],
            ["eval", "trial", "--predictions", output],
        ] {
            refused(folder, &arguments);
        }
        refused(folder, &["export", "trial", "--format", "safetensors", "--force", "--output", output]);
        assert!(std::fs::read(folder.join(output)).expect("is there") == before, "{output} was changed");
    }
    // `--force` replaces exports, not whatever has their place.
    std::fs::write(folder.join("mine.safetensors"), "mine").expect("is written");
    let export = ["export", "trial", "--format", "safetensors", "--force", "--output", "mine.safetensors"];
    assert!(refused(folder, &export).contains("was not written by `elbo export`"));
    assert_eq!(std::fs::read(folder.join("mine.safetensors")).expect("is there"), b"mine");
}

#[test]
fn a_hyphen_is_standard_output() {
    let folder = finished();
    let folder = folder.path();
    let csv = printed(folder, &["report", "trial", "--csv", "-"]);
    assert!(csv.starts_with("measure,trial,"), "{csv}");
    let page = printed(folder, &["report", "trial", "--html", "-"]);
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
    let predictions = printed(folder, &["eval", "trial", "--predictions", "-"]);
    assert!(predictions.starts_with("index,label,"), "{predictions}");
    let weights = elbo(folder, &["export", "trial", "--format", "safetensors", "--output", "-"]).stdout;
    printed(folder, &["export", "trial", "--format", "safetensors", "--output", "same.safetensors"]);
    assert!(weights == std::fs::read(folder.join("same.safetensors")).expect("is written"));
    let both = elbo(folder, &["report", "trial", "--csv", "-", "--html", "-"]);
    assert_eq!(both.status.code(), Some(2), "{}", text(&both));
    assert!(!folder.join("-").exists());
}

#[cfg(unix)]
#[test]
fn pipes_and_links_stay_what_they_are() {
    use std::os::unix::fs::FileTypeExt;
    let folder = finished();
    let folder = folder.path();
    assert_eq!(
        printed(folder, &["report", "trial", "--csv", "/dev/stdout"]),
        printed(folder, &["report", "trial", "--csv", "-"])
    );
    let made = std::process::Command::new("mkfifo").arg(folder.join("pipe")).status();
    assert!(made.expect("there is `mkfifo`").success());
    for arguments in [
        &["report", "trial", "--csv", "pipe"][..],
        &["report", "trial", "--html", "pipe"],
        &["eval", "trial", "--predictions", "pipe"],
        &["export", "trial", "--format", "safetensors", "--output", "pipe"],
    ] {
        let pipe = folder.join("pipe");
        let reader = std::thread::spawn(move || std::fs::read(pipe).expect("reads"));
        printed(folder, arguments);
        assert!(!reader.join().expect("ends").is_empty(), "{arguments:?}");
        assert!(folder.join("pipe").metadata().expect("is there").file_type().is_fifo(), "{arguments:?}");
    }
    std::os::unix::fs::symlink("target.csv", folder.join("link.csv")).expect("is made");
    printed(folder, &["report", "trial", "--csv", "link.csv"]);
    assert!(folder.join("link.csv").is_symlink() && folder.join("target.csv").is_file());
    // A spec read from a pipe cannot be written back to it.
    let (pipe, text) = (folder.join("pipe"), SPEC);
    let writer = std::thread::spawn(move || std::fs::write(pipe, text));
    let output = elbo(folder, &["fmt", "pipe"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(folder.join("pipe").metadata().expect("is there").file_type().is_fifo());
    let _ = writer.join();
}

#[test]
fn names_from_elsewhere_are_text_in_every_medium() {
    let folder = finished();
    let folder = folder.path();
    let markdown = printed(folder, &["report", "spec.elbo", "--markdown"]);
    assert!(markdown.contains("it \\| \\`holds\\` \\*well\\*"), "{markdown}");
    let hostile = "f\u{1b}]0;title\u{7}\u{202e}.csv";
    std::fs::write(folder.join(hostile), "x\n1\n").expect("is written");
    let table = printed(folder, &["predict", "trial", hostile]);
    assert!(!table.contains(['\u{1b}', '\u{7}', '\u{202e}']) && table.contains("\\u{1b}]0;title\\u{7}"), "{table}");
    let csv = printed(folder, &["predict", "trial", hostile, "--format", "csv"]);
    assert!(csv.contains(hostile) && (csv.contains(",=cmd,") || csv.contains(",a|b`c,")), "{csv}");
    // An error about it, and a table whose header holds the same.
    std::fs::write(folder.join("header.csv"), "\u{1b}[31mred\u{7},b\n1,2\n").expect("is written");
    let output = elbo(folder, &["predict", "trial", "header.csv", "gone\u{1b}[31m.csv"]);
    let said = text(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(!said.contains(['\u{1b}', '\u{7}']) && said.contains("lacks"), "{said}");
}
