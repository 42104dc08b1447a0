use super::*;

const L2: f64 = 0.03;

/// The gradient and the records of the penalty, and after them those of [`Finite`] over the gradient.
fn penalty(opening: &Opening, l2: f64, values: &[Vec<f32>], gradient: &[Vec<f32>]) -> Option<Vec<Vec<f32>>> {
    let device = device(opening)?;
    let kinds = [Kind::Weight, Kind::Free, Kind::Noise, Kind::Weight, Kind::Free, Kind::Weight];
    let all: Vec<_> = LENGTHS.into_iter().zip(kinds).map(|(numbers, kind)| Segment { numbers, kind }).collect();
    let segments = Segments::new(&device, &all).unwrap();
    let [values, gradient] = [values, gradient].map(|all| buffer(&device, "operand", &laid_out(&segments, all)));
    let records = device.zeros("records", 8 * segments.blocks()).unwrap();
    let mut recording = Recording::new(&device);
    Penalty {
        segments: &segments,
        l2,
        values: &values.all(),
        gradient: &gradient.all(),
        records: Records { all: &records.all(), first: 0 },
    }
    .record(&mut recording)
    .unwrap();
    let second = Records { all: &records.all(), first: segments.blocks() };
    let looked_at = gradient.all();
    Finite { numbers: &looked_at, finding: Finding::Statistic, records: second }.record(&mut recording).unwrap();
    let found = device.run(&[&recording], &Varying::default(), &[gradient.all(), records.all()]).unwrap();
    assert_eq!(segments.tensor_of(0), Some(0));
    assert_eq!(segments.tensor_of(segments.blocks() - 1), Some(LENGTHS.len() - 1));
    assert_eq!([segments.tensor_of(2), segments.tensor_of(4), segments.tensor_of(5)], [Some(2), Some(3), Some(4)]);
    assert_eq!(segments.tensor_of(segments.blocks()), None);
    Some(found)
}

fn operands() -> [Vec<Vec<f32>>; 2] {
    [10, 20].map(|seed| LENGTHS.iter().zip(seed..).map(|(length, seed)| numbers(seed, *length)).collect())
}

#[test]
fn the_penalty_reaches_weights_alone() {
    let [values, gradient] = operands();
    let Some(found) = penalty(&Opening::default(), L2, &values, &gradient) else { return };
    let mut block = 0;
    for (tensor, along) in taken_out(&LENGTHS, &found[0]).iter().enumerate() {
        let is_weight = [0, 3, 5].contains(&tensor);
        for (at, along) in along.iter().enumerate() {
            let (value, given) = (f64::from(values[tensor][at]), f64::from(gradient[tensor][at]));
            close(*along, given + if is_weight { L2 * value } else { 0.0 }, given.abs() + value.abs(), "a gradient");
        }
        for (along, values) in along.chunks(BLOCK as usize).zip(values[tensor].chunks(BLOCK as usize)) {
            let squares = |all: &[f32]| all.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
            let record = &found[1][4 * block..][..4];
            let wanted = squares(along) * 2f64.powi(-40);
            close(record[1], wanted, wanted, "squares of gradients");
            close(record[2], if is_weight { squares(values) } else { 0.0 }, squares(values), "squares of weights");
            assert_eq!([record[0], record[3]], [0.0; 2]);
            block += 1;
        }
    }
    for opening in openings() {
        same_bits(&found, &penalty(&opening, L2, &values, &gradient).unwrap());
    }
}

