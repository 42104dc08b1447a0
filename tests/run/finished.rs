//! `elbo report`, `elbo eval` and `elbo predict` on finished runs.

use super::support::{elbo, idx, result, training};
use image::{DynamicImage, GrayImage, ImageFormat, RgbImage};
use std::path::{Path, PathBuf};

const IMAGES: usize = 100;

const SPEC: &str = r#"
dataset data { source = mnist(root="set"); split = fraction(train=0.8, validation=0.2); transform = [pad(2), normalize()] }
train regime { objective = elbo(kl=exact, temperature=0.1); optimizer = adam(lr=1e-3); epochs = 2; batch = 25; seed = 3 }
report few { samples = 5; metrics = [accuracy, nll, epistemic]; ood = [noise()] }
model net {
  input image[1, 32, 32]
  default bayes
  conv1: conv2d(4, kernel=5, stride=2)
  softplus
  flatten
  head: linear(10)
  output categorical
}
run trial { model = net; data = data; train = regime; report = few }
sweep seeds { run = trial; vary.train.seed = range(0, 3) }
claim "it is no oracle": accuracy(trial) < 1.01
claim "it always errs": accuracy(trial) < 0
claim "seeds agree": accuracy(seeds) >= 0
"#;

/// The spec with draws of the weights, which are the same for all inputs.
fn with_weight_draws(spec: &str) -> String {
    spec.replace("samples = 5;", "samples = 5; estimator = reparameterization;")
}

/// The pixels of the made-up test images.
fn pixels() -> Vec<u8> {
    (0..IMAGES * 784).map(|index| (index * index / 7 * 31 % 256) as u8).collect()
}

/// A folder with the spec and a made-up MNIST.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("spec.elbo"), SPEC).expect("it can be written");
    let set = folder.path().join("set");
    std::fs::create_dir(&set).expect("it can be made");
    let labels: Vec<u8> = (0..IMAGES).map(|index| (index * 7 % 10) as u8).collect();
    for part in ["train", "t10k"] {
        let write = |name: &str, bytes| std::fs::write(set.join(format!("{part}-{name}")), bytes).expect("written");
        write("images-idx3-ubyte", idx(&[IMAGES as u32, 28, 28], &pixels()));
        write("labels-idx1-ubyte", idx(&[IMAGES as u32], &labels));
    }
    folder
}

/// What a command prints, which must be done.
fn printed(folder: &Path, arguments: &[&str]) -> String {
    let output = elbo(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the output is UTF-8")
}

/// What a command says on standard error, which must end with exit code 1.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = elbo(folder, arguments);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {message}");
    assert!(!message.contains("panicked"), "{message}");
    message
}

