//! Peak memory of runs as forecast and as measured, side by side:
//! `cargo run --release -p elbo-runtime --example memory -- specs/lenet5.elbo#lenet5_mnist_bayes 64 256`,
//! where the numbers are batch sizes (none: the spec's own) and `--native` or `--candle` names another backend than the
//! processor's own. Each case is measured in a process of its own: three
//! steps, an evaluation of 600 test examples, and the publication of the weights. Linux only: it reads
//! `/proc/self/status`. Data is looked for in `ELBO_DATA`.

use elbo_compiler::ir::Run;
use elbo_compiler::sources::MemorySources;
use elbo_compiler::{compile, ir};
use elbo_runtime::backend::{BackendChoice, Batch, DeviceChoice, Parameters, open};
use elbo_runtime::data::{Dataset, Part, Raw, prepare};
use elbo_runtime::forecast::{Counts, forecast};
use elbo_runtime::inference::TrainedNetwork;
use elbo_runtime::store::write_weights;
use elbo_runtime::train::{Silent, TrainingData, assess, train};
use std::error::Error;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Steps of training: the first has no moments yet in memory, the third is like all that follow.
const STEPS: usize = 3;

/// Test examples scored: two whole batches and a part of one.
const SCORED: usize = 600;

/// The data with a short test and validation split.
struct Short(Dataset);

impl TrainingData for Short {
    fn examples(&self, split: Part) -> usize {
        let all = TrainingData::examples(&self.0, split);
        if split == Part::Training { all } else { all.min(SCORED) }
    }

    fn training_batch(&self, epoch: u32, positions: &[u32]) -> Batch {
        TrainingData::training_batch(&self.0, epoch, positions)
    }

    fn batch(&self, split: Part, range: Range<usize>) -> Batch {
        TrainingData::batch(&self.0, split, range)
    }
}

fn compiled(target: &str, batch: Option<usize>) -> Result<Run, Box<dyn Error>> {
    let (file, name) = target.split_once('#').ok_or("write FILE#RUN")?;
    let text = std::fs::read_to_string(file)?;
    let sources = MemorySources::single(file, &text);
    let compilation = compile(file, &sources, Some(name), &[]);
    let found = compilation.runs.into_iter().find(|run| run.name == name).ok_or("there is no such run")?;
    let mut run = found.run;
    if let Some(batch) = batch {
        run.training.batch = batch;
    }
    run.training.max_steps = Some(STEPS);
    run.report.samples = run.report.samples.min(4);
    Ok(run)
}

/// A line of `/proc/self/status`, in bytes.
fn status(key: &str) -> Result<u64, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find(|line| line.starts_with(key)).ok_or("the kernel does not say")?;
    Ok(line.split_whitespace().nth(1).ok_or("the line is short")?.parse::<u64>()? * 1024)
}

/// How far resident memory grows from before the data are read to the end.
fn measure(run: &Run, backend: BackendChoice) -> Result<u64, Box<dyn Error>> {
    elbo_runtime::threads::use_threads(None)?;
    let before = status("VmRSS")?;
    let roots: Vec<PathBuf> = std::env::var_os("ELBO_DATA").map(PathBuf::from).into_iter().collect();
    let dataset = {
        let raw = Raw::open(&run.data, Path::new(""), &roots)?;
        Short(prepare(&run.data, run.training.seed, &raw)?)
    };
    let mut backend = open(backend, DeviceChoice::Cpu, run, &Parameters::new())?;
    train(run, backend.as_mut(), &dataset, &mut Silent)?;
    let mut scored = run.clone();
    scored.report.out_of_distribution.clear();
    assess(
        &scored,
        &TrainedNetwork::new(&scored, backend.as_ref()),
        &dataset,
        &|_| unreachable!("there are no other sets"),
        &mut Silent,
    )?;
    let folder = std::env::temp_dir().join(format!("elbo-memory-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    write_weights(&folder.join("weights.safetensors"), &backend.parameters()?)?;
    std::fs::remove_dir_all(&folder)?;
    Ok(status("VmHWM")?.saturating_sub(before))
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "--measure") {
        let run: Run = ir::from_json(&std::fs::read_to_string(&arguments[1])?)?;
        println!("{}", measure(&run, arguments[2].parse()?)?);
        return Ok(());
    }
    let named = arguments.iter().find_map(|argument| argument.strip_prefix("--")).map(str::parse).transpose()?;
    let backend = named.unwrap_or(BackendChoice::of_device(DeviceChoice::Cpu));
    arguments.retain(|argument| !argument.starts_with("--"));
    let targets: Vec<String> = arguments.iter().filter(|argument| argument.contains('#')).cloned().collect();
    arguments.retain(|argument| !argument.contains('#'));
    let mut batches = arguments.iter().map(|batch| batch.parse().map(Some)).collect::<Result<Vec<_>, _>>()?;
    if batches.is_empty() {
        batches.push(None);
    }
    println!("{:<30} {:>6} {:>10} {:>10} {:>9}", "run", "batch", "forecast", "measured", "off");
    for target in &targets {
        for &batch in &batches {
            let run = compiled(target, batch)?;
            let file = std::env::temp_dir().join(format!("elbo-memory-{}.json", std::process::id()));
            std::fs::write(&file, ir::to_json(&run))?;
            let child = std::process::Command::new(std::env::current_exe()?)
                .arg("--measure")
                .arg(&file)
                .arg(backend.name())
                .stderr(std::process::Stdio::inherit())
                .output()?;
            std::fs::remove_file(&file)?;
            let measured: u64 = String::from_utf8(child.stdout)?.trim().parse()?;
            let name = target.rsplit('#').next().unwrap_or(target);
            let counts = Counts::published(&run.data).ok_or("the published set has too few examples")?;
            let counts = Counts { validation: counts.validation.min(SCORED), test: SCORED, ..counts };
            let expected = mebibytes(forecast(&run, backend, counts, None)?.memory.peak);
            let measured = mebibytes(measured);
            let off = 100.0 * (expected / measured - 1.0);
            println!("{name:<30} {:>6} {expected:>10.1} {measured:>10.1} {off:>+7.1} %", run.training.batch);
        }
    }
    Ok(())
}
