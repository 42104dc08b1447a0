//! Situations that people met with programs of this kind, each from its files to what is printed.

use super::support::{elbo, read, result};
use image::{GrayImage, Luma};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Output;

/// A folder with these files.
fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    files.iter().for_each(|(name, content)| fs::write(folder.path().join(name), content).expect("it can be written"));
    folder
}

/// A run `r` of a network that says which of some classes an example is of.
fn spec(input: &str, layers: &str, source: &str) -> String {
    format!(
        "model net {{ input {input}; default point; {layers}; output categorical }}
dataset d {{ source = {source} }}
train t {{ objective = maximum_likelihood(); optimizer = adam(lr=1e-2); epochs = 2; batch = 16 }}
run r {{ model = net; data = d; train = t }}
"
    )
}

/// All that a command printed, its lines unwrapped.
fn said(output: &Output) -> String {
    let text = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat();
    text.replace("\n  | ", " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = elbo(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    said(&output)
}

fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = elbo(folder, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", said(&output));
    said(&output)
}

fn report(folder: &Path) -> Value {
    serde_json::from_slice(&read(&result(&folder.join("runs")), "report.json")).expect("it is JSON")
}

const TWO: &str = "csv(\"d.csv\", target=\"y\", features=[\"a\", \"b\"], classes=2)";

/// A channel of one value in a batch is normalised to 0, whatever the value.
#[test]
fn bn_batch_one() {
    let spec = spec("vector[2]", "fc: linear(8); bn: batchnorm(); relu; head: linear(2)", TWO);
    let folder = project(&[("spec.elbo", &spec), ("one.elbo", &spec.replace("batch = 16", "batch = 1"))]);
    assert!(!done(folder.path(), &["check", "spec.elbo"]).contains("warning["));
    let said = done(folder.path(), &["check", "one.elbo"]);
    assert!(said.contains("warning[W0121]: `bn` normalises each channel over a single value"), "{said}");
}

/// Corner pixels of scanned digits have one value in every example.
#[test]
fn const_feature() {
    let source =
        "csv(\"d.csv\", target=\"y\", features=[\"p0\", \"p1\", \"p2\"], classes=2); transform = [normalize()]";
    let rows: String = (0..40).map(|row| format!("0,{},7,{}\n", row % 9, row % 2)).collect();
    let folder = project(&[
        ("spec.elbo", &spec("vector[3]", "head: linear(2)", source)),
        ("d.csv", &format!("p0,p1,p2,y\n{rows}")),
    ]);
    let said = done(folder.path(), &["run", "spec.elbo", "-q"]);
    let expected = "note: features `p0` and `p2` have one value in all training examples, which `normalize()` makes 0";
    assert!(said.contains(expected), "{said}");
}

/// Lines are counted as an editor counts them: those that end as on Windows once, and blank ones, too.
#[test]
fn crlf_lines() {
    let rows = "1,2,0\n3,4,1\n".repeat(10);
    let folder = project(&[
        ("crlf.csv", &format!("a,b,y\nbad,1,0\n{rows}").replace('\n', "\r\n")),
        ("blank.csv", &format!("a,b,y\n\n{rows}\nbad,1,0\n")),
        ("crlf.elbo", &spec("vector[2]", "head: linear(2)", &TWO.replace("d.csv", "crlf.csv"))),
        ("blank.elbo", &spec("vector[2]", "head: linear(2)", &TWO.replace("d.csv", "blank.csv"))),
    ]);
    for (name, line) in [("crlf", 2), ("blank", 24)] {
        let said = refused(folder.path(), &["run", &format!("{name}.elbo"), "-q"]);
        assert!(said.contains(&format!("`{name}.csv`, line {line}, column `a`: `bad` is not a number")), "{said}");
    }
}

/// PyTorch numbers the layers of a `Sequential`; a fix that leaves the error standing is none.
#[test]
fn fix_loop() {
    let spec = "model net {
  input image[1, 8, 8]
  default point
  features.0: conv2d(4, kernel=3, pad=1)
  flatten
  head: linear(10)
  output categorical
}
";
    let folder = project(&[("spec.elbo", spec)]);
    let said = refused(folder.path(), &["check", "--fix", "spec.elbo"]);
    assert!(said.contains("nothing to fix") && said.contains("name the layer without a point"), "{said}");
    assert_eq!(fs::read_to_string(folder.path().join("spec.elbo")).expect("it is there"), spec);
}