/// The rows of a CSV table without its header.
fn rows(text: &str) -> Vec<Vec<String>> {
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn path(result: &Path) -> &str {
    result.to_str().expect("a temporary path is UTF-8")
}

#[test]
fn images_from_files_are_predicted_as_the_run_predicted_them() {
    let folder = project();
    // Draws of the weights are those of the test split; noise of its own each input has by its content here, by its
    // place there.
    std::fs::write(folder.path().join("spec.elbo"), with_weight_draws(SPEC)).expect("it can be written");
    printed(folder.path(), &["run", "spec.elbo"]);
    let result = result(&folder.path().join("runs"));
    let mut files = Vec::new();
    for (index, image) in pixels().chunks_exact(784).enumerate() {
        let file = format!("{index:03}.png");
        let image = GrayImage::from_raw(28, 28, image.to_vec()).expect("28 × 28 bytes");
        image.save(folder.path().join(&file)).expect("it can be written");
        files.push(file);
    }
    let mut arguments = vec!["predict", path(&result), "--format", "csv"];
    arguments.extend(files.iter().map(String::as_str));
    let found = rows(&printed(folder.path(), &arguments));
    let stored = std::fs::read_to_string(result.join("predictions.csv")).expect("every result has it");
    let stored = rows(&stored);
    assert_eq!((found.len(), stored.len()), (IMAGES, IMAGES));
    for (found, stored) in found.iter().zip(&stored) {
        assert_eq!(found.len(), stored.len() + 1, "index, label and two scores out; place, class and error in");
        let same = |found: &str, stored: &str| {
            let [found, stored] = [found, stored].map(|cell| cell.parse::<f64>().expect("a number"));
            assert!((found - stored).abs() < 1e-12, "{found}, stored {stored}");
        };
        // predicted, confidence, aleatoric, epistemic, entropy, mutual information, then probabilities.
        let places = [(3, 2), (5, 3), (6, 6), (7, 7), (8, 8), (9, 9)];
        places.into_iter().chain((0..10).map(|class| (10 + class, 10 + class))).for_each(|(left, right)| {
            same(&found[left], &stored[right]);
        });
    }
    // The same images as one array of numpy.
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (100, 28, 28), }";
    let mut array = b"\x93NUMPY\x01\x00".to_vec();
    array.extend(((header.len() + 1) as u16).to_le_bytes());
    array.extend(header.as_bytes());
    array.push(b'\n');
    array.extend(pixels());
    std::fs::write(folder.path().join("all.npy"), array).expect("it can be written");
    let again = rows(&printed(folder.path(), &["predict", path(&result), "--format", "csv", "all.npy"]));
    assert_eq!(again[7][..3], ["all.npy", "7", ""]);
    assert!(again.iter().zip(&found).all(|(array, files)| array[3..] == files[3..]));
    let json = printed(folder.path(), &["predict", path(&result), "--format", "json", "007.png"]);
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&value["version"], &value["samples"]), (&2.into(), &5.into()));
    let sum: f64 = value["predictions"][0]["probabilities"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(serde_json::Value::as_f64)
        .sum();
    assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    let table = printed(folder.path(), &["predict", path(&result), "000.png", "001.png", "--samples", "1"]);
    assert_eq!(table.lines().count(), 3, "{table}");
    assert!(table.starts_with("file     class  probability") && table.contains("none"), "{table}");
}

