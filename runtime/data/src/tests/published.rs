//! The real data sets against what their publishers say of them. Looked for where `ELBO_DATA` points;
//! what is not there is skipped, and says so.

use super::super::{Dataset, Located, Part, Raw, locate, prepare};
use super::plain;
use elbo_compiler::ir::{Augmentation, Data, DataSource, Split, Transform};
use elbo_random::{Key, Purpose};
use std::path::PathBuf;
use std::time::Instant;

fn located(source: DataSource) -> Option<Located> {
    let Some(root) = std::env::var_os("ELBO_DATA") else {
        eprintln!("skipped: ELBO_DATA is not set");
        return None;
    };
    let found = locate(source, None, &[PathBuf::from(root)]);
    found.inspect_err(|error| eprintln!("skipped: {error}")).ok()
}

fn check(source: DataSource, examples: [usize; 2], per_class: usize, statistics: &[[f64; 2]]) {
    let Some(located) = located(source) else { return };
    let raw = Raw::read(&located).unwrap();
    assert_eq!([raw.training.len(), raw.test.len()], examples);
    let data = Data { transform: vec![Transform::Normalize], ..plain(source) };
    let dataset = prepare(&data, 0, &raw).unwrap();
    let found = dataset.pipeline().statistics().next().expect("there is one `normalize`");
    for (found, [mean, deviation]) in found.iter().zip(statistics) {
        assert!((found.mean - mean).abs() < 6e-5 && (found.deviation - deviation).abs() < 6e-5, "{found:?}");
    }
    assert_eq!(found.len(), statistics.len());
    if per_class > 0 {
        assert!(dataset.training.class_counts(source.classes()).iter().all(|&count| count == per_class));
    }
}

#[test]
fn mnist() {
    check(DataSource::Mnist, [60_000, 10_000], 0, &[[0.1307, 0.3081]]);
}

#[test]
fn cifar10() {
    let channels = [[0.4914, 0.2470], [0.4822, 0.2435], [0.4465, 0.2616]];
    check(DataSource::Cifar10, [50_000, 10_000], 5_000, &channels);
}

#[test]
fn cifar100() {
    let channels = [[0.5071, 0.2673], [0.4865, 0.2564], [0.4409, 0.2762]];
    check(DataSource::Cifar100, [50_000, 10_000], 500, &channels);
}

#[test]
fn fashion_mnist_test_images() {
    let Some(located) = located(DataSource::FashionMnist) else { return };
    let (test, digests) = Raw::read_test(&located).unwrap();
    assert_eq!((test.len(), digests.len()), (10_000, 2));
    let count = |class| test.images().expect("they are bytes").labels.iter().filter(|&&label| label == class).count();
    assert!((0..10).all(|class| count(class) == 1_000));
}

#[test]
fn digits_are_scaled_to_one() {
    let raw = Raw::read(&locate(DataSource::Digits, None, &[]).unwrap()).unwrap();
    let data = Data { split: Split { train: 0.9, validation: 0.1 }, ..plain(DataSource::Digits) };
    let dataset = prepare(&data, 0, &raw).unwrap();
    assert_eq!((dataset.training.len(), dataset.validation.len(), dataset.test.len()), (1_294, 144, 359));
    let images = dataset.batch(Part::Test, &(0..359).collect::<Vec<_>>()).inputs;
    assert_eq!(images.iter().copied().fold(0.0, f32::max), 1.0);
    assert!(images.iter().all(|&x| (0.0..=1.0).contains(&x) && (x * 16.0).fract() == 0.0));
}

#[test]
#[ignore = "a measurement, not a test: run with --ignored --nocapture"]
fn speed() {
    let Some(located) = located(DataSource::Cifar10) else { return };
    let timed = |what: &str, work: &mut dyn FnMut()| {
        let start = Instant::now();
        work();
        println!("{what}: {:.2} ms", start.elapsed().as_secs_f64() * 1e3);
    };
    let data = Data {
        transform: vec![Transform::Normalize],
        augment: vec![
            Augmentation::FlipHorizontal { probability: 0.5 },
            Augmentation::Crop { size: [32, 32], padding: [4, 4] },
        ],
        ..plain(DataSource::Cifar10)
    };
    let mut raw = None;
    timed("read", &mut || raw = Some(Raw::read(&located).unwrap()));
    let raw = raw.expect("it was read above");
    let mut dataset: Option<Dataset> = None;
    timed("prepare", &mut || dataset = Some(prepare(&data, 0, &raw).unwrap()));
    let dataset = dataset.expect("it was prepared above");
    let order = Key::new(0).stream(Purpose::Order, "").permutation(0, dataset.training.len() as u32);
    for batch in order.chunks(256).take(5) {
        timed("training batch of 256", &mut || drop(dataset.training_batch(0, batch)));
        timed("batch of 256", &mut || drop(dataset.batch(Part::Training, batch)));
    }
}
