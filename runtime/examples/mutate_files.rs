//! Fuzzes the readers of files without libFuzzer: `cargo run --example mutate_files -- TARGET SECONDS`, where the
//! target is `csv`, `parquet`, `npy`, `idx`, `cifar`, `images`, `weights`, `checkpoint` or `all`.
//!
//! A file that is mutated is read or refused; nothing may panic, take long or give numbers that are not finite.

#[path = "../../fuzz/bodies/checkpoint.rs"]
mod checkpoint;
#[path = "../../fuzz/bodies/mutation.rs"]
mod mutation;

use elbo_compiler::compile;
use elbo_compiler::ir::Run;
use elbo_compiler::sources::MemorySources;
use elbo_runtime::backend::NamedTensor;
use elbo_runtime::data::{Numbers, Raw, Stored, read_picture};
use elbo_runtime::execute::read_starting_weights;
use elbo_runtime::store::{read_result_weights, weights_bytes};
use std::fs;
use std::path::{Path, PathBuf};

/// A run on data of this source, with a model that takes its examples.
fn run_of(source: &str, input: &str, rest: &str) -> Run {
    let flatten = if input.starts_with("vector") { "" } else { "flatten" };
    let text = format!(
        "model net {{\n  input {input}\n  default point(init=weights(\"w.safetensors\"))\n  {flatten}\n\
         \x20 head: linear({rest})\n}}\n\
         dataset data {{ source = {source} }}\n\
         train regime {{ objective = maximum_likelihood(); optimizer = adam(); epochs = 1; batch = 2 }}\n\
         run trial {{ model = net; data = data; train = regime }}\n"
    );
    let compilation = compile("fuzz.elbo", &MemorySources::single("fuzz.elbo", text.as_str()), None, &[]);
    assert!(!compilation.has_errors(), "{text}\n{:?}", compilation.diagnostics);
    compilation.runs[0].run.clone()
}

fn check(stored: &Stored) {
    if let Stored::Numbers(Numbers { values, .. }) = stored {
        assert!(values.iter().all(|value| value.is_finite()), "a number is not finite");
    }
}

/// Reads a run's data from `folder`, of which `file` holds what was made up.
fn read(run: &Run, folder: &Path, file: &Path, bytes: &[u8]) {
    fs::write(file, bytes).expect("the folder for temporary files can be written");
    if let Ok(raw) = Raw::open(&run.data, folder, &[folder.to_path_buf()]) {
        check(&raw.training);
        check(&raw.test);
    }
}

/// An array by `numpy.save`.
fn npy(kind: &str, shape: &str, bytes: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}");
    let padding = (64 - (10 + header.len() + 1) % 64) % 64;
    let header = format!("{header}{}\n", " ".repeat(padding));
    let length = u16::try_from(header.len()).expect("the header is short").to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), bytes].concat()
}

/// Images or labels in the form of MNIST.
fn idx(sizes: &[u32], bytes: usize) -> Vec<u8> {
    let magic = 0x0000_0800 + u32::try_from(sizes.len()).unwrap_or(0);
    let header: Vec<u8> = std::iter::once(&magic).chain(sizes).flat_map(|number| number.to_be_bytes()).collect();
    let content = (0..bytes).map(|place| u8::try_from(place % 10).unwrap_or(0));
    header.into_iter().chain(content).collect()
}

fn png_of(colour: png::ColorType, channels: usize) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 4, 4);
    encoder.set_color(colour);
    let mut writer = encoder.write_header().expect("the header is sound");
    writer.write_image_data(&vec![7; 16 * channels]).expect("the size is right");
    writer.finish().expect("it can be written");
    file
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("elbo-readers-{}-{name}", std::process::id()));
    fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
    folder
}

