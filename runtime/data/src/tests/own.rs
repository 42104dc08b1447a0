//! Sources of one's own: what is read of sound files, and every way in which files can be wrong.

use super::super::{DataError, FileNotes, LabelledFiles, Labels, Numbers, Part, Raw, Stored, prepare, read_labelled};
use elbo_compiler::ir::{
    CsvSource, Data, NpySource, Shape, Source, Split, Subset, SyntheticKind, SyntheticSource, Target, TestExamples,
    Transform,
};
use std::fs;
use std::path::Path;

pub(super) fn data(source: Source, shape: Shape, target: Target) -> Data {
    Data {
        source,
        root: None,
        shape,
        target,
        subset: Subset::All,
        split: Split { train: 1.0, validation: 0.0 },
        transform: Vec::new(),
        augment: Vec::new(),
    }
}

pub(super) fn numbers(stored: &Stored) -> &Numbers {
    let Stored::Numbers(numbers) = stored else { panic!("these are numbers") };
    numbers
}

pub(super) fn reals(names: &[&str]) -> Target {
    Target::Values { names: names.iter().map(|&name| name.to_owned()).collect(), normalize: false }
}

fn named(names: &[&str]) -> Target {
    Target::Classes { count: names.len(), names: names.iter().map(|&name| name.to_owned()).collect() }
}

/// A table with the features `a` and `b`; `y` is predicted.
pub(super) fn table(target: Target, test: TestExamples<String>) -> Data {
    let columns = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let source = CsvSource {
        file: "x.csv".into(),
        features: columns(&["a", "b"]),
        target: columns(&["y"]),
        test,
        separator: ',',
        decimal: '.',
    };
    data(Source::Csv(source), Shape::Vector { features: 2 }, target)
}

pub(super) fn read_table(target: Target, text: &[u8]) -> Result<Raw, DataError> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::write(folder.path().join("x.csv"), text).expect("it can be written");
    // The same rows in other bytes.
    fs::write(folder.path().join("t.csv"), [text, b"\n"].concat()).expect("it can be written");
    Raw::open(&table(target, TestExamples::Files("t.csv".into())), folder.path(), &[])
}

#[test]
fn tables_are_read_by_the_names_of_their_columns() {
    let text = "\u{feff}y, b ,ignored,a\r\n1.5,2,\"x, y\",-3e-1\r\n-2,0.25,é,4\r\n";
    let raw = read_table(reals(&["y"]), text.as_bytes()).expect("it is sound");
    let found = numbers(&raw.training);
    assert_eq!((found.shape, found.values.as_slice()), ([2, 1, 1], &[-0.3, 2.0, 4.0, 0.25][..]));
    assert_eq!(found.labels, Labels::Values { targets: 1, values: vec![1.5, -2.0] });
    assert_eq!((raw.digests[0].name.as_str(), raw.digests[0].bytes), ("x.csv", text.len() as u64));
    let classes = read_table(named(&["cat", "dog"]), b"a,b,y\n1,2,dog\n3,4,cat\n").expect("it is sound");
    assert_eq!(classes.training.classes(), Some(&[1, 0][..]));
    let classes = read_table(Target::of_classes(3), b"a,b,y\n1,2,2\n3,4,0\n").expect("it is sound");
    assert_eq!(classes.training.classes(), Some(&[2, 0][..]));
}