#[test]
fn what_is_no_number_is_found_where_it_is() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for (tensor, at) in [(0, 0), (1, 99), (3, 4096), (5, 100_002), (5, 50_000)] {
            for of_gradient in [false, true] {
                let [mut values, mut gradient] = operands();
                (if of_gradient { &mut gradient } else { &mut values })[tensor][at] = bad;
                let Some(found) = penalty(&Opening::default(), 0.0, &values, &gradient) else { return };
                let before: u64 = LENGTHS[..tensor].iter().map(|length| blocks(*length)).sum();
                let wanted = before as usize + at / BLOCK as usize;
                let (own, second) = found[1].split_at(found[1].len() / 2);
                for (block, records) in own.chunks(4).zip(second.chunks(4)).enumerate() {
                    let findings = [records.0, records.1]
                        .map(|record| Finding::of_record(record.try_into().unwrap()).collect::<Vec<_>>());
                    let here = block == wanted;
                    let own = match (here, of_gradient) {
                        (true, true) => vec![Finding::Gradient],
                        (true, false) => vec![Finding::Parameter],
                        (false, _) => vec![],
                    };
                    let second = if here && of_gradient { vec![Finding::Statistic] } else { vec![] };
                    assert_eq!(findings, [own, second], "block {block}");
                }
            }
        }
    }
}

#[test]
fn the_largest_and_smallest_numbers_are_numbers() {
    let [mut values, mut gradient] = operands();
    gradient[1][..4].copy_from_slice(&[f32::MAX, f32::MIN, f32::MIN_POSITIVE, 0.0]);
    values[2][..4].copy_from_slice(&[1e18, -1e18, 1e-40, -0.0]);
    let Some(found) = penalty(&Opening::default(), 0.0, &values, &gradient) else { return };
    assert!(found[1].chunks(4).all(|record| record[3] == 0.0));
}

#[test]
fn operands_that_do_not_fit_are_refused() {
    let Some(device) = device(&Opening::default()) else { return };
    let refused = |result: Result<(), crate::GpuError>| {
        assert!(matches!(result, Err(crate::GpuError::Misuse { .. })), "{result:?}");
    };
    let gaussian = Kind::Gaussian { prior: ClosedPrior::None, along: Along::Variance };
    let of = |kind| Segment { numbers: 10, kind };
    refused(Segments::new(&device, &[]).map(drop));
    refused(Segments::new(&device, &[of(Kind::Weight), of(gaussian)]).map(drop));
    refused(Segments::new(&device, &[Segment { numbers: 0, kind: Kind::Free }]).map(drop));
    let [points, gaussians] = [Kind::Weight, gaussian].map(|kind| Segments::new(&device, &[of(kind)]).unwrap());
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|what| device.zeros(what, BLOCK).unwrap());
    let short = device.zeros("short", BLOCK - 64).unwrap();
    let records = device.zeros("records", 4).unwrap();
    let mut recording = Recording::new(&device);
    let (all, first) = (records.all(), b.all());
    let mut penalty = |segments: &Segments, values: &Buffer, first_record: u64| {
        let records = Records { all: &all, first: first_record };
        let kernel = Penalty { segments, l2: 0.0, values: &values.all(), gradient: &first, records };
        kernel.record(&mut recording)
    };
    penalty(&points, &a, 0).unwrap();
    refused(penalty(&gaussians, &a, 0));
    refused(penalty(&points, &short, 0));
    refused(penalty(&points, &a, 1));
    let verdict = device.zeros("verdict", VERDICT).unwrap();
    let optimizer = Optimizer::Sgd { momentum: 0.9, nesterov: false, weight_decay: 0.0 };
    let mut update = |moments: &[&crate::Slice], segments: &Segments, verdict: &Buffer, variances: bool| {
        let variances = variances.then(|| d.all());
        let kernel = Update {
            optimizer: &optimizer,
            segments,
            verdict: &verdict.all(),
            gradient: &a.all(),
            values: &b.all(),
            moments,
            variances: variances.as_ref(),
        };
        kernel.record(&mut recording)
    };
    update(&[&c.all()], &points, &verdict, false).unwrap();
    refused(update(&[], &points, &verdict, false));
    refused(update(&[&c.all()], &points, &records, false));
    refused(update(&[&c.all()], &points, &verdict, true));
    update(&[&c.all()], &gaussians, &verdict, true).unwrap();
}