fn target(name: &str, seconds: u64) -> usize {
    let place = folder(name);
    let fuzz =
        |seeds: &[Vec<u8>], words: &[&[u8]], body: &dyn Fn(&[u8])| mutation::run(name, seeds, words, seconds, body);
    let kept = match name {
        "csv" => {
            let run = run_of(
                "csv(\"x.csv\", target=\"y\", features=[\"a\", \"b\"], test_share=0.25)",
                "vector[2]",
                "1)\n  output gaussian(",
            );
            let seeds = [
                b"a,b,y\n1,2,3\n4,5e-3,-6\n7,8,9\n1,1,2\n".to_vec(),
                b"\xef\xbb\xbfy, b ,\"c, d\",a\r\n1.5,2,\"x, y\",-3e-1\r\n-2,0.25,\xc3\xa9,4\r\n1,2,3,4\r\n".to_vec(),
            ];
            let words: [&[u8]; 8] = [b"NaN", b"inf", b"1e39", b"1e-320", b"\"", b";", b"\r", b"99999999999999999999"];
            fuzz(&seeds, &words, &|bytes| read(&run, &place, &place.join("x.csv"), bytes))
        }
        "parquet" => {
            let run = run_of(
                "parquet(\"x.parquet\", target=\"kind\", features=[\"length\", \"count\", \"small\", \"is_odd\"], \
                 classes=[\"lang\", \"short\"], test_share=0.25)",
                "vector[4]",
                "2)\n  output categorical(",
            );
            let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/tests/parquet");
            let seeds = ["table", "groups", "plain", "newer", "newer_gzip"]
                .map(|name| fs::read(stored.join(format!("{name}.parquet"))).expect("is part of the sources"));
            let words: [&[u8]; 6] = [b"PAR1", b"\xff\xff\xff\xff\x0f", b"\x15\x00", b"\x19\xfc", b"\x00\x00", b"\x1c"];
            fuzz(&seeds, &words, &|bytes| read(&run, &place, &place.join("x.parquet"), bytes))
        }
        "npy" => {
            let run = run_of(
                "npy(images=\"x.npy\", labels=\"y.npy\", shape=3, classes=2, test_share=0.5)",
                "vector[3]",
                "2)\n  output categorical(",
            );
            fs::write(place.join("y.npy"), npy("<i8", "(4,)", &[1_i64, 0, 1, 0].map(i64::to_le_bytes).concat()))
                .expect("written");
            let reals: Vec<u8> = (0..12).flat_map(|number| (number as f32).to_le_bytes()).collect();
            let seeds =
                [npy("<f4", "(4, 3)", &reals), npy("|u1", "(4, 3)", &[5; 12]), npy(">i2", "(4, 3, 1)", &[0; 24])];
            let words: [&[u8]; 8] =
                [b"True", b"(4,)", b"(99999999999, 3)", b"<f8", b"|O", b"'", b"(18446744073709551615, 2)", b"{"];
            fuzz(&seeds, &words, &|bytes| read(&run, &place, &place.join("x.npy"), bytes))
        }
        "idx" => {
            let run = run_of("mnist()", "image[1, 28, 28]", "10)\n  output categorical(");
            let set = place.join("mnist");
            fs::create_dir_all(&set).expect("written");
            for split in ["train", "t10k"] {
                fs::write(set.join(format!("{split}-images-idx3-ubyte")), idx(&[3, 28, 28], 3 * 784)).expect("written");
                fs::write(set.join(format!("{split}-labels-idx1-ubyte")), idx(&[3], 3)).expect("written");
            }
            fuzz(&[idx(&[3, 28, 28], 3 * 784)], &[], &|bytes| {
                read(&run, &place, &set.join("train-images-idx3-ubyte"), bytes);
            })
        }
        "cifar" => {
            let run = run_of("cifar10()", "image[3, 32, 32]", "10)\n  output categorical(");
            let set = place.join("cifar-10");
            fs::create_dir_all(&set).expect("written");
            let batch = vec![3; 2 * 3073];
            for name in [
                "data_batch_1.bin",
                "data_batch_2.bin",
                "data_batch_3.bin",
                "data_batch_4.bin",
                "data_batch_5.bin",
                "test_batch.bin",
            ] {
                fs::write(set.join(name), &batch).expect("written");
            }
            fuzz(std::slice::from_ref(&batch), &[], &|bytes| read(&run, &place, &set.join("test_batch.bin"), bytes))
        }
        "images" => {
            let file = place.join("x.png");
            let seeds =
                [png_of(png::ColorType::Rgb, 3), png_of(png::ColorType::Grayscale, 1), png_of(png::ColorType::Rgba, 4)];
            fuzz(&seeds, &[b"IHDR", b"IDAT", b"tRNS", b"\xff\xd8\xff"], &|bytes| {
                fs::write(&file, bytes).expect("written");
                let _ = read_picture(&file, [3, 4, 4]);
            })
        }
        "checkpoint" => {
            let forge = checkpoint::Forge::new(&place);
            let words: [&[u8]; 8] =
                [b"null", b"-1", b"18446744073709551615", b"1e308", b"0", b"[]", b"NaN", b"parameters/head.weight"];
            let kept = fuzz(&forge.seeds(), &words, &|bytes| forge.resume(bytes));
            println!("checkpoint: {} of them were gone on from", forge.resumed());
            kept
        }
        _ => {
            let run = run_of("digits()", "image[1, 8, 8]", "10)\n  output categorical(");
            let tensor =
                |shape: &[usize]| NamedTensor { shape: shape.to_vec(), values: vec![0.5; shape.iter().product()] };
            let parameters =
                [("head.bias".to_owned(), tensor(&[10])), ("head.weight".to_owned(), tensor(&[10, 64]))].into();
            let file = place.join("w.safetensors");
            let seeds = [weights_bytes(&file, &parameters).expect("they can be written")];
            let words: [&[u8]; 8] =
                [b"F16", b"BF16", b"I64", b"18446744073709551615", b"-1", b"[]", b"\"__metadata__\"", b"data_offsets"];
            fuzz(&seeds, &words, &|bytes| {
                fs::write(&file, bytes).expect("written");
                let _ = read_result_weights(&file);
                let _ = read_starting_weights(&run.network, &place);
            })
        }
    };
    let _ = fs::remove_dir_all(&place);
    kept
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let wanted = arguments.first().map_or("all", String::as_str);
    let seconds = arguments.get(1).and_then(|seconds| seconds.parse().ok()).unwrap_or(60);
    let all = ["csv", "parquet", "npy", "idx", "cifar", "images", "weights", "checkpoint"];
    let kept: usize =
        all.into_iter().filter(|name| wanted == "all" || wanted == *name).map(|name| target(name, seconds)).sum();
    std::process::exit(i32::from(kept > 0));
}
