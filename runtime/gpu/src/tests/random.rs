//! Random numbers are those of the processor, to the bit.

use super::device;
use crate::device::Opening;
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};
use crate::varying::Varying;
use elbo_random::{Key, Purpose};

const FILL: &str = "
struct Fixed { blocks: u32, key_low: u32, key_high: u32 }
@group(0) @binding(1) var<uniform> fixed: Fixed;
@group(0) @binding(2) var<storage, read_write> words: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> uniforms: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> normals: array<vec4<f32>>;
@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) t: u32,
) {
    let at = workgroup_number(id, count) * 64u + t;
    if at >= fixed.blocks { return; }
    let key = vec2<u32>(fixed.key_low, fixed.key_high);
    let block = block_of(wide(now.first_example, 1u, at * 4u));
    words[at] = random_words(key, now.step, now.sample, block);
    uniforms[at] = random_uniforms(key, now.step, now.sample, block);
    normals[at] = random_normals(key, now.step, now.sample, block);
}";

#[test]
fn a_million_numbers_have_the_bits_of_the_processor() {
    let Some(device) = device(&Opening::default()) else { return };
    let numbers = 1 << 20;
    let buffers = ["words", "uniforms", "normals"].map(|what| device.zeros(what, numbers).unwrap());
    let slices = buffers.each_ref().map(|buffer| buffer.all());
    let stream = Key::new(7).stream(Purpose::TrainingNoise, "conv1");
    let key = stream.table(0, 0).key;
    for flags in [vec![], vec!["WRONG_ROOT"]] {
        let program =
            Program { name: "fill", sources: &[include_str!("../wgsl/random.wgsl"), FILL], flags, values: Vec::new() };
        let mut recording = Recording::new(&device);
        let dispatch = Dispatch {
            program: &program,
            fixed: &[numbers as u32 / 4, key[0], key[1]],
            reads: &[],
            writes: &slices.each_ref(),
            workgroups: numbers / 256,
        };
        recording.dispatch(&dispatch).unwrap();
        for (step, sample, first) in [(3, 5, 0u64), (u32::MAX, 0, (1 << 34) - 4096)] {
            let first_example = [first as u32, (first >> 32) as u32];
            let varying = Varying { step, sample, first_example, ..Varying::default() };
            let read = device.run(&[&recording], &varying, &slices).unwrap();
            let (mut words, mut wanted) = (vec![0; numbers as usize], vec![0.0; numbers as usize]);
            stream.fill_bits(step, sample, first, &mut words);
            let differ = |got: &[f32], wanted: &mut dyn Iterator<Item = u32>| {
                got.iter().zip(wanted).filter(|(got, wanted)| got.to_bits() != *wanted).count()
            };
            assert_eq!(differ(&read[0], &mut words.iter().copied()), 0);
            stream.fill_uniform(step, sample, first, &mut wanted);
            assert_eq!(differ(&read[1], &mut wanted.iter().map(|number| number.to_bits())), 0);
            stream.fill_normal(step, sample, first, &mut wanted);
            assert_eq!(differ(&read[2], &mut wanted.iter().map(|number| number.to_bits())), 0);
        }
    }
}
