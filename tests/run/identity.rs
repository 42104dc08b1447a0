//! What is one training, one evaluation, one data set and one run: by content, and once.

use super::support::{elbo, evaluations, read, result, runs, text, training};
use elbo_runtime::store::{Comparison, ResultFile};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

const SPEC: &str = r"
model net { input image[1, 8, 8]; default bayes; flatten; head: linear(10); output categorical }
dataset handwriting { source = digits(); split = fraction(train=0.9, validation=0.1) }
train regime { objective = elbo(kl=exact); optimizer = adam(lr=1e-2); epochs = 2; batch = 500 }
report few { samples = 2 }
run trial { model = net; data = handwriting; train = regime; report = few }
";

/// Two tables, one that can be learned and one of noise; two runs whose specs read alike.
const TABLES: &str = r#"
model net { input vector[1]; default point; head: linear(2); output categorical }
dataset easy { source = csv("easy.csv", target="y", features=["x"], classes=2) }
dataset hard { source = csv("hard.csv", target="y", features=["x"], classes=2) }
train t { objective = maximum_likelihood(); optimizer = adam(lr=1e-1); epochs = 20; batch = 32 }
run on_easy { model = net; data = easy; train = t }
run on_hard { model = net; data = hard; train = t }
claim "easier": accuracy(on_easy) > accuracy(on_hard)
"#;

fn project(spec: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("spec.elbo"), spec).expect("it can be written");
    folder
}

/// A table of a hundred rows whose class is the sign of x, or that of another number.
fn table(folder: &Path, name: &str, learnable: bool) {
    let row = |index: u32| {
        let x = f64::from(index * 37 % 100) / 50.0 - 0.99;
        let sign = if learnable { x } else { f64::from(index * 61 % 100) - 49.5 };
        format!("{x:.4},{}\n", u32::from(sign > 0.0))
    };
    let rows: String = (0..100).map(row).collect();
    fs::write(folder.join(name), format!("x,y\n{rows}")).expect("it can be written");
}

fn tables() -> tempfile::TempDir {
    let folder = project(TABLES);
    table(folder.path(), "easy.csv", true);
    table(folder.path(), "hard.csv", false);
    folder
}

/// What a command prints and says, which must be done.
fn done(folder: &Path, arguments: &[&str]) -> (String, String) {
    let output = elbo(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output));
    (String::from_utf8(output.stdout.clone()).expect("the output is UTF-8"), text(&output))
}

/// What a command that must end with exit code 1 says.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = elbo(folder, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", text(&output));
    text(&output)
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let (printed, _) = done(folder, arguments);
    serde_json::from_str(printed.lines().last().expect("a line")).expect("JSON")
}

/// Every file of a name below a folder, links not followed.
fn files_called(folder: &Path, name: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("it is there").flatten() {
        let kind = entry.file_type().expect("it is known");
        if kind.is_dir() {
            found.extend(files_called(&entry.path(), name));
        } else if kind.is_file() && entry.file_name().to_string_lossy() == name {
            found.push(entry.path());
        }
    }
    found
}

#[test]
fn what_is_reported_is_scored_again_and_never_trained_again() {
    let folder = project(SPEC);
    let first = json(folder.path(), &["run", "spec.elbo", "--format", "json"]);
    assert_eq!((&first["status"], &first["trained"]), (&"finished".into(), &true.into()));
    let store = folder.path().join("runs");
    let weights = read(&result(&store), "weights.safetensors");
    let changes = [
        "report.samples=3",
        "report.metrics=[accuracy, nll, epistemic]",
        "report.ood=[noise()]",
        "report.estimator=reparameterization",
    ];
    for change in changes {
        let (_, said) = done(folder.path(), &["run", "spec.elbo", "--set", change]);
        assert!(said.contains("only scoring is left"), "{change}: {said}");
        assert!(!said.contains("training on") && !said.contains("epoch 1/2"), "{change}: {said}");
        let (_, again) = done(folder.path(), &["run", "spec.elbo", "--set", change]);
        assert!(again.contains("this run was finished before"), "{again}");
    }
    // An edited spec is no different.
    fs::write(folder.path().join("spec.elbo"), SPEC.replace("samples = 2", "samples = 5")).expect("written");
    let edited = json(folder.path(), &["run", "spec.elbo", "--format", "json"]);
    assert_eq!((&edited["trained"], &edited["training"]), (&false.into(), &first["training"]));
    assert_ne!(edited["identity"], first["identity"]);
    let sweep = "sweep many { run = trial; vary.report.samples = range(6, 100) }\n";
    fs::write(folder.path().join("spec.elbo"), format!("{SPEC}{sweep}")).expect("written");
    let (_, said) = done(folder.path(), &["run", "spec.elbo#many"]);
    assert_eq!(said.matches("only scoring is left").count(), 94, "{said}");
    assert!(!said.contains("training on"), "{said}");
    assert_eq!((runs(&store).len(), evaluations(&store).len()), (1, 100));
    for name in ["weights.safetensors", "metrics.jsonl", "ir.json", "spec.elbo"] {
        assert_eq!(files_called(&store, name).len(), 1, "{name}");
    }
    assert_eq!(fs::read(&files_called(&store, "weights.safetensors")[0]).expect("reads"), weights);
    let attempts = fs::read_dir(&runs(&store)[0]).expect("it is there").flatten();
    let attempts = attempts.filter(|entry| entry.file_name().to_string_lossy().starts_with("attempt-")).count();
    assert_eq!(attempts, 1, "of what was only scored no attempt is left");
}

