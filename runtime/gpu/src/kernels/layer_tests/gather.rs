use super::{equal, fresh, run, same_bits, some_were_divided};
use crate::error::GpuError;
use crate::kernels::Value;
use crate::kernels::gather::{Gather, GatherRows};
use crate::kernels::resident::{Change, Content, Examples, ResidentExamples, ResidentRows};
use crate::recording::Recording;
use crate::varying::Varying;
use elbo_random::{Key, Purpose, Stream};

const PLANES: [usize; 3] = [3, 5, 6];
const COUNT: usize = 41;
const EPOCH: u32 = 9;

/// An example after its changes, one after the other, as the host makes them.
fn changed(mut image: Vec<f32>, changes: &[Change], stream: &Stream, example: u32) -> Vec<f32> {
    let [planes, mut rows, mut columns] = PLANES;
    for (number, change) in changes.iter().enumerate() {
        let mut words = [0; 4];
        stream.fill_bits(EPOCH, example, 4 * number as u64, &mut words);
        match *change {
            Change::Flip { probability } => {
                if f64::from(words[0]) < probability * 4_294_967_296.0 {
                    image.chunks_exact_mut(columns).for_each(<[f32]>::reverse);
                }
            }
            Change::Crop { size, padding } => {
                let corner = [0, 1].map(|axis| {
                    let places = [rows, columns][axis] + 2 * padding[axis] - size[axis] + 1;
                    ((u64::from(words[axis]) * places as u64) >> 32) as usize
                });
                let mut window = vec![0.0; planes * size[0] * size[1]];
                for (at, number) in window.iter_mut().enumerate() {
                    let (plane, y, x) = (at / size[1] / size[0], at / size[1] % size[0], at % size[1]);
                    let y = (corner[0] + y).checked_sub(padding[0]).filter(|&y| y < rows);
                    let x = (corner[1] + x).checked_sub(padding[1]).filter(|&x| x < columns);
                    if let (Some(y), Some(x)) = (y, x) {
                        *number = image[(plane * rows + y) * columns + x];
                    }
                }
                image = window;
                [rows, columns] = size;
            }
        }
    }
    image
}

/// The numbers of examples that are not all trained on, and a batch of positions.
fn positions() -> (Vec<u32>, Vec<u32>) {
    let numbers: Vec<u32> = (0..30).map(|position| (position * 17 + 5) % COUNT as u32).collect();
    let chosen = (0..37).map(|row| (row * 7 + 3) % 30).collect();
    (numbers, chosen)
}

/// A batch of which `counting` rows count, as rows of canonical order, given all examples.
fn check(content: Content<'_>, all: &[f32], changes: &[Change], value: Value, counting: usize) {
    let stream = Key::new(11).stream(Purpose::Augmentation, "");
    let (numbers, chosen) = positions();
    let rows = chosen.len();
    let varying = Varying { examples: counting as u32, epoch: EPOCH, ..Varying::default() };
    // Few examples in a part, and few rows in a dispatch.
    let got = same_bits(64 * value.numbers(), |device| {
        let key = stream.table(0, 0).key;
        let examples = Examples { planes: PLANES, content, numbers: &numbers, changes, key };
        let examples = ResidentExamples::upload(device, &examples).unwrap();
        assert_eq!(examples.positions(), numbers.len());
        let (positions, to) = (device.zeros("positions", rows as u64).unwrap(), fresh(device, rows * value.numbers()));
        device.write_words(&positions.all(), &chosen).unwrap();
        let mut recording = Recording::new(device);
        let gather = Gather { examples: &examples, value, rows, chosen: &positions.all(), to: &to.all() };
        gather.record(&mut recording).unwrap();
        run(&recording, &varying, &[&to])
    });
    let Some(got) = got else { return };
    let size: usize = PLANES.iter().product();
    let mut exact = vec![0.0; rows * value.numbers()];
    for (row, &position) in chosen.iter().enumerate().take(counting) {
        let example = numbers[position as usize];
        let image = changed(all[example as usize * size..][..size].to_vec(), changes, &stream, example);
        for (at, &number) in image.iter().enumerate() {
            let (channel, position) = (at / value.positions(), at % value.positions());
            exact[(row * value.positions() + position) * value.width() + channel] = number;
        }
    }
    equal(&format!("{changes:?} of {value:?}"), &got[0], &exact);
}

