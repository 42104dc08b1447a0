//! Where commands write what they are asked to write, and what they never replace or print.

use super::support::{elbo, result, text};
#[cfg(target_os = "linux")]
use super::support::{signal, wait_until};
use std::path::Path;
#[cfg(target_os = "linux")]
use std::process::{Command, Output, Stdio};

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
    finished_of(SPEC)
}

fn finished_of(spec: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("spec.elbo"), spec).expect("is written");
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
    assert!(!folder.join("-").exists());
}

#[test]
fn two_outputs_of_one_place_are_refused() {
    let folder = finished();
    let folder = folder.path();
    std::fs::write(folder.join("x"), "mine").expect("is written");
    std::fs::create_dir(folder.join("below")).expect("is made");
    let pairs = [
        (&["report", "trial", "--html", "x", "--csv", "x"][..], "the same file"),
        (&["report", "trial", "--html", "./below/../x", "--csv", "x"], "the same file"),
        (&["report", "trial", "--html", "new", "--csv", "./new"], "the same file"),
        (&["report", "trial", "--csv", "-", "--html", "-"], "standard output"),
        (&["eval", "trial", "--predictions", "-", "--format", "json"], "standard output"),
    ];
    for (arguments, problem) in pairs {
        let output = elbo(folder, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output));
        assert!(text(&output).contains(problem) && text(&output).contains("help:"), "{}", text(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    assert_eq!(std::fs::read(folder.join("x")).expect("is there"), b"mine");
    assert!(!folder.join("new").exists() && !folder.join("-").exists());
    // One of the two on standard output is enough for it.
    let scores = printed(folder, &["eval", "trial", "--predictions", "x", "--format", "json"]);
    assert!(scores.starts_with('{'), "{scores}");
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

/// A file of memory is a file: it is replaced, and what must stay there stays.
#[cfg(target_os = "linux")]
#[test]
fn a_file_below_the_folder_of_devices_is_a_file() {
    let Ok(folder) = tempfile::tempdir_in("/dev/shm") else {
        println!("skipped: there is no `/dev/shm` to write to");
        return;
    };
    let finished = finished();
    let out = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(out("old.csv"), "old\n".repeat(10_000)).expect("is written");
    std::fs::copy(finished.path().join("spec.elbo"), out("spec.elbo")).expect("is copied");
    printed(finished.path(), &["report", "trial", "--csv", &out("old.csv")]);
    let text = std::fs::read_to_string(out("old.csv")).expect("is there");
    assert!(text.starts_with("measure,") && !text.contains("old"), "{text}");
    assert!(refused(finished.path(), &["report", "trial", "--html", &out("spec.elbo")]).contains("spec"));
}

/// Data are found in other places than the one they are named from, and folders of images are data, too.
#[test]
fn data_are_spared_wherever_they_were_found() {
    let folder = finished();
    let folder = folder.path();
    std::fs::create_dir(folder.join("moved")).expect("is made");
    std::fs::copy(folder.join("data.csv"), folder.join("moved/data.csv")).expect("is copied");
    let data = std::fs::read(folder.join("data.csv")).expect("is there");
    for arguments in [
        &["eval", "trial", "--data-root", "moved", "--predictions", "moved/data.csv"][..],
        &["report", "trial", "--data-root", "moved", "--csv", "moved/data.csv"],
    ] {
        assert!(refused(folder, arguments).contains("holds data that are read"), "{arguments:?}");
        assert_eq!(std::fs::read(folder.join("moved/data.csv")).expect("is there"), data, "{arguments:?}");
    }
    // What is new beside them replaces nothing.
    printed(folder, &["report", "trial", "--data-root", "moved", "--csv", "moved/new.csv"]);
}

/// `/dev/null` and a terminal are devices, which a rename would replace by a file.
#[cfg(unix)]
#[test]
fn devices_stay_devices() {
    use std::os::unix::fs::FileTypeExt;
    let folder = finished();
    let folder = folder.path();
    // A device of its own, as `/dev/null` is one, so that no test harms the machine.
    let made = std::process::Command::new("mknod").args(["null", "c", "1", "3"]).current_dir(folder).status();
    let written = std::fs::OpenOptions::new().write(true).open(folder.join("null"));
    if !made.is_ok_and(|status| status.success()) || written.is_err() {
        println!("skipped: this user may make no devices, or write to none");
        return;
    }
    for arguments in [
        &["report", "trial", "--html", "null"][..],
        &["report", "trial", "--csv", "null"],
        &["eval", "trial", "--predictions", "null"],
        &["export", "trial", "--format", "safetensors", "--output", "null"],
        &["export", "trial", "--format", "safetensors", "--output", "null", "--force"],
    ] {
        printed(folder, arguments);
        let kind = folder.join("null").symlink_metadata().expect("is there").file_type();
        assert!(kind.is_char_device(), "{arguments:?} replaced the device");
    }
}

/// A claim and a class may be called by what a terminal obeys.
#[test]
fn claims_and_classes_cannot_speak_to_a_terminal() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let (red, bell) = ("\u{1b}[31mred", "bell\u{7}");
    let spec = SPEC.replace("=cmd", red).replace("a|b`c", bell).replace("it | `holds` *well*", red);
    std::fs::write(folder.join("spec.elbo"), spec).expect("is written");
    let rows: String = (0..40).map(|row| format!("{},{}\n", row % 7, [red, bell][row % 2])).collect();
    std::fs::write(folder.join("data.csv"), format!("x,kind\n{rows}")).expect("is written");
    std::fs::write(folder.join("new.csv"), "x\n1\n2\n").expect("is written");
    for arguments in [
        &["run", "spec.elbo"][..],
        &["report", "spec.elbo"],
        &["report", "spec.elbo", "--markdown"],
        &["report", "spec.elbo", "--html", "-"],
        &["eval", "trial"],
        &["predict", "trial", "new.csv"],
    ] {
        let output = elbo(folder, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output));
        let all = String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned();
        assert!(!all.contains(['\u{1b}', '\u{7}']), "{arguments:?}: {all}");
    }
}

/// A row of the table of limits and outputs: what a command that writes to an output leaves, twice.
#[cfg(target_os = "linux")]
fn row(folder: &Path, what: &str, run: &dyn Fn() -> Output, left: &dyn Fn() -> &'static str) -> String {
    let once = run();
    let found = left();
    let again = run();
    assert_eq!((once.status.code(), found), (again.status.code(), left()), "{what}: {}", text(&again));
    assert_eq!((text(&once), &once.stdout), (text(&again), &again.stdout), "{what}");
    let said = text(&once).replace(&folder.display().to_string(), "…");
    let said = said.strip_prefix("error: ").unwrap_or(&said).split_whitespace().collect::<Vec<_>>().join(" ");
    let said = match said.split_once("runs/") {
        Some((start, rest)) => format!("{start}runs/…`{}", rest.split_once('`').expect("a path ends").1),
        None => said,
    };
    let said = if said.is_empty() { said } else { format!("`` {said} ``") };
    let then = if once.status.success() { "writes the same" } else { "says the same" };
    format!("| {what} | {said} | {} | {found} | {then} |", once.status.code().expect("it ends by itself"))
}

#[cfg(target_os = "linux")]
#[test]
fn every_kind_of_output_is_treated_as_the_page_says() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    let folder = finished();
    let folder = folder.path();
    let content = |name: &str| std::fs::read(folder.join(name)).unwrap_or_default();
    let published = result(&folder.join("runs")).join("report.html");
    let untouched = || ["spec.elbo", "data.csv", &published.display().to_string()].map(content);
    let (before, mut rows) = (untouched(), Vec::new());
    let html = |name: &str| elbo(folder, &["report", "trial", "--html", name]);
    let csv = |name: &str| elbo(folder, &["report", "trial", "--csv", name]);
    // A device of the test's own where it may make one, so that it would not be the system's that is lost.
    let device = match Command::new("mknod").arg(folder.join("null")).args(["c", "1", "3"]).output() {
        Ok(output) if output.status.success() => "null",
        _ => "/dev/null",
    };
    let is_device = || folder.join(device).metadata().is_ok_and(|file| file.file_type().is_char_device());
    let left = || if is_device() { "the device" } else { "no device" };
    rows.push(row(folder, "`--html` names a device", &|| html(device), &left));
    let printed = |name: &str| {
        let output = csv(name);
        assert!(output.stdout.starts_with(b"measure,trial,"), "{name}");
        output
    };
    for (name, what) in [("/dev/stdout", "`--csv /dev/stdout`"), ("-", "`--csv -`")] {
        rows.push(row(folder, what, &|| printed(name), &|| "standard output has all of it"));
    }
    assert!(Command::new("mkfifo").arg(folder.join("pipe")).status().expect("there is `mkfifo`").success());
    let piped = || {
        let pipe = folder.join("pipe");
        let reader = std::thread::spawn(move || std::fs::read(pipe).expect("reads"));
        let output = csv("pipe");
        assert!(reader.join().expect("ends").starts_with(b"measure,trial,"));
        output
    };
    let is_pipe = || folder.join("pipe").metadata().is_ok_and(|file| file.file_type().is_fifo());
    let left = || if is_pipe() { "the pipe, whose reader has all of it" } else { "no pipe" };
    rows.push(row(folder, "`--csv` names a pipe that somebody reads", &piped, &left));
    std::fs::write(folder.join("target.csv"), "old").expect("is written");
    for (link, target, what) in
        [("link.csv", "target.csv", "a link to a file"), ("dangling.csv", "new.csv", "a link to nothing")]
    {
        symlink(target, folder.join(link)).expect("is made");
        let left = || match folder.join(link).is_symlink() && content(target).starts_with(b"measure,") {
            true => "the link, and where it leads all of it",
            false => "something else",
        };
        rows.push(row(folder, &format!("`--csv` names {what}"), &|| csv(link), &left));
    }
    symlink("spec.elbo", folder.join("disguised.csv")).expect("is made");
    for (name, what) in [
        ("spec.elbo", "a spec"),
        ("disguised.csv", "a link to a spec"),
        ("data.csv", "the run's data"),
        (&published.display().to_string(), "a file of the store"),
    ] {
        let left = || if untouched() == before { "the file as it was" } else { "something else" };
        rows.push(row(folder, &format!("`--html` names {what}"), &|| html(name), &left));
    }
    super::faults::check_page(super::limits::HEAD, &rows, false);
}

