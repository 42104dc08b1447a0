//! `elbo run` on real files: the same bits again, on any number of threads, and nothing left of what failed.

use super::support::{elbo, idx, read, result};
use std::path::Path;

const SPEC: &str = r"
dataset data { source = digits(); split = fraction(train=0.9, validation=0.1); transform = [normalize()] }
train regime { objective = elbo(kl=exact, temperature=0.1); optimizer = adam(lr=1e-3); epochs = 2; batch = 100; max_steps = 16; seed = 3 }
report few { samples = 4 }
model net {
  input image[1, 8, 8]
  default bayes
  conv1: conv2d(8, kernel=3, pad=1)
  softplus
  maxpool(3, stride=2, pad=1)
  dropout(p=0.2, unit=channel) conv2: conv2d(8, kernel=3, pad=1)
  softplus
  bayes(estimator=reparameterization) conv3: conv2d(8, kernel=3)
  relu
  flatten
  point fc1: linear(16)
  tanh
  head: linear(10)
  output categorical
}
run trial { model = net; data = data; train = regime; report = few }
";

/// `metrics.jsonl` without its timing fields.
fn numbers(result: &Path) -> String {
    let text = String::from_utf8(read(result, "metrics.jsonl")).expect("JSON is UTF-8");
    text.lines()
        .map(|line| line.split(",\"images_per_second\"").next().expect("one part at least").to_owned() + "\n")
        .collect()
}

#[test]
fn the_same_run_gives_the_same_bits_on_any_number_of_threads() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("spec.elbo"), SPEC).expect("it can be written");
    let mut results = Vec::new();
    for (store, threads) in [("one", "1"), ("again", "1"), ("two", "2"), ("eight", "8")] {
        let output = elbo(folder.path(), &["run", "spec.elbo", "--store", store, "--threads", threads]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        results.push(result(&folder.path().join(store)));
    }
    let first = &results[0];
    assert_eq!(numbers(first).matches("\"event\":\"step\"").count(), 16);
    assert_eq!(numbers(first).matches("\"event\":\"epoch\"").count(), 2);
    for other in &results[1..] {
        assert_eq!(numbers(first), numbers(other), "{}", other.display());
        for file in ["weights.safetensors", "report.json", "report.html", "predictions.csv", "ir.json", "spec.elbo"] {
            assert!(read(first, file) == read(other, file), "{file} of {}", other.display());
        }
    }
}

#[test]
fn records_say_which_backend_and_kernels_computed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("spec.elbo"), SPEC).expect("it can be written");
    let mut identities = Vec::new();
    for backend in ["candle", "native"] {
        let output = elbo(folder.path(), &["run", "spec.elbo", "--backend", backend, "--store", backend]);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{message}");
        let result = result(&folder.path().join(backend));
        let read = |file: &str| String::from_utf8(read(&result, file)).expect("it is text");
        let report: serde_json::Value = serde_json::from_str(&read("report.json")).expect("JSON");
        assert_eq!(report["run"]["backend"], backend);
        let kernels = report["run"]["kernel_table"].as_str().expect("a name");
        assert_eq!(kernels.starts_with("candle-"), backend == "candle", "{kernels}");
        let record = read("run.toml");
        for line in [format!("backend = \"{backend}\""), format!("kernel_table = \"{kernels}\"")] {
            assert!(record.lines().any(|found| found == line), "`{line}` in\n{record}");
        }
        identities.push(report["run"]["identity"].clone());
    }
    assert_ne!(identities[0], identities[1]);
}

#[test]
fn a_plan_is_printed_for_a_run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("spec.elbo"), SPEC).expect("it can be written");
    let output = elbo(folder.path(), &["ir", "spec.elbo", "--plan"]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{message}");
    let text = String::from_utf8(output.stdout).expect("the output is UTF-8");
    assert!(text.contains("conv1") && text.contains("head"), "{text}");
}

