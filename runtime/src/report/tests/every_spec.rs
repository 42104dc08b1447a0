//! Every run of every spec and example, cut to one step on a few made-up examples: its report is what the schema says.

use super::violations;
use crate::backend::{BackendChoice, DeviceChoice};
use crate::execute::{ComputedBy, DataSets, Request, RunObserver, execute};
use crate::forecast::Forecast;
use crate::report::REPORT;
use crate::store::Store;
use crate::train::{Event, Observer};
use elbo_compiler::compile;
use elbo_compiler::sources::MemorySources;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Examples of each split.
const EXAMPLES: usize = 30;

struct Unheard;

impl Observer for Unheard {
    fn event(&mut self, _: &Event) -> std::io::Result<()> {
        Ok(())
    }
}

impl RunObserver for Unheard {
    fn forecast(&mut self, _: &Forecast) {}
    fn remark(&mut self, _: &str) {}
}

fn bytes(count: usize) -> impl Iterator<Item = u8> {
    (0..count).map(|at| (at * at % 251) as u8)
}

/// The published sets with a few made-up examples each.
fn write_sets(root: &Path) {
    let write = |folder: &str, file: &str, content: Vec<u8>| {
        fs::create_dir_all(root.join(folder)).expect("it can be made");
        fs::write(root.join(folder).join(file), content).expect("it can be written");
    };
    let count = (EXAMPLES as u32).to_be_bytes();
    for (folder, parts) in
        [("mnist", vec!["train", "t10k"]), ("fashion-mnist", vec!["train", "t10k"]), ("notmnist", vec!["t10k"])]
    {
        for part in parts {
            let header = [&[0, 0, 8, 3][..], &count, &[0, 0, 0, 28, 0, 0, 0, 28]].concat();
            write(
                folder,
                &format!("{part}-images-idx3-ubyte"),
                header.into_iter().chain(bytes(EXAMPLES * 784)).collect(),
            );
            let labels = (0..EXAMPLES).map(|at| (at % 10) as u8);
            let header = [&[0, 0, 8, 1][..], &count].concat();
            write(folder, &format!("{part}-labels-idx1-ubyte"), header.into_iter().chain(labels).collect());
        }
    }
    let records = |labels: usize| -> Vec<u8> {
        let record = |at: usize| {
            let label = std::iter::repeat_n((at % 10) as u8, labels);
            label.chain(bytes(3072 + at).skip(at)).collect::<Vec<u8>>()
        };
        (0..EXAMPLES).flat_map(record).collect()
    };
    for part in 1..=5 {
        write("cifar-10", &format!("data_batch_{part}.bin"), records(1));
    }
    write("cifar-10", "test_batch.bin", records(1));
    write("cifar-100", "train.bin", records(2));
    write("cifar-100", "test.bin", records(2));
}

/// Every spec by the name of its file, which no two share.
fn specs() -> MemorySources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut sources = MemorySources::default();
    for entry in ["specs", "examples"].iter().flat_map(|folder| fs::read_dir(root.join(folder)).expect("it is there")) {
        let path = entry.expect("readable").path();
        if path.extension().is_some_and(|ending| ending == "elbo") {
            let name = path.file_name().expect("it has one").to_string_lossy().into_owned();
            sources.insert(name, fs::read_to_string(&path).expect("it can be read"));
        }
    }
    sources
}

#[test]
fn the_report_of_every_spec_is_as_its_schema_says() {
    let schema: Value = serde_json::from_str(include_str!("../../../schema/report.schema.json")).expect("JSON");
    let folder = tempfile::tempdir().expect("a folder can be made");
    write_sets(folder.path());
    let roots = [folder.path().to_owned()];
    let kernel_table = BackendChoice::Native.kernel_table(DeviceChoice::Cpu).expect("it computes everywhere");
    let by = ComputedBy { backend: BackendChoice::Native, device: DeviceChoice::Cpu, kernel_table: &kernel_table };
    let mut reports = 0;
    let sources = specs();
    for name in sources.names() {
        let compilation = compile(name, &sources, None, &[]);
        assert!(!compilation.has_errors(), "{name}: {:?}", compilation.diagnostics);
        for compiled in &compilation.runs {
            let mut run = compiled.run.clone();
            run.training.max_steps = Some(1);
            run.report.samples = run.report.samples.min(2);
            let store = Store::new(folder.path().join("store"));
            // What is known of it before is what it will be.
            let planned = DataSets::new(&roots).identify((&run, &compiled.data), folder.path(), by);
            let planned = planned.expect("its data is there");
            let request = Request {
                run: &run,
                name: &compiled.name,
                model: &compiled.model,
                data: &compiled.data,
                varied: &[],
                spec: &compilation.inlined,
                folder: folder.path(),
                data_roots: &roots,
                store: &store,
                backend: BackendChoice::Native,
                device: DeviceChoice::Cpu,
                threads: 2,
                calibrations: None,
                ignore_memory: true,
                fresh: true,
                force: false,
                waits: false,
                expected: Some(&planned.keys),
                stop: &crate::execute::Stop::default(),
            };
            let executed = execute(&request, &mut Unheard).unwrap_or_else(|error| panic!("{}: {error}", compiled.name));
            assert_eq!(executed.keys, planned.keys);
            let report = fs::read_to_string(executed.directory.join(REPORT)).expect("every result has it");
            let value: Value = serde_json::from_str(&report).expect("JSON");
            let mut found = Vec::new();
            violations(&schema, &schema, &value, &compiled.name, &mut found);
            assert_eq!(found, Vec::<String>::new());
            // The weights of a large network would fill the disk.
            fs::remove_dir_all(store.root()).expect("it was written");
            reports += 1;
        }
    }
    assert!(reports > 30, "{reports}");
}
