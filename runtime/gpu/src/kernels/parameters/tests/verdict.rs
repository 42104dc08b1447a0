use super::*;

fn decide(records: &[f32], clip: Option<f64>) -> Option<Decision> {
    let device = device(&Opening::default())?;
    let verdict = device.zeros("verdict", VERDICT).unwrap();
    let records = buffer(&device, "records", records);
    let mut recording = Recording::new(&device);
    let kernel = Verdict { records: &records.all(), clip, verdict: &verdict.all() };
    kernel.record(&mut recording).unwrap();
    let once = device.run(&[&recording], &Varying::default(), &[verdict.all()]).unwrap();
    same_bits(&once, &device.run(&[&recording], &Varying::default(), &[verdict.all()]).unwrap());
    Some(Decision::of(&once[0]).unwrap())
}

/// Records of positive numbers, all of them finite.
fn records(count: u64) -> Vec<f32> {
    let mut all: Vec<f32> = numbers(7, 4 * count).iter().map(|x| x.abs()).collect();
    all.iter_mut().skip(3).step_by(4).for_each(|bits| *bits = 0.0);
    all
}

#[test]
fn sums_are_those_of_all_records() {
    for count in [1, 255, 256, 257, 10_007, 100_003] {
        let records = records(count);
        let sum = |of: usize| records.iter().skip(of).step_by(4).map(|&x| f64::from(x)).sum::<f64>();
        let Some(found) = decide(&records, None) else { return };
        assert!((found.divergence - sum(0)).abs() < 1e-6 * sum(0), "{count}: {} {}", found.divergence, sum(0));
        assert!((found.squares - sum(2)).abs() < 1e-6 * sum(2), "{count}");
        let norm = sum(1).sqrt() * 2f64.powi(20);
        close(found.norm, norm, norm, "the norm");
        assert_eq!((found.scale, found.findings), (1.0, vec![]));
        for maximum in [0.1 * norm, 2.0 * norm] {
            let scale = (maximum / (norm + 1e-6)).min(1.0);
            close(decide(&records, Some(maximum)).unwrap().scale, scale, 1.0, "the scale");
        }
    }
}

#[test]
fn one_finding_anywhere_is_enough() {
    for (record, bits) in [(0, 1), (300, 2), (9999, 4), (10_006, 8), (5000, 16), (0, 31)] {
        let mut records = records(10_007);
        records[4 * record + 3] = bits as f32;
        let Some(found) = decide(&records, None) else { return };
        let wanted: Vec<_> = Finding::ALL.into_iter().filter(|finding| finding.bit() & bits != 0).collect();
        assert_eq!(found.findings, wanted);
    }
}

#[test]
fn gradients_of_zero_are_not_scaled() {
    let Some(found) = decide(&[0.0; 64], Some(1e-3)) else { return };
    assert_eq!((found.scale, found.norm), (1.0, 0.0));
}

#[test]
fn what_is_no_verdict_is_refused() {
    assert!(Decision::of(&[0.0; 10]).is_err());
    let Some(device) = device(&Opening::default()) else { return };
    let [verdict, records] = [device.zeros("verdict", VERDICT).unwrap(), device.zeros("records", 4).unwrap()];
    let mut recording = Recording::new(&device);
    for clip in [0.0, -1.0, f64::NAN] {
        let kernel = Verdict { records: &records.all(), clip: Some(clip), verdict: &verdict.all() };
        assert!(kernel.record(&mut recording).is_err());
    }
}

#[test]
fn pending_numbers_are_adopted_unless_something_was_not_finite() {
    for opening in openings() {
        for (bits, length) in [(0, 1), (0, 100_003), (4, 100_003), (0, 4096)] {
            let Some(device) = device(&opening) else { return };
            let [pending, kept] = [1, 2].map(|seed| numbers(seed, length));
            let [from, to] = [buffer(&device, "pending", &pending), buffer(&device, "kept", &kept)];
            let verdict = device.zeros("verdict", VERDICT).unwrap();
            device.write_words(&verdict.slice(0, 1).unwrap(), &[bits]).unwrap();
            let mut recording = Recording::new(&device);
            let kernel = Adopt { verdict: &verdict.all(), from: &from.all(), to: &to.all() };
            kernel.record(&mut recording).unwrap();
            let found = device.run(&[&recording], &Varying::default(), &[to.all()]).unwrap();
            assert!(found[0] == if bits == 0 { pending } else { kept });
        }
    }
}