#[test]
fn the_doctor_names_backends_and_tests_each() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = elbo(folder.path(), &["doctor"]);
    let text = String::from_utf8(output.stdout).expect("the output is UTF-8");
    assert_eq!(text.matches("(the default)").count(), 1, "{text}");
    assert!(text.contains("\n  native") && text.contains("\n  candle         candle-"), "{text}");
    let output = elbo(folder.path(), &["doctor", "--selftest", "--backend", "candle"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("the output is UTF-8");
    assert!(text.contains("losses 0.0e0, class scores 0.0e0"), "{text}");
    // Without a choice it is the default backend that is tried.
    let output = elbo(folder.path(), &["doctor", "--selftest"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn another_seed_gives_another_run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("spec.elbo"), SPEC).expect("it can be written");
    let losses = ["3", "4"].map(|seed| {
        let override_seed = format!("train.seed={seed}");
        let arguments = ["run", "spec.elbo", "--store", seed, "--set", &override_seed];
        let output = elbo(folder.path(), &arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        numbers(&result(&folder.path().join(seed)))
    });
    assert_ne!(losses[0], losses[1]);
}

#[test]
fn the_last_line_of_output_is_json_when_asked_for() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("spec.elbo"), SPEC).expect("it can be written");
    for status in ["finished", "reused"] {
        let output = elbo(folder.path(), &["run", "spec.elbo", "--format", "json"]);
        let text = String::from_utf8(output.stdout).expect("the output is UTF-8");
        let value: serde_json::Value = serde_json::from_str(text.lines().last().expect("a line")).expect("JSON");
        assert_eq!(value["status"], status);
        assert_eq!(value["version"], 1);
        for name in
            ["accuracy", "negative_log_likelihood", "brier", "expected_calibration_error", "aleatoric", "epistemic"]
        {
            assert!(value["test"][name].is_number(), "{name}");
        }
        let directory = folder.path().join(value["directory"].as_str().expect("a path"));
        for file in [
            "spec.elbo",
            "ir.json",
            "run.toml",
            "metrics.jsonl",
            "weights.safetensors",
            "report.json",
            "report.html",
            "predictions.csv",
        ] {
            assert!(!read(&directory, file).is_empty(), "{file}");
        }
    }
}

#[test]
fn faulty_data_ends_the_run_before_anything_is_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let spec = "
dataset data { source = mnist(root=\"set\"); transform = [normalize()] }
train regime { objective = maximum_likelihood(); optimizer = adam(); epochs = 1; batch = 2 }
model net {
  input image[1, 28, 28]
  default point
  flatten
  head: linear(10)
  output categorical
}
run trial { model = net; data = data; train = regime }
";
    std::fs::write(folder.path().join("spec.elbo"), spec).expect("it can be written");
    let set = folder.path().join("set");
    std::fs::create_dir(&set).expect("it can be made");
    let pixels: Vec<u8> = (0..3 * 784_u32).map(|index| (index * 7 % 251) as u8).collect();
    let images = idx(&[3, 28, 28], &pixels);
    let labels = idx(&[3], &[0, 1, 9]);
    let write = |name: &str, bytes: &[u8]| std::fs::write(set.join(name), bytes).expect("it can be written");
    let write_all = || {
        for part in ["train", "t10k"] {
            write(&format!("{part}-images-idx3-ubyte"), &images);
            write(&format!("{part}-labels-idx1-ubyte"), &labels);
        }
    };
    let faults: [(&str, &str, Vec<u8>, &str); 5] = [
        ("truncated", "train-images-idx3-ubyte", images[..1000].to_vec(), "truncated"),
        ("wrong magic", "train-images-idx3-ubyte", [&[1, 2, 3, 4], &images[4..]].concat(), "magic"),
        ("label out of range", "train-labels-idx1-ubyte", idx(&[3], &[0, 10, 9]), "record 1"),
        ("trailing bytes", "t10k-labels-idx1-ubyte", [labels.as_slice(), &[0]].concat(), "trailing"),
        ("fewer labels", "t10k-labels-idx1-ubyte", idx(&[2], &[0, 1]), "2 labels"),
    ];
    for (fault, file, bytes, said) in faults {
        write_all();
        write(file, &bytes);
        let output = elbo(folder.path(), &["run", "spec.elbo"]);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{fault}: {message}");
        assert!(message.contains(file) && message.contains(said) && message.contains("help:"), "{fault}: {message}");
        assert!(!folder.path().join("runs").exists(), "{fault}: something was written");
    }
    write_all();
    let output = elbo(folder.path(), &["run", "spec.elbo"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_member_that_fails_says_nothing_of_the_others() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let table = (0..40).fold("x,y\n".to_owned(), |text, row| text + &format!("{},{}\n", row % 7, (row % 7) % 2));
    std::fs::write(folder.path().join("rows.csv"), table).expect("it can be written");
    // Only the file says how many rows there are, so that one member asks for more is found as it begins.
    let spec = "dataset rows { source = csv(\"rows.csv\", target=\"y\", features=[\"x\"], classes=2) }
model net { input vector[1]; default point; head: linear(2); output categorical }
train regime { objective = maximum_likelihood; optimizer = adam(lr=1e-2); epochs = 1; batch = 10 }
run trial { model = net; data = rows; train = regime }
sweep parts { run = trial; vary.data.subset = [first(20), first(9000), first(30)] }
";
    std::fs::write(folder.path().join("spec.elbo"), spec).expect("it can be written");
    let output = elbo(folder.path(), &["run", "spec.elbo#parts"]);
    let (table, said) =
        (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned());
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("[3/3] parts/data.subset=first/30"), "{said}");
    assert!(said.ends_with("failed: parts/data.subset=first/9000\n"), "{said}");
    assert!(table.matches('%').count() >= 2 && table.contains("failed"), "{table}");
    // For programs there is a line of every member.
    let output = elbo(folder.path(), &["run", "spec.elbo#parts", "--format", "json"]);
    let text = String::from_utf8(output.stdout).expect("the output is UTF-8");
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    let status: Vec<&str> = lines.iter().map(|line| line["status"].as_str().expect("a status")).collect();
    assert_eq!(status, ["reused", "failed", "reused"], "{text}");
    assert_eq!(lines[1]["member"], "parts/data.subset=first/9000");
    assert!(lines[1]["problem"].as_str().is_some_and(|problem| problem.contains("9000")), "{text}");
    // Where nothing can be written no member is begun after the first.
    std::fs::write(folder.path().join("taken"), "").expect("it can be written");
    let output = elbo(folder.path(), &["run", "spec.elbo#parts", "--store", "taken"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let left = "failed: parts/data.subset=first/20; not begun: parts/data.subset=first/9000, \
                parts/data.subset=first/30\n";
    assert!(said.ends_with(left), "{said}");
}

#[test]
fn the_members_of_a_sweep_are_run_once_and_compared() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sweep = "sweep seeds { run = trial; vary.train.seed = range(0, 2); vary.train.batch = [100, 200] }\n";
    let spec = SPEC.replace("max_steps = 16", "max_steps = 2") + sweep;
    std::fs::write(folder.path().join("spec.elbo"), spec).expect("it can be written");
    let one = elbo(folder.path(), &["run", "spec.elbo#seeds/train.seed=1,train.batch=200", "--format", "json"]);
    assert!(one.status.success(), "{}", String::from_utf8_lossy(&one.stderr));
    let all = elbo(folder.path(), &["run", "spec.elbo#seeds", "--format", "json"]);
    assert!(all.status.success(), "{}", String::from_utf8_lossy(&all.stderr));
    let text = String::from_utf8(all.stdout).expect("the output is UTF-8");
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    let members: Vec<&str> = lines.iter().map(|line| line["member"].as_str().expect("a name")).collect();
    assert_eq!(
        members,
        [
            "seeds/train.seed=0,train.batch=100",
            "seeds/train.seed=0,train.batch=200",
            "seeds/train.seed=1,train.batch=100",
            "seeds/train.seed=1,train.batch=200"
        ]
    );
    assert_eq!(lines[2]["varied"], serde_json::json!({"train.seed": "1", "train.batch": "100"}));
    let status: Vec<&str> = lines.iter().map(|line| line["status"].as_str().expect("a status")).collect();
    assert_eq!(status, ["finished", "finished", "finished", "reused"]);
    let again = elbo(folder.path(), &["run", "spec.elbo#seeds"]);
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    let progress = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(progress.contains("[4/4] seeds/train.seed=1,train.batch=200"), "{progress}");
    assert_eq!(progress.matches("finished before").count(), 4, "{progress}");
    let table = String::from_utf8(again.stdout).expect("the output is UTF-8");
    for line in &lines {
        let name = line["member"].as_str().expect("a name").trim_start_matches("seeds/");
        let row = table.lines().find(|row| row.trim_start().starts_with(name)).expect("a row a member");
        let accuracy = format!("{:.2} ±", 100.0 * line["test"]["accuracy"].as_f64().expect("a number"));
        let directory = line["directory"].as_str().expect("a path");
        assert!(row.contains(&accuracy) && row.contains(directory), "{row}");
    }
}

#[test]
fn images_of_another_distribution_are_found_first_and_scored_last() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let spec = "
dataset data { source = digits(); split = fraction(train=0.8, validation=0.2) }
train regime { objective = elbo(kl=exact); optimizer = adam(lr=1e-2); epochs = 5; batch = 50 }
report few { samples = 4; metrics = [accuracy, epistemic]; ood = [letters, noise(), shuffled(), corruptions(severities=3)] }
dataset letters { source = notmnist(root=\"letters\") }
model net {
  input image[1, 8, 8]
  default bayes
  flatten
  head: linear(10)
  output categorical
}
@allow(W0118)
run trial { model = net; data = data; train = regime; report = few }
";
    let spec = spec.replace("source = digits();", "source = digits(); transform = [resize(8)];");
    std::fs::write(folder.path().join("spec.elbo"), spec).expect("it can be written");
    let run = || elbo(folder.path(), &["run", "spec.elbo"]);
    // Missing: nothing is trained.
    let output = run();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("`notmnist` was not found") && message.contains("letters"), "{message}");
    assert!(!folder.path().join("runs").exists(), "something was written");
    // There, with labels that are no matter here.
    let set = folder.path().join("letters");
    std::fs::create_dir(&set).expect("it can be made");
    let pixels: Vec<u8> = (0..5 * 784_u32).map(|index| (index * 7 % 251) as u8).collect();
    let write = |name: &str, bytes: Vec<u8>| std::fs::write(set.join(name), bytes).expect("it can be written");
    write("t10k-images-idx3-ubyte", idx(&[5, 28, 28], &pixels));
    write("t10k-labels-idx1-ubyte", idx(&[5], &[0, 1, 9, 9, 9]));
    let output = run();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let result = result(&folder.path().join("runs"));
    let text = std::fs::read_to_string(result.join("report.json")).expect("every result has it");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let sets = report["out_of_distribution"].as_array().expect("a list");
    let found: Vec<(&str, u64)> = sets
        .iter()
        .map(|set| (set["name"].as_str().expect("a name"), set["examples"].as_u64().expect("a number")))
        .collect();
    let expected = [
        ("letters", 5),
        ("noise", 359),
        ("shuffled", 359),
        ("gaussian_noise/3", 359),
        ("blur/3", 359),
        ("contrast/3", 359),
        ("brightness/3", 359),
        ("pixelate/3", 359),
        ("rotation/3", 359),
    ];
    assert_eq!(found, expected);
    assert!(sets[3..].iter().all(|set| set["accuracy"].is_number()) && sets[0].get("accuracy").is_none());
    assert!(report["temperature_scaling"]["temperature"].is_number());
    let kl: f64 = report["layers"].as_array().expect("a list").iter().filter_map(|layer| layer["kl"].as_f64()).sum();
    let whole = report["training"]["final_kl"].as_f64().expect("a number");
    assert!((kl / whole - 1.0).abs() < 1e-6, "{kl}, by the backend {whole}");
    let digests = report["run"]["data"]["digests"].as_object().expect("an object");
    assert!(digests.contains_key("out_of_distribution/letters/t10k-images-idx3-ubyte"), "{digests:?}");
    // A result that was tampered with is not passed off as the run's.
    std::fs::write(result.join("predictions.csv"), "index\n").expect("it can be written");
    let output = run();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("`predictions.csv` of the result in") && message.contains("altered"), "{message}");
}