#[test]
fn faulty_tables_are_refused_with_their_place() {
    let cases: [(&[u8], &str); 20] = [
        (b"", "holds no examples"),
        (b"a,b,y\n", "holds no examples"),
        (b"a,y\n1,2\n", "line 1: there is no column `b`; the columns are `a`, `y`"),
        (b"a;b;y\n1,5;2;3\n", "line 1: it is one long column, `a;b;y`: `;` separates its cells"),
        (b"a\tb\ty\n1\t2\t3\n", "a tab separates its cells"),
        (b"a,b,y,b\n1,2,3,4\n", "line 1: there are several columns `b`"),
        (b"a,b,y\n1,2,3\n1,2\n", "line 3: it has 2 cells, but the first line names 3 columns"),
        (b"a,b,y\n1,2,3,4\n", "line 2: it has 4 cells"),
        (b"a,b,y\r\n1,2,3,4\r\n", "line 2: it has 4 cells"),
        (b"a,b,y\r\n1,2,3\r\n1,,3\r\n", "line 3, column `b`: the cell is empty"),
        (b"a,b,y\n1,2,3\n\n\n1,two,3\n", "line 5, column `b`: `two` is not a number"),
        (b"a,b,y\n\n1,2\n", "line 3: it has 2 cells"),
        (b"a,b,y\n1,,3\n", "line 2, column `b`: the cell is empty"),
        (b"a,b,y\n1,two,3\n", "line 2, column `b`: `two` is not a number"),
        (b"a,b,y\n1,2,NaN\n", "line 2, column `y`: `NaN` is not a finite number"),
        (b"a,b,y\n1,inf,3\n", "column `b`: `inf` is not a finite number"),
        (b"a,b,y\n1e39,2,3\n", "column `a`: `1e39` is too large: numbers are read up to 3.4e38"),
        (b"a,b,y\n1,\xff,3\n", "line 2: it is not UTF-8 text"),
        (b"a,b,y\n1,\"2,3\n4,5,6\n", "line 2: a quote opens here and is not closed"),
        (b"a,b,y\n1,2,3\n1e400,2,3\n", "line 3, column `a`: `1e400` is too large"),
    ];
    for (text, expected) in cases {
        let error = read_table(reals(&["y"]), text).expect_err("is refused");
        let message = error.to_string();
        assert!(message.contains("x.csv") && message.contains(expected), "{message}");
        assert!(!error.help().is_empty());
    }
    for (target, expected) in [
        (named(&["cat", "dog"]), "line 2, column `y`: `cow` is none of the 2 classes"),
        (Target::of_classes(2), "`cow` is not a class, a whole number from 0 to 1"),
    ] {
        let message = read_table(target, b"a,b,y\n1,2,cow\n").expect_err("is refused").to_string();
        assert!(message.contains(expected), "{message}");
    }
    let beyond = read_table(Target::of_classes(2), b"a,b,y\n1,2,2\n").expect_err("is refused").to_string();
    assert!(beyond.contains("`2` is not a class"), "{beyond}");
    let nowhere = Raw::open(&table(reals(&["y"]), TestExamples::Share(0.5)), Path::new("/nowhere"), &[]);
    assert!(nowhere.expect_err("is not there").to_string().starts_with("cannot read `/nowhere/x.csv`"));
}

#[test]
fn a_share_is_tested_on_whatever_the_seed() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut text = String::from("a,b,y\n");
    (0..50).for_each(|line| text.push_str(&format!("{line},{},{}\n", -line, line % 2)));
    fs::write(folder.path().join("x.csv"), text).expect("it can be written");
    let read = |target: Target| {
        let raw = Raw::open(&table(target, TestExamples::Share(0.2)), folder.path(), &[]).expect("it is sound");
        (numbers(&raw.training).clone(), numbers(&raw.test).clone())
    };
    let (training, test) = read(reals(&["y"]));
    assert_eq!((training.labels.len(), test.labels.len()), (40, 10));
    let mut all: Vec<f32> = [training.values.as_slice(), &test.values].concat().iter().step_by(2).copied().collect();
    all.sort_by(f32::total_cmp);
    assert!(all.iter().zip(0..50).all(|(&a, line)| a == line as f32), "every line is in one of them");
    assert_eq!(read(reals(&["y"])).1, test);
    // Of classes as many of each.
    let (_, test) = read(Target::of_classes(2));
    let Labels::Classes(classes) = &test.labels else { panic!("these are classes") };
    assert_eq!(classes.iter().filter(|&&class| class == 1).count(), 5);
    let none = Raw::open(&table(reals(&["y"]), TestExamples::Share(0.001)), folder.path(), &[]);
    assert!(none.expect_err("nothing is left").to_string().starts_with("the test split is empty"));
}