#[test]
fn the_estimator_of_the_report_changes_no_weight() {
    // The validation, which the training watches here, draws as the layers are trained.
    let watched = SPEC.replace("batch = 500 }", "batch = 100; select = best(validation.nll) }");
    let folder = project(&watched);
    let weights = ["local_reparameterization", "reparameterization", "flipout"].map(|estimator| {
        let set = format!("report.estimator={estimator}");
        done(folder.path(), &["run", "spec.elbo", "--store", estimator, "--set", &set]);
        read(&result(&folder.path().join(estimator)), "weights.safetensors")
    });
    assert!(weights[0] == weights[1] && weights[0] == weights[2]);
}

#[test]
fn members_of_a_sweep_over_the_report_share_a_training_and_are_one_network() {
    let spec = format!("{SPEC}sweep draws {{ run = trial; vary.report.samples = [2, 3, 4] }}\n");
    let folder = project(&spec);
    let (printed, _) = done(folder.path(), &["run", "spec.elbo#draws", "--format", "json"]);
    let trained: Vec<bool> = printed
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["trained"].as_bool().expect("it says"))
        .collect();
    assert_eq!(trained, [true, false, false]);
    let (report, said) = done(folder.path(), &["report", "spec.elbo"]);
    assert!(said.contains("are evaluations of one training, so one network"), "{said}");
    assert!(!report.contains("Paired differences"), "{report}");
    let pivot = ["report", "runs", "--pivot", "model,data"];
    let (table, _) = done(folder.path(), &pivot);
    assert!(!table.contains("(3 runs)") && table.contains("2 are left out"), "{table}");
}

