//! Inputs made of others, the same for the same seed: what stands in for libFuzzer where there is none.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

/// Whole numbers that look random (Marsaglia's xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (bound.max(1) as u64)).unwrap_or(0)
    }
}

/// What takes the processor longer is a finding, and so is what never ends.
const SLOW: Duration = Duration::from_secs(2);

/// By the clock alone a busy machine would make many of them slow.
const NEVER: Duration = Duration::from_secs(60);

/// Time on the processor of this process, all its threads together; by the clock where the system does not tell.
fn processor_time(start: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/self/stat").ok().and_then(|stat| {
        // After the name, in hundredths of a second: the 14th and 15th field of proc(5).
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
        Some(Duration::from_millis(ticks * 10))
    });
    told.unwrap_or_else(|| start.elapsed())
}

/// Runs `body` on mutations of `seeds` for so many seconds; says how many there were, and keeps each that panics, or
/// takes longer than [`SLOW`], in the folder for temporary files. Gives how many were kept.
pub fn run(name: &str, seeds: &[Vec<u8>], words: &[&[u8]], seconds: u64, body: impl Fn(&[u8])) -> usize {
    assert!(!seeds.is_empty(), "there is nothing to make inputs of");
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15 ^ seeds.len() as u64);
    let (start, mut executions, mut kept) = (Instant::now(), 0_u64, 0);
    std::panic::set_hook(Box::new(|_| {}));
    while start.elapsed() < Duration::from_secs(seconds) {
        let input = mutated(seeds, words, &mut numbers);
        let (began, worked) = (Instant::now(), processor_time(start));
        let failed = catch_unwind(AssertUnwindSafe(|| body(&input))).err();
        executions += 1;
        let took = processor_time(start) - worked;
        let slow = took > SLOW || began.elapsed() > NEVER;
        if failed.is_some() || slow {
            kept += 1;
            let path = std::env::temp_dir().join(format!("elbo-{name}-{executions}"));
            let written = std::fs::write(&path, &input).is_ok();
            let why = failed.map_or_else(
                || {
                    format!(
                        "took {:.1} s of the processor, {:.1} s in all",
                        took.as_secs_f64(),
                        began.elapsed().as_secs_f64()
                    )
                },
                |panic| {
                    let words = panic.downcast_ref::<String>().map(String::as_str);
                    let words = words.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
                    words.chars().take(200).collect()
                },
            );
            println!("{} ({}): {why}", path.display(), if written { "kept" } else { "not kept" });
        }
    }
    println!("{name}: {executions} inputs in {} s, {kept} kept", start.elapsed().as_secs());
    kept
}

fn mutated(seeds: &[Vec<u8>], words: &[&[u8]], numbers: &mut Numbers) -> Vec<u8> {
    let mut input = seeds[numbers.below(seeds.len())].clone();
    for _ in 0..=numbers.below(6) {
        let at = numbers.below(input.len() + 1);
        let end = (at + numbers.below(24)).min(input.len());
        match numbers.below(7) {
            0 if at < input.len() => input[at] ^= 1 << numbers.below(8),
            1 if at < input.len() => input[at] = [0, 0xff, 0x7f, 0x80, b'0', b'9', b'\n', b'"'][numbers.below(8)],
            2 => drop(input.drain(at..end)),
            3 => {
                let part = input[at..end].to_vec();
                input.splice(at..at, part);
            }
            4 if !words.is_empty() => {
                let word = words[numbers.below(words.len())];
                input.splice(at..end, word.iter().copied());
            }
            5 => {
                let other = &seeds[numbers.below(seeds.len())];
                let from = numbers.below(other.len() + 1);
                let until = (from + numbers.below(200)).min(other.len());
                input.splice(at..at, other[from..until].iter().copied());
            }
            _ => input.truncate(at.max(input.len() / 2)),
        }
    }
    input
}

/// The content of every file below a folder, in the order of their paths; a file named directly is read as well.
#[allow(dead_code)]
pub fn seeds(path: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(path) else { return std::fs::read(path).into_iter().collect() };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().flat_map(|path| seeds(path)).collect()
}