#[test]
fn features_and_targets_are_normalised_by_the_training_split() {
    let text = b"a,b,y\n1,5,10\n3,5.5,30\n";
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::write(folder.path().join("x.csv"), text).expect("it can be written");
    fs::write(folder.path().join("t.csv"), [text.as_slice(), b"\n"].concat()).expect("it can be written");
    let mut data = table(reals(&["y"]), TestExamples::Files("t.csv".into()));
    data.transform = vec![Transform::Normalize];
    data.target = Target::Values { names: vec!["y".into()], normalize: true };
    let raw = Raw::open(&data, folder.path(), &[]).expect("it is sound");
    let dataset = prepare(&data, 0, &raw).expect("it can be prepared");
    let batch = dataset.training_batch(1, &[0, 1]);
    assert_eq!((batch.inputs.as_slice(), batch.targets.values()), (&[-1.0, -1.0, 1.0, 1.0][..], &[-1.0, 1.0][..]));
    // What is scored stays in the table's units.
    assert_eq!(dataset.batch(Part::Test, &[1]).targets.values(), [30.0]);
    let scale = dataset.target_scale.as_ref().expect("targets are normalised");
    assert_eq!((scale.means[0], scale.deviations[0]), (20.0, 10.0));
    fs::write(folder.path().join("x.csv"), b"a,b,y\n1,5,10\n3,5,30\n").expect("it can be written");
    let raw = Raw::open(&data, folder.path(), &[]).expect("it is sound");
    // A feature that never varies becomes 0, and is named.
    let dataset = prepare(&data, 0, &raw).expect("b is constant");
    assert_eq!(dataset.training_batch(1, &[0, 1]).inputs, [-1.0, 0.0, 1.0, 0.0]);
    assert_eq!(dataset.opened(&data).constant, ["b"]);
    fs::write(folder.path().join("x.csv"), b"a,b,y\n1,5,10\n3,6,10\n").expect("it can be written");
    let raw = Raw::open(&data, folder.path(), &[]).expect("it is sound");
    let message = prepare(&data, 0, &raw).expect_err("y is constant").to_string();
    assert!(message.contains("`y` is 10 in all of the training split"), "{message}");
}

/// An array as `numpy.save` writes it.
pub(super) fn npy(description: &str, shape: &str, body: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '{description}', 'fortran_order': False, 'shape': {shape}, }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(body);
    bytes
}

fn little<const N: usize>(values: impl IntoIterator<Item = [u8; N]>) -> Vec<u8> {
    values.into_iter().flatten().collect()
}

fn read_arrays(shape: Shape, target: Target, inputs: &[u8], labels: &[u8]) -> Result<Raw, DataError> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::write(folder.path().join("x.npy"), inputs).expect("it can be written");
    fs::write(folder.path().join("y.npy"), labels).expect("it can be written");
    let mut others = inputs.to_vec();
    others.iter_mut().last().into_iter().for_each(|byte| *byte ^= 1);
    fs::write(folder.path().join("t.npy"), others).expect("it can be written");
    let files = |inputs: &str| [inputs.to_owned(), "y.npy".to_owned()];
    let source = NpySource { files: files("x.npy"), test: TestExamples::Files(files("t.npy")) };
    Raw::open(&data(Source::Npy(source), shape, target), folder.path(), &[])
}

#[test]
fn arrays_are_read_in_every_plain_type() {
    let shape = Shape::Image { channels: 1, height: 1, width: 2 };
    let labels = npy("<i8", "(2,)", &little([1_i64, 0].map(i64::to_le_bytes)));
    let bytes = npy("|u1", "(2, 1, 1, 2)", &[0, 255, 51, 102]);
    let raw = read_arrays(shape, Target::of_classes(2), &bytes, &labels).expect("it is sound");
    assert_eq!(numbers(&raw.training).values, [0.0, 1.0, 0.2, 0.4]);
    assert_eq!((numbers(&raw.training).shape, raw.training.classes()), ([1, 1, 2], Some(&[1, 0][..])));
    let signed = npy("<i2", "(2, 1, 1, 2)", &little([-1_i16, 2, -300, 4].map(i16::to_le_bytes)));
    let raw = read_arrays(shape, Target::of_classes(2), &signed, &labels).expect("it is sound");
    assert_eq!(numbers(&raw.training).values, [-1.0, 2.0, -300.0, 4.0]);
    let reals_of = npy("<f8", "(2, 2)", &little([0.5_f64, -1.0, 1e30, 0.0].map(f64::to_le_bytes)));
    let targets = npy("<f4", "(2, 1)", &little([1.5_f32, -2.0].map(f32::to_le_bytes)));
    let raw = read_arrays(Shape::Vector { features: 2 }, reals(&["y"]), &reals_of, &targets).expect("it is sound");
    assert_eq!(numbers(&raw.training).labels, Labels::Values { targets: 1, values: vec![1.5, -2.0] });
    assert_eq!((numbers(&raw.training).shape, raw.digests.len()), ([2, 1, 1], 4));
}