#[test]
fn two_tables_of_one_form_are_two_data_sets() {
    let folder = tables();
    for run in ["spec.elbo#on_easy", "spec.elbo#on_hard"] {
        done(folder.path(), &["run", run, "-q"]);
    }
    let (report, _) = done(folder.path(), &["report", "spec.elbo", "--require-claims"]);
    assert!(report.contains("easier"), "{report}");
    let (table, _) = done(folder.path(), &["report", "spec.elbo", "--pivot", "model,data", "--format", "csv"]);
    assert!(table.starts_with("model,easy,easy low,easy high,hard,"), "{table}");
    // The runs of one spec differ in nothing but what their files hold.
    let output = elbo(folder.path(), &["diff", "spec.elbo#on_easy", "spec.elbo#on_hard"]);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(printed.contains("easy.csv") && printed.contains("hard.csv"), "{printed}");
    let output = elbo(folder.path(), &["diff", "on_easy", "on_hard"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    done(folder.path(), &["diff", "on_easy", "spec.elbo#on_easy"]);
}

#[test]
fn two_names_of_the_same_rows_are_two_data_sets_and_one_training() {
    let folder = tables();
    fs::copy(folder.path().join("easy.csv"), folder.path().join("hard.csv")).expect("it can be copied");
    let trained = |run: &str| json(folder.path(), &["run", run, "--format", "json"])["trained"].clone();
    assert_eq!((trained("spec.elbo#on_easy"), trained("spec.elbo#on_hard")), (true.into(), false.into()));
    for (run, data) in [("on_easy", "easy"), ("on_hard", "hard")] {
        let (printed, _) = done(folder.path(), &["report", &format!("spec.elbo#{run}")]);
        assert!(
            printed.contains(&format!("{run} on the")) && printed.contains(&format!("of {data} (csv)")),
            "{printed}"
        );
    }
}

#[test]
fn runs_that_differ_in_more_than_their_seed_are_not_averaged() {
    let folder = tables();
    for epochs in ["train.epochs=20", "train.epochs=21"] {
        done(folder.path(), &["run", "spec.elbo#on_easy", "-q", "--set", epochs]);
    }
    let said = refused(folder.path(), &["report", "runs", "--pivot", "model,data"]);
    assert!(said.contains("which differ in more than their seed"), "{said}");
    done(folder.path(), &["report", "runs", "--pivot", "training,data"]);
}

#[test]
fn two_names_of_one_evaluation_are_one_network_in_claims() {
    let spec = TABLES.replace(
        "claim \"easier\"",
        "run same extends on_easy {}\nclaim \"same\": accuracy(same) > accuracy(on_easy)\nclaim \"easier\"",
    );
    let folder = tables();
    fs::write(folder.path().join("spec.elbo"), spec).expect("it can be written");
    done(folder.path(), &["run", "spec.elbo#on_easy", "-q"]);
    done(folder.path(), &["run", "spec.elbo#on_hard", "-q"]);
    let (printed, _) = done(folder.path(), &["report", "spec.elbo"]);
    assert!(printed.contains("left minus right is 0, 95 % interval 0 to 0"), "{printed}");
}

#[test]
fn one_unreadable_result_is_named_and_the_others_are_reported() {
    let folder = tables();
    for run in ["on_easy", "on_hard"] {
        done(folder.path(), &["run", &format!("spec.elbo#{run}"), "-q"]);
    }
    let reports = files_called(&folder.path().join("runs"), "report.json");
    let broken = reports.iter().find(|path| !path.to_string_lossy().contains("by-name")).expect("there are two");
    fs::write(broken, "{").expect("it can be written");
    let (printed, said) = done(folder.path(), &["report", "runs"]);
    assert!(said.contains("left out") && said.contains("report.json"), "{said}");
    assert!(printed.contains("accuracy"), "{printed}");
    // So it is where the runs of a spec are asked for; its claim on both cannot be evaluated then.
    let (printed, said) = done(folder.path(), &["report", "spec.elbo"]);
    assert!(said.contains("left out") && said.contains("report.json"), "{said}");
    assert!(printed.contains("accuracy") && printed.contains("not evaluated"), "{printed}");
}

#[test]
fn images_of_another_distribution_are_none_of_a_table() {
    let folder = tables();
    done(folder.path(), &["run", "spec.elbo#on_easy", "-q"]);
    let said = refused(folder.path(), &["eval", "on_easy", "--ood", "noise"]);
    assert!(said.contains("image") && said.contains("help:"), "{said}");
}

#[test]
fn a_result_of_other_files_is_not_taken_for_one_of_these() {
    let folder = tables();
    done(folder.path(), &["run", "spec.elbo#on_easy", "-q"]);
    table(folder.path(), "easy.csv", false);
    let said = refused(folder.path(), &["report", "spec.elbo#on_easy"]);
    assert!(said.contains("has a result of other files only") && said.contains("easy.csv is "), "{said}");
    done(folder.path(), &["run", "spec.elbo#on_easy", "-q"]);
    // Two data sets of one name are told apart.
    let (table_of_both, _) = done(folder.path(), &["report", "runs", "--pivot", "model,data"]);
    assert!(table_of_both.matches("easy (").count() == 2, "{table_of_both}");
    // With the files gone nothing tells which of the two is meant.
    fs::remove_file(folder.path().join("easy.csv")).expect("it is there");
    let said = refused(folder.path(), &["report", "spec.elbo#on_easy"]);
    assert!(said.contains("is unknown, since its files cannot be read"), "{said}");
    let folder = tables();
    done(folder.path(), &["run", "spec.elbo#on_easy", "-q"]);
    fs::remove_file(folder.path().join("easy.csv")).expect("it is there");
    let (_, said) = done(folder.path(), &["report", "spec.elbo#on_easy"]);
    assert!(said.contains("is assumed to be the one of easy.csv "), "{said}");
}

#[test]
fn training_and_test_files_of_one_name_are_both_part_of_what_a_run_is() {
    let spec = TABLES.replace(
        "csv(\"easy.csv\", target=\"y\", features=[\"x\"], classes=2)",
        "csv(\"a/x.csv\", test_file=\"b/x.csv\", target=\"y\", features=[\"x\"], classes=2)",
    );
    let folder = project(&spec);
    table(folder.path(), "hard.csv", false);
    for part in ["a", "b"] {
        fs::create_dir(folder.path().join(part)).expect("it can be made");
        table(&folder.path().join(part), "x.csv", true);
    }
    // Files of the same bytes are refused.
    let train_on_another_row = || {
        let path = folder.path().join("a/x.csv");
        let rows = fs::read_to_string(&path).expect("it is there");
        fs::write(&path, rows + "0.5,1\n").expect("it can be written");
    };
    train_on_another_row();
    let first = json(folder.path(), &["run", "spec.elbo#on_easy", "--format", "json"]);
    // Another training file is another training, another test file only another evaluation.
    table(&folder.path().join("b"), "x.csv", false);
    let tested = json(folder.path(), &["run", "spec.elbo#on_easy", "--format", "json"]);
    assert_eq!((&tested["trained"], &tested["training"]), (&false.into(), &first["training"]));
    assert_ne!(tested["identity"], first["identity"]);
    table(&folder.path().join("a"), "x.csv", false);
    train_on_another_row();
    let trained = json(folder.path(), &["run", "spec.elbo#on_easy", "--format", "json"]);
    assert_eq!(trained["trained"], true);
    assert_ne!(trained["training"], first["training"]);
}

#[test]
fn a_run_is_found_by_what_a_person_can_write() {
    let folder = project(SPEC);
    let first = json(folder.path(), &["run", "spec.elbo", "--format", "json"]);
    let (key, weights) = (first["identity"].as_str().expect("64 digits"), first["training"].as_str().expect("too"));
    let directory = result(&folder.path().join("runs"));
    let directory = directory.to_str().expect("UTF-8");
    let mut names = vec!["trial", "spec.elbo", "spec.elbo#trial", &key[..4], &key[..12], key, &weights[..8], directory];
    if cfg!(unix) {
        names.push("runs/by-name/trial");
    }
    let again = json(folder.path(), &["eval", names[0], "--format", "json"]);
    assert_eq!(again["identity"], first["identity"]);
    for name in names {
        let found = json(folder.path(), &["eval", name, "--format", "json"]);
        assert_eq!(found, again, "{name}");
        done(folder.path(), &["export", name, "--format", "safetensors", "--output", "out.safetensors", "--force"]);
        done(folder.path(), &["report", name]);
        done(folder.path(), &["diff", name, "trial"]);
    }
    let said = refused(folder.path(), &["eval", "trail"]);
    assert!(said.contains("no finished run in the store") && said.contains("trial  on handwriting"), "{said}");
    // What the name alone does not tell apart is listed with what does.
    done(folder.path(), &["run", "spec.elbo", "-q", "--set", "train.epochs=1"]);
    let said = refused(folder.path(), &["eval", "trial"]);
    assert!(said.contains("may mean any of 2") && said.contains(&key[..8]) && said.contains("help:"), "{said}");
    assert_eq!(json(folder.path(), &["eval", "spec.elbo", "--format", "json"]), again);
    let said = refused(folder.path(), &["predict", "elsewhere", "x.png"]);
    assert!(said.contains("no finished run"), "{said}");
}

#[test]
fn another_estimator_scores_the_same_weights() {
    let folder = project(SPEC);
    done(folder.path(), &["run", "spec.elbo", "-q"]);
    let by = |estimator: &str| json(folder.path(), &["eval", "trial", "--estimator", estimator, "--format", "json"]);
    let own = json(folder.path(), &["eval", "trial", "--format", "json"]);
    assert_eq!(by("local_reparameterization")["test"], own["test"]);
    assert_ne!(by("reparameterization")["test"]["epistemic"], own["test"]["epistemic"]);
    let folder = project(&SPEC.replace("default bayes", "default point"));
    done(folder.path(), &["run", "spec.elbo", "-q"]);
    let said = refused(folder.path(), &["eval", "trial", "--estimator", "flipout"]);
    assert!(said.contains("it has no `bayes` layer to draw from"), "{said}");
}

#[test]
fn force_does_everything_again_to_the_same_bits_and_fresh_says_what_it_does_not() {
    let folder = project(SPEC);
    done(folder.path(), &["run", "spec.elbo", "-q"]);
    let store = folder.path().join("runs");
    let before = fs::metadata(training(&result(&store)).join("run.toml")).and_then(|file| file.modified()).ok();
    let (_, said) = done(folder.path(), &["run", "spec.elbo", "--fresh"]);
    assert!(said.contains("this run was finished before") && said.contains("`--force` does"), "{said}");
    let (_, said) = done(folder.path(), &["run", "spec.elbo", "--force"]);
    assert!(said.contains("epoch 2/2") && said.contains("to the same bits as before"), "{said}");
    let after = fs::metadata(training(&result(&store)).join("run.toml")).and_then(|file| file.modified()).ok();
    assert_eq!(before, after, "what was published stays");
    // What was altered since is replaced, and kept where it harms nobody.
    let weights = training(&result(&store)).join("weights.safetensors");
    let bytes = fs::read(&weights).expect("it is there");
    fs::write(&weights, "altered").expect("it can be written");
    refused(folder.path(), &["run", "spec.elbo"]);
    let (_, said) = done(folder.path(), &["run", "spec.elbo", "--force"]);
    assert!(said.contains("was altered after the run") && said.contains("it is replaced"), "{said}");
    assert_eq!(fs::read(&weights).expect("it is there"), bytes);
    // A record that claims other weights for the key is not passed over in silence.
    let record = training(&result(&store)).join("run.toml");
    let digest = |bytes: &[u8]| ResultFile::new("weights.safetensors", bytes, Comparison::Exact).sha256();
    let mut other = bytes.clone();
    *other.last_mut().expect("it is not empty") ^= 1;
    let text = fs::read_to_string(&record).expect("it is there").replace(&digest(&bytes), &digest(&other));
    fs::write(&record, text).and_then(|()| fs::write(&weights, &other)).expect("it can be written");
    let said = refused(folder.path(), &["run", "spec.elbo", "--force"]);
    assert!(said.contains("`weights.safetensors` differs") && said.contains("the published one stays"), "{said}");
}

#[test]
fn what_is_set_for_a_file_is_not_held_against_runs_of_files_it_uses() {
    let folder =
        project("use \"used.elbo\"\nrun own { model = net; data = handwriting; train = regime; report = few }\n");
    let used = SPEC.replace("run trial", "report values { metrics = [rmse] }\nrun regression")
        + "model line { input vector[1]; default point; head: linear(1); output gaussian(noise=learned) }\n\
           dataset points { source = synthetic(sine, n=50) }\n\
           run fit { model = line; data = points; train = regime2; report = values }\n\
           train regime2 { objective = maximum_likelihood(); optimizer = adam(lr=1e-2); epochs = 1; batch = 50 }\n";
    fs::write(folder.path().join("used.elbo"), used).expect("it can be written");
    done(folder.path(), &["run", "spec.elbo", "-q"]);
    done(folder.path(), &["run", "spec.elbo", "-q", "--set", "report.ood=[noise()]"]);
}

#[test]
fn a_store_of_an_older_form_is_said_to_be_one() {
    let folder = project(SPEC);
    let older = folder.path().join("runs").join("3f").join("3f".repeat(32)).join("result");
    fs::create_dir_all(&older).expect("it can be made");
    let record = format!("version = 2\nidentity = \"{}\"\nstatus = \"finished\"\n", "3f".repeat(32));
    fs::write(older.join("run.toml"), record).expect("it can be written");
    let path = older.to_str().expect("UTF-8");
    for arguments in [&["report", "runs"][..], &["eval", path], &["export", path, "--format", "svg"]] {
        let said = refused(folder.path(), arguments);
        assert!(said.contains("written by an older elbo") && said.contains("run it again"), "{arguments:?}: {said}");
    }
    let said = refused(folder.path(), &["eval", "trial"]);
    assert!(said.contains("1 of an older form of store"), "{said}");
    done(folder.path(), &["run", "spec.elbo", "-q"]);
    let (_, said) = done(folder.path(), &["report", "runs"]);
    assert!(said.contains("1 result in `runs` of an older form of store is left out"), "{said}");
}