/// The same, with weights that take their time to be written.
#[cfg(target_os = "linux")]
const WIDE: &str = "  wide: linear(2500)\n  relu\n  deep: linear(2500)\n  head";

#[cfg(target_os = "linux")]
#[test]
fn a_signal_leaves_no_half_of_an_output() {
    use std::os::unix::process::ExitStatusExt;
    let spec =
        SPEC.replace("  head", WIDE).replace("default bayes", "default point").replace("elbo()", "maximum_likelihood");
    let folder = finished_of(&spec);
    let folder = folder.path();
    std::fs::write(folder.join("old.csv"), "old").expect("is written");
    let export = ["export", "trial", "--format", "safetensors", "--force", "--output", "old.safetensors"];
    printed(folder, &export);
    let exported = std::fs::read(folder.join("old.safetensors")).expect("is there");
    let mut rows = Vec::new();
    let commands: [&[&str]; 4] = [
        &["eval", "trial", "--predictions", "old.csv", "--data", "rows.csv"],
        &["predict", "trial", "rows.csv"],
        // Nobody reads it, so that it is not done before the signal comes.
        &["report", "trial", "--html", "pipe"],
        &export,
    ];
    assert!(Command::new("mkfifo").arg(folder.join("pipe")).status().expect("there is `mkfifo`").success());
    std::fs::write(folder.join("rows.csv"), "x,kind\n".to_owned() + &"1,=cmd\n".repeat(20_000)).expect("is written");
    for arguments in commands {
        let command = arguments[0];
        let output =
            if command == "export" { stopped_in_writing(folder, arguments) } else { stopped(folder, arguments) };
        assert_eq!(output.status.signal(), Some(15), "{command}: {}", text(&output));
        assert!(hidden(folder).is_empty(), "{command}: {:?}", hidden(folder));
        assert_eq!(std::fs::read(folder.join("old.csv")).expect("is there"), b"old", "{command}");
        assert!(std::fs::read(folder.join("old.safetensors")).expect("is there") == exported);
        // As shells tell of it.
        let code = 128 + output.status.signal().unwrap_or_default();
        let what = format!("SIGTERM to `elbo {command}`");
        rows.push(format!("| {what} | {} | {code} | its output as it was | starts again |", text(&output)));
    }
    super::faults::check_page(super::limits::HEAD, &rows, false);
}