#[test]
fn a_batch_is_that_of_the_host_to_the_bit() {
    let size: usize = PLANES.iter().product();
    let bytes: Vec<u8> = (0..COUNT * size).map(|at| (at * 37 + at / 11) as u8).collect();
    let values: Vec<f32> = (0..256 * 3).map(|at| (at as f32 - 300.0) / 63.7).collect();
    let of_bytes: Vec<f32> =
        bytes.iter().enumerate().map(|(at, &byte)| values[at / 30 % 3 * 256 + usize::from(byte)]).collect();
    let numbers = super::normals(12, COUNT * size);
    let image = Value { size: [5, 6], channels: 3 };
    let crop = Change::Crop { size: [5, 6], padding: [2, 1] };
    let changes: [&[Change]; 6] = [
        &[],
        &[Change::Flip { probability: 0.5 }],
        &[crop],
        &[Change::Flip { probability: 0.25 }, crop, Change::Flip { probability: 0.5 }],
        &[Change::Crop { size: [7, 3], padding: [1, 0] }, Change::Crop { size: [5, 6], padding: [0, 4] }],
        &[Change::Flip { probability: 1.0 }, Change::Flip { probability: 0.0 }],
    ];
    for (changes, counting) in changes.into_iter().zip([37, 37, 20, 37, 1, 37]) {
        check(Content::Bytes { bytes: &bytes, values: &values }, &of_bytes, changes, image, counting);
        check(Content::Numbers(&numbers), &numbers, changes, image, counting);
    }
    // Features in canonical order.
    let vector = Value { size: [1, 1], channels: size };
    check(Content::Bytes { bytes: &bytes, values: &values }, &of_bytes, changes[3], vector, 37);
    check(Content::Numbers(&numbers), &numbers, &[], Value { size: [2, 1], channels: 45 }, 30);
    some_were_divided();
}

#[test]
fn rows_of_a_table_are_looked_up() {
    let chosen: Vec<u32> = (0..37).map(|row| (row * 29 + 3) % 90).collect();
    for (width, counting) in [(1, 37), (3, 20), (8, 37)] {
        let table: Vec<u32> = (0..90 * width).map(|at| 1 << 30 | at).collect();
        let table_floats: Vec<f32> = table.iter().map(|&word| f32::from_bits(word)).collect();
        let varying = Varying { examples: counting, ..Varying::default() };
        let rows = chosen.len();
        let got = same_bits(4 * width as usize * 37, |device| {
            let table = ResidentRows::upload(device, width as usize, &table).unwrap();
            let positions = device.zeros("positions", rows as u64).unwrap();
            device.write_words(&positions.all(), &chosen).unwrap();
            let to = fresh(device, rows * width as usize);
            let mut recording = Recording::new(device);
            let gather = GatherRows { table: &table, rows, chosen: &positions.all(), to: &to.all() };
            gather.record(&mut recording).unwrap();
            run(&recording, &varying, &[&to])
        });
        let Some(got) = got else { return };
        let exact: Vec<f32> = (0..rows * width as usize)
            .map(|at| {
                let (row, column) = (at / width as usize, at % width as usize);
                let counts = row < counting as usize;
                if counts { table_floats[chosen[row] as usize * width as usize + column] } else { 0.0 }
            })
            .collect();
        equal(&format!("rows of {width}"), &got[0], &exact);
    }
    some_were_divided();
}

#[test]
fn examples_that_contradict_themselves_are_refused() {
    let Some(device) = crate::tests::device(&crate::Opening::default()) else { return };
    let numbers = vec![0.0; 180];
    let good =
        Examples { planes: PLANES, content: Content::Numbers(&numbers), numbers: &[1, 0], changes: &[], key: [0; 2] };
    assert!(ResidentExamples::upload(&device, &good).is_ok());
    let small = [Change::Crop { size: [4, 6], padding: [0, 0] }];
    let large = [Change::Crop { size: [9, 6], padding: [1, 0] }];
    for wrong in [
        Examples { numbers: &[2], ..good },
        Examples { numbers: &[], ..good },
        Examples { content: Content::Numbers(&numbers[1..]), ..good },
        Examples { content: Content::Bytes { bytes: &[0; 90], values: &[0.0; 256] }, ..good },
        Examples { changes: &small, ..good },
        Examples { changes: &large, ..good },
    ] {
        let refused = ResidentExamples::upload(&device, &wrong);
        assert!(matches!(refused, Err(GpuError::Misuse { .. })), "{wrong:?}");
    }
}