#[test]
fn faulty_arrays_are_refused_before_memory_is_taken() {
    let good = npy("<f4", "(2, 1)", &little([1.5_f32, -2.0].map(f32::to_le_bytes)));
    let labels = npy("<i8", "(2,)", &little([1_i64, 0].map(i64::to_le_bytes)));
    let cases = [
        (Vec::new(), "holds no examples"),
        (b"PK\x03\x04".to_vec(), "not an array of numpy"),
        (b"\x93NUMPY\x01\x00\xff\xff".to_vec(), "not an array of numpy"),
        (npy("<f4", "(2, 1)", &[0; 7]), "its header says (2, 1) numbers of 4 bytes, but 7 bytes follow"),
        (npy("<f4", "(18446744073709551615, 4)", &[0; 8]), "but 8 bytes follow"),
        (npy("<f4", "(4611686018427387904, 4)", &[0; 8]), "but 8 bytes follow"),
        (npy("|O", "(2, 1)", &[0; 8]), "the type `|O`, which is not read"),
        (npy(">f4", "(2, 1)", &[0; 8]), "the type `>f4`"),
        (npy("<f4", "(2, 3)", &[0; 24]), "it has the shape (2, 3), but the spec says that examples are vector[1]"),
        (npy("<f4", "(0, 1)", &[]), "holds no examples"),
        (npy("<f4", "()", &[0; 4]), "it has no axis: it is a single number, of shape ()"),
        (
            npy("<f8", "(2, 1)", &little([1e300_f64, 0.0].map(f64::to_le_bytes))),
            "holds 1e300, which is too large: numbers",
        ),
        (npy("<f4", "(3, 1)", &[0; 12]), "it holds 2 labels"),
        (npy("<f4", "(2, 1)", &little([f32::NAN, 0.0].map(f32::to_le_bytes))), "example 0 (counted from 0) holds"),
    ];
    let shape = Shape::Vector { features: 1 };
    for (inputs, expected) in cases {
        let message = read_arrays(shape, Target::of_classes(2), &inputs, &labels).expect_err("is refused").to_string();
        assert!(message.contains(expected), "{message}");
    }
    // Moving axes keeps an image, naming them otherwise makes rows of its channels.
    let image = Shape::Image { channels: 3, height: 8, width: 8 };
    let help = |form: &str, count: usize, shape| {
        let error = read_arrays(shape, Target::of_classes(2), &npy("|u1", form, &vec![0; count]), &labels);
        error.expect_err("is refused").help()
    };
    let last = help("(2, 8, 8, 3)", 384, image);
    assert!(last.contains("`array.transpose(0, 3, 1, 2)`") && !last.contains("shape="), "{last}");
    let other = help("(2, 9, 8, 3)", 432, image);
    assert!(other.contains("transpose(0, 3, 1, 2)` and say `shape=[3, 9, 8]`"), "{other}");
    assert!(help("(2, 5)", 10, shape).contains("or say `shape=[5]`"));
    assert!(!help("(2,)", 2, image).contains("shape="));
    let cases = [
        (npy("<i8", "(2,)", &little([1_i64, 2].map(i64::to_le_bytes))), "example 1 (counted from 0) has the label 2"),
        (npy("<i8", "(2,)", &little([-1_i64, 0].map(i64::to_le_bytes))), "has the label -1"),
        (npy("<f4", "(2,)", &[0; 8]), "its numbers are real, and classes are whole"),
        (npy("<i8", "(2, 2)", &[0; 32]), "classes are one number each"),
    ];
    for (labels, expected) in cases {
        let message = read_arrays(shape, Target::of_classes(2), &good, &labels).expect_err("is refused").to_string();
        assert!(message.contains(expected), "{message}");
    }
    let message = read_arrays(shape, reals(&["u", "v"]), &good, &good).expect_err("is refused").to_string();
    assert!(message.contains("the spec says that there are 2 targets"), "{message}");
    let mut order = npy("<f4", "(2, 1)", &[0; 8]);
    let at = order.windows(5).position(|bytes| bytes == b"False").expect("it is in the header");
    order.splice(at..at + 5, *b"True ");
    let message = read_arrays(shape, Target::of_classes(2), &order, &labels).expect_err("is refused").to_string();
    assert!(message.contains("Fortran order"), "{message}");
}

