use super::*;

fn project(files: &[&str]) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a temporary folder");
    for file in files {
        let path = root.path().join(file);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("it can be made");
        fs::write(path, "").expect("it can be written");
    }
    root
}

fn found(root: &tempfile::TempDir, pattern: &str) -> Vec<String> {
    let walked = matches(root.path(), pattern).expect("it can be walked");
    let below = |file: &String| Path::new(file).strip_prefix(root.path()).expect("it is below").display().to_string();
    walked.files.iter().map(below).collect()
}

#[test]
fn patterns_match_as_in_a_shell() {
    let root = project(&["a.elbo", "b.txt", "x/a.elbo", "x/y/b.elbo", ".h/a.elbo", "x/.i.elbo", "[z]/a.elbo"]);
    assert_eq!(found(&root, "*.elbo"), ["a.elbo"]);
    assert_eq!(found(&root, "**/*.elbo"), ["[z]/a.elbo", "a.elbo", "x/a.elbo", "x/y/b.elbo"]);
    assert_eq!(found(&root, "x/**/*.elbo"), ["x/a.elbo", "x/y/b.elbo"]);
    assert_eq!(found(&root, "*/a.elbo"), ["[z]/a.elbo", "x/a.elbo"]);
    assert_eq!(found(&root, "x/../[ab].*"), ["x/../a.elbo", "x/../b.txt"]);
    assert_eq!(found(&root, ".h/*"), [".h/a.elbo"]);
    assert_eq!(found(&root, "**/y/**/b.*"), ["x/y/b.elbo"]);
    assert_eq!(found(&root, "x/**"), ["x/a.elbo", "x/y/b.elbo"]);
    assert!(matches(root.path(), "a[").is_err_and(|problem| problem.contains("is no pattern")));
}

#[test]
fn what_a_store_keeps_is_left_out() {
    let key = format!("ab{}", "0".repeat(62));
    let run = format!("runs/ab/{key}/training/spec.elbo");
    let root =
        project(&["a.elbo", &run, "runs/batches/1/specs/x.elbo", "runs/own.elbo", "ab/b.elbo", "batches/c.elbo"]);
    assert_eq!(found(&root, "**/*.elbo"), ["a.elbo", "ab/b.elbo", "batches/c.elbo", "runs/own.elbo"]);
}

#[cfg(unix)]
#[test]
fn links_in_a_cycle_end_and_each_folder_is_followed_once() {
    use std::os::unix::fs::symlink;
    let root = project(&["a/one.elbo", "b/two.elbo", "c/three.elbo"]);
    for (to, from) in [("../b", "a/b"), ("../a", "b/a"), ("..", "c/up"), (".", "self"), ("nowhere", "lost.elbo")] {
        symlink(to, root.path().join(from)).expect("it can be made");
    }
    assert_eq!(found(&root, "**/*.elbo"), ["a/one.elbo", "b/two.elbo", "c/three.elbo", "lost.elbo"]);
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_skipped_with_its_name() {
    let root = project(&["a.elbo"]);
    let made = std::process::Command::new("mkfifo").arg(root.path().join("pipe.elbo")).status();
    assert!(made.expect("there is `mkfifo`").success());
    let walked = specs_below(root.path()).expect("it can be walked");
    assert_eq!((walked.files.len(), walked.skipped.len()), (1, 1));
    assert!(walked.skipped[0].to_string().contains("pipe.elbo` is skipped"), "{}", walked.skipped[0]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_looked_into_costs_what_is_in_it_alone() {
    let root = project(&["a.elbo", "z.elbo", "m/b.elbo"]);
    // Nobody's permissions keep the administrator out, but a path that is too long does.
    let deeper = format!("mkdir {0} && cd -P {0} && ", "d".repeat(200));
    let mut shell = std::process::Command::new("sh");
    let made = shell.args(["-c", &(deeper.repeat(30) + "true")]).current_dir(root.path()).status();
    assert!(made.expect("there is `sh`").success());
    let walked = specs_below(root.path()).expect("the rest can be walked");
    assert_eq!(walked.files.len(), 3, "{:?}", walked.files);
    let [Skipped::Folder(problem)] = walked.skipped.as_slice() else { panic!("{:?}", walked.skipped) };
    assert!(problem.contains("cannot be looked into"), "{problem}");
    assert!(specs_below(&root.path().join("absent")).is_err());
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_utf8_is_an_error_that_shows_it() {
    use std::os::unix::ffi::OsStrExt;
    let root = project(&["a.elbo"]);
    fs::write(root.path().join(OsStr::from_bytes(b"b\xff.txt")), "").expect("it can be written");
    assert_eq!(found(&root, "**/*.elbo"), ["a.elbo"]);
    fs::write(root.path().join(OsStr::from_bytes(b"b\xff.elbo")), "").expect("it can be written");
    let problem = specs_below(root.path()).expect_err("it is named");
    assert!(problem.contains("b\\xFF.elbo") && problem.contains("not UTF-8"), "{problem}");
}

/// A folder that two parts of a pattern lead to is one of the folders that may be looked through.
#[test]
fn a_folder_counts_once_whatever_leads_to_it() {
    let root = project(&["x/a.elbo", "x/y/b.elbo"]);
    let mut walk = Walk::default();
    let (mut waiting, parts) = (vec![(root.path().to_path_buf(), 0)], parts_of("**/*.elbo").expect("a pattern"));
    while let Some((folder, at)) = waiting.pop() {
        walk.step(&folder, &parts, at, &mut waiting).expect("it can be read");
    }
    assert_eq!(walk.met.len(), 3);
}
