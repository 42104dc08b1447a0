//! From Rust, what the program does: specs compile, runs train once, results predict and are read back.

use elbo::{Error, Event, Prediction, Spec, Trained};

const DIGITS: &str = "
    model small { input image[1, 8, 8]; default bayes; flatten; head: linear(10); output categorical }
    dataset own { source = digits(); split = fraction(train=0.9, validation=0.1) }
    train brief { objective = elbo(temperature=0.1); optimizer = adam(lr=3e-3); epochs = 2; batch = 64; seed = 1 }
    run trial { model = small; data = own; train = brief }
    sweep seeds { run = trial; vary.train.seed = [1, 2] }
";

#[test]
fn a_run_trains_once_and_its_result_predicts_the_same_after_it_was_read_back() {
    let store = tempfile::tempdir().expect("a temporary folder");
    let spec = Spec::from_text("digits.elbo", DIGITS).expect("the spec is sound");
    let run = spec.run_with("trial", &["train.epochs=1"]).expect("it is declared").store(store.path());
    let mut epochs = 0;
    let trained = run
        .train_watched(&mut |event| epochs += usize::from(matches!(event, Event::Epoch(_))))
        .expect("it can be trained");
    assert_eq!(epochs, 1, "the change has taken effect");
    assert!(trained.report().test_examples() > 100 && trained.directory().join("report.html").is_file());
    let again = run.train_watched(&mut |_| panic!("what is stored is only read")).expect("it is there");
    assert_eq!(again.directory(), trained.directory());

    let inputs: Vec<f64> = (0..128).map(|place| f64::from(place % 5) / 4.0).collect();
    let predictions = trained.predict(&inputs).expect("two examples");
    let read = Trained::open(trained.directory()).expect("it was stored");
    assert_eq!(read.predict(&inputs).expect("two examples"), predictions);
    assert_eq!(read.predict(&inputs[64..]).expect("one example"), predictions[1..], "an example alone is the same");
    let [Prediction::Class(first), Prediction::Class(_)] = predictions.as_slice() else { panic!("{predictions:?}") };
    assert!((first.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-6 && first.epistemic.is_some());
}

#[test]
fn what_is_wrong_names_the_place_and_the_fix() {
    let spec = Spec::from_text("digits.elbo", DIGITS).expect("the spec is sound");
    assert_eq!(spec.runs(), ["trial", "seeds/train.seed=1", "seeds/train.seed=2"]);
    let error = spec.run("trail").expect_err("there is none").to_string();
    assert!(error.contains("declares no run `trail`") && error.contains("trial"), "{error}");
    assert!(matches!(spec.only_run(), Err(Error::NoRun { name: None, .. })));
    let error = spec.run_with("trial", &["train.epochs=0"]).expect_err("no epoch").to_string();
    assert!(error.contains("epochs"), "{error}");
    let error = Spec::from_text("a.elbo", "model m {").expect_err("it ends too soon").to_string();
    assert!(error.contains("a.elbo:1"), "{error}");
    assert!(matches!(Spec::open("no/such.elbo"), Err(Error::Spec { .. })));
    let error = Trained::open("no/such/result").expect_err("there is none").to_string();
    assert!(error.contains("no/such/result"), "{error}");

    let store = tempfile::tempdir().expect("a temporary folder");
    let run = spec.run_with("trial", &["train.epochs=1"]).expect("it is declared").store(store.path());
    let trained = run.train().expect("it can be trained");
    assert!(matches!(trained.predict(&[]), Err(Error::Inputs { numbers: 0, per_example: 64 })));
    let mut inputs = vec![0.5; 128];
    inputs[70] = f64::NAN;
    assert!(matches!(trained.predict(&inputs), Err(Error::NotFinite { place: 70 })));
    let error = trained.predict(&[0.5; 63]).expect_err("a number is missing").to_string();
    assert!(error.contains("63 numbers are no examples of 64 each"), "{error}");
}

/// The program `name` of `examples/rust/`, run where the spec that it names lies.
fn example(name: &str, folder: &std::path::Path, arguments: &[&str]) -> String {
    let tests = std::env::current_exe().expect("this program has a path");
    let built = tests.ancestors().nth(2).expect("it lies in target/PROFILE/deps").join("examples").join(name);
    assert!(built.is_file(), "`{}` is not built: run `cargo test --workspace` or add `--examples`", built.display());
    let output = std::process::Command::new(built).args(arguments).current_dir(folder).output().expect("it can be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it prints text")
}

#[test]
fn the_examples_train_predict_and_read_a_report() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let specs = folder.path().join("specs");
    std::fs::create_dir(&specs).expect("it can be made");
    let digits = concat!(env!("CARGO_MANIFEST_DIR"), "/../specs/digits.elbo");
    std::fs::copy(digits, specs.join("digits.elbo")).expect("it is there");
    let trained = example("train", folder.path(), &[]);
    assert!(trained.contains("epoch 3: loss ") && trained.contains("359 test examples"), "{trained}");
    let predicted = example("predict", folder.path(), &[]);
    assert!(predicted.starts_with("class ") && predicted.contains("epistemic 0.0"), "{predicted}");
    let directory = trained.lines().last().and_then(|line| line.rsplit(' ').next()).expect("it names the directory");
    let read = example("read_report", folder.path(), &[directory]);
    assert!(read.starts_with("digits_bayes: 25 draws of 359 test examples"), "{read}");
}
