//! What people's own files mean is what is read of them.

use super::super::{Part, Raw, prepare};
use super::own::{data, folder_data, npy, numbers, png, read_table, reals, table};
use elbo_compiler::ir::{Data, NpySource, Shape, Source, Target, TestExamples, Transform};
use std::fs;
use std::path::Path;

fn raw(data: &Data, folder: &Path) -> Raw {
    Raw::open(data, folder, &[]).expect("it is sound")
}

/// Days since 4713 BC and seconds since 1970 keep what they differ by, as features and as targets.
#[test]
fn f32_targets() {
    let read = |offsets: [f64; 2]| {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let row = |k: i32| {
            let (a, y) = (offsets[0] + f64::from(k * k % 17) * 6.0, offsets[1] + 0.001 * f64::from(k));
            format!("{a},{},{y:.3}\n", f64::from(k) / 8.0)
        };
        let rows: String = (0..40).map(row).collect();
        let tested: String = (5..9).map(row).collect();
        fs::write(folder.path().join("x.csv"), format!("a,b,y\n{rows}")).expect("it can be written");
        fs::write(folder.path().join("t.csv"), format!("a,b,y\n{tested}")).expect("it can be written");
        let mut data = table(reals(&["y"]), TestExamples::Files("t.csv".into()));
        data.transform = vec![Transform::Normalize];
        data.target = Target::Values { names: vec!["y".into()], normalize: true };
        let raw = raw(&data, folder.path());
        (prepare(&data, 0, &raw).expect("it can be prepared"), data, raw)
    };
    let all: Vec<u32> = (0..40).collect();
    let (near, _, _) = read([0.0, 0.0]);
    let (far, data, raw) = read([1_700_000_000.0, 2_460_000.5]);
    assert_eq!(far.opened(&data).coarse, [""; 0], "what is normalised loses nothing");
    assert_eq!(far.opened(&data).test.shared, 4, "rows of both files are told from one origin");
    let close = |left: f64, right: f64| assert!((left - right).abs() < 1e-6, "{left} against {right}");
    let (near, far) = (near.training_batch(1, &all), far.training_batch(1, &all));
    near.inputs.iter().zip(&far.inputs).for_each(|(near, far)| close(f64::from(*near), f64::from(*far)));
    near.targets.values().iter().zip(far.targets.values()).for_each(|(near, far)| close(*near, *far));
    // Scores are of the targets as the table has them.
    let unscaled = prepare(&Data { transform: Vec::new(), target: reals(&["y"]), ..data }, 0, &raw);
    let unscaled = unscaled.expect("it can be prepared");
    assert_eq!(unscaled.batch(Part::Test, &[1]).targets.values(), [2_460_000.506]);
    let data = Data { transform: Vec::new(), target: reals(&["y"]), ..table(reals(&["y"]), TestExamples::Share(0.5)) };
    assert_eq!(unscaled.opened(&data).coarse, ["a", "y"], "what 32 bits lose is named where nothing is normalised");
}