/// A picture of one colour.
pub(super) fn png(path: &Path, size: [u32; 2], colour: [u8; 3]) {
    fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("folders can be made");
    image::RgbImage::from_pixel(size[1], size[0], image::Rgb(colour)).save(path).expect("it can be written");
}

pub(super) fn folder_data(root: &Path, target: Target, channels: usize) -> Data {
    let shape = Shape::Image { channels, height: 2, width: 3 };
    let root = Some(root.to_str().expect("a temporary folder has a plain name").to_owned());
    Data { root, ..data(Source::ImageFolder, shape, target) }
}

#[test]
fn folders_of_images_are_read_by_class_and_name() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let root = folder.path();
    png(&root.join("train/dog/1.png"), [2, 3], [1, 2, 3]);
    png(&root.join("train/cat/b.png"), [2, 3], [4, 5, 6]);
    png(&root.join("train/cat/a.PNG"), [2, 3], [7, 8, 9]);
    fs::write(root.join("train/cat/notes.txt"), "not an image").expect("it can be written");
    png(&root.join("test/dog/1.png"), [2, 3], [255, 255, 255]);
    png(&root.join("test/cat/2.png"), [2, 3], [255, 255, 255]);
    let raw = Raw::open(&folder_data(root, Target::of_classes(2), 3), Path::new(""), &[]).expect("it is sound");
    let images = raw.training.images().expect("these are images");
    assert_eq!((images.labels.as_slice(), images.shape), (&[0, 0, 1][..], [3, 2, 3]));
    assert_eq!(images.image(0), [[7; 6], [8; 6], [9; 6]].concat());
    assert_eq!(images.names, ["cat/a.PNG", "cat/b.png", "dog/1.png"]);
    // Folders are numbered in the order of their names, 10 before 2, so names say which class is which.
    assert_eq!(raw.class_names, ["cat", "dog"]);
    let digest = raw.digests[0].clone();
    // Names in another order number the classes otherwise, and a change of a byte shows in the digest.
    let raw = Raw::open(&folder_data(root, named(&["dog", "cat"]), 1), Path::new(""), &[]).expect("it is sound");
    assert_eq!(raw.training.classes(), Some(&[0, 1, 1][..]));
    png(&root.join("train/dog/1.png"), [2, 3], [1, 2, 4]);
    let raw = Raw::open(&folder_data(root, Target::of_classes(2), 3), Path::new(""), &[]).expect("it is sound");
    assert_ne!(raw.digests[0].sha256, digest.sha256);
}