/// The hidden files of a folder.
#[cfg(target_os = "linux")]
fn hidden(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("is there").flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().starts_with('.')).map(|entry| entry.path()).collect()
}

#[cfg(target_os = "linux")]
fn start(folder: &Path, arguments: &[&str]) -> std::process::Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_elbo"));
    command.args(arguments).current_dir(folder).env_remove("ELBO_DATA");
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary has just been built")
}

/// A command that is told to end once it listens to signals.
#[cfg(target_os = "linux")]
fn stopped(folder: &Path, arguments: &[&str]) -> Output {
    let mut child = start(folder, arguments);
    let id = child.id();
    assert!(wait_until(&mut child, || super::support::listens(id)), "it ended by itself");
    signal(&child, "-TERM");
    child.wait_with_output().expect("it ends")
}

/// A command that is told to end while there is a hidden file, which is tried until one is met.
#[cfg(target_os = "linux")]
fn stopped_in_writing(folder: &Path, arguments: &[&str]) -> Output {
    for _ in 0..100 {
        let mut child = start(folder, arguments);
        if wait_until(&mut child, || !hidden(folder).is_empty()) {
            signal(&child, "-STOP");
            let is_met = !hidden(folder).is_empty();
            signal(&child, "-TERM");
            signal(&child, "-CONT");
            let output = child.wait_with_output().expect("it ends");
            if is_met && !output.status.success() {
                return output;
            }
        }
    }
    panic!("no hidden file was met");
}