/// Signs have a left and a right.
#[test]
fn flip_digits() {
    let mirrored = |set: &str, side: u32| {
        let source = format!("{set}(); augment = [flip_horizontal(p=0.5)]");
        let folder = project(&[(
            "spec.elbo",
            &spec(&format!("image[1, {side}, {side}]"), "flatten; head: linear(10)", &source),
        )]);
        done(folder.path(), &["check", "spec.elbo"])
    };
    for (set, side) in [("digits", 8), ("mnist", 28)] {
        let said = mirrored(set, side);
        assert!(said.contains("warning[W0123]: `flip_horizontal` mirrors"), "{set}: {said}");
    }
    assert!(!mirrored("fashion_mnist", 28).contains("warning["));
}

/// Images of 4 × 4 pixels, of which the one with the number of the class is white.
fn pictures(root: &Path, classes: u32, ending: impl Fn(u32) -> &'static str) {
    for part in ["train", "test"] {
        for class in 0..classes {
            let folder = root.join(part).join(class.to_string());
            fs::create_dir_all(&folder).expect("it can be made");
            for number in 0..4_u8 {
                let other = number + u8::from(part == "test") * 10;
                let image =
                    GrayImage::from_fn(4, 4, |x, y| Luma([if 4 * y + x == class { 250 - other } else { other }]));
                image.save(folder.join(format!("{number}.{}", ending(class)))).expect("it can be written");
            }
        }
    }
}

/// All images of one class have another ending than those of the other.
#[test]
fn folder_endings() {
    let source = "image_folder(\"pics\", shape=[1, 4, 4], classes=2)";
    let folder = project(&[("spec.elbo", &spec("image[1, 4, 4]", "flatten; head: linear(2)", source))]);
    let folder = folder.path();
    pictures(&folder.join("pics"), 2, |class| if class == 0 { "png" } else { "bmp" });
    assert!(done(folder, &["run", "spec.elbo"]).contains("training on 8 examples"));
    // What is not read leaves no class without examples behind.
    for part in ["train", "test"] {
        for number in 0..4 {
            let path = folder.join(format!("pics/{part}/1/{number}.bmp"));
            fs::rename(&path, path.with_extension("gif")).expect("it is there");
        }
    }
    let said = refused(folder, &["run", "spec.elbo"]);
    assert!(said.contains("pics/train/1") && said.contains("no image that can be read"), "{said}");
}

/// Folders are in the order of their names, 10 before 2; what is told of a class is its name.
#[test]
fn folder_numbers() {
    let source = "image_folder(\"pics\", shape=[1, 4, 4], classes=12)";
    let spec = spec("image[1, 4, 4]", "flatten; head: linear(12)", source)
        .replace("lr=1e-2", "lr=5e-2")
        .replace("epochs = 2", "epochs = 20");
    let folder = project(&[("spec.elbo", &spec)]);
    let folder = folder.path();
    pictures(&folder.join("pics"), 12, |_| "png");
    done(folder, &["run", "spec.elbo", "-q"]);
    let report = report(folder);
    assert_eq!(report["scores"]["classes"]["accuracy"], 1.0);
    assert_eq!(report["run"]["data"]["class_names"][2], "10");
    for name in ["2", "10"] {
        let image = format!("pics/test/{name}/1.png");
        let output = elbo(folder, &["predict", "r", &image, "--format", "json"]);
        let found: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
        assert_eq!(found["predictions"][0]["class"], name);
    }
}

/// A wrong prediction whose probability is less than the smallest number costs what its scores say.
#[test]
fn nll_cap() {
    let source = "csv(\"d.csv\", test_file=\"t.csv\", target=\"y\", features=[\"x\"], classes=2)";
    let rows: String = (0..40).map(|row| format!("{},{}\n", f64::from(row) / 20.0 - 0.975, row / 20)).collect();
    let folder = project(&[
        ("spec.elbo", &spec("vector[1]", "head: linear(2)", source).replace("lr=1e-2", "lr=0.1")),
        ("d.csv", &format!("x,y\n{rows}")),
        ("t.csv", "x,y\n1000000,1\n-1000000,0\n2000000,0\n-2000000,1\n"),
    ]);
    done(folder.path(), &["run", "spec.elbo", "-q"]);
    let mean = report(folder.path())["scores"]["classes"]["negative_log_likelihood"].as_f64().expect("it is a number");
    assert!(mean > 10_000.0, "{mean}");
    let predictions = read(&result(&folder.path().join("runs")), "predictions.csv");
    let predictions = String::from_utf8(predictions).expect("it is text");
    assert!(predictions.lines().all(|line| line.split(',').all(|cell| cell != "-0")), "{predictions}");
}