#[test]
fn arrays_keep_what_they_differ_by() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let times: Vec<u8> = (0..8_i64).flat_map(|k| (1_700_000_000 + k).to_le_bytes()).collect();
    let targets: Vec<u8> = (0..8).flat_map(|k| (2_460_000.5 + 0.01 * f64::from(k)).to_le_bytes()).collect();
    fs::write(folder.path().join("x.npy"), npy("<i8", "(8, 1)", &times)).expect("it can be written");
    fs::write(folder.path().join("y.npy"), npy("<f8", "(8,)", &targets)).expect("it can be written");
    let source = NpySource { files: ["x.npy".into(), "y.npy".into()], test: TestExamples::Share(0.25) };
    let target = Target::Values { names: vec!["target0".into()], normalize: true };
    let mut data = data(Source::Npy(source), Shape::Vector { features: 1 }, target);
    data.transform = vec![Transform::Normalize];
    let raw = raw(&data, folder.path());
    let dataset = prepare(&data, 0, &raw).expect("it can be prepared");
    let batch = dataset.training_batch(1, &(0..6).collect::<Vec<_>>());
    // Both are linear in the place, so both are the same once they are normalised.
    for (input, target) in batch.inputs.iter().zip(batch.targets.values()) {
        assert!((f64::from(*input) - target).abs() < 1e-6, "{input} against {target}");
    }
    assert!(batch.inputs.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn semicolons() {
    let text = b"\xef\xbb\xbfa;b;y\r\n1,5;-2,25;3\r\n0;1e-1;0,125\r\n";
    let said = |separator, decimal| {
        let folder = tempfile::tempdir().expect("a folder can be made");
        fs::write(folder.path().join("x.csv"), text).expect("it can be written");
        let mut data = table(reals(&["y"]), TestExamples::Share(0.5));
        let Source::Csv(source) = &mut data.source else { panic!("this is a table") };
        (source.separator, source.decimal) = (separator, decimal);
        Raw::open(&data, folder.path(), &[])
    };
    let raw = said(';', ',').expect("it is sound");
    let mut values = [&raw.training, &raw.test].map(|part| numbers(part).values.clone());
    values.sort_by(|left, right| left[0].total_cmp(&right[0]));
    assert_eq!(values, [[0.0, 0.1], [1.5, -2.25]]);
    // The separator that the file seems to have is named, and how to say it.
    let error = said(',', '.').expect_err("is refused");
    assert!(error.to_string().contains("`;` separates its cells, not a comma"), "{error}");
    assert_eq!(error.help(), "say `separator=\";\"`, and `decimal=\",\"` for numbers such as `1,5`");
    let error = said(';', '.').expect_err("is refused");
    assert!(error.to_string().contains("line 2, column `a`: `1,5` is not a number"), "{error}");
    assert!(error.help().contains("`decimal=\",\"`"), "{}", error.help());
    for (text, expected) in
        [(&b"a\tb\ty\n1\t2\t3\n"[..], "say `separator=\"\\t\"`"), (b"z, 1;a;b;y\n1;2;3;4\n", "say `separator=\";\"`")]
    {
        assert_eq!(read_table(reals(&["y"]), text).expect_err("is refused").help(), expected);
    }
}

/// A picture with colours of the alpha channel alone.
fn drawn_in_alpha(path: &Path) {
    image::RgbaImage::from_pixel(3, 2, image::Rgba([0, 0, 0, 200])).save(path).expect("it can be written");
}

#[test]
fn folder_endings() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let root = folder.path();
    for (place, name) in ["1.png", "2.BMP", "3.jpeg", "4.Tif", "5.webp", "6.ppm", "7.JPG", "8.tiff"].iter().enumerate()
    {
        png(&root.join("train/a").join(name), [2, 3], [place as u8; 3]);
    }
    for path in ["train/b/deep/er/1.bmp", "test/a/1.png", "test/b/1.bmp"] {
        png(&root.join(path), [2, 3], [9; 3]);
    }
    // What operating systems leave is no class and no image.
    for folder in ["train/.ipynb_checkpoints", "train/__MACOSX", "train/b/.thumbs"] {
        png(&root.join(folder).join("1.png"), [2, 3], [7; 3]);
    }
    for file in ["train/.DS_Store", "train/a/Thumbs.db", "train/a/._1.png", "train/b/desktop.ini"] {
        fs::write(root.join(file), "left behind").expect("it can be written");
    }
    for file in ["train/notes.txt", "train/a/movie.gif", "test/b/labels.csv"] {
        fs::write(root.join(file), "no image").expect("it can be written");
    }
    #[cfg(unix)]
    {
        let link =
            |to: &str, at: &str| std::os::unix::fs::symlink(root.join(to), root.join(at)).expect("it can be made");
        link("train/b/deep", "train/b/again");
        link("train", "train/b/up");
    }
    let raw = raw(&folder_data(root, Target::of_classes(2), 3), Path::new(""));
    assert_eq!(raw.class_names, ["a", "b"]);
    let images = raw.training.images().expect("these are images");
    assert_eq!((images.len(), images.labels[8]), (9, 1));
    let inside = if cfg!(unix) { "b/again/er/1.bmp" } else { "b/deep/er/1.bmp" };
    assert_eq!(images.names[8], inside);
    let mut notes: Vec<String> = raw.file_notes.iter().map(ToString::to_string).collect();
    if cfg!(unix) {
        let read = "1 file was skipped as a folder that was read under another name (`train/b/deep`)";
        assert_eq!(notes.remove(0), read);
        assert_eq!(notes.remove(0), "1 file was skipped as a link to a folder above it (`train/b/up`)");
    }
    assert_eq!(
        notes,
        [
            "2 files were skipped for an ending that no image has (`train/a/movie.gif`, `test/b/labels.csv`)",
            "1 file was skipped outside the folders of classes (`train/notes.txt`)",
        ]
    );
}

