//! The host, and its kernels, on a driver in software where there is nothing better.

mod noise;
mod products;
mod random;

use crate::adapter::{Wanted, adapters, choose};
use crate::device::{Device, Opening};
use crate::error::GpuError;
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};
use crate::varying::Varying;

/// The device that tests run on: the best there is, else one in software. Where there is none the reason is printed,
/// and the test has nothing to do.
pub(crate) fn device(opening: &Opening) -> Option<Device> {
    let found = adapters().and_then(|adapters| {
        let adapter = choose(&adapters, Wanted::Best).or_else(|_| choose(&adapters, Wanted::Software))?;
        Device::open(adapter, opening)
    });
    found.inspect_err(|error| eprintln!("skipped: {error}")).ok()
}

const DOUBLE: &str = "
struct Fixed { count: u32, factor: f32 }
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(2) var<storage, read> given: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) t: u32,
) {
    let at = workgroup_number(id, count) * 64u + t;
    if at < fixed.count { result[at] = given[at] * fixed.factor + now.learning_rate; }
}";

fn program(name: &'static str, sources: &'static [&'static str]) -> Program {
    Program { name, sources, flags: Vec::new(), values: Vec::new() }
}

#[test]
fn numbers_go_up_through_a_kernel_and_back() {
    // Eight workgroups a dimension: the kernel runs in two.
    let Some(device) = device(&Opening { workgroup_limit: Some(8), ..Opening::default() }) else { return };
    let numbers: Vec<f32> = (0..3001).map(|number| number as f32).collect();
    let [from, to] = ["from", "to"].map(|what| device.zeros(what, 3001).unwrap());
    device.write(&from.all(), &numbers).unwrap();
    let mut recording = Recording::new(&device);
    let program = program("double", &[DOUBLE]);
    let dispatch = Dispatch {
        program: &program,
        fixed: &[3001, 2.0f32.to_bits()],
        reads: &[&from.all()],
        writes: &[&to.all()],
        workgroups: 47,
    };
    recording.dispatch(&dispatch).unwrap();
    recording.dispatch(&dispatch).unwrap();
    assert_eq!((recording.dispatches(), device.compiled()), (2, 1));
    for rate in [0.5, 1.5] {
        let varying = Varying { learning_rate: rate, ..Varying::default() };
        let reads = [to.all(), to.slice(3000, 1).unwrap(), from.slice(7, 0).unwrap()];
        let read = device.run(&[&recording], &varying, &reads).unwrap();
        assert!(read[0].iter().zip(&numbers).all(|(to, from)| *to == from * 2.0 + rate));
        assert_eq!((read[0].len(), &read[1][..], read[2].len()), (3001, &[6000.0 + rate][..], 0));
    }
    assert_eq!(device.traffic(), [3001 * 4 + 128, 2 * 3002 * 4]);
}

#[test]
fn clearing_and_copying_keep_their_place_among_kernels() {
    let Some(device) = device(&Opening::default()) else { return };
    let [from, to] = ["from", "to"].map(|what| device.zeros(what, 256).unwrap());
    device.write(&from.all(), &[3.0; 256]).unwrap();
    let mut recording = Recording::new(&device);
    let part = |buffer: &crate::Buffer, first| buffer.slice(first, 64).unwrap();
    recording.copy(&part(&from, 0), &part(&to, 64)).unwrap();
    let program = program("double", &[DOUBLE]);
    let kernel = Dispatch {
        program: &program,
        fixed: &[64, 2.0f32.to_bits()],
        reads: &[&part(&from, 128)],
        writes: &[&part(&to, 128)],
        workgroups: 1,
    };
    recording.dispatch(&kernel).unwrap();
    recording.copy(&part(&to, 128), &part(&from, 0)).unwrap();
    recording.clear(&part(&to, 64)).unwrap();
    let read = device.run(&[&recording], &Varying::default(), &[from.all(), to.all()]).unwrap();
    assert_eq!((read[0][0], read[0][64], read[1][64], read[1][128], read[1][192]), (6.0, 3.0, 0.0, 6.0, 0.0));
}

#[test]
fn large_reads_come_in_rounds() {
    let Some(device) = device(&Opening::default()) else { return };
    let numbers = (1 << 23) + 5;
    let buffer = device.zeros("large", numbers).unwrap();
    let words: Vec<u32> = (0..numbers as u32).collect();
    device.write_words(&buffer.all(), &words).unwrap();
    let slices = [buffer.slice(1, 10).unwrap(), buffer.all()];
    let read = device.read_words(&slices).unwrap();
    assert!(read[1] == words && read[0] == words[1..11]);
}

#[test]
fn bytes_fill_up_their_last_number() {
    let Some(device) = device(&Opening::default()) else { return };
    let buffer = device.zeros("bytes", 2).unwrap();
    device.write_words(&buffer.all(), &[u32::MAX; 2]).unwrap();
    device.write_bytes(&buffer.all(), &[1, 2, 3, 4, 5, 6]).unwrap();
    assert_eq!(device.read_words(&[buffer.all()]).unwrap()[0], [0x0403_0201, 0x0605]);
    assert!(matches!(device.write_bytes(&buffer.all(), &[1, 2, 3]), Err(GpuError::Misuse { .. })));
}

#[test]
fn memory_is_counted_limited_and_given_back() {
    let Some(device) = device(&Opening { memory_limit: Some(1000), ..Opening::default() }) else { return };
    let first = device.zeros("first", 100).unwrap();
    assert_eq!(device.allocated(), 400);
    let refused = device.zeros("second", 200).unwrap_err();
    let wanted = GpuError::OutOfMemory { what: "second".to_owned(), bytes: 800, allocated: 400, limit: Some(1000) };
    assert_eq!(refused, wanted);
    assert_eq!(refused.to_string(), "second takes 800 bytes of device memory, of which 400 of 1000 are taken");
    drop(first);
    assert_eq!(device.allocated(), 0);
    device.zeros("second", 200).unwrap();
    device.check().unwrap();
}

#[test]
fn what_the_device_cannot_allocate_is_an_error_and_leaves_it_working() {
    let Some(device) = device(&Opening::default()) else { return };
    let most = device.limits().buffer;
    let refused = device.zeros("everything", most / 4 + 4).unwrap_err();
    assert!(matches!(refused, GpuError::TooLarge { limit, .. } if limit == most), "{refused}");
    assert!(matches!(device.zeros("more", u64::MAX), Err(GpuError::TooLarge { .. })));
    let small = device.zeros("small", 4).unwrap();
    device.write(&small.all(), &[1.0, 2.0, 3.0, 4.0]).unwrap();
    assert_eq!(device.read(&[small.all()]).unwrap()[0], [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn a_lost_device_is_an_error_everywhere() {
    let Some(device) = device(&Opening::default()) else { return };
    let [from, to] = ["from", "to"].map(|what| device.zeros(what, 64).unwrap());
    let mut recording = Recording::new(&device);
    let program = program("double", &[DOUBLE]);
    let dispatch =
        Dispatch { program: &program, fixed: &[64, 0], reads: &[&from.all()], writes: &[&to.all()], workgroups: 1 };
    recording.dispatch(&dispatch).unwrap();
    device.run(&[&recording], &Varying::default(), &[to.all()]).unwrap();
    device.destroy();
    let lost = |result: Result<(), GpuError>| assert!(matches!(result, Err(GpuError::Lost { .. })), "{result:?}");
    lost(device.run(&[&recording], &Varying::default(), &[to.all()]).map(drop));
    lost(device.zeros("more", 4).map(drop));
    lost(device.write(&from.all(), &[0.0; 64]));
    lost(device.read(&[from.all()]).map(drop));
    lost(recording.dispatch(&dispatch));
}

#[test]
fn what_fails_unasked_is_kept() {
    let Some(device) = device(&Opening::default()) else { return };
    // A copy beyond the end of a buffer, past all checks of this crate.
    let buffer = device.zeros("small", 4).unwrap();
    let mut encoder = device.handle().create_command_encoder(&Default::default());
    encoder.copy_buffer_to_buffer(buffer.handle(), 0, buffer.handle(), 4096, 16);
    device.queue().submit([encoder.finish()]);
    assert!(matches!(device.check(), Err(GpuError::Failed { .. })), "{:?}", device.check());
    assert!(matches!(device.read(&[buffer.all()]), Err(GpuError::Failed { .. })));
}

#[test]
fn wrong_operands_and_wrong_kernels_are_errors() {
    let Some(device) = device(&Opening { binding_limit: Some(1024), ..Opening::default() }) else { return };
    let Some(other) = self::device(&Opening::default()) else { return };
    let [one, two] = ["one", "two"].map(|what| device.zeros(what, 512).unwrap());
    let foreign = other.zeros("foreign", 64).unwrap();
    let mut recording = Recording::new(&device);
    let double = program("double", &[DOUBLE]);
    let mut record = |program: &Program, read: &crate::Slice, write: &crate::Slice| {
        let dispatch = Dispatch { program, fixed: &[1, 0], reads: &[read], writes: &[write], workgroups: 1 };
        recording.dispatch(&dispatch)
    };
    let part = |buffer: &crate::Buffer, first, numbers| buffer.slice(first, numbers).unwrap();
    let misuse = |result: Result<(), GpuError>| assert!(matches!(result, Err(GpuError::Misuse { .. })), "{result:?}");
    misuse(record(&double, &part(&one, 0, 64), &part(&one, 64, 64)));
    misuse(record(&double, &part(&one, 4, 64), &part(&two, 0, 64)));
    misuse(record(&double, &part(&one, 0, 0), &part(&two, 0, 64)));
    misuse(record(&double, &foreign.all(), &part(&two, 0, 64)));
    let large = record(&double, &one.all(), &part(&two, 0, 64));
    assert_eq!(large, Err(GpuError::TooLarge { what: "one".to_owned(), bytes: 2048, limit: 1024 }));
    let wrong = program("wrong", &["fn f() -> u32 { return 1.5; }"]);
    let failed = record(&wrong, &part(&one, 0, 64), &part(&two, 0, 64)).unwrap_err();
    assert!(failed.to_string().contains("kernel wrong"), "{failed}");
    record(&double, &part(&one, 64, 64), &part(&two, 0, 64)).unwrap();
    device.check().unwrap();
    misuse(device.run(&[&Recording::new(&other)], &Varying::default(), &[]).map(drop));
    misuse(device.write(&one.all(), &[0.0]));
    misuse(device.read(&[foreign.all()]).map(drop));
    misuse(one.slice(510, 3).map(drop));
    misuse(recording.copy(&part(&one, 0, 4), &part(&two, 0, 5)));
}