#[test]
fn changes_to_images_are_said_and_what_is_no_image_is_refused() {
    let folder = project();
    printed(folder.path(), &["run", "spec.elbo", "--set", "train.epochs=1"]);
    let result = result(&folder.path().join("runs"));
    let save = |name: &str, image: DynamicImage, format| {
        image.save_with_format(folder.path().join(name), format).expect("it can be written");
        PathBuf::from(name)
    };
    let colour = RgbImage::from_fn(40, 30, |x, y| image::Rgb([x as u8 * 6, y as u8 * 8, 99]));
    save("photo.jpg", DynamicImage::ImageRgb8(colour.clone()), ImageFormat::Jpeg);
    save("clear.png", DynamicImage::ImageRgb8(colour.clone()).into_rgba16().into(), ImageFormat::Png);
    // The name does not decide what it is.
    save("misnamed.png", DynamicImage::ImageRgb8(colour).into_luma8().into(), ImageFormat::Jpeg);
    let output = elbo(folder.path(), &["predict", path(&result), "photo.jpg", "clear.png", "misnamed.png"]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{message}");
    for said in [
        "2 files were converted from colour to grey (`photo.jpg`, `clear.png`)",
        "3 files were resized to 28 × 28 pixels (`photo.jpg`, `clear.png`, `misnamed.png`)",
        "1 file was read without transparency (`clear.png`)",
        "1 file was reduced from 16 bits per channel to 8 (`clear.png`)",
    ] {
        assert!(message.contains(said), "`{said}` in {message}");
    }
    std::fs::write(folder.path().join("text.png"), "no image").expect("it can be written");
    let whole = std::fs::read(folder.path().join("clear.png")).expect("it is there");
    std::fs::write(folder.path().join("half.png"), &whole[..whole.len() / 2]).expect("it can be written");
    for (file, said) in [("text.png", "is no image"), ("half.png", "is no image"), ("gone.png", "cannot read")] {
        let message = refused(folder.path(), &["predict", path(&result), file]);
        assert!(message.contains(file) && message.contains(said) && message.contains("help:"), "{message}");
    }
    // A header that promises more than there is takes no memory.
    let mut huge = whole.clone();
    huge[16..24].copy_from_slice(&[0, 0, 0x7f, 0xff, 0, 0, 0x7f, 0xff]);
    std::fs::write(folder.path().join("huge.png"), &huge).expect("it can be written");
    refused(folder.path(), &["predict", path(&result), "huge.png"]);
    assert!(refused(folder.path(), &["predict", "set", "clear.png"]).contains("holds no finished run"));
    let weights = training(&result).join("weights.safetensors");
    std::fs::write(&weights, "altered").expect("it can be written");
    assert!(refused(folder.path(), &["predict", path(&result), "clear.png"]).contains("was altered after the run"));
    std::fs::remove_file(&weights).expect("it is there");
    assert!(refused(folder.path(), &["eval", path(&result)]).contains("is missing"));
}

#[test]
fn a_run_scored_again_scores_as_before() {
    let folder = project();
    printed(folder.path(), &["run", "spec.elbo"]);
    let result = result(&folder.path().join("runs"));
    let report = std::fs::read_to_string(result.join("report.json")).expect("every result has it");
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    // The spec's root is relative to the folder of the spec, which is where this runs.
    let text = printed(folder.path(), &["eval", path(&result), "--format", "json", "--predictions", "again.csv"]);
    let scored: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(scored["test"], report["scores"]["classes"]);
    assert_eq!(scored["out_of_distribution"], report["out_of_distribution"]);
    let csv = |file: &Path| std::fs::read_to_string(file).expect("it was written");
    assert_eq!(csv(&folder.path().join("again.csv")), csv(&result.join("predictions.csv")));
    let more = printed(folder.path(), &["eval", path(&result), "--samples", "9", "--ood", "shuffled,blur/2"]);
    for said in ["trial on the 100 test examples of data (mnist) (9 draws)", "shuffled", "blur/2"] {
        assert!(more.contains(said), "`{said}` in {more}");
    }
    let message = refused(folder.path(), &["eval", path(&result), "--ood", "digits"]);
    assert!(message.contains("image[1, 12, 12]") && message.contains("help:"), "{message}");
    let message = refused(folder.path(), &["eval", path(&result), "--data", "cifar100"]);
    assert!(message.contains("100 classes") && message.contains("--ood cifar100"), "{message}");
    // Another file under the same name is not the run's test split.
    std::fs::write(folder.path().join("set/t10k-labels-idx1-ubyte"), idx(&[100], &[1; 100])).expect("written");
    let message = refused(folder.path(), &["eval", path(&result)]);
    assert!(message.contains("not the file that the run was scored on") && message.contains("help:"), "{message}");
}

#[test]
fn runs_are_laid_side_by_side_and_claims_evaluated() {
    let folder = project();
    let message = refused(folder.path(), &["report", "spec.elbo"]);
    assert!(message.contains("holds no finished run") && message.contains("help:"), "{message}");
    for target in ["spec.elbo", "spec.elbo#seeds"] {
        printed(folder.path(), &["run", target, "--set", "train.epochs=1"]);
    }
    // A changed run is another run.
    refused(folder.path(), &["report", "spec.elbo"]);
    printed(folder.path(), &["run", "spec.elbo"]);
    printed(folder.path(), &["run", "spec.elbo#seeds"]);
    let text = printed(folder.path(), &["report", "spec.elbo"]);
    for said in ["Runs side by side", "trial", "seeds/train.seed=2", "accuracy", "Claims"] {
        assert!(text.contains(said), "`{said}` in {text}");
    }
    let verdict = |claim: &str| {
        let line = text.lines().find(|line| line.ends_with(claim)).expect("each claim has a line");
        line.trim().split("  ").next().expect("a word").to_owned()
    };
    assert_eq!(verdict("it is no oracle"), "held");
    assert_eq!(verdict("it always errs"), "failed");
    assert_eq!(verdict("seeds agree"), "held");
    assert!(text.contains("this procedure over 3 seeds") && text.contains("over 100 test inputs"), "{text}");
    let strict = elbo(folder.path(), &["report", "spec.elbo", "--require-claims"]);
    assert_eq!(strict.status.code(), Some(1));
    let message = refused(folder.path(), &["eval", "runs"]);
    assert!(message.contains("holds 8 finished runs, and one is meant") && message.contains("help:"), "{message}");
    // The whole store, with the runs that the file no longer means.
    let pivot = ["report", "runs", "--pivot", "model,train.seed", "--measure", "nll"];
    let message = refused(folder.path(), &pivot);
    assert!(message.contains("`trial") && message.contains("has no `train.seed`"), "{message}");
    // Of each seed there are a run of one epoch and one of two, whose mean would be one of nothing.
    let message = refused(folder.path(), &["report", "runs", "--pivot", "model,seed", "--measure", "nll"]);
    assert!(message.contains("differ in more than their seed"), "{message}");
    let arguments = ["report", "spec.elbo", "--pivot", "model,seed", "--measure", "nll", "--markdown"];
    let pivot = printed(folder.path(), &arguments);
    assert!(pivot.contains("| model | 0 | 1 | 2 | 3 |"), "{pivot}");
    let arguments = ["report", "spec.elbo", "--html", "page.html", "--csv", "table.csv", "--format", "csv"];
    let csv = printed(folder.path(), &arguments);
    let read = |file: &str| std::fs::read_to_string(folder.path().join(file)).expect("it was written");
    assert!(csv.starts_with(&read("table.csv")) && csv.starts_with("measure,trial,trial low,trial high,"), "{csv}");
    assert!(read("page.html").contains("it is no oracle"));
    let one = printed(folder.path(), &["report", "spec.elbo#trial", "--html", "one.html"]);
    assert!(!one.contains("Paired differences"), "{one}");
    assert!(read("one.html").contains("<img"), "the page of one run shows its images");
    let output = elbo(folder.path(), &["report", "spec.elbo", "--html", "no/such/folder.html"]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Real MNIST: the probabilities that the run published, from PNG files of its first test images.
#[test]
fn real_digits_are_predicted_as_the_run_predicted_them() {
    let Some(root) = std::env::var_os("ELBO_DATA").map(PathBuf::from).filter(|root| root.join("mnist").is_dir()) else {
        println!("skipped: ELBO_DATA names no folder with mnist");
        return;
    };
    let folder = project();
    let spec = with_weight_draws(&SPEC.replace("mnist(root=\"set\")", "mnist()"));
    std::fs::write(folder.path().join("spec.elbo"), spec).expect("it can be written");
    let root = root.to_str().expect("a path in UTF-8");
    printed(folder.path(), &["run", "spec.elbo", "--data-root", root, "--set", "train.max_steps=100"]);
    let result = result(&folder.path().join("runs"));
    let plain = Path::new(root).join("mnist/t10k-images-idx3-ubyte");
    let bytes = if plain.is_file() {
        std::fs::read(plain).expect("it can be read")
    } else {
        let file = std::fs::File::open(plain.with_extension("gz")).expect("it is there, plain or compressed");
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(file), &mut bytes).expect("sound");
        bytes
    };
    let mut arguments = vec!["predict".to_owned(), path(&result).to_owned(), "--format".to_owned(), "csv".to_owned()];
    for (index, image) in bytes[16..].chunks_exact(784).take(IMAGES).enumerate() {
        let file = format!("{index:03}.png");
        let image = GrayImage::from_raw(28, 28, image.to_vec()).expect("28 × 28 bytes");
        image.save(folder.path().join(&file)).expect("it can be written");
        arguments.push(file);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let found = rows(&printed(folder.path(), &arguments));
    let stored = rows(&std::fs::read_to_string(result.join("predictions.csv")).expect("every result has it"));
    assert_eq!((found.len(), stored.len()), (IMAGES, 10_000));
    for (found, stored) in found.iter().zip(&stored) {
        for class in 0..10 {
            let [found, stored] =
                [&found[10 + class], &stored[10 + class]].map(|cell| cell.parse::<f64>().expect("a number"));
            assert!((found - stored).abs() < 1e-6, "{found}, stored {stored}");
        }
    }
}