#[test]
fn a_file_that_names_something_of_a_megabyte_is_not_quoted_whole() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let long = "F".repeat(1 << 20);
    let header = format!("{{\"head.weight\":{{\"dtype\":\"{long}\",\"shape\":[1],\"data_offsets\":[0,4]}}}}");
    let weights = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 4]].concat();
    std::fs::write(folder.join("w.safetensors"), weights).expect("is written");
    std::fs::write(folder.join("data.csv"), format!("{long},kind\n1,=cmd\n")).expect("is written");
    let started = SPEC.replace("source = csv", "source = digits() }\ndataset other { source = csv");
    let started = started.replace(
        "input vector[1]\n  default bayes",
        "input image[1, 8, 8]\n  default point(init=weights(\"w.safetensors\"))\n  flatten",
    );
    std::fs::write(folder.join("weights.elbo"), started.replace("linear(2)", "linear(10)")).expect("is written");
    std::fs::write(folder.join("table.elbo"), SPEC).expect("is written");
    for (spec, place) in [("weights.elbo", "w.safetensors"), ("table.elbo", "data.csv")] {
        let said = refused(folder, &["run", spec]);
        assert!(said.contains(place) && said.len() < 8_000, "{} bytes: {:.500}", said.len(), said);
    }
}

/// What programs read is written as it is, but a terminal must not obey what stands in the name of a file.
#[cfg(unix)]
#[test]
fn a_terminal_gets_no_escape_sequences() {
    let folder = finished();
    let folder = folder.path();
    let name = "a\u{1b}[31m\u{9b}2J.csv";
    std::fs::write(folder.join(name), "x\n1\n2\n").expect("is written");
    for form in ["csv", "json"] {
        let piped = printed(folder, &["predict", "trial", name, "--format", form]);
        assert!(piped.contains('\u{9b}'), "{form}: {piped:?}");
    }
    let program = env!("CARGO_BIN_EXE_elbo");
    let commands = [
        format!("'{program}' predict trial a*.csv --format csv"),
        format!("'{program}' predict trial a*.csv --format json"),
        format!("'{program}' eval trial --data labelled*.csv --predictions -"),
        format!("'{program}' eval trial --data labelled*.csv --predictions /dev/tty"),
    ];
    std::fs::write(folder.join(format!("labelled{name}")), "x,kind\n1,=cmd\n2,a|b`c\n").expect("is written");
    for command in commands {
        let mut script = std::process::Command::new("script");
        let Ok(shown) = script.args(["-qec", &command, "/dev/null"]).current_dir(folder).output() else {
            println!("skipped: there is no `script` to make a terminal");
            return;
        };
        let shown = String::from_utf8(shown.stdout).expect("is UTF-8");
        assert!(shown.contains(".csv,") || shown.contains(".csv\""), "{command}: {shown:?}");
        // The progress bar is our own: it clears its line.
        let foreign = ["\u{1b}[31m", "\u{9b}"];
        assert!(!foreign.iter().any(|sequence| shown.contains(sequence)), "{command}: {shown:?}");
        assert!(shown.contains("\\u{9b}2J"), "{command}: {shown:?}");
    }
}