#[test]
fn faulty_folders_are_refused() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let root = folder.path();
    let read = |target: Target| {
        Raw::open(&folder_data(root, target, 3), Path::new(""), &[]).expect_err("is refused").to_string()
    };
    assert!(read(Target::of_classes(2)).contains("there is no folder `train` in it"));
    for (split, class) in [("train", "cat"), ("train", "dog"), ("test", "cat"), ("test", "dog")] {
        png(&root.join(format!("{split}/{class}/1.png")), [2, 3], [0; 3]);
    }
    assert!(read(Target::of_classes(3)).contains("it holds 2 folders, but the spec says that there are 3 classes"));
    assert!(read(named(&["cat", "cow"])).contains("it is none of the classes"));
    // A class whose images are of another kind would be one that is never seen.
    fs::rename(root.join("test/dog/1.png"), root.join("test/dog/1.gif")).expect("it can be renamed");
    let message = read(Target::of_classes(2));
    assert!(message.contains("no image that can be read: its folder holds only `1.gif`"), "{message}");
    fs::remove_file(root.join("test/dog/1.gif")).expect("it is there");
    assert!(read(Target::of_classes(2)).contains("its folder is empty"));
    // A folder to be scored is one split, so that its remedies draw no other.
    let labelled = |folder: &Path| {
        let data = folder_data(root, Target::of_classes(2), 3);
        let classes = ["cat", "dog"].map(str::to_owned);
        let files = LabelledFiles::Folder(folder.to_owned());
        let error = read_labelled(&files, &data, (&classes, &[]), &mut FileNotes::default()).expect_err("is refused");
        format!("{error}; {}", error.help())
    };
    let whole = labelled(root);
    assert!(
        whole.contains(&format!("name the folder of the classes itself: `{}`", root.join("test").display())),
        "{whole}"
    );
    png(&root.join("half/cat/1.png"), [2, 3], [0; 3]);
    let half = labelled(&root.join("half"));
    assert!(half.contains("it has no folder for the class `dog`") && !half.contains("train/"), "{half}");
    png(&root.join("test/dog/1.png"), [2, 3], [0; 3]);
    png(&root.join("train/cat/2.png"), [3, 2], [0; 3]);
    assert!(read(Target::of_classes(2)).contains("it has 3 × 2 pixels, but the spec says 2 × 3"));
    fs::write(root.join("train/cat/2.png"), b"no picture").expect("it can be written");
    assert!(read(Target::of_classes(2)).contains("2.png` is no image that can be read"));
    let sound = fs::read(root.join("train/cat/1.png")).expect("it is there");
    fs::write(root.join("train/cat/2.png"), &sound[..sound.len() / 2]).expect("it can be written");
    assert!(read(Target::of_classes(2)).contains("is no image that can be read"));
    // A header that asks for gigabytes is refused by its size.
    let mut huge = sound;
    huge[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
    fs::write(root.join("train/cat/2.png"), &huge).expect("it can be written");
    let message = read(Target::of_classes(2));
    assert!(message.contains("2.png"), "{message}");
}

#[test]
fn synthetic_points_lie_where_they_are_said_to() {
    let source = |kind, seed| SyntheticSource { kind, examples: 4_000, noise: 0.5, seed };
    let read = |source| {
        let data = data(Source::Synthetic(source), Shape::Vector { features: 1 }, reals(&["y"]));
        Raw::open(&data, Path::new(""), &[]).expect("it is made")
    };
    let raw = read(source(SyntheticKind::Sine, 1));
    let (training, test) = (numbers(&raw.training), numbers(&raw.test));
    assert!(training.values.iter().all(|x| (1.0..=4.0).contains(&x.abs())), "there is a gap");
    assert_eq!((training.values.len(), test.values.len()), (4_000, 241));
    assert_eq!((test.values[0], test.values[120], test.values[240]), (-6.0, 0.0, 6.0));
    let Labels::Values { values, .. } = &training.labels else { panic!("these are real") };
    // The noise has the deviation 0.5·(x + 8)/12: in units of it, the mean square is 1 ± 0.022.
    let square = |(x, y): (&f32, &f64)| ((y - f64::from(*x).sin()) / (0.5 * (f64::from(*x) + 8.0) / 12.0)).powi(2);
    let mean = training.values.iter().zip(values).map(square).sum::<f64>() / 4_000.0;
    assert!((mean - 1.0).abs() < 0.1, "{mean}");
    assert_eq!(read(source(SyntheticKind::Sine, 1)), raw);
    assert_ne!(read(source(SyntheticKind::Sine, 2)), raw);
    let cubic = read(source(SyntheticKind::Cubic, 1));
    assert!(numbers(&cubic.training).values.iter().all(|x| x.abs() <= 4.0));
    let Labels::Values { values, .. } = &numbers(&cubic.test).labels else { panic!("these are real") };
    assert!((values[240] - 216.0).abs() < 4.0, "{}", values[240]);
}