/// Other libraries put channels last; naming the sizes otherwise would make rows of them.
#[test]
fn npy_channels_last() {
    let source = "npy(images=\"x.npy\", labels=\"y.npy\", shape=[3, 8, 8], classes=2)";
    let folder = project(&[("spec.elbo", &spec("image[3, 8, 8]", "flatten; head: linear(2)", source))]);
    let folder = folder.path();
    fs::write(folder.join("x.npy"), npy("|u1", "(4, 8, 8, 3)", &[7; 768])).expect("it can be written");
    fs::write(folder.join("y.npy"), npy("|u1", "(4,)", &[0, 1, 0, 1])).expect("it can be written");
    let said = refused(folder, &["run", "spec.elbo", "-q"]);
    assert!(said.contains("move them by `array.transpose(0, 3, 1, 2)`") && !said.contains("shape=["), "{said}");
}

/// An array as numpy saves it.
fn npy(description: &str, shape: &str, body: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{description}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(body);
    bytes
}

/// Layers of a `repeat` go by the names that PyTorch gives the layers of a list, and start again from such a file.
#[test]
fn repeat_names() {
    let block = "block stage(width: int, depth: int) { repeat depth { conv: conv2d(width, kernel=3, pad=1); relu } }\n";
    let spec = block.to_owned() + &spec("image[1, 8, 8]", "s1: stage(4, 2); flatten; head: linear(10)", "digits()");
    let again = spec.replace("default point", "default point(init=weights(\"out.safetensors\"))");
    let folder = project(&[("spec.elbo", &spec), ("again.elbo", &again)]);
    let folder = folder.path();
    done(folder, &["run", "spec.elbo", "-q"]);
    done(folder, &["export", "r", "--format", "safetensors", "--mean", "--output", "out.safetensors"]);
    let bytes = fs::read(folder.join("out.safetensors")).expect("it was written");
    let length = u64::from_le_bytes(bytes[..8].try_into().expect("8 bytes")) as usize;
    let header: Value = serde_json::from_slice(&bytes[8..8 + length]).expect("it is JSON");
    let names: Vec<&String> = header.as_object().expect("an object").keys().collect();
    for layer in ["s1.conv.0", "s1.conv.1", "head"] {
        for part in ["weight", "bias"] {
            assert!(header[format!("{layer}.{part}")].is_object(), "{layer}.{part} is not among {names:?}");
        }
    }
    assert!(names.iter().all(|name| !name.contains('[')), "{names:?}");
    let said = done(folder, &["run", "again.elbo", "-q", "--store", "again"]);
    assert!(!said.contains("not used"), "{said}");
}

/// Sequences are no images either.
#[test]
fn sequences_are_not_scored_against_noise() {
    let source = "npy(images=\"x.npy\", labels=\"y.npy\", shape=[2, 6], classes=2, test_share=0.25)";
    let layers = "c: conv1d(2, kernel=3); relu; flatten; head: linear(2)";
    let folder = project(&[("spec.elbo", &spec("sequence[2, 6]", layers, source))]);
    let folder = folder.path();
    let values: Vec<u8> = (0..480_u32).map(|place| (place * place % 251) as u8).collect();
    fs::write(folder.join("x.npy"), npy("|u1", "(40, 2, 6)", &values)).expect("it can be written");
    fs::write(folder.join("y.npy"), npy("|u1", "(40,)", &[0_u8, 1].repeat(20))).expect("it can be written");
    done(folder, &["run", "spec.elbo", "-q"]);
    let said = refused(folder, &["eval", "r", "--ood", "noise"]);
    assert!(
        said.contains("out-of-distribution sets are made of images with pixels of 8 bits, and its data holds none"),
        "{said}"
    );
}

/// What is said of a network that diverges is not what its spec does already.
#[test]
fn a_network_that_diverges_is_not_told_to_do_what_it_does() {
    let source = format!("{TWO}; transform = [normalize()]");
    let rows: String = (0..40).map(|row| format!("{},{},{}\n", row % 7, row % 5, row % 2)).collect();
    let spec =
        spec("vector[2]", "hidden: linear(8); relu; head: linear(2)", &source).replace("adam(lr=1e-2)", "sgd(lr=1e30)");
    let folder = project(&[("spec.elbo", &spec), ("d.csv", &format!("a,b,y\n{rows}"))]);
    let said = refused(folder.path(), &["run", "spec.elbo", "-q"]);
    assert!(said.ends_with("help: a lower learning rate often helps"), "{said}");
}
