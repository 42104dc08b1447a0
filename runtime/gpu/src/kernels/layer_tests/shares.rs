use super::{close, fresh, put, random, run, same_bits, some_were_divided};
use crate::kernels::Value;
use crate::kernels::shares::{Mix, Shares};
use crate::recording::Recording;
use crate::varying::Varying;

/// The shares of windows of three places, two apart, around which zeros count; and of the way back.
fn means(size: usize) -> [Vec<Vec<(u32, f32)>>; 2] {
    let windows = size.div_ceil(2);
    let mut back = vec![Vec::new(); size];
    let forward = (0..windows).map(|window| {
        let places = (0..3).filter_map(|tap| (2 * window + tap).checked_sub(1)).filter(|&place| place < size);
        let places: Vec<_> = places.map(|place| (place as u32, 1.0 / 3.0)).collect();
        places.iter().for_each(|&(place, share)| back[place as usize].push((window as u32, share)));
        places
    });
    [forward.collect(), back]
}

/// Any shares, also none of a place.
fn uneven(from: usize, to: usize) -> Vec<Vec<(u32, f32)>> {
    (0..to)
        .map(|place| (0..place % 4).map(|part| (((7 * place + 3 * part) % from) as u32, 0.1 + part as f32)).collect())
        .collect()
}

fn check(places: &[Vec<(u32, f32)>], from_places: usize, channels: usize, rows: usize, add: bool) {
    let [from_value, to_value] = [from_places, places.len()].map(|count| Value { size: [count, 1], channels });
    let (from, before) = (random(1, from_value, rows), random(2, to_value, rows));
    let limit =
        (4 * rows * from_value.numbers().max(to_value.numbers()) / 3).max(1024 * from_places.max(to_value.size[0]));
    let got = same_bits(limit, |device| {
        let (input, output) = (put(device, &from), put(device, &before));
        let shares = Shares::upload(device, from_places, places).unwrap();
        let mut recording = Recording::new(device);
        let mix = Mix { shares: &shares, channels, rows, from: &input.all(), to: &output.all(), add };
        mix.record(&mut recording).unwrap();
        run(&recording, &Varying::default(), &[&output])
    });
    let Some(got) = got else { return };
    let width = to_value.width();
    let mut exact: Vec<f64> = before.iter().map(|&number| if add { f64::from(number) } else { 0.0 }).collect();
    for row in 0..rows {
        for (place, parts) in places.iter().enumerate() {
            for &(other, share) in parts {
                for channel in 0..width {
                    exact[(row * places.len() + place) * width + channel] +=
                        f64::from(share) * f64::from(from[(row * from_places + other as usize) * width + channel]);
                }
            }
        }
    }
    close(&format!("{from_places} places, {channels} channels, {rows} rows"), &got[0], &exact, 1e-6);
}

#[test]
fn places_are_sums_of_places_with_their_shares() {
    for (size, channels, rows) in [(1, 1, 1), (7, 3, 2), (12, 6, 33), (5, 64, 300)] {
        let [forward, back] = means(size);
        check(&forward, size, channels, rows, false);
        check(&back, forward.len(), channels, rows, true);
        check(&back, forward.len(), channels, rows, false);
    }
    check(&uneven(11, 17), 11, 5, 9, false);
    check(&uneven(17, 11), 17, 5, 9, true);
    some_were_divided();
}

#[test]
fn shares_of_places_that_are_not_there_are_refused() {
    let Some(device) = crate::tests::device(&crate::Opening::default()) else { return };
    assert!(matches!(Shares::upload(&device, 3, &[vec![(3, 1.0)]]), Err(crate::GpuError::Misuse { .. })));
    assert!(matches!(Shares::upload(&device, 3, &[]), Err(crate::GpuError::Misuse { .. })));
    let shares = Shares::upload(&device, 2, &[vec![(1, 1.0)]]).unwrap();
    let (from, to) = (fresh(&device, 8), fresh(&device, 8));
    let mix = Mix { shares: &shares, channels: 4, rows: 1, from: &from.all(), to: &to.all(), add: false };
    let refused = mix.record(&mut Recording::new(&device)).unwrap_err();
    assert!(refused.to_string().contains("takes 4 numbers"), "{refused}");
}