#[cfg(unix)]
#[test]
fn a_folder_of_another_class_or_split_is_left_to_it() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let root = folder.path();
    for (place, grey) in [("train/a", 10), ("train/b", 20), ("train/b/deep", 30), ("test/a", 40), ("test/b", 50)] {
        png(&root.join(place).join("1.png"), [2, 3], [grey; 3]);
    }
    let link = |to: &str, at: &str| std::os::unix::fs::symlink(root.join(to), root.join(at)).expect("it can be made");
    link("train/b", "train/a/class");
    link("train/b/deep", "train/a/inside");
    link("test", "train/a/split");
    let read = || Raw::open(&folder_data(root, Target::of_classes(2), 3), Path::new(""), &[]);
    let found = read().expect("it is sound");
    assert_eq!(found.training.classes(), Some(&[0, 1, 1][..]));
    let notes: Vec<String> = found.file_notes.iter().map(ToString::to_string).collect();
    let expected = "3 files were skipped as the folder of another class or split (`train/a/class`, `train/a/inside`, \
                    `train/a/split`)";
    assert_eq!(notes, [expected]);
    // The same images cannot be of two classes, nor trained and tested on.
    std::fs::remove_dir_all(root.join("test/b")).expect("it can be removed");
    link("train/b", "test/b");
    let error = read().expect_err("is refused").to_string();
    assert!(error.contains("test/b`: it is the same folder as") && error.contains("train/b`"), "{error}");
}

#[test]
fn folder_alpha() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let root = folder.path();
    for class in ["train/a", "train/b", "test/a", "test/b"] {
        png(&root.join(class).join("1.png"), [2, 3], [class.len() as u8 + class.as_bytes()[class.len() - 1]; 3]);
    }
    (2..9).for_each(|file| drawn_in_alpha(&root.join(format!("train/a/{file}.png"))));
    let deep = image::ImageBuffer::<image::Luma<u16>, _>::from_pixel(3, 2, image::Luma([4_095]));
    deep.save(root.join("test/b/2.png")).expect("it can be written");
    let data = folder_data(root, Target::of_classes(2), 3);
    let raw = raw(&data, Path::new(""));
    let expected = [
        "1 file was converted from grey to colour (`test/b/2.png`)",
        "7 files were read without transparency (`train/a/2.png`, `train/a/3.png`, `train/a/4.png`, …)",
        "1 file was reduced from 16 bits per channel to 8 (`test/b/2.png`)",
    ];
    assert_eq!(raw.file_notes.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    let dataset = prepare(&data, 0, &raw).expect("it can be prepared");
    assert_eq!(dataset.opened(&data).files, expected);
}

#[test]
fn folder_numbers() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let root = folder.path();
    (0..12).for_each(|class| png(&root.join(format!("train/{class}/x.png")), [2, 3], [class; 3]));
    (0..12).for_each(|class| png(&root.join(format!("test/{class}/x.png")), [2, 3], [class + 100; 3]));
    let raw = raw(&folder_data(root, Target::of_classes(12), 3), Path::new(""));
    assert_eq!(raw.class_names[..4], ["0", "1", "10", "11"]);
    assert_eq!(raw.training.images().expect("these are images").image(2)[0], 10);
}

#[test]
fn a_flat_folder_is_shown_the_layout() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let root = &folder.path().join("pets");
    let refused =
        || Raw::open(&folder_data(root, Target::of_classes(2), 3), Path::new(""), &[]).expect_err("is refused");
    png(&root.join("1.png"), [2, 3], [0; 3]);
    let error = refused();
    assert!(error.to_string().contains("there is no folder `train` in it; it holds 1 images itself"), "{error}");
    assert!(error.help().contains("pets/\n    ├── train/\n    │   ├── cat/1.png"), "{}", error.help());
    png(&root.join("train/1.png"), [2, 3], [0; 3]);
    let error = refused();
    assert!(error.to_string().contains("it holds 1 images and no folder of a class"), "{error}");
}
